"""A process that lives no longer than the one that started it, however busy it is then. Needs the standard library.

A lifeline is a pipe on which nothing is ever said. The harness alone holds the end for writing, so it closes when the
harness ends, in whatever way and whichever of its threads started the worker; that end of file ends the worker.
"""

import fcntl
import os
import select
import signal
import threading


def hold(lifeline: int) -> None:
    """Die, with the group of processes that this one leads, once the other end of the lifeline is closed.

    On Linux the kernel sends SIGKILL by itself: that needs no thread, takes no time, and reaches a process that is busy in
    C and lets no other thread run.
    """
    if hasattr(fcntl, "F_SETSIG"):
        leads = os.getpgrp() == os.getpid()
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid() if leads else os.getpid())  # negative: the whole group
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | fcntl.FASYNC)
    else:
        threading.Thread(target=_wait, args=(lifeline,), daemon=True).start()
    if select.select([lifeline], [], [], 0)[0]:  # it was closed before
        os._exit(1)


def _wait(lifeline: int) -> None:
    os.read(lifeline, 1)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
