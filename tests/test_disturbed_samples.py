"""Which samples count where others had a part of the time."""

import pytest

from fairfit import statistics
from fairfit.records import Sample


def taken(seconds: float, share: float, *, block: int = 0, attempt: int = 0) -> Sample:
    """Others had this share of its time."""
    return Sample("a", 0, block, 0, 1, seconds, 0.0, attempt, 2 * share * seconds, share * seconds)


def test_of_a_block_the_least_disturbed_sample_counts() -> None:
    samples = [taken(2.0, 0.5), taken(1.5, 0.3, attempt=1), taken(1.8, 0.4, attempt=2)]
    assert statistics.counted(samples) == [samples[1]]
    assert statistics.by_cell(samples) == {"a": {(0, 0): 1.5}}


def test_no_block_is_lost_where_all_were_disturbed() -> None:
    assert statistics.by_cell([taken(2.0, 0.5), taken(3.0, 0.6, block=1)]) == {"a": {(0, 0): 2.0, (0, 1): 3.0}}


def others(foreign: float = 0.0, stolen: float = 0.0, throttled: float = 0.0, slowed: float = 0.0) -> Sample:
    return Sample("a", 0, 0, 0, 1, 1.0, 1.0, 0, 0.9, foreign, stolen, throttled, None, slowed)


@pytest.mark.parametrize("one", [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)])
def test_others_disturb_in_four_ways_and_own_threads_do_not(one: tuple[int, int, int, int]) -> None:
    assert statistics.disturbed(others(*(0.051 * part for part in one)))
    assert not statistics.disturbed(others(*(0.049 * part for part in one)))


def test_several_disturbances_add_up() -> None:
    assert statistics.disturbed(others(0.03, 0.03))
    assert statistics.disturbed(others(0.03, 0, 0, 0.03))
    assert not statistics.disturbed(others(0.03, 0, 0.03))  # who is held back by a quota waits too
    assert not statistics.disturbed(others())
