"""What an extension costs, by a clock that moves when work is done."""

from collections.abc import Callable

import pytest

from fairfit.frameworks.extensibility import inspection, overhead
from tests.frameworks.cube import fail, made, nothing


class Clock:
    """A clock that moves when work is done; work is queued, and done when the fence is passed."""

    def __init__(self) -> None:
        self.now, self.queued = 0.0, 0.0

    def perf_counter(self) -> float:
        return self.now

    def synchronize(self) -> None:
        self.now, self.queued = self.now + self.queued, 0.0

    def work(self, seconds: float) -> Callable[[], None]:
        def step() -> None:
            self.queued += seconds

        return step


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("fairfit.frameworks.clock.perf_counter", clock.perf_counter)
    return clock


@pytest.mark.parametrize(("custom", "builtin"), [(3e-5, 1e-5), (1e-2, 2e-2)])
def test_overhead_is_the_fenced_time_of_one_call_over_that_of_the_other(clock: Clock, custom: float, builtin: float) -> None:
    found = overhead.overhead(clock.work(custom), clock.work(builtin), clock.synchronize)
    assert [found.low, found.value, found.high] == pytest.approx([custom / builtin] * 3)


def test_the_interval_of_fifteen_ratios_is_from_the_fourth_to_the_twelfth() -> None:
    assert overhead.median([float(number) for number in range(15, 0, -1)]) == overhead.Ratio(8.0, 4.0, 12.0)


def test_too_few_ratios_have_no_interval() -> None:
    with pytest.raises(ValueError, match="5 ratios are too few"):
        overhead.median([1.0] * 5)


def test_overhead_that_cannot_be_had_says_why() -> None:
    broken = made(sides=lambda: (lambda: fail(KeyError("no such kernel")), nothing))
    assert inspection.measured_overhead(broken, nothing) == (None, "KeyError: 'no such kernel'")
