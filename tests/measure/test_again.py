"""Disturbed samples are taken again, within a bound, and stay in the file; what counts as disturbed is set by each test."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from fairfit import statistics
from fairfit.records import Sample
from tests.measure.whole_runs import QUICK, Outcome, measure

AGAIN = dataclasses.replace(QUICK, again=1.0)
pytestmark = pytest.mark.usefixtures("fakes")


@pytest.fixture
def outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Measures two cells and a twin, two blocks each."""

    def run(disturbed: Callable[[Sample], bool], again: float = 1.0) -> Outcome:
        monkeypatch.setattr(statistics, "disturbed", disturbed)
        return measure(tmp_path / "run", ["right"], dataclasses.replace(AGAIN, again=again))

    return run


def places(samples: list[Sample]) -> list[tuple[str, int, int]]:
    return [(sample.cell, sample.block, sample.attempt) for sample in samples]


def test_what_is_not_disturbed_is_taken_once(outcome: Callable[..., Outcome]) -> None:
    taken = outcome(lambda sample: False).samples
    assert len(set(places(taken))) == len(taken) == 3 * 2
    assert {sample.attempt for sample in taken} == {0}


def test_one_that_is_disturbed_is_taken_again_at_the_end_of_its_block_until_it_is_not(outcome: Callable[..., Outcome]) -> None:
    taken = outcome(lambda sample: "/fake/" in sample.cell and sample.block == 0 and sample.attempt < 2).samples
    of_fake = [sample for sample in taken if "/fake/" in sample.cell]
    assert [(sample.block, sample.attempt) for sample in of_fake] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert [sample.attempt for sample in taken[3:5]] == [1, 2]  # behind the three of the block
    assert len(taken) == 3 * 2 + 2


def test_where_all_are_disturbed_all_the_time_as_many_again_are_taken_and_no_more(outcome: Callable[..., Outcome]) -> None:
    found = outcome(lambda sample: True)
    assert Counter(sample.attempt for sample in found.samples) == {0: 6, 1: 6}
    assert set(found.statuses().values()) == {"measured"}


def test_one_cell_that_is_always_disturbed_takes_what_the_others_do_not_need(outcome: Callable[..., Outcome]) -> None:
    taken = outcome(lambda sample: "/fake/" in sample.cell).samples
    assert max(sample.attempt for sample in taken) == 3
    assert len(taken) == 3 * 2 + 2 * 3


def test_taking_again_can_be_left_out(outcome: Callable[..., Outcome]) -> None:
    assert len(outcome(lambda sample: True, again=0.0).samples) == 6
