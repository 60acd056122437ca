"""The CPUs of this machine: which may be used, by whom, and how a process is kept on its own. Needs the standard library."""

import os
from collections.abc import Collection
from pathlib import Path


def available() -> list[int]:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def of(threads: str) -> list[int]:
    """Those that a worker with this setting of threads is confined to; all where it is 'shipped'."""
    return available() if threads == "shipped" else available()[: int(threads)]


def lanes(size: int) -> list[list[int]]:
    """Sets of so many CPUs, on which workers run side by side without disturbing each other."""
    usable = available()
    return [usable[first : first + size] for first in range(0, len(usable) - size + 1, size)]


def confine(cpus: Collection[int]) -> None:
    """Keep every thread of this process on these CPUs; those that start later inherit it. Without /proc the calling one."""
    if hasattr(os, "sched_setaffinity"):
        tasks = Path("/proc/self/task")
        for number in [int(task.name) for task in tasks.iterdir()] if tasks.is_dir() else [0]:
            try:
                if os.sched_getaffinity(number) != set(cpus):  # a system that refuses to change it may have it right already
                    os.sched_setaffinity(number, cpus)
            except ProcessLookupError:
                continue  # a thread that has just ended
