"""`fairfit sweep` on real cells of the baseline: an exact grid, few shapes, a check, and clear words where it cannot be."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fairfit
from fairfit.cli import main
from fairfit.commands.answer import Status
from fairfit.runfiles import RunFolder

GRID = ["--learning-rate", "0.01,0.03,0.1", "--batch-size", "10,100", "--frameworks", "numpy"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a refused command says."""
    assert main(["sweep", *arguments]) == Status.BAD_USAGE
    *progress, said = capsys.readouterr().err.splitlines()
    assert said.startswith("fairfit: ") and not any("Traceback" in line for line in progress)
    return said


def test_a_sweep_times_its_shapes_and_tells_all_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sweep"
    assert main(["sweep", "article-linear", *GRID, "--out", str(out), "--json"]) == Status.OK
    found = json.loads(capsys.readouterr().out)
    assert [(one["learning_rate"], one["batch_size"]) for one in found["settings"]] == [
        (rate, size) for rate in (0.01, 0.03, 0.1) for size in (10, 100)
    ]
    assert {one["timed_as"] for one in found["settings"]} == {"article-linear@10", "article-linear@100"}
    run = RunFolder(out).read()
    assert list(run.specs) == ["article-linear@10", "article-linear@100", "article-linear@100+check"]
    assert {record.status for record in run.cells} == {"measured"}
    assert run.sweep is not None and (run.sweep.check, run.sweep.checked) == ("article-linear@100+check", "article-linear@100")
    rates = {name: record.spec["training"]["learning_rate"] for name, record in run.specs.items()}
    assert rates["article-linear@100"] != rates["article-linear@100+check"]
    assert "## Settings" in (out / "report.md").read_text(encoding="utf-8")
    assert main(["report", str(out)]) == Status.OK


def test_rates_alone_make_one_shape_under_the_name_of_the_spec(tmp_path: Path) -> None:
    found = fairfit.sweep("article-linear", learning_rate="0.01,0.03", frameworks="numpy", out=tmp_path / "run")
    assert list(found.evidence.runs[0].specs) == ["article-linear", "article-linear+check"]
    assert found.settings["seconds"].notna().sum() >= 1
    assert "fairfit.sweep('article-linear', learning_rate='0.01,0.03'" in found.evidence.runs[0].command


def test_a_single_value_takes_the_place_of_the_spec_s(tmp_path: Path) -> None:
    found = fairfit.sweep("article-linear", momentum=0, learning_rate=0.03, frameworks="numpy", out=tmp_path / "run")
    (record,) = found.evidence.runs[0].specs.values()
    assert (record.spec["training"]["momentum"], record.spec["training"]["learning_rate"]) == (0.0, 0.03)
    assert found.settings[["learning_rate", "momentum"]].values.tolist() == [[0.03, 0.0]]


def test_rows_alone_are_shapes_without_a_check(tmp_path: Path) -> None:
    found = fairfit.sweep("article-linear", rows=[100, 1000], frameworks="numpy", out=tmp_path / "run")
    assert list(found.evidence.runs[0].specs) == ["article-linear@rows100", "article-linear@rows1000"]


def test_drawn_settings_are_the_same_by_their_seed(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"learning_rate": [0.001, 0.1], "momentum": [0, 0.9], "batch_size": [10, 100], "frameworks": "numpy"}
    drawn = [
        fairfit.sweep("article-linear", draw=6, draw_seed=seed, out=tmp_path / name, **asked).settings
        for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    ]
    columns = ["learning_rate", "momentum", "batch_size"]
    first, again, other = (one[columns].values.tolist() for one in drawn)
    assert first == again != other
    assert len(first) == 6 and all(0.001 <= rate <= 0.1 and size in (10, 100) for rate, _, size in first)
    assert fairfit.read(tmp_path / "a").evidence.runs[0].sweep is not None


def test_what_diverges_is_told_and_not_timed(tmp_path: Path) -> None:
    found = fairfit.sweep("article-linear", learning_rate=[0.03, 50.0], frameworks="numpy", epochs=5, out=tmp_path / "run")
    assert found.settings["timed_as"].tolist() == ["article-linear", ""]
    assert found.settings["loss"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["article-linear"], "a sweep needs values to try, as in --learning-rate 0.03,0.1,0.3"),
        (["--learning-rate", "0.1,0.2"], "which regression? name a spec"),
        (["article-linear", "--learning-rate", "50,60", "--epochs", "9"], "diverges under each of the 2 settings"),
        (["article-linear", "--learning-rate", "0"], "learning_rate = 0.0: must be"),
        (["article-linear", "--batch-size", "1", "--frameworks", "theano"], "theano"),
        (["digits", "--rows", "2000"], "first_rows = 2000, and there are 1437"),
        (["nothing", "--rows", "2000"], "no spec 'nothing'"),
        (["digits", "--batch-size", "9", "--epochs", "3"], "this spec lists one for each epoch: add --learning-rate"),
        (["digits", "--batch-size", "9", "--draw-seed", "3"], "say how many settings with --draw N"),
    ],
)
def test_what_cannot_be_swept_is_told_in_one_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in told(capsys, *arguments, "--out", str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("option", "value"), [("--learning-rate", "fast"), ("--batch-size", "2.5"), ("--learning-rate", "1_0")])
def test_a_value_that_is_no_number_is_told(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["sweep", "article-linear", option, value])
    assert stopped.value.code == Status.BAD_USAGE
    assert f"argument {option}: {value!r} is no" in capsys.readouterr().err.replace('"', "'")


@pytest.mark.parametrize("value", [[True], "", [], object(), [float("nan")], {"a": 1}])
def test_python_values_that_are_no_numbers_are_refused(value: Any) -> None:
    with pytest.raises(fairfit.UserError, match="learning_rate: "):
        fairfit.sweep("article-linear", learning_rate=value)


def test_a_grid_that_is_killed_at_random_moments_ends_exact(tmp_path: Path) -> None:
    """No cell is measured twice, none is missing; a kill while the grid is searched begins it again."""
    moments, out, kills = random.Random(1), tmp_path / "run", 0
    while True:
        begun = (out / "run.json").exists()
        arguments = ["run", "--resume", str(out)] if begun else ["sweep", "article-linear", *GRID, "--out", str(out)]
        process = subprocess.Popen(
            [sys.executable, "-m", "fairfit.cli", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        if kills < 8:
            try:
                process.wait(timeout=moments.uniform(1.0, 4.0))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
        _, errors = process.communicate(timeout=120)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, errors.decode()
    run = RunFolder(out).read()
    assert {record.status for record in run.cells} == {"measured"} and len(run.cells) == 6  # three specs and their twins
    taken = [(sample.cell, sample.generation, sample.block, sample.attempt) for sample in RunFolder(out).samples()]
    assert len(taken) == len(set(taken))
    found = fairfit.read(out)
    assert len(found.settings) == 6 and found.settings[["learning_rate", "batch_size"]].drop_duplicates().shape[0] == 6
