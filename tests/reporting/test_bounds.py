"""Thresholds held, missed or not to be told, cell by cell."""

from pathlib import Path
from typing import Any

import pytest

import fairfit
from fairfit.commands.answer import Status
from fairfit.records import CellRecord
from tests.reporting import made_up

NUMPY, NN = "tiny/numpy/numpy/cpu/1/resident", "tiny/pytorch/nn/cpu/1/resident"


def checked(folder: Path, asked: dict[str, float], *records: CellRecord, times: dict[str, float] | None = None) -> Any:
    run = made_up.run(list(records) or [made_up.record(NUMPY), made_up.record(NN)])
    run.specs["tiny"].spec["thresholds"] = asked
    taken = [sample for name, ms in (times or {NUMPY: 1.0, NN: 2.0}).items() for sample in made_up.samples(name, ms, blocks=2)]
    made_up.write(folder, run, taken)
    return fairfit.check(folder)


def verdicts(found: Any) -> list[str]:
    return [bound.verdict for bound in found.bounds]


def test_what_is_kept_is_held(tmp_path: Path) -> None:
    found = checked(tmp_path, {"metric": 0.875, "loss": 1.0, "distance": 2e-8, "ratio": 2.1})
    assert found.status == Status.OK and verdicts(found) == ["held"] * 8


def test_each_threshold_can_be_missed(tmp_path: Path) -> None:
    for number, asked in enumerate(({"metric": 0.88}, {"loss": 0.99}, {"distance": 1e-8}, {"ratio": 1.9})):
        found = checked(tmp_path / str(number), asked)
        assert found.status == Status.NO and "missed" in verdicts(found)
    assert str(found.missed[0].text).startswith("times the fastest 2.00 [") and found.missed[0].cell == NN


def test_an_interval_around_the_threshold_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_up, "SCATTER", (1.0, 1.0, 1.0))  # three generations: what is missing to five is assumed
    found = checked(tmp_path, {"ratio": 2.0})
    assert verdicts(found) == ["held", "cannot be told"] and found.status == Status.INCOMPLETE


def test_who_is_refused_misses_and_who_cannot_be_had_is_not_asked(tmp_path: Path) -> None:
    refused, absent = (
        made_up.record(NN, "refused", reason="wrong weights"),
        made_up.record("tiny/mxnet/gluon/cpu/1/resident", "unavailable"),
    )
    found = checked(tmp_path, {"metric": 0.5}, made_up.record(NUMPY), refused, absent, times={NUMPY: 1.0})
    assert verdicts(found) == ["held", "missed"] and "wrong weights" in str(found.missed[0].text)


def test_a_metric_that_is_no_number_holds_nothing(tmp_path: Path) -> None:
    found = checked(tmp_path, {"metric": 0.5}, made_up.record(NUMPY, test_metric=float("nan")), times={NUMPY: 1.0})
    assert found.status != Status.OK
