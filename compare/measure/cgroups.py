"""What the control groups of Linux allow this process: a quota of CPU time, how long it was made to wait for exceeding it, and memory.

A container or a batch system sets `cpu.max` (version 2) or `cpu.cfs_quota_us` and `cpu.cfs_period_us` (version 1) on any level
above a process, and `memory.max` or `memory.limit_in_bytes`; the least of them counts (Linux, Documentation/admin-guide/cgroup-v2.rst, scheduler/sched-bwc.rst). Needs the
standard library; where there are no control groups, nothing is limited.
"""

from collections.abc import Iterator
from pathlib import Path

MICROSECONDS, NANOSECONDS = 1e-6, 1e-9
THROTTLED = {"throttled_usec": MICROSECONDS, "throttled_time": NANOSECONDS}  # in cpu.stat of versions 2 and 1


def quota(levels: list[Path] | None = None) -> float | None:
    """How many CPUs' worth of time the levels of this process allow; None where they set no limit."""
    shares = []
    for level in _levels() if levels is None else levels:
        words = (_read(level / "cpu.max") or f"{_read(level / 'cpu.cfs_quota_us')} {_read(level / 'cpu.cfs_period_us')}").split()
        if len(words) == 2 and all(word.isdecimal() and int(word) > 0 for word in words):  # no limit is 'max', or −1
            shares.append(int(words[0]) / int(words[1]))
    return min(shares, default=None)


def throttled_seconds(levels: list[Path] | None = None) -> float:
    """How long all that runs under this process's levels was stopped because a quota was used up, since they began."""
    seconds = 0.0
    for level in _levels() if levels is None else levels:
        for line in (_read(level / "cpu.stat") or "").splitlines():
            name, _, value = line.partition(" ")
            seconds += int(value) * THROTTLED[name] if name in THROTTLED else 0.0
    return seconds


def memory_left(levels: list[Path] | None = None) -> int | None:
    """How many bytes more the levels of this process allow it; None where they set no limit. What files left in the page cache
    counts as free: it is given up when it is needed."""
    left = []
    for level in _levels("memory") if levels is None else levels:
        limit = _read(level / "memory.max") or _read(level / "memory.limit_in_bytes") or ""
        used = _read(level / "memory.current") or _read(level / "memory.usage_in_bytes") or ""
        if limit.isdecimal() and used.isdecimal():  # no limit is 'max', or a number that no machine has
            lines = dict(line.split(maxsplit=1) for line in (_read(level / "memory.stat") or "").splitlines())
            files = int(lines.get("file") or lines.get("total_cache") or 0)
            left.append(max(0, int(limit) - int(used) + files))
    return min(left, default=None)


def _levels(controller: str = "cpu") -> list[Path]:
    """The folders of this process's control groups that may limit it, from its own up to what it can see."""
    return [level for mounted, root, path in _mounted(controller) for level in _upwards(mounted, root, path)]


def _upwards(mounted: Path, root: str, path: str) -> list[Path]:
    """`path` is the control group, `root` the one that is seen at `mounted`: a container sees its own as the uppermost."""
    inside = Path(path).relative_to(root) if Path(path).is_relative_to(root) else Path()
    return [mounted / level for level in (inside, *inside.parents)]


def _mounted(controller: str) -> Iterator[tuple[Path, str, str]]:
    """Where control groups are mounted, which of them is seen there, and that of this process."""
    own: dict[str, str] = {}  # controllers → path; version 2 names none
    for line in (_read(Path("/proc/self/cgroup")) or "").splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    for line in (_read(Path("/proc/self/mountinfo")) or "").splitlines():
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup2" and "" in own:
            yield Path(mounted), root, own[""]
        elif kind == "cgroup" and controller in options.split(",") and controller in own:
            yield Path(mounted), root, own[controller]


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
