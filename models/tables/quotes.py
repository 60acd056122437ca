"""Quotes in a text table: a quote must begin or end a field, be doubled inside one, and be closed."""

from pathlib import Path

import numpy as np

from fairfit.models.errors import DataError
from fairfit.models.tables.lines import CR, LF, QUOTE, line_ends, lines_before
from fairfit.models.tables.refusal import refusal


def check(path: Path, content: np.ndarray, separator: int, columns: int, first_line: int) -> None:
    """`content` is whole records. Raises DataError that names the line of a quote that stands elsewhere, or of a field in
    quotes that swallows a line end and looks like two records."""
    opening, closing, doubled = _refuse_stray(path, content, separator, first_line)
    if len(opening):
        begins, ends = opening[np.concatenate([[True], ~doubled])], closing[np.concatenate([~doubled, [True]])]
        _refuse_two_in_one(path, content, separator, columns, first_line, begins, ends)


def never_closed(path: Path, content: np.ndarray, separator: int, first_line: int) -> DataError:
    """The error for a quote that is open at the end of `content`: the first that stands where none may, else the last one."""
    try:
        _refuse_stray(path, content, separator, first_line)
    except DataError as error:
        return error
    places = np.flatnonzero(content == QUOTE)
    line = first_line + (lines_before(content, int(places[-1])) if len(places) else 0)
    return refusal(
        path,
        f'the quote (") in line {line} is never closed: all that follows would be one field',
        f'第 {line} 行的引号（"）没有闭合：其后的全部内容会成为一个字段',
    )


def _refuse_stray(path: Path, content: np.ndarray, separator: int, first_line: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where quotes open and close, and which of those that open follow one that closes: of a doubled quote the first closes, the
    second opens again. Raises DataError that names the line of one that is neither at the beginning nor at the end of a field."""
    places = np.flatnonzero(content == QUOTE)
    opening, closing = places[::2], places[1::2]
    doubled = opening[1:] == closing[: len(opening) - 1] + 1
    before = np.where(opening > 0, content[opening - 1], LF)
    behind = content[np.minimum(closing + 1, len(content) - 1)]
    begins = np.isin(before, (separator, LF, CR))
    ends = np.isin(behind, (separator, LF, CR)) | (closing + 1 == len(content))
    begins[1:] |= doubled
    ends[: len(doubled)] |= doubled
    stray = np.concatenate([opening[~begins], closing[~ends]])
    if len(stray):
        line = first_line + lines_before(content, int(stray.min()))
        raise refusal(
            path,
            f'line {line} has a quote (") that neither begins nor ends a field: put the field in quotes and double the quote inside, '
            "or close the quote before it",
            f'第 {line} 行有一个引号（"）既不在字段开头也不在字段结尾：请给该字段加引号并把其中的引号写两遍，或补上前面缺少的引号',
        )
    return opening, closing, doubled


def _refuse_two_in_one(
    path: Path, content: np.ndarray, separator: int, columns: int, first_line: int, begins: np.ndarray, ends: np.ndarray
) -> None:
    """A quote that is missing at the end of one field and one at the beginning of another make one record of several."""
    lines = np.flatnonzero(line_ends(content))
    first, beyond = np.searchsorted(lines, begins), np.searchsorted(lines, ends)
    spans = np.flatnonzero(first < beyond)
    if columns < 2 or not len(spans):
        return
    begins, ends = begins[spans], ends[spans]
    first_end, last_end = lines[first[spans]], lines[beyond[spans] - 1]
    separators = np.flatnonzero(content == separator)
    in_quotes = np.bitwise_xor.accumulate((content == QUOTE).view(np.uint8)) == 1
    outside_ends = lines[~in_quotes[lines]]
    outside = separators[~in_quotes[separators]]
    start = np.concatenate([[-1], outside_ends])[np.searchsorted(outside_ends, begins)]  # of the record, less one
    column = np.searchsorted(outside, begins) - np.searchsorted(outside, start)
    head = np.searchsorted(separators, first_end) - np.searchsorted(separators, begins)
    tail = np.searchsorted(separators, ends) - np.searchsorted(separators, last_end)
    suspect = np.flatnonzero((head == columns - 1 - column) & (tail == column))
    if len(suspect):
        line, last = (first_line + lines_before(content, int(place[suspect[0]])) for place in (begins, ends))
        raise refusal(
            path,
            f'the field in quotes that begins in line {line} ends in line {last} and holds whole records: a quote (") is missing',
            f'第 {line} 行开始的带引号字段到第 {last} 行才结束，其中含有完整的记录：缺少一个引号（"）',
        )
