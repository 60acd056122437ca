"""Whether the clock can be trusted: the test of a fence on known work, and what timing itself costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from fairfit.frameworks.clock import timed


@dataclass(frozen=True)
class SelfTest:
    """What a clock sees of known work; seconds.

    `unfenced` is when the call returned, `fenced` when the fence after it was passed, `left_over` how much longer than
    usual it then took to read the result: the part of the work that the fence did not hold.
    """

    unfenced: float
    fenced: float
    left_over: float

    @property
    def holds(self) -> bool:
        """True where the fenced time holds all of the work, but for what the scatter of one reading explains."""
        return self.left_over <= max(0.1 * self.fenced, 0.001)


def self_test(work: Callable[[], object], fence: Callable[[], object], read: Callable[[], object]) -> SelfTest:
    """Queue known work, pass the fence, read the result; read it again to know what reading costs when nothing is left."""
    fence()
    start = time.perf_counter()
    work()
    returned = time.perf_counter()
    fence()
    fenced = time.perf_counter()
    read()
    first = time.perf_counter()
    read()
    second = time.perf_counter()
    return SelfTest(returned - start, fenced - start, max(0.0, (first - fenced) - (second - first)))


def cost(fence: Callable[[], object]) -> float:
    """Seconds that timing nothing takes: the fence and the clock themselves, the median of 21."""
    return sorted(timed(lambda: None, fence).seconds for _ in range(21))[10]
