"""What disturbed a sample: how long it waited for a CPU because of others, as Linux counts it. Needs the standard library.

Linux counts for every thread how long it was ready to run and had no CPU (`/proc/self/task/*/schedstat`, the second number, in
nanoseconds). A framework's own threads wait for each other too: MXNet's engine and Python share one CPU, so half of the time
one of them waits, and nothing is wrong. Others can only have caused as much as the CPUs worked for others meanwhile: their
time, less the CPU time of this process and what they idled. The smaller of the two is the wait for others. Tried on Linux
6.18: on a quiet CPU it is below 1 % of a sample in most styles of every framework, while the threads of MXNet waited for each
other for up to 80 %; where threads hand over to each other all the time (Keras's loader) the switches count as up to 13 %.
Beside a busy loop on the same CPU it is 42 to 51 %.

What a quota stopped and what the host of a virtual machine took is added. Elsewhere than on Linux nothing is known: all zero.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fairfit.frameworks.clock import Elapsed
from fairfit.measure import cgroups

TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01  # seconds; the unit of /proc/stat


@dataclass(frozen=True)
class Disturbance:
    """Seconds within a sample: `waited` of all threads for a CPU, `foreign` the part of it that was for others, `stolen` by the
    host of a virtual machine from the CPUs used, `throttled` by a quota or because a card's clocks were held down."""

    waited: float = 0.0
    foreign: float = 0.0
    stolen: float = 0.0
    throttled: float = 0.0


def watched(timed: Callable[[], Elapsed]) -> tuple[Elapsed, Disturbance]:
    """Do what is timed, and look before and after: outside of the clock."""
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    throttled, before, waits = cgroups.throttled_seconds(), of_cpus(cpus), _waits()
    elapsed = timed()
    waits_after, after = _waits(), of_cpus(cpus)
    throttled = cgroups.throttled_seconds() - throttled
    idled, stolen = after[0] - before[0], after[1] - before[1]
    waited = math.fsum(seconds - waits.get(thread, 0.0) for thread, seconds in waits_after.items())
    foreign = for_others(elapsed, len(cpus), idled=idled)
    if not waits.keys() - waits_after.keys():  # else a thread has ended, and its wait with it: it may have been any
        foreign = min(waited, foreign)
    return elapsed, Disturbance(waited, foreign, max(0.0, stolen), max(0.0, throttled))


def for_others(elapsed: Elapsed, cpus: int, *, idled: float) -> float:
    """Seconds that so many CPUs worked for others. On several CPUs idle time is known to a tick only, which is granted; a
    single one has none where its process is busy."""
    granted = TICK if cpus > 1 else 0.0
    return max(0.0, cpus * elapsed.seconds - elapsed.cpu_seconds - idled - granted)


def of_cpus(cpus: set[int]) -> tuple[float, float]:
    """Seconds since the start that these CPUs were idle, and that the host took from them; all together."""
    idle, stolen = 0, 0
    for cpu, ticks in ticks_of_cpus().items():
        if cpu in cpus:
            idle += ticks[3] + ticks[4]  # waiting for a disk is idle too
            stolen += ticks[7]
    return idle * TICK, stolen * TICK


def ticks_of_cpus() -> dict[int, list[int]]:
    """By CPU: user, nice, system, idle, iowait, irq, softirq, steal … (Linux, Documentation/filesystems/proc.rst)."""
    try:
        lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    except OSError:
        return {}
    return {int(words[0][3:]): [int(word) for word in words[1:]] for words in lines if words[0][3:].isdecimal()}


def _waits() -> dict[str, float]:
    """Seconds that each thread of this process has waited for a CPU so far."""
    waits = {}
    for path in Path("/proc/self/task").glob("*/schedstat"):
        try:
            waits[path.parent.name] = int(path.read_text().split()[1]) * 1e-9
        except OSError:
            continue  # a thread that has just ended
    return waits
