"""What is counted in the bytes of a table is what a reader of the whole file finds, wherever the pieces are cut."""

import csv
import io
import random
from pathlib import Path

import numpy as np
import pytest

from fairfit.models.errors import DataError
from fairfit.models.tables import quotes, scan
from fairfit.models.tables.scan import Piece

WORDS = ["", "a", "12.5", "two words", "a,b", "line\nend", "both\r\nends", 'say "hi"', '"', "é", "日本", ",,", "\n"]


def table(draw: random.Random, columns: int) -> tuple[bytes, list[list[str]], list[int]]:
    """A text, its records, and the line in which each begins; blank lines stand between some."""
    content, records, places, line = io.StringIO(newline=""), [], [], 1
    for _ in range(draw.randint(1, 12)):
        end = draw.choice(["\n", "\r\n"])
        record = [draw.choice(WORDS) for _ in range(columns)]
        if draw.random() < 0.2:
            content.write(end)
            line += 1
        if record == [""]:
            continue
        places.append(line)
        before = content.tell()
        csv.writer(content, lineterminator=end).writerow(record)
        line += content.getvalue()[before:].count("\n")
        records.append(record)
    return content.getvalue().encode(), records, places


def pieces(content: bytes, columns: int, block: int | None = None) -> list[Piece]:
    found = scan.pieces(Path("t.csv"), io.BytesIO(content), separator=ord(","), columns=columns, first_line=1, block=block)
    return list(found)


@pytest.mark.parametrize("seed", range(150))
def test_records_and_lines_are_those_of_the_file(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "_refuse_two_in_one", lambda *arguments: None)  # chance makes what looks like a lost quote
    draw = random.Random(seed)
    columns = draw.randint(1, 4)
    content, records, places = table(draw, columns)
    found = pieces(content, columns, block=draw.choice([1, 2, 3, 7, 50, 1000]))
    assert sum(piece.records for piece in found) == len(records)
    assert [piece.line(record) for piece in found for record in range(piece.records)] == places
    read = [row for piece in found for row in csv.reader(io.StringIO(bytes(piece.content).decode(), newline="")) if row]
    assert read == records


@pytest.mark.parametrize("block", [1, 2, 5, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_record_of_another_width_is_told_by_its_line(end: str, block: int) -> None:
    content = end.join(["1,2", "3,4", "5,6,7", "8,9"]).encode()
    with pytest.raises(DataError, match=r"t\.csv: line 3 has 3 fields, the header has 2: "):
        pieces(content, 2, block)


@pytest.mark.parametrize("block", [1, 4, 1000])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"1,2\n3,\0\n", "line 2 has a zero byte"),
        (b"1,2\n3,\xfc\n", "line 2 is no UTF-8 .byte 0xfc"),
        (b"1,2\n3,\xe6\x97\n4,5\n", "line 2 is no UTF-8"),
        (b'1,2\n3,"4"5\n', 'line 2 has a quote .". that neither'),
        (b'1,2\n3,4"\n5,6\n', "line 2 has a quote"),
        (b'1,2\n"3,4\n5,6\n', 'the quote .". in line 2 is never closed'),
        (b'1,2\n"3,4\n5",6\n7,8\n', "in line 2 ends in line 3 and holds whole records"),
        (b'1,2\n3,"4\n5,6"\n7,8\n', "in line 2 ends in line 3 and holds whole records"),
    ],
)
def test_what_is_no_table_is_told_by_its_line(content: bytes, told: str, block: int) -> None:
    with pytest.raises(DataError, match=told):
        pieces(content, 2, block)


def test_letters_may_be_cut_by_the_block() -> None:
    assert sum(piece.records for piece in pieces("日本,é\n本日,ü\n".encode(), 2, block=1)) == 2


def test_a_record_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "LONGEST", 1000)
    for content, told in (
        (b"1,2\n" + b"x" * 5000, "line 2 is longer"),
        (b'1,2\n"' + b"x" * 5000 + b'"', "line 2 is never closed"),
    ):
        with pytest.raises(DataError, match=told):
            pieces(content + b",2\n", 2, block=100)


def test_a_lone_cr_ends_a_line_as_it_does_for_the_reader() -> None:
    (piece,) = pieces(b"1,2\r3,4\r\n5,6\n", 2)
    assert (piece.records, piece.lines) == (3, 3)
    assert np.array_equal([piece.line(record) for record in range(3)], [1, 2, 3])
