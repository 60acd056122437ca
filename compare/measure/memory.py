"""How much memory this process takes, and how much there is. Needs the standard library."""

import os
import sys
from pathlib import Path

from fairfit.measure import cgroups

try:
    import resource
except ImportError:  # on Windows, where nothing is measured
    resource = None  # type: ignore[assignment]


def peak_rss_bytes() -> int:
    """The most memory this process held, mapped files included; from /proc, as getrusage counts what the parent held before
    exec."""
    if peak := _of_this_process("VmHWM"):
        return peak
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def own_bytes() -> int:
    """What it holds now that is nobody else's: without pages of mapped files, which all processes share and which the system
    takes back when memory runs short. 0 where the system does not tell."""
    return _of_this_process("RssAnon")


def available_bytes() -> int:
    """What processes that are started now can have: what the machine has left, less where a control group allows less; 0 where
    nobody knows."""
    try:
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        left = int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        left = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    allowed = cgroups.memory_left()
    return left if allowed is None else min(left, allowed)


def _of_this_process(name: str) -> int:
    """A line of /proc/self/status in bytes; 0 where there is none."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
