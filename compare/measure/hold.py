"""The CPUs of a run: chosen where least else goes on, held against other runs of fairfit, and waited for where none is free."""

import contextlib
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from fairfit.measure import cgroups, cpus, locks
from fairfit.measure.locks import Held, Lock
from fairfit.measure.plan import Plan
from fairfit.models.errors import UserError
from fairfit.models.text import Text, join, listed
from fairfit.progress import Progress

LOOK = 0.3  # seconds
PAUSE = 1.0  # seconds between two attempts, on average


class Hold:
    """CPUs in the order in which they are to be used; `busy` are the shares that others had of each before."""

    def __init__(
        self, order: Sequence[int], busy: Mapping[int, float], held: Mapping[int, Lock] | None = None, says: str = ""
    ) -> None:
        self.order = list(order)
        self.busy = dict(busy)
        self._held = dict(held or {})
        self._says = says

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for lock in self._held.values():
            lock.release()

    def of(self, threads: str) -> list[int]:
        """The CPUs that all workers of a group are timed on."""
        return cpus.of(threads, self.order)

    @contextlib.contextmanager
    def lanes(self, size: int) -> Iterator[list[list[int]]]:
        """CPUs for workers that are not timed: those held, and for the while those that nobody holds."""
        borrowed = {}
        if self._held:
            for cpu in cpus.available():
                if cpu not in self._held:
                    with contextlib.suppress(Held):
                        borrowed[cpu] = locks.take(cpu)
                        borrowed[cpu].say(self._says)
        try:
            yield cpus.lanes(size, sorted({*self.order, *borrowed}))
        finally:
            for lock in borrowed.values():
                lock.release()


def unlocked() -> Hold:
    """All CPUs, in the order of their numbers; nobody is kept from them."""
    return Hold(cpus.available(), {})


def take(plan: Plan, *, lock: bool, folder: Path, progress: Progress) -> Hold:
    """As many CPUs as the largest group of the plan needs, for as long as the Hold is open.

    Without `lock` others are not asked. Raises UserError where a group's workers could not be kept on its CPUs.
    """
    usable = cpus.available()
    needed = {len(cpus.of(cells[0].threads)) for cells in plan.groups()}
    if any(size < len(usable) for size in needed) and not cpus.may_confine():
        raise UserError(
            Text(
                f"this system refuses to keep a process on chosen CPUs (sched_setaffinity), so a group cannot be measured on fewer "
                f"than all {len(usable)}: allow it, or measure with --threads {len(usable)} or --threads shipped",
                f"本系统拒绝把进程限定在指定的 CPU 上（sched_setaffinity），因此无法只用少于全部 {len(usable)} 个 CPU 测量："
                f"请放行该调用，或使用 --threads {len(usable)} 或 --threads shipped",
            )
        )
    size = max(needed, default=1)
    hold = _waited_for(usable, size, folder, progress) if lock else _chosen(usable, cpus.busy(LOOK), {}, {}, len(usable))
    _tell(plan, hold, usable, size, progress)
    return hold


def _waited_for(usable: Sequence[int], size: int, folder: Path, progress: Progress) -> Hold:
    told: Text | None = None
    first = True
    while True:
        shares = cpus.busy(LOOK)
        free: dict[int, Lock] = {}
        others: dict[int, str] = {}
        for cpu in usable:
            try:
                free[cpu] = locks.take(cpu)
            except Held as held:
                others[cpu] = str(held)
        if len(free) >= size:
            return _chosen(list(free), shares, free, others, size, says=f"{os.getpid()}, {folder.absolute()}")
        for lock in free.values():
            lock.release()
        if not first and (telling := _waiting(others, size)) != told:  # at first it may be one that only just chooses
            told = telling
            progress.stage(telling, 1)
        time.sleep(random.uniform(0.5, 1.5) * PAUSE)  # by chance: two that wait for the same shall not meet for ever
        first = False


def _chosen(
    free: Sequence[int],
    shares: Mapping[int, float],
    held: Mapping[int, Lock],
    others: Mapping[int, str],
    size: int,
    says: str = "",
) -> Hold:
    """The best of those that are free; the rest is let go."""
    order = cpus.preferred(free, {**shares, **dict.fromkeys(others, 1.0)}, cpus.cores(free))
    kept = {cpu: held[cpu] for cpu in order[:size] if cpu in held}
    for cpu, lock in held.items():
        lock.say(says) if cpu in kept else lock.release()
    return Hold(order[:size], shares, kept, says)


# -- what is told


def _waiting(others: Mapping[int, str], size: int) -> Text:
    by: dict[str, list[str]] = {}
    for cpu, holder in others.items():
        by.setdefault(holder, []).append(str(cpu))
    who = [
        Text(f"CPU {', '.join(held)} by process {holder or '(unknown)'}", f"CPU {'、'.join(held)} 由进程 {holder or '（未知）'}")
        for holder, held in by.items()
    ]
    return (
        Text(f"waiting for {size} free CPU{'s' * (size > 1)}; held by other runs of fairfit: ", f"等待 {size} 个空闲 CPU；被其他 fairfit 占用：")
        + join(who, "; ", "；")
        + Text(" (--no-lock would measure beside them)", "（--no-lock 会与其同时测量）")
    )  # fmt: skip


def _tell(plan: Plan, hold: Hold, usable: Sequence[int], size: int, progress: Progress) -> None:
    """One line for a busy machine, one for a quota."""
    busy = [cpu for cpu in usable if hold.busy.get(cpu, 0.0) > cpus.IDLE]
    if busy:
        which = listed(f"CPU {cpu} ({hold.busy[cpu]:.0%})" for cpu in busy)
        on = listed(str(cpu) for cpu in sorted(hold.order[:size]))
        told = (
            Text("busy with other programs: ", "正被其他程序占用：")
            + which
            + Text("; measuring on CPU ", "；在此 CPU 上测量：")
            + on
        )
        if set(busy) & set(hold.order[:size]):
            told += Text(
                ": disturbed samples are taken again, and the intervals will be wide",
                "：受干扰的样本会重测，区间会变宽",
            )
        progress.note(told)
    quota = cgroups.quota()
    shipped = any(cells[0].threads == "shipped" for cells in plan.groups())
    if quota is not None and (quota < 1 or (shipped and quota < len(usable))):
        progress.note(
            Text(
                f"a quota allows the time of {quota:.3g} CPUs of {len(usable)}: what it stops counts as disturbed",
                f"配额只允许 {len(usable)} 个 CPU 中 {quota:.3g} 个的时间：被其中止的样本算作受干扰",
            )
        )
