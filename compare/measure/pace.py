"""The pace of the CPUs: how long a fixed piece of work takes on each. Needs the standard library.

What shares a core with us, another virtual machine on the other half of it above all, takes nothing that an operating system
counts: no wait, no steal. It slows the CPU down: by 1.3 to 1.8 times, for tenths of a second, most of the time on a busy host.
So a little work of always the same size is timed before and after each sample, in CPU time of its thread, which holds no wait.
Tried on a virtual machine beside others, with samples of 15 ms: they scattered by 21 %, and by 6 % where the work before and
after took no more than 1.15 times as long as it does at best.
"""

import contextlib
import os
import time
from collections.abc import Iterator, Sequence

STEPS = 5000  # of the work: 0.2 ms
GRANTED = 0.10  # of the pace at its best: a quiet CPU scatters by less
BEST = 0.05  # the quantile that is the pace at its best: the very best came once, with the clock raised


def probe() -> list[float]:
    """Seconds of CPU time that the work takes on each CPU that this thread may use, in their order; empty where it is not
    allowed to visit them."""
    if not hasattr(os, "sched_setaffinity"):
        return [_work()]
    usable = os.sched_getaffinity(0)
    if len(usable) == 1:
        return [_work()]
    paces = []
    try:
        for cpu in sorted(usable):
            os.sched_setaffinity(0, {cpu})
            paces.append(_work())
    except OSError:
        return []
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, usable)
    return paces


def when_quiet(limits: Sequence[float], patience: float) -> tuple[list[float], float]:
    """The pace once no CPU is above its limit, or when that was waited for this long; and the seconds waited. No limits, no wait."""
    begin = time.monotonic()
    while True:
        paces, waited = probe(), time.monotonic() - begin
        quiet = all(pace <= limit for pace, limit in zip(paces, limits, strict=False))
        if quiet or len(paces) != len(limits) or waited > patience:
            return paces, waited


class Pace:
    """What the pace of the CPUs of a group has been."""

    def __init__(self) -> None:
        self._seen: list[list[float]] = []  # one list a CPU

    def saw(self, paces: Sequence[float]) -> None:
        """Remember one probe."""
        if len(paces) != len(self._seen):
            self._seen = [[] for _ in paces]
        for seen, pace in zip(self._seen, paces, strict=True):
            seen.append(pace)

    def limits(self) -> list[float]:
        """Seconds up to which each CPU counts as quiet."""
        return [(1 + GRANTED) * best for best in self._best()]

    def slowed(self, *probes: Sequence[float]) -> float:
        """How much slower than quiet the slowest CPU was in these, as a share; 0 where all were quiet."""
        limits = self.limits()
        shares = (pace / limit - 1 for paces in probes for pace, limit in zip(paces, limits, strict=False))
        return max(0.0, max(shares, default=0.0))

    def _best(self) -> Iterator[float]:
        for seen in self._seen:
            yield sorted(seen)[int(BEST * len(seen))]


def _work() -> float:
    begin, total = time.thread_time(), 0
    for number in range(STEPS):
        total += number * number
    return time.thread_time() - begin
