"""The bytes of a file that is not trusted: regular files only, up to a size, and JSON that may be anything."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from fairfit.models.errors import UserError
from fairfit.models.text import Text

LARGEST = 2**30  # bytes of a file: a layer of 100,000 inputs and 1,000 outputs in float64 is 0.8 of it
LARGEST_JSON = 2**24  # bytes: that of one layer is a few kilobytes


def of(path: Path) -> bytes:
    """All bytes of a regular file. A pipe or a device is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(Text(f"it cannot be read: {reason}", f"无法读取：{reason}")) from error
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UserError(Text("it is no regular file", "它不是普通文件"))
        if not found.st_size:
            raise UserError(Text("it is empty", "文件为空"))
        if found.st_size > LARGEST:
            raise UserError(
                Text(
                    f"it has {found.st_size:,} bytes, and a file of one layer may have {LARGEST:,}",
                    f"文件有 {found.st_size:,} 字节，而单层模型的文件最多 {LARGEST:,} 字节",
                )
            )
        try:
            return file.read(found.st_size)
        except OSError as error:
            raise UserError(Text(f"it cannot be read: {error.strerror}", f"无法读取：{error.strerror}")) from error


def parsed(data: bytes | str, what: str) -> Any:
    """The JSON in these bytes; `what` names it in messages. A name that stands twice in an object is refused."""
    if len(data) > LARGEST_JSON:
        raise UserError(Text(f"{what} has {len(data):,} bytes of JSON, too many", f"{what} 的 JSON 有 {len(data):,} 字节，过大"))
    try:
        return json.loads(data, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise UserError(Text(f"{what} is no sound JSON", f"{what} 不是正确的 JSON")) from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)
