"""What stands under a table, where its numbers alone would puzzle."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from fairfit.records import Cell, CellRecord
from fairfit.reporting import footnotes


def told(**of_record: Any) -> list[str]:
    record = CellRecord(Cell("s", "numpy", "numpy", "cpu", "2", "resident"), "arrays", "", "measured", **of_record)
    row: Any = SimpleNamespace(record=record)
    return [str(note) for note in footnotes.of_rows([row])]


@pytest.mark.parametrize("value", [math.nan, None])
def test_an_undefined_r2_is_explained(value: float | None) -> None:
    assert told(metric="r2", test_metric=value) == ["test: R² is undefined, as all test targets are equal"]


def test_a_metric_that_is_a_number_needs_no_word() -> None:
    assert told(metric="r2", test_metric=0.5) == told(metric="accuracy", test_metric=0.0) == []


def test_a_proof_of_the_first_epoch_is_told_as_one() -> None:
    (note,) = told(metric="r2", test_metric=0.5, proven_as="s/numpy/numpy/cpu/1/resident")
    assert "over the first epoch and after every sample" in note
