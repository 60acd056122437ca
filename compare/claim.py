"""The claim on a folder: one process measures into it at a time, for as long as it lives, whatever ends it.

A claim is an advisory lock of the operating system (`flock`) on a file in the folder. The kernel drops it with the process
that holds it, even one that is killed, so that a file left behind claims nothing; what is written in it only tells a human
who holds the claim.
"""

import contextlib
import datetime
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain

try:
    import fcntl
except ImportError:  # on Windows, where reports are read and nothing is measured
    fcntl = None  # type: ignore[assignment]

NAME = "measuring.lock"
GLANCES, GLANCE = 3, 0.02  # seconds; whoever looks for the holder holds the lock for a moment, and a claim tries again
TRIES = 20  # a claim that was given up meanwhile takes its file with it, and perhaps the folder


@dataclass(frozen=True)
class Holder:
    """Who measures into a folder, and since when; process 0 where the file does not tell."""

    process: int = 0
    host: str = "?"
    since: str = "?"

    @property
    def text(self) -> Text:
        if not self.process:
            return Text("another process", "另一个进程")
        return Text(
            f"process {self.process} on {self.host}, since {self.since}",
            f"{self.host} 上的进程 {self.process}，始于 {self.since}",
        )


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[bool]:
    """Claim the folder, which is made where it is missing; yields False where its file system has no locks.

    Raises UserError that names the holder where another has claimed it, OSError where it cannot be written.
    """
    file, locked = _locked(folder)
    with file:
        try:
            _sign(file)
            yield locked
        finally:
            with contextlib.suppress(OSError):  # while it is held: nobody else can have claimed this file
                (folder / NAME).unlink()


def holder(folder: Path) -> Holder | None:
    """Which other process measures into the folder now; None where none does, or the file system cannot tell."""
    with contextlib.suppress(OSError), (folder / NAME).open(encoding="utf-8", errors="replace") as file:
        try:
            _flock(file, exclusive=False)
        except BlockingIOError:
            found = _signed(file)
            return None if (found.process, found.host) == (os.getpid(), platform.node()) else found
    return None


def _locked(folder: Path) -> tuple[IO[str], bool]:
    """The file that claims the folder, and whether it is locked: not so where the file system has no locks."""
    for number in range(TRIES):
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack, contextlib.suppress(FileNotFoundError):
            file = stack.enter_context((folder / NAME).open("a+", encoding="utf-8"))
            try:
                _flock(file, exclusive=True)
                locked = True
            except BlockingIOError as error:
                if number < GLANCES:
                    time.sleep(GLANCE)
                    continue
                raise _claimed_by(_signed(file), folder) from error
            except OSError:
                locked = False
            if _is_there(folder, file):  # else its holder removed it between our opening and our locking it
                stack.pop_all()
                return file, locked
    raise UserError(Text(f"{folder} is made and removed by others all the time", f"{folder} 不断被其他进程创建和删除"))


def _claimed_by(found: Holder, folder: Path) -> UserError:
    who = found.text
    return UserError(
        Text(
            f"{folder} is being measured by {who.en}: wait until it has ended, or name another folder with --out",
            f"{folder} 正由{who.zh} 测量：请等它结束，或用 --out 指定另一个文件夹",
        )
    )


def _flock(file: IO[str], *, exclusive: bool) -> None:
    """Lock without waiting. Raises BlockingIOError where another holds it, another OSError where there are no locks."""
    if fcntl is None:
        raise OSError("this system has no flock")
    fcntl.flock(file.fileno(), fcntl.LOCK_NB | (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH))


def _is_there(folder: Path, file: IO[str]) -> bool:
    return os.path.samestat((folder / NAME).stat(), os.fstat(file.fileno()))


def _sign(file: IO[str]) -> None:
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    file.truncate(0)
    file.write(json.dumps(asdict(Holder(os.getpid(), platform.node() or "?", now))) + "\n")
    file.flush()


def _signed(file: IO[str]) -> Holder:
    try:
        file.seek(0)
        return from_plain(Holder, json.loads(file.read()))
    except (ValueError, Misfit):  # between its locking and its signing
        return Holder()
