"""What a word looks like: numbers are those of the reader, dresses and dates are seen, two spellings of one word are found."""

import random

import pyarrow as pa
import pytest
from pyarrow import csv

from fairfit.models.tables.words import alike, is_date, is_dressed, is_finite, is_number

PLAIN = ["1", "-1.5", "+2", ".5", "1.", "1e5", "1E-5", " 7 ", "nan", "-inf", "Infinity", "007"]
DRESSED = [
    "1,234.5",
    "12 %",
    "12%",
    "€5",
    "5 €",
    "$1.50",
    "(12)",
    "0x1F",
    "1'234",
    "1’234",
    "1\u202f234",
    "−12",
    "1.5D3",
    "<5",
    "12*",
]
DATES = ["2024-01-31", "31.01.2024", "1/2/24", "2024-01-31 12:30", "2024-01-31T12:30:00Z", "12:30", "2024年1月31日"]
NAMES = ["west", "A", "nan-tes", "3 rooms", "1st", "10-20", "v1.2", "house 7", "", "-", "?"]


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("seed", range(200))
def test_a_number_is_what_the_reader_takes_for_one(seed: int, decimal: str) -> None:
    draw = random.Random(seed)
    for _ in range(20):
        word = "".join(draw.choice("0123456789..,eE+- \t\v_xnaif") for _ in range(draw.randint(1, 6)))
        types = csv.ConvertOptions(
            column_types={"a": pa.float64()}, null_values=[""], strings_can_be_null=True, decimal_point=decimal,
        )  # fmt: skip
        try:
            csv.read_csv(
                pa.py_buffer(f'a;b\n"{word}";1\n'.encode()), parse_options=csv.ParseOptions(delimiter=";"), convert_options=types
            )
            read = True
        except pa.ArrowInvalid:
            read = False
        assert is_number(word, decimal) == read, repr(word)


@pytest.mark.parametrize("word", PLAIN)
def test_a_plain_number_wears_no_dress(word: str) -> None:
    assert is_number(word)
    assert not is_dressed(word)
    assert is_finite(word) == (word.strip("-").lower() not in ("nan", "inf", "infinity"))


@pytest.mark.parametrize("word", DRESSED)
def test_a_number_in_another_dress_is_seen(word: str) -> None:
    assert is_dressed(word)
    assert not is_number(word)


@pytest.mark.parametrize("word", DATES)
def test_dates_and_times_are_seen(word: str) -> None:
    assert is_date(word)
    assert not is_dressed(word) or word.count(".") == 2


@pytest.mark.parametrize("word", NAMES)
def test_names_are_neither(word: str) -> None:
    assert not (is_number(word) or is_dressed(word) or is_date(word))


@pytest.mark.parametrize(
    ("one", "other"),
    [("yes", "Yes"), ("yes", "yes "), ("yes", "yes."), ("a b", "ab"), ("1", "1.0"), ("1", "01"), ("é", "e\u0301"), ("A", "Ａ"), ("x", "x\u200b")],
)  # fmt: skip
def test_two_spellings_of_one_word_are_found(one: str, other: str) -> None:
    assert alike(["other", one, "more", other]) == (one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("A+", "A-"), ("yes", "no"), ("1", "2"), ("a.b", "ab"), ("nor-th", "north"), ("...", "..")]
)
def test_two_words_are_two(one: str, other: str) -> None:
    assert alike([one, other]) is None
