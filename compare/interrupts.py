"""Interrupts while measuring: Ctrl-C, a polite kill and a hang-up all end a run alike, and none of them twice.

The first raises `Interrupted` wherever the main thread is. Those that follow would hit what the first has set going (ending
workers, writing the report) and are ignored, since whoever closes a terminal or ends a session often sends several; the
third Ctrl-C is of somebody who will not wait.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

NUMBERS: list[int] = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
NOBODYS = (signal.SIG_DFL, signal.default_int_handler)  # a handler of somebody else, and a signal that is ignored, stay
IMPATIENT = 3


class Interrupted(KeyboardInterrupt):
    """`number` is that of the signal; `kept`: a run was on disk by then."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.kept = False


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Raise Interrupted within; only the main thread can, and what was set before comes back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []

    def handler(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) == 1 or seen.count(signal.SIGINT) >= IMPATIENT:
            raise Interrupted(number)

    before = {number: signal.getsignal(number) for number in NUMBERS}
    ours = [number for number in NUMBERS if before[number] in NOBODYS]
    try:
        for number in ours:
            signal.signal(number, handler)
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


def ignore() -> None:
    """From now on, in a process that is about to end."""
    for number in NUMBERS:
        signal.signal(number, signal.SIG_IGN)
