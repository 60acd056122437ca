"""The example of docs/add-a-source.md does what its page says, as it stands there."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from fairfit.models import data as datasets
from fairfit.models import spec as specs
from fairfit.models.errors import DataError
from fairfit.models.sources import SOURCES

PAGE = (Path(__file__).parents[3] / "docs" / "add-a-source.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first block of code in this language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found.group(1)


@pytest.fixture(autouse=True)
def the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("text_table")
    monkeypatch.setitem(sys.modules, "text_table", module)  # a dataclass looks its own module up
    exec(block("python"), vars(module))
    monkeypatch.setitem(SOURCES, "text-table", module.TextTable)


def spec_of(folder: Path, rows: np.ndarray, model: str = "linear") -> specs.Spec:
    np.savetxt(folder / "rows.txt", rows)
    (folder / "mine.toml").write_text(block("toml").replace("linear", model), encoding="utf-8")
    return specs.load(folder / "mine.toml")


def test_its_rows_are_read_split_and_scaled(tmp_path: Path) -> None:
    rows = np.column_stack([np.arange(150), np.linspace(0, 1, 150)])
    data = datasets.load(spec_of(tmp_path, rows))
    assert (data.rows, len(data.test_targets), data.inputs, data.outputs) == (50, 100, 1, 1)
    assert data.train_features.std() == pytest.approx(1, rel=1e-6)
    assert data.test_targets[-1] == 1


def test_whole_numbers_serve_as_classes(tmp_path: Path) -> None:
    rows = np.column_stack([np.arange(150), np.arange(150) % 4])
    assert datasets.load(spec_of(tmp_path, rows, "softmax")).outputs == 4


def test_a_broken_file_and_one_that_is_too_short_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows\.txt: has 100 rows, of which test_rows = 100 leaves none to train on"):
        datasets.load(spec_of(tmp_path, np.ones((100, 2))))
    spec = spec_of(tmp_path, np.ones((150, 2)))
    (tmp_path / "rows.txt").write_text("one two")
    with pytest.raises(DataError, match=r"rows\.txt: cannot be read as rows of numbers: "):
        datasets.load(spec)
