"""The CPUs of this machine: which may be used, by whom, and how a process is kept on its own. Needs the standard library."""

import contextlib
import math
import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from fairfit.measure import cgroups, disturbance

IDLE = 0.1  # the share of its time up to which a CPU that others use is as good as idle


def available() -> list[int]:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def count() -> int:
    """How many can be had at once: a quota of CPU time may allow fewer than there are."""
    limit = cgroups.quota()
    return len(available()) if limit is None else max(1, min(len(available()), math.floor(limit)))


def of(threads: str, order: Sequence[int] | None = None) -> list[int]:
    """Those that a worker with this setting of threads is confined to, the first of `order`; all where it is 'shipped'."""
    return available() if threads == "shipped" else sorted((available() if order is None else order)[: int(threads)])


def lanes(size: int, usable: Sequence[int] | None = None) -> list[list[int]]:
    """Sets of so many CPUs, on which workers run side by side without disturbing each other; one of all where processes
    cannot be kept apart."""
    usable = available() if usable is None else usable
    if not may_confine():
        return [available()]
    return [list(usable[first : first + size]) for first in range(0, len(usable) - size + 1, size)]


def may_confine() -> bool:
    """False where the system refuses what `confine` asks for."""
    if hasattr(os, "sched_setaffinity"):
        try:
            os.sched_setaffinity(0, os.sched_getaffinity(0))
        except OSError:
            return False
    return True


def confine(cpus: Collection[int]) -> None:
    """Keep every thread of this process on these CPUs; those that start later inherit it. Without /proc the calling one."""
    if hasattr(os, "sched_setaffinity"):
        tasks = Path("/proc/self/task")
        for number in [int(task.name) for task in tasks.iterdir()] if tasks.is_dir() else [0]:
            with contextlib.suppress(ProcessLookupError):  # a thread that has just ended
                if os.sched_getaffinity(number) != set(cpus):  # a system that refuses to change it may have it right already
                    os.sched_setaffinity(number, cpus)


# -- which to prefer


def busy(seconds: float) -> dict[int, float]:
    """For so long a look, the share of its time that each CPU had work; empty where the system does not tell."""
    before = disturbance.ticks_of_cpus()
    time.sleep(seconds)
    shares = {}
    for cpu, ticks in disturbance.ticks_of_cpus().items():
        passed = [now - then for now, then in zip(ticks[:8], before.get(cpu, ticks)[:8], strict=True)]
        shares[cpu] = max(0.0, 1 - (passed[3] + passed[4]) / sum(passed)) if sum(passed) > 0 else 0.0
    return shares


def preferred(usable: Collection[int], shares: Mapping[int, float], cores: Mapping[int, Collection[int]]) -> list[int]:
    """These CPUs, those first on which least else goes on: idle ones, whose core is idle too, and one of each core before a
    second one of any. `cores` has for each CPU those of its physical core."""

    def worth(cpu: int) -> tuple[float, float, int, int]:
        core = sorted(cores.get(cpu, [cpu]))
        others = [_noticed(shares.get(other, 0.0)) for other in core if other != cpu]
        rank = [other for other in core if other in usable].index(cpu)
        return _noticed(shares.get(cpu, 0.0)), max(others, default=0.0), rank, cpu

    return sorted(usable, key=worth)


def _noticed(share: float) -> float:
    """In tenths: less is chance."""
    return 0.0 if share <= IDLE else round(share, 1)


def cores(cpus: Collection[int]) -> dict[int, list[int]]:
    """For each CPU those of its physical core, itself among them; itself alone where the system does not tell."""
    found = {}
    for cpu in cpus:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            found[cpu] = numbers(path.read_text())
        except (OSError, ValueError):
            found[cpu] = [cpu]
    return found


def numbers(text: str) -> list[int]:
    """'0-2,8' → 0, 1, 2, 8: a list as Linux writes it."""
    spans = [part.partition("-") for part in text.strip().split(",")]
    return [number for first, _, last in spans for number in range(int(first), int(last or first) + 1)]
