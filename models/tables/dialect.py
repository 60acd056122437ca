"""How a text table is written: its separator and its header, found in its first lines."""

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models.tables import scan
from fairfit.models.tables.lines import LF, QUOTE, lines_before
from fairfit.models.tables.refusal import examples, refusal, shown
from fairfit.models.tables.words import clean

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LINES = 50  # looked at to find the separator
SAMPLE = 1 << 18  # bytes that hold them, as a rule
MOST_COLUMNS = 20_000
FOREIGN = {  # UTF-32 first: its mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """`names` are those of the columns, one each; `size` is how many bytes of the file mark and header take; records begin in
    line `first_line`."""

    separator: str
    names: tuple[str, ...]
    size: int
    first_line: int


def find(path: Path, begin: bytes, *, whole: bool) -> Dialect:
    """The dialect of a table that begins so; `whole` says that this is all of it.

    Raises DataError where there is no header, or where its names cannot be told from each other.
    """
    for mark, encoding in FOREIGN.items():
        if begin.startswith(mark):
            raise refusal(path, f"is {encoding}: save it as UTF-8", f"是 {encoding} 编码：请存为 UTF-8")
    mark = codecs.BOM_UTF8 if begin.startswith(codecs.BOM_UTF8) else b""
    text = begin[len(mark) :].lstrip(b"\r\n")
    skipped = begin[len(mark) : len(begin) - len(text)]
    first_line = 1 + lines_before(np.frombuffer(skipped, np.uint8), len(skipped))
    if not text:
        raise refusal(path, "is empty: it has no header and no record", "是空表：没有表头也没有记录")
    sample = np.frombuffer(text + b"\n" if whole and text[-1] not in b"\r\n" else text, np.uint8)
    if np.flatnonzero(sample[:SAMPLE] == LF).size > 1:
        sample = sample[:SAMPLE]
    scan.check_signs(path, sample, first_line, whole=False)
    separator = _separator(path, sample)
    quoted = QUOTE in sample
    ends, _ = scan.ends_and_fields(sample, ord(separator), quoted=quoted)
    if not len(ends):
        raise refusal(
            path,
            f'its first record, the header, does not end within {len(sample):,} bytes: is a quote (") never closed?',
            f'第一条记录（表头）在 {len(sample):,} 字节内没有结束：是否有引号（"）没有闭合？',
        )
    header = text[: int(ends[0]) + 1]
    lines = lines_before(sample, int(ends[0]) + 1)
    names = _names(path, header, separator)
    return Dialect(separator, names, len(mark) + len(skipped) + len(header), first_line + lines)


def check_names(path: Path, names: list[str]) -> tuple[str, ...]:
    """The names without blanks around them; one that is empty is called by its place.

    Raises DataError where two are equal, or where there are too many.
    """
    if len(names) > MOST_COLUMNS:
        raise refusal(
            path,
            f"has {len(names):,} columns: at most {MOST_COLUMNS:,} are read; is this a table with one record a line?",
            f"有 {len(names):,} 列：最多读取 {MOST_COLUMNS:,} 列；这是每行一条记录的表格吗？",
        )
    found = tuple(clean(name) or unnamed(number) for number, name in enumerate(names, 1))
    places: dict[str, int] = {}
    for number, name in enumerate(found, 1):
        if (other := places.setdefault(name, number)) != number:
            raise refusal(
                path,
                f"columns {other} and {number} have the same name {shown(name)}: a name may not stand there twice; rename one",
                f"第 {other} 列与第 {number} 列同名 {shown(name)}：列名不能重复，请改名",
            )
    return found


def unnamed(number: int) -> str:
    """What a column without a name is called."""
    return f"column {number}"


def _separator(path: Path, sample: np.ndarray) -> str:
    """The one that the header holds and that splits most of the first lines into as many fields as the header."""
    agreeing = {}
    for separator in SEPARATORS:
        _, fields = scan.ends_and_fields(sample, ord(separator), quoted=QUOTE in sample)
        fields = fields[:LINES]
        if len(fields) and fields[0] > 1:
            agreeing[separator] = int(np.count_nonzero(fields == fields[0]))
    if not agreeing:
        return ","
    best = max(agreeing.values())
    found = [separator for separator, lines in agreeing.items() if lines == best]
    if len(found) > 1:
        names = [SEPARATORS[separator] for separator in found]
        raise refusal(
            path,
            f"its separator cannot be told: {' and '.join(names)} both split the first lines; put fields that hold one in quotes",
            f"无法判断分隔符：{examples(found)} 都能切分开头各行；请给含有它们的字段加引号",
        )
    return found[0]


def _names(path: Path, header: bytes, separator: str) -> tuple[str, ...]:
    try:
        text = header.decode()
        (names,) = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise refusal(path, f"its header cannot be read: {error}", f"无法读取表头：{error}") from error
    return check_names(path, names)
