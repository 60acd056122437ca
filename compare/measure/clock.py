"""The clock: the only place where training is timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Elapsed:
    """Wall time and the CPU time of all threads of this process, in seconds."""

    seconds: float
    cpu_seconds: float


def timed(work: Callable[[], object], fence: Callable[[], object]) -> Elapsed:
    """Time `work` between two fences: nothing asked for earlier runs into it, and all it asked for is done at the end."""
    fence()
    cpu, start = time.process_time(), time.perf_counter()
    work()
    fence()
    end, cpu_end = time.perf_counter(), time.process_time()
    return Elapsed(end - start, cpu_end - cpu)


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
