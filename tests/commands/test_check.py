"""`check` and `diff` on real runs and on runs made up: exit status, the line that sums up, numbers for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

import fairfit
from fairfit.cli import main
from fairfit.commands.answer import Status
from tests.commands.smallest import QUICK
from tests.reporting.made_up import record, run, samples, write
from tests.workbench import seal

NUMPY, NN, TENSOR = "tiny/numpy/numpy/cpu/1/resident", "tiny/pytorch/nn/cpu/1/resident", "tiny/pytorch/tensor/cpu/1/resident"


def made(path: Path, times: dict[str, float], **status: str) -> str:
    """A folder with a run of these cells, times in milliseconds of five generations."""
    records = [record(name, status.get(name.split("/")[2], "measured")) for name in times]
    taken = [sample for name, milliseconds in times.items() for sample in samples(name, milliseconds)]
    return str(write(path, run(records), taken).path)


def test_check_finds_a_regression_and_nothing_where_nothing_changed(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, slow = tmp_path / "base", tmp_path / "slow"
    assert main(["run", str(spec_file), *QUICK, "--out", str(base)]) == Status.OK
    slow.mkdir()
    (slow / "run.json").write_text((base / "run.json").read_text())
    taken = [json.loads(line) for line in (base / "samples.jsonl").read_text().splitlines()]
    for folder, seconds in ((base, 0.01), (slow, 0.03)):  # a busy machine scatters by more
        even = [sample | {"seconds": seconds, "foreign_seconds": 0.0, "slowed_share": 0.0} for sample in taken]
        (folder / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in even))
        seal(folder)
    assert main(["check", str(base), "--baseline", str(base)]) == Status.OK
    capsys.readouterr()
    assert main(["check", str(slow), "--baseline", str(base)]) == Status.NO
    assert "slower by a factor of 3.00" in capsys.readouterr().out
    assert main(["diff", str(base), str(slow)]) == Status.OK
    assert "slower" in capsys.readouterr().out


def test_check_does_not_pass_a_run_whose_times_are_gone(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, empty, proof = tmp_path / "base", tmp_path / "empty", tmp_path / "proof"
    assert main(["run", str(spec_file), *QUICK, "--out", str(base)]) == Status.OK
    empty.mkdir()
    (empty / "run.json").write_text((base / "run.json").read_text())
    (empty / "samples.jsonl").write_text("")
    assert main(["check", str(empty), "--baseline", str(base)]) == Status.BAD_USAGE
    assert "lines were lost or changed since they were measured" in capsys.readouterr().err
    seal(empty)
    assert main(["check", str(empty), "--baseline", str(base)]) == Status.INCOMPLETE
    assert "mine/numpy/numpy/cpu/1/resident: timed in the baseline, and not here" in capsys.readouterr().out
    assert main(["prove", str(spec_file), "--frameworks", "numpy", "--out", str(proof)]) == Status.OK
    assert main(["check", str(proof), "--baseline", str(base)]) == Status.OK  # no times were asked for: a gate on the proof
    assert "times are not checked" in capsys.readouterr().out


def numbers_in(value: Any) -> list[Any]:
    """All tables that hold a value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return ([value] if isinstance(value, dict) and "value" in value else []) + [
        one for item in inside for one in numbers_in(item)
    ]


def test_the_last_line_counts_and_says_what_could_have_been_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0, TENSOR: 10.0})
    now = made(tmp_path / "b", {NUMPY: 2.01, NN: 10.02, TENSOR: 15.0})
    assert main(["check", now, "--baseline", base]) == Status.NO
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith("2 cells: 1 not slower, 1 slower, 0 cannot be told (the smallest slowdown that this pair of runs")
    assert told[-1].endswith("; 1 measured the drift")
    assert any(line.startswith(f"{TENSOR}: slower by a factor of 1.4") for line in told)
    assert main(["check", now, "--baseline", base, "--lang", "zh"]) == Status.NO
    assert "2 个组合：1 个不慢于之前" in capsys.readouterr().out


def test_what_cannot_be_told_is_named_and_can_be_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, now = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0, TENSOR: 9.0}), made(tmp_path / "b", {NUMPY: 2.01, NN: 10.02})
    assert main(["check", now, "--baseline", base]) == Status.INCOMPLETE
    assert f"{TENSOR}: in the baseline, and missing here (cannot be told)" in capsys.readouterr().out
    assert main(["check", now, "--baseline", base, "--allow-unknown"]) == Status.OK
    assert "1 cannot be told" in capsys.readouterr().out


def test_a_gate_that_judged_nothing_is_never_green(tmp_path: Path) -> None:
    base, now = made(tmp_path / "a", {NN: 10.0}), made(tmp_path / "b", {NN: 10.0}, nn="unavailable")
    assert main(["check", now, "--baseline", base, "--allow-unknown"]) == Status.INCOMPLETE
    nowhere = made(tmp_path / "c", {NN: 10.0}, nn="unavailable")
    assert main(["check", now, "--baseline", nowhere, "--allow-unknown"]) == Status.INCOMPLETE


def test_programs_get_numbers_with_their_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, now = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 2.0, NN: 15.0})
    main(["check", now, "--baseline", base, "--json"])
    checked = json.loads(capsys.readouterr().out)
    assert (checked["exit_status"], checked["slower"], checked["not_slower"]) == (1, 1, 0)
    main(["diff", base, now, "--json"])
    diffed = json.loads(capsys.readouterr().out)
    for cell in (next(cell for cell in cells if cell["cell"] == NN) for cells in (checked["cells"], diffed)):
        assert cell["ratio"]["low"] < 1.5 < cell["ratio"]["high"]
        assert cell["ratio"]["value"] == pytest.approx(1.5)
        assert cell["after"]["epoch"]["unit"] == "s" and cell["after"]["epoch"]["value"] == pytest.approx(
            0.015, rel=1e-3
        )  # the geometric mean of what scatters
        assert cell["divided_by"] == NUMPY
    found = numbers_in([checked, diffed])
    assert len(found) > 10
    for one in found:
        assert isinstance(one["unit"], str)
        assert all(isinstance(one[name], int | float) for name in ("value", "low", "high") if name in one)


def test_accuracy_is_bounded_by_an_option(tmp_path: Path) -> None:
    base = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    better = str(
        write(tmp_path / "b", run([record(NUMPY), record(NN, test_metric=0.9)]), samples(NUMPY, 2.0) + samples(NN, 10.0)).path
    )
    assert main(["check", better, "--baseline", base, "--accuracy", "1%"]) == Status.NO
    assert main(["check", better, "--baseline", base, "--accuracy", "5%"]) == Status.OK
    (found,) = fairfit.check(better, baseline=base, accuracy=0.01).regressions
    assert (found.kind, found.before, found.after) == ("metric", 0.875, 0.9)
    assert "r2 rose from 0.8750 to 0.9000, allowed is 0.01 either way" in str(found.text)
