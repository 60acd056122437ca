"""Where a run keeps files for its workers: in folders whose paths any compiler takes."""

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fairfit.models.errors import UserError
from fairfit.models.text import Text

PLAIN = re.compile(r"[A-Za-z0-9_./+-]+")  # torch.compile writes paths into a command line as they are
SHARED = (Path("/tmp"), Path("/var/tmp"))  # where TMPDIR is no plain path


def is_plain(path: Path) -> bool:
    """Whether a path has no space, quote or other sign that a shell or a compiler takes for its own."""
    return PLAIN.fullmatch(str(path)) is not None


@contextlib.contextmanager
def folder(wanted: Path) -> Iterator[Path]:
    """The folder, emptied and removed in the end; where its path is not plain, another one.

    Raises UserError where no plain path is to be had.
    """
    shutil.rmtree(wanted, ignore_errors=True)  # of a run that was killed
    try:
        if is_plain(wanted.absolute()):
            wanted.mkdir(parents=True)
            yield wanted.absolute()
        else:
            with temporary() as other:
                yield other
    finally:
        shutil.rmtree(wanted, ignore_errors=True)


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    """A new folder for temporary files, removed in the end. Raises UserError where no plain path is to be had."""
    for place in (Path(tempfile.gettempdir()).absolute(), *SHARED):
        if is_plain(place) and os.access(place, os.W_OK | os.X_OK):
            with tempfile.TemporaryDirectory(prefix="fairfit-", dir=place, ignore_cleanup_errors=True) as made:
                yield Path(made)
            return
    raise UserError(
        Text(
            "no folder for temporary files that compilers take: set TMPDIR to one with letters, digits and . _ + - in its path",
            "没有编译器可用的临时文件夹：请把 TMPDIR 设为路径中只含字母、数字和 . _ + - 的文件夹",
        )
    )


def plain(path: Path, link: Path) -> Path:
    """The path; where it is not plain, a link to it."""
    if is_plain(path):
        return path
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path.absolute())
    return link


def interpreter(folder: Path) -> Path:
    """This Python, as a worker with this folder is to start it: a compiler is given the paths of what lies below it."""
    prefix, executable = Path(sys.prefix), Path(sys.executable)
    if not executable.is_relative_to(prefix):
        return executable
    return plain(prefix, folder / "python") / executable.relative_to(prefix)


def short(name: str) -> str:
    """A name for a folder that is as good as the name it is made of, and plain: 16 digits of its hash."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:16]
