"""Opening the file of a table: its name and its first bytes must agree on what it is."""

import gzip
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from fairfit.models.tables.refusal import refusal

MARKS = {  # first bytes → what the file is
    b"\x1f\x8b": "gzip", b"PAR1": "Parquet", b"PK\x03\x04": "ZIP or Excel (.xlsx)", b"\xd0\xcf\x11\xe0": "Excel (.xls)",
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "Zstandard", b"ARROW1": "Arrow", b"SQLite format 3": "SQLite",
    b"%PDF": "PDF", b"\x93NUMPY": "NumPy",
}  # fmt: skip


def check(path: Path) -> None:
    """Raises OSError where there is nothing, DataError where it is no file: a folder, or a pipe that would be waited for."""
    if not path.is_file():
        path.stat()
        told = "is no file: name a CSV, CSV.gz, TSV or Parquet file", "不是文件：请给出 CSV、CSV.gz、TSV 或 Parquet 文件"
        raise refusal(path, *told)


def kind(path: Path) -> str:
    """'parquet', 'gzip' or 'text'. Raises DataError where there is no such file, or its content is not what its name says."""
    try:
        check(path)
        with path.open("rb") as opened:
            first = opened.read(16)
    except OSError as error:
        raise refusal(path, f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}") from error
    if not first:
        raise refusal(path, "is empty: it has no byte", "是空文件：没有任何字节")
    name = path.name.lower()
    wanted = "Parquet" if name.endswith((".parquet", ".pq")) else "gzip" if name.endswith(".gz") else "text"
    found = next((what for mark, what in MARKS.items() if first.startswith(mark)), "text")
    if found != wanted:
        raise refusal(
            path,
            f"its name says {wanted}, its content is {found}: give it the right name, or save it as CSV, CSV.gz, TSV or Parquet",
            f"文件名表明是 {wanted}，内容却是 {found}：请改正文件名，或另存为 CSV、CSV.gz、TSV 或 Parquet",
        )
    return wanted.lower()


def opened(path: Path) -> BinaryIO:
    """The text of a CSV file as bytes, decompressed."""
    return cast(BinaryIO, gzip.open(path, "rb")) if kind(path) == "gzip" else path.open("rb")


def read(path: Path, stream: BinaryIO, size: int) -> bytes:
    """At most so many bytes, none at the end. Raises DataError where the rest is damaged."""
    try:
        return stream.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refusal(
            path,
            f"is a damaged gzip file ({error}): get it again",
            f"是损坏的 gzip 文件（{error}）：请重新获取",
        ) from error
    except OSError as error:
        raise refusal(path, f"cannot be read: {error.strerror or error}", f"无法读取：{error.strerror or error}") from error
