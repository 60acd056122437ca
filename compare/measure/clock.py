"""Whether the clock can be trusted: whether it is still ours, the test of a fence on known work, what timing itself costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from fairfit.frameworks import clock
from fairfit.frameworks.clock import timed

Read = TypeVar("Read")

NAMES = [(time, "perf_counter"), (time, "process_time"), (clock, "perf_counter"), (clock, "process_time"), (clock, "timed")]
OURS = [getattr(module, name) for module, name in NAMES]  # before any adapter is imported


def replaced() -> str:
    """The first part of the clock that is no longer ours: 'time.perf_counter'; empty where none is."""
    changed = (
        module.__name__ + "." + name
        for (module, name), ours in zip(NAMES, OURS, strict=True)
        if getattr(module, name) is not ours
    )
    return next(changed, "")


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
        return not is_late(self.left_over, self.fenced)


def is_late(left_over: float, seconds: float) -> bool:
    """Whether more than a tenth of the work, and more than the scatter of one reading, ended after the clock was read."""
    return left_over > max(0.1 * seconds, 0.001)


def reading(read: Callable[[], Read]) -> tuple[Read, float]:
    """Read a result, and once more to know what reading costs when nothing is left; returns it with what was left, in seconds."""
    start = perf_counter()
    result = read()
    first = perf_counter()
    read()
    second = perf_counter()
    return result, max(0.0, (first - start) - (second - first))


def self_test(work: Callable[[], object], fence: Callable[[], object], read: Callable[[], object]) -> SelfTest:
    """Queue known work, pass the fence, read the result; read it again to know what reading costs when nothing is left."""
    fence()
    start = perf_counter()
    work()
    returned = perf_counter()
    fence()
    fenced = perf_counter()
    return SelfTest(returned - start, fenced - start, reading(read)[1])


def cost(fence: Callable[[], object]) -> float:
    """Seconds that timing nothing takes: the fence and the clock themselves, the median of 21."""
    return sorted(timed(lambda: None, fence).seconds for _ in range(21))[10]
