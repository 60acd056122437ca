"""The clock: whatever is timed is timed by this, between two fences."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time  # bound before any adapter is imported, which might replace them


@dataclass(frozen=True)
class Elapsed:
    """Wall time and the CPU time of all threads of this process, in seconds."""

    seconds: float
    cpu_seconds: float


def timed(work: Callable[[], object], fence: Callable[[], object]) -> Elapsed:
    """Time `work` between two fences: nothing asked for earlier runs into it, and all it asked for is done at the end."""
    fence()
    cpu, start = process_time(), perf_counter()
    work()
    fence()
    end, cpu_end = perf_counter(), process_time()
    return Elapsed(end - start, cpu_end - cpu)
