"""Prepared tables in the user's cache, so that a second run begins at once; made anew whenever file or preparation differ.

The folder may be deleted at any time.
"""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from fairfit.models.cache import cache
from fairfit.models.tables.files import check
from fairfit.models.tables.preparation import ARRAYS, prepare
from fairfit.models.tables.refusal import refusal
from fairfit.models.tables.request import Request
from fairfit.models.tables.understanding import Understanding, from_plain, to_plain

ABANDONED = 86_400.0  # seconds after which what was begun and never finished is deleted
SETTLED = 2.0  # seconds after its last change from which on a file that is written again has another time


def prepared(request: Request) -> tuple[Understanding, Path]:
    """What was understood, and the folder with ARRAYS. Raises DataError where the table is refused or cannot be kept."""
    try:
        tables = cache() / "tables"
        folder = tables / _key(request)
        found = _kept(folder)
        if found is None:
            tables.mkdir(parents=True, exist_ok=True)
            _sweep(tables)
            found = _make(request, folder)
    except OSError as error:
        told = f"{error.filename or cache()}: {error.strerror or error}"
        raise refusal(
            request.path,
            f"its prepared rows cannot be kept ({told}): make room there, or name another folder with $XDG_CACHE_HOME",
            f"无法保存预处理后的数据（{told}）：请腾出空间，或用 $XDG_CACHE_HOME 指定其他文件夹",
        ) from error
    return found, folder


def content(path: Path) -> str:
    """The SHA-256 of a file; remembered for as long as the system says that it is the same file, unchanged.

    Raises DataError where it cannot be read.
    """
    try:
        check(path)
        state = path.stat()
        known = (
            cache()
            / "files"
            / hashlib.sha256(
                f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}".encode()
            ).hexdigest()[:32]
        )
        with contextlib.suppress(OSError):
            return _digest(known.read_text())
        with path.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise refusal(path, f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}") from error
    if time.time() - state.st_ctime > SETTLED and path.stat().st_ctime_ns == state.st_ctime_ns:
        with contextlib.suppress(OSError):  # to remember is a convenience
            known.parent.mkdir(parents=True, exist_ok=True)
            _write(known, found)
    return found


def _digest(text: str) -> str:
    if len(text) != 64:
        raise OSError("not a digest")
    return text


def _key(request: Request) -> str:
    asked = asdict(request) | {"path": content(request.path), "rules": _rules(), "name": request.path.suffixes}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


@functools.cache
def _rules() -> str:
    """What reads and prepares: where its code is another, nothing old is taken for new."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def _make(request: Request, folder: Path) -> Understanding:
    before = content(request.path)
    with tempfile.TemporaryDirectory(prefix="begun-", dir=folder.parent, ignore_cleanup_errors=True) as begun:
        made = Path(begun) / "made"
        made.mkdir()
        found = prepare(request, made)
        if content(request.path) != before:
            raise refusal(request.path, "changed while it was read: try again", "读取期间文件被改动：请重试")
        sizes = {name: (made / f"{name}.npy").stat().st_size for name in ARRAYS}
        _write(made / "table.json", json.dumps({"sizes": sizes, "understanding": to_plain(found)}, ensure_ascii=False))
        if _kept(folder) is None:  # not even by somebody who was as fast: an older one is damaged
            shutil.rmtree(folder, ignore_errors=True)
        try:
            made.rename(folder)
        except OSError:
            if _kept(folder) is None:
                raise
    return found


def _kept(folder: Path) -> Understanding | None:
    """What was understood, where all of it is there."""
    try:
        kept = json.loads((folder / "table.json").read_text(encoding="utf-8"))
        if any((folder / f"{name}.npy").stat().st_size != kept["sizes"][name] for name in ARRAYS):
            return None
        return from_plain(kept["understanding"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sweep(tables: Path) -> None:
    """Delete what was begun long ago by somebody who was killed."""
    for begun in tables.glob("begun-*"):
        with contextlib.suppress(OSError):
            if time.time() - begun.stat().st_mtime > ABANDONED:
                shutil.rmtree(begun)


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
