"""One passage over the bytes of a text table, independent of its reader: records, fields, lines, quotes, encoding.

What the reader delivers is compared with what is counted here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from fairfit.models.tables import quotes
from fairfit.models.tables.files import read
from fairfit.models.tables.lines import CR, LF, QUOTE, line_ends, lines_before
from fairfit.models.tables.refusal import refusal

BLOCK = 1 << 22  # bytes read at once: what is made of them stays in the cache
LONGEST = 1 << 26  # bytes of one record: more is refused


@dataclass(frozen=True)
class Piece:
    """Whole records of a table, and the line of the file in which they begin, counted from 1.

    `records` is their number without blank lines, `lines` that of the lines they take; `quoted` says that quotes are there.
    """

    content: memoryview
    separator: int
    first_line: int
    records: int
    blank: int
    lines: int
    quoted: bool

    def line(self, record: int) -> int:
        """The line of the file in which a record begins, counted from 0 in this piece."""
        content = np.frombuffer(self.content, np.uint8)
        ends, fields = ends_and_fields(content, self.separator, quoted=self.quoted)
        starts = _starts(ends)
        starts = starts[~_blank(content, starts, ends, fields)]
        return self.first_line + lines_before(content, int(starts[record]))

    def begin(self, records: int) -> memoryview:
        """Its first records alone."""
        ends, _ = ends_and_fields(np.frombuffer(self.content, np.uint8), self.separator, quoted=self.quoted)
        return self.content[: ends[min(records, len(ends)) - 1] + 1]


def pieces(
    path: Path, stream: BinaryIO, *, separator: int, columns: int, first_line: int, block: int | None = None
) -> Iterator[Piece]:
    """The records after the header, in pieces of about `block` bytes (by default BLOCK).

    Raises DataError that names the line: a record with more or fewer than `columns` fields, a quote that is neither at the
    beginning nor at the end of a field or is never closed, a zero byte, bytes that are no UTF-8, a record beyond LONGEST.
    """
    rest, line, final = b"", first_line, False
    while not final:
        block_read = read(path, stream, block or BLOCK)
        final = not block_read
        content = rest + block_read
        if final and content and content[-1] not in (LF, CR):
            content += b"\n"
        array = np.frombuffer(content, np.uint8)
        if not len(array):
            return
        quoted = QUOTE in content
        # a CR at the end may be the first half of a line end
        ends, fields = ends_and_fields(
            array if final or array[-1] != CR else array[:-1], separator, quoted=quoted, returns=CR in content
        )
        if len(ends) == 0:
            check_signs(path, array, line, whole=final)
            if final:
                raise quotes.never_closed(path, array, separator, line)
            if len(content) > LONGEST:
                raise _too_long(path, array, separator, line, quoted=quoted)
            rest = content
            continue
        cut = int(ends[-1]) + 1
        check_signs(path, array[:cut], line)
        if quoted:
            quotes.check(path, array[:cut], separator, columns, line)
        yield (piece := _piece(path, content, cut, separator, columns, line, ends, fields, quoted=quoted))
        line += piece.lines
        rest = content[cut:]
        if final and rest:
            raise quotes.never_closed(path, array[cut:], separator, line)


def ends_and_fields(content: np.ndarray, separator: int, *, quoted: bool, returns: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Where each record has its last sign, and how many fields it has; what stands inside quotes ends nothing."""
    at_end = line_ends(content, returns=returns)
    marks = content == separator
    if quoted:
        outside = np.bitwise_xor.accumulate((content == QUOTE).view(np.uint8)) == 0
        at_end &= outside
        marks &= outside
    marks |= at_end
    places = np.flatnonzero(marks)
    last = np.flatnonzero(at_end[places])
    return places[last], np.diff(last, prepend=-1)


def check_signs(path: Path, content: np.ndarray, first_line: int, *, whole: bool = True) -> None:
    """Raises DataError that names the line of a zero byte, or of bytes that are no UTF-8; what is not whole may end in a sign's
    first bytes."""
    if content.min(initial=1) == 0:
        line = first_line + lines_before(content, int(np.argmin(content)))
        raise refusal(
            path,
            f"line {line} has a zero byte (NUL), as binary files and UTF-16 have: save it as text in UTF-8",
            f"第 {line} 行含有零字节（NUL），像二进制文件或 UTF-16：请存为 UTF-8 文本",
        )
    if content.max(initial=0) < 128:
        return
    try:
        str(memoryview(content), "utf-8")  # type: ignore[arg-type]
    except UnicodeDecodeError as error:
        if not whole and error.end == len(content) and len(content) - error.start < 4:
            return
        line, byte = first_line + lines_before(content, error.start), f"0x{content[error.start]:02x}"
        raise refusal(
            path,
            f"line {line} is no UTF-8 (byte {byte}; perhaps Latin-1, Windows or GBK encoding): save it as UTF-8",
            f"第 {line} 行不是 UTF-8（字节 {byte}，或为 Latin-1、Windows、GBK 编码）：请存为 UTF-8",
        ) from error


def _piece(
    path: Path,
    content: bytes,
    cut: int,
    separator: int,
    columns: int,
    line: int,
    ends: np.ndarray,
    fields: np.ndarray,
    *,
    quoted: bool,
) -> Piece:
    array, wrong = np.frombuffer(content, np.uint8), np.flatnonzero(fields != columns)
    blank = 0
    if len(wrong) or columns == 1:
        starts = _starts(ends)
        empty = _blank(array, starts, ends, fields)
        blank = int(np.count_nonzero(empty))
        wrong = wrong[~empty[wrong]]
    if len(wrong):
        found, line = int(fields[wrong[0]]), line + lines_before(array, int(starts[wrong[0]]))
        raise refusal(
            path,
            f"line {line} has {found} field{'s' * (found != 1)}, the header has {columns}: mend the line (is a separator missing or too "
            "many, or a field with one not in quotes?)",
            f"第 {line} 行有 {found} 个字段，表头有 {columns} 个：请修正该行（分隔符是否缺少或多余，含分隔符的字段是否未加引号？）",
        )
    lines = len(ends) if not quoted else lines_before(array, cut)
    return Piece(memoryview(content)[:cut], separator, line, len(ends) - blank, blank, lines, quoted)


def _starts(ends: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], ends[:-1] + 1])


def _blank(content: np.ndarray, starts: np.ndarray, ends: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """Which records are lines with nothing in them."""
    length = ends - starts
    return (fields == 1) & ((length == 0) | ((length == 1) & (content[starts] == CR)))


def _too_long(path: Path, content: np.ndarray, separator: int, line: int, *, quoted: bool) -> Exception:
    if quoted and np.count_nonzero(content == QUOTE) % 2:
        return quotes.never_closed(path, content, separator, line)
    return refusal(
        path,
        f"the record in line {line} is longer than {LONGEST >> 20} MB: is this a table with one record a line?",
        f"第 {line} 行的记录超过 {LONGEST >> 20} MB：这是每行一条记录的表格吗？",
    )
