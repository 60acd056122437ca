"""Nothing that a figure draws is cut at its edge."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fairfit.reporting import write
from fairfit.runfiles import RunFolder
from tests.workbench import ROOT

PUBLISHED = ROOT / "results" / "published"
ALLOWED = 0.01  # inches


@pytest.mark.parametrize("name", ["article", "batch-sizes"])
def test_all_that_is_drawn_lies_within_the_figure(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("run.json", "samples.jsonl"):
        (tmp_path / "run").mkdir(exist_ok=True)
        shutil.copy(PUBLISHED / name / file, tmp_path / "run" / file)
    drawn: list[str] = []
    cut: list[str] = []
    save = Figure.savefig

    def checked(figure: Figure, where: Any, **settings: Any) -> None:
        if isinstance(where, Path):
            canvas = figure.canvas
            inside = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())  # in inches
            figure.set_canvas(canvas)
            width, height = figure.get_size_inches()
            over = (-inside.x0, -inside.y0, inside.x1 - width, inside.y1 - height)
            drawn.append(where.name)
            if max(over) > ALLOWED:
                cut.append(f"{where.name}: {max(over):.2f} inches beyond the edge")
        save(figure, where, **settings)

    monkeypatch.setattr(Figure, "savefig", checked)
    write.write([RunFolder(tmp_path / "run")], language="en")
    assert len(drawn) > 5 and cut == []
