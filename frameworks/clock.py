"""The clock: whatever is timed is timed by this, between two fences."""

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
