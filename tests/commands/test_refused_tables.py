"""What would be lost of a table is refused through the command line: one line, status 2, nothing half-written."""

import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from fairfit.commands.answer import Status
from tests.commands.tables import Told
from tests.models.tables.made import flowers, houses, lines, text, write

pytestmark = pytest.mark.usefixtures("own_cache")

NUMBERS = range(60)
HOUSES = text(houses())
LINES = lines(houses())


def cell(row: int, column: int, word: str) -> str:
    """The table of houses with another word in one place; `row` is the line of the file, from 1."""
    fields = [line.split(",") for line in LINES]
    fields[row - 1][column] = word
    return "\n".join(map(",".join, fields)) + "\n"


def row(line: int, content: str) -> str:
    """The table of houses with one line more."""
    return "\n".join([*LINES[: line - 1], content, *LINES[line - 1 :]]) + "\n"


def packed(**columns: Any) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


NO_UTF_8 = pa.Array.from_buffers(pa.string(), 60, pa.array([b"\xff", b"a"] * 30, pa.binary()).buffers())
AREA, ROOMS, REGION, PRICE = range(4)

REFUSED: list[tuple[str, str | bytes, str, Sequence[str]]] = [  # file, content, target, what is told
    # records and fields
    ("a.csv", row(18, "1,2,west"), "price", ["line 18 has 3 fields, the header has 4"]),
    ("a.csv", row(24, "1,2,west,3,7"), "price", ["line 24 has 5 fields, the header has 4"]),
    ("a.csv", row(2, "1,2,west"), "price", ["line 2 has 3 fields"]),
    ("a.csv", HOUSES + "1,2,west", "price", ["line 62 has 3 fields"]),
    ("a.csv", HOUSES + "Source: the web\n", "price", ["line 62 has 1 field"]),
    ("a.csv", "a\n0\n1,2\n", "a", ["line 3 has 2 fields, the header has 1"]),
    ("a.csv", "".join(f"{line},\n" if number else f"{line}\n" for number, line in enumerate(LINES)), "price", ["line 2 has 5 fields"]),
    ("a.csv", "Report of 2024\n\n" + HOUSES, "price", ["line 3 has 4 fields, the header has 1"]),
    ("a.csv", row(30, ",,,"), "price", ["target 'price' is missing (empty) in 1 row, first in line 30"]),
    # quotes
    ("a.csv", cell(10, AREA, '"62.42"7'), "price", ["line 10 has a quote"]),
    ("a.csv", cell(10, REGION, '5" pipe'), "price", ["line 10 has a quote"]),
    ("a.csv", cell(21, REGION, '"west'), "price", ['the quote (") in line 21 is never closed']),
    # encodings and files
    ("a.csv", HOUSES.encode("utf-16"), "price", ["is UTF-16: save it as UTF-8"]),
    ("a.csv", HOUSES.encode("utf-16-le"), "price", ["line 1 has a zero byte (NUL)"]),
    ("a.csv", cell(40, REGION, "Köln").encode("latin-1"), "price", ["line 40 is no UTF-8 (byte 0xf6; perhaps Latin-1"]),
    ("a.csv", cell(31, AREA, "12\0"), "price", ["line 31 has a zero byte"]),
    ("a.csv", b"", "price", ["is empty: it has no byte"]),
    ("a.csv", "\n\n", "price", ["is empty: it has no header"]),
    ("a.csv", LINES[0], "price", ["no record"]),
    ("a.csv", "\n".join(LINES[:3]), "price", ["has 2 records (rows): too few to split"]),
    ("a.csv", "\n".join(LINES[:21]), "price", ["has 16 training rows, fewer than a batch of 32"]),
    ("a.csv", gzip.compress(HOUSES.encode()), "price", ["its name says text, its content is gzip"]),
    ("a.csv.gz", HOUSES, "price", ["its name says gzip, its content is text"]),
    ("a.csv.gz", gzip.compress(HOUSES.encode())[:-9], "price", ["is a damaged gzip file"]),
    ("a.csv", b"PK\3\4" + HOUSES.encode(), "price", ["its content is ZIP or Excel"]),
    ("a.parquet", HOUSES, "price", ["its name says Parquet, its content is text"]),
    ("a.parquet", packed(**houses())[:400], "price", ["cannot be read as Parquet"]),
    # names
    ("a.csv", HOUSES.replace("rooms", "area"), "price", ["columns 1 and 2 have the same name 'area'"]),
    ("a.csv", HOUSES.replace("rooms", " area "), "price", ["columns 1 and 2 have the same name 'area'"]),
    ("a.csv", HOUSES.replace("area", ""), "price", ["column 1 has no name", '--drop "column 1"']),
    ("a.csv", HOUSES.replace("area", "Unnamed: 0"), "price", ["column 1 has no name", '--drop "Unnamed: 0"']),
    ("a.csv", HOUSES, "Price", ["has no column 'Price' (target): the header has 'area', 'rooms', 'region', 'price' (did you mean 'price'?)"]),
    ("a.csv", HOUSES.partition("\n")[2], "price", ["has no column 'price' (target): the header has '29.41'"]),
    ("a.csv", text({"price": NUMBERS}), "price", ["has no column to learn from beside the target 'price'"]),
    # numbers
    ("a.csv", cell(13, AREA, "inf"), "price", ["column 'area' has 'inf' in line 13: it is infinite"]),
    ("a.csv", cell(13, AREA, "1e400"), "price", ["column 'area' has '1e400' in line 13: it is infinite"]),
    ("a.csv", cell(13, AREA, "NaN"), "price", ["column 'area' has 'NaN' in line 13", "--missing NaN"]),
    ("a.csv", cell(13, AREA, "NA"), "price", ["column 'area' holds numbers, but line 13 has the text 'NA'", "--missing NA"]),
    ("a.csv", cell(13, AREA, "?"), "price", ["column 'area' holds numbers, but line 13 has the text '?'"]),
    ("a.csv", cell(13, AREA, "0x1F"), "price", ["column 'area' holds numbers, but line 13 has '0x1F'"]),
    ("a.csv", cell(13, AREA, '"1,234.5"'), "price", ["column 'area' holds numbers, but line 13 has '1,234.5'"]),
    ("a.csv", cell(13, AREA, "1’234"), "price", ["line 13 has '1’234': write plain numbers with a decimal point"]),
    ("a.csv", cell(13, AREA, " "), "price", ["column 'area' has only blanks (' ') in line 13"]),
    ("a.csv", row(2, "m2,count,,kEUR"), "price", ["column 'area' holds numbers, but line 2 has the text 'm2'"]),
    ("a.csv", row(32, LINES[0]), "price", ["column 'area' holds numbers, but line 32 has the text 'area'"]),
    ("a.csv", HOUSES + "Total,,,9\n", "price", ["line 62 has the text 'Total'"]),
    ("a.csv", text(houses(id=[f"{2**53 + 1 + number}" for number in NUMBERS])), "price", ["column 'id'", "9007199254740993 in line 2"]),
    ("a.csv", text(houses(area=[f"{area}%" for area in houses()["area"]])), "price", ["column 'area' is text, not numeric", "%"]),
    ("a.csv", text(houses(price=[f"€{price}" for price in houses()["price"]])), "price", ["the target 'price' is text, no number: line 2 has '€"]),
    ("a.csv", text(houses(), ";").replace(".", ","), "price", ["column 'area'", "line 2 has '29,41'", "--decimal ,"]),
    ("a.csv", text(houses(area=[f"1.{100 + number}" for number in NUMBERS]), ";"), "price", ["column 'area' has '1.100' in line 2, and all that have a point are like it", "--decimal ."]),
    ("a.csv", text(houses(3000, area=[number % 900 for number in range(2999)] + ["1.234"]), ";"), "price", ["column 'area' has '1.234' in line 3001"]),
    ("a.csv", text(houses(id=[f"{2**53 + 1 + number}.0" for number in NUMBERS])), "price", ["column 'id'", "9007199254740993.0 in line 2"]),
    ("a.csv", text(houses(3000, area=[*range(2999), "x"])), "price", ["column 'area' holds numbers, but line 3001 has the text 'x'"]),
    ("a.csv", cell(13, AREA, "1e300"), "price", ["column 'area' has values from"]),
    # names in columns
    ("a.csv", cell(13, REGION, "west "), "price", ["column 'region' has 'west' in line 2 and 'west ' in line 13: two spellings"]),
    ("a.csv", cell(13, REGION, "West"), "price", ["'west' in line 2 and 'West' in line 13"]),
    ("a.csv", cell(13, REGION, "west."), "price", ["'west' in line 2 and 'west.' in line 13"]),
    ("a.csv", cell(13, REGION, "west\u200b"), "price", ["'west' in line 2 and 'west\\u200b' in line 13"]),
    ("a.csv", cell(13, REGION, "  "), "price", ["column 'region' has only blanks"]),
    ("a.csv", cell(13, REGION, "7"), "price", ["column 'region' holds numbers, but line 2 has the text 'west'"]),
    ("a.csv", text(houses(sold=[f"2024-01-{1 + number % 28:02d}" for number in NUMBERS])), "price", ["column 'sold'", "looks like a date"]),
    ("a.csv", text(houses(name=[f"house {number}" for number in NUMBERS])), "price", ["column 'name'", "line 2 has 'house 0'"]),
    ("a.csv", text(houses(3000, name=["ab"[n % 2] + chr(0x4E00 + n % 150) for n in range(3000)])), "price", ["column 'name' is text with more than 100 different values", "'a一', 'b丁', 'a丂', 'b七', 'a丄', …"]),
    # columns that tell nothing
    ("a.csv", text(houses(city=[4] * 60)), "price", ["column 'city' is constant: the same value 4 in every row"]),
    ("a.csv", text(houses(city=["Ulm"] * 60)), "price", ["column 'city' is constant: the same value 'Ulm'"]),
    ("a.csv", text(houses(notes=[None] * 60)), "price", ["column 'notes' is empty: all 60 values are missing"]),
    ("a.csv", text(houses(price=[7] * 60)), "price", ["the target 'price' has one value alone, 7"]),
    # classes
    ("a.csv", text(flowers(kind=["tall"] * 60)), "kind", ["the target 'kind' has one value alone, 'tall'"]),
    ("a.csv", text(flowers(kind=["low", "tall"] * 29 + ["low", "rare"])), "kind", ["class 'rare' of the target 'kind' has 1 row, in the"]),
    ("a.csv", text(flowers(kind=["low", "tall"] * 29 + ["low", "tall."])), "kind", ["'tall' in line 3 and 'tall.' in line 61: two spellings"]),
    ("a.csv", text(flowers(kind=["low", "tall"] * 29 + ["low", ""])), "kind", ["the target 'kind' is missing (empty) in 1 row, first in line 61"]),
    # types of Parquet
    ("a.parquet", packed(**houses(place=[{"x": 1}] * 60)), "price", ["column 'place' is of type struct<"]),
    ("a.parquet", packed(**houses(sold=pa.array(NUMBERS, pa.timestamp("s")))), "price", ["column 'sold' is of type timestamp"]),
    ("a.parquet", packed(**houses(x=NO_UTF_8)), "price", ["column 'x' holds text that is no UTF-8"]),
    ("a.parquet", packed(**houses(blob=[b"x"] * 60)), "price", ["column 'blob' is of type binary"]),
    ("a.parquet", packed(**houses(x=[float("nan"), *range(59)])), "price", ["column 'x' has 'nan' in row 1"]),
    ("a.parquet", packed(**houses(x=["1", "2"] * 30)), "price", ["column 'x' is text, not numeric, and all its values are numbers"]),
    ("a.parquet", packed(**houses(id=[2**60 + number for number in NUMBERS])), "price", ["column 'id' has the whole number"]),
    ("a.parquet", packed(**houses(price=[None, *range(59)])), "price", ["the target 'price' is missing (empty) in 1 row, first in row 1"]),
    # sizes
    ("a.csv", ",".join(f"a{number}" for number in range(30_000)) + "\n", "a1", ["has 30,000 columns: at most 20,000 are read"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "target", "said"), REFUSED, ids=[f"{number}-{case[3][-1]}"[:60] for number, case in enumerate(REFUSED)]
)
def test_what_would_be_lost_is_refused_in_one_line(
    name: str, content: str | bytes, target: str, said: Sequence[str], tmp_path: Path, told: Told
) -> None:
    path = write(tmp_path, content, name)
    model = "softmax" if target == "kind" else "linear"
    status, out, error = told("data", path, "--target", target, "--model", model)
    assert (status, out) == (Status.BAD_USAGE, "")
    assert error.startswith(f"fairfit: {path}: ")
    assert error.count("\n") == 1
    assert [words for words in said if words not in error] == [], error
    assert told("data", path, "--target", target, "--model", model, "--lang", "zh")[0] == Status.BAD_USAGE
    assert not list((tmp_path / "cache").rglob("begun-*")), "something half-written is left"
