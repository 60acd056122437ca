"""One lock for each CPU, machine-wide: whoever measures on it holds it, and no other run of fairfit measures there.

A lock is an flock on a file in a folder that every user may write to, so that it ends with its process, however that ends.
The files stay: to remove one could part two who wait for it. What they say is of others, so it is shown and not believed.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = "FAIRFIT_LOCKS"
"""The variable that names another folder for the locks: containers that share CPUs can share one."""

SHARED = ("/run/lock", "/var/lock", "/tmp")
LONGEST = 300  # signs that are read of what a holder says


class Held(Exception):
    """Somebody else holds the lock; its text is what they say of themselves, which may be nothing."""


@dataclass
class Lock:
    """A lock that is held; without a `descriptor` where this machine does not let one be made, which stops nobody."""

    descriptor: int | None

    def say(self, text: str) -> None:
        """Tell others who holds it."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):  # of another user, who does not let others write
                os.ftruncate(self.descriptor, 0)
                os.pwrite(self.descriptor, os.fsencode(text), 0)

    def release(self) -> None:
        """Let it go; a second time does nothing."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def take(cpu: int) -> Lock:
    """The lock of a CPU, at once. Raises Held."""
    try:
        descriptor = _open(folder() / f"fairfit-cpu-{cpu}.lock")
    except OSError:
        return Lock(None)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        says = os.pread(descriptor, LONGEST, 0).decode(errors="replace")
        os.close(descriptor)
        raise Held("".join(sign for sign in says if sign.isprintable())) from None
    except OSError:
        os.close(descriptor)
        return Lock(None)
    return Lock(descriptor)


def folder() -> Path:
    """Where the locks lie: the first folder that all users share, else one of this user's own."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    for shared in SHARED:
        with contextlib.suppress(OSError):
            if Path(shared).stat().st_mode & stat.S_IWOTH:
                return Path(shared)
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())


def _open(path: Path) -> int:
    """Open the file, made where it is missing; one of another user's as far as they let. A link is not followed."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with contextlib.suppress(FileExistsError):  # two make it at once: one of them opens it
        with contextlib.suppress(FileNotFoundError):
            return _open_existing(path, flags)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o666)
        os.fchmod(descriptor, 0o666)  # whatever the umask: others must be able to say who they are
        return descriptor
    return _open_existing(path, flags)


def _open_existing(path: Path, flags: int) -> int:
    try:
        return os.open(path, os.O_RDWR | flags)
    except PermissionError:
        return os.open(path, os.O_RDONLY | flags)
