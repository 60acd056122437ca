"""A table with a few signs changed by chance is refused in one line, or read as Python's own reader of CSV and `float` have it."""

import csv
import io
import random
from pathlib import Path

import numpy as np
import pytest

from fairfit.models.errors import DataError
from fairfit.models.tables.preparation import prepare
from fairfit.models.tables.request import Request
from fairfit.models.tables.understanding import Understanding
from tests.models.tables.made import houses, text, write

NOTES = ['"a, b"' if number % 5 == 0 else '"two\nlines"' if number % 7 == 0 else "x" for number in range(60)]
TABLES = [
    (text(houses()), ","),
    (text(houses(note=NOTES)), ","),
    (text(houses()).replace("\n", "\r\n"), ","),
    (text(houses(), ";"), ";"),
    (text(houses(rooms=[None if number % 9 == 4 else number % 6 for number in range(60)])), ","),
]
SIGNS = [*",\";\n\r\t .-+eE09aN%é\0'#\\", '""', "\r\n", "nan", "inf", "NA", "\u00a0"]


def mutated(draw: random.Random, content: str) -> bytes:
    """One to three places changed: a sign more, some signs fewer, one sign in place of another."""
    raw = bytearray(content.encode())
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        place, sign = draw.randrange(len(raw)), draw.choice([*(sign.encode() for sign in SIGNS), b"\xff"])
        first, last = draw.choice([(place, place), (place, place + 1), (place, place + draw.choice([1, 2, 5, 20]))])
        raw[first:last] = sign if last - first <= 1 else b""
    return bytes(raw)


def assert_read_rightly(found: Understanding, folder: Path, content: bytes, separator: str) -> None:
    header, *rows = [
        row for row in csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True) if row
    ]
    assert found.records == len(rows)
    assert {len(row) for row in rows} == {len(header)}
    columns = {name.strip(): [row[number] for row in rows] for number, name in enumerate(header)}
    test = np.isin(np.arange(len(rows)), np.load(folder / "test_rows.npy"))
    inputs, targets = np.empty((len(rows), found.inputs)), np.empty(len(rows))
    for part, mask in (("train", ~test), ("test", test)):
        inputs[mask], targets[mask] = np.load(folder / f"{part}_features.npy"), np.load(folder / f"{part}_targets.npy")
    if found.model == "linear":
        assert np.array_equal(targets, np.array(columns["price"], dtype=np.float64) - found.offset)
    first = 0
    for feature in found.features:
        words = columns[feature.name]
        if feature.kind == "number":
            expected = np.array([float(word) if word else np.nan for word in words])
            assert np.count_nonzero(np.isnan(expected)) == feature.missing
            assert np.array_equal(np.where(np.isnan(expected), feature.mean, expected), inputs[:, first])
        for number, level in enumerate(feature.levels):
            assert np.array_equal(
                [word.strip() == level or (not word and level == "(missing)") for word in words], inputs[:, first + number]
            )
        first += feature.inputs


@pytest.mark.parametrize("seed", range(80))
def test_nothing_is_read_wrongly_without_a_word(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    for number in range(5):
        content, separator = draw.choice(TABLES)
        changed = mutated(draw, content)
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            found = prepare(Request(write(tmp_path, changed), "price", dtype="float64", standardise="none"), folder)
        except DataError as error:
            assert "\n" not in str(error)
        else:
            assert_read_rightly(found, folder, changed, separator)
