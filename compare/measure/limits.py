"""What the system must let a run do, looked at before anything is measured."""

import contextlib
import os

from fairfit.measure.plan import Plan
from fairfit.models.errors import UserError
from fairfit.models.text import Text

FILES, FILES_OF_WORKER = 64, 6  # open at a time: our own, and the pipes of each worker that waits for its turn
LARGEST_FILE = 16 << 20  # bytes; a report with its figures has less


def check(plan: Plan, *, topics: bool) -> None:
    """Raises UserError that says what to do where the system does not let this plan be carried out."""
    if topics or any(cell.threads != "shipped" for cell in plan.cells):
        _check_affinity(topics=topics)
    most = max(len(cells) for cells in plan.groups())
    try:
        import resource
    except ImportError:
        return
    _check_open_files(resource.RLIMIT_NOFILE, FILES + FILES_OF_WORKER * most)
    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if 0 <= largest < LARGEST_FILE:
        raise UserError(
            Text(
                f"no file may have more than {largest} bytes here, and a report may need {LARGEST_FILE}: `ulimit -f unlimited`",
                f"此处文件不得超过 {largest} 字节，而报告可能需要 {LARGEST_FILE} 字节：`ulimit -f unlimited`",
            )
        )


def _check_affinity(*, topics: bool) -> None:
    if not hasattr(os, "sched_setaffinity"):
        return
    try:
        os.sched_setaffinity(0, os.sched_getaffinity(0))
    except OSError as error:
        options = "--threads shipped" + (" --topics none" if topics else "")
        raise UserError(
            Text(
                f"this system does not let a process choose its CPUs ({error.strerror}): measure with {options}",
                f"此系统不允许进程选择 CPU（{error.strerror}）：请用 {options} 测量",
            )
        ) from error


def _check_open_files(kind: int, needed: int) -> None:
    """Raise our own limit where that is allowed."""
    import resource

    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (needed if hard == resource.RLIM_INFINITY else min(needed, hard), hard))
    if 0 <= resource.getrlimit(kind)[0] < needed:
        raise UserError(
            Text(
                f"this run needs up to {needed} open files, and {hard} are allowed: `ulimit -n {needed}`, or fewer styles at a time",
                f"这次运行最多需要打开 {needed} 个文件，而只允许 {hard} 个：`ulimit -n {needed}`，或一次比较较少的写法",
            )
        )
