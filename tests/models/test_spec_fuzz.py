"""Whatever stands in the file of a spec, either it is a spec or SpecError says in one line what is wrong."""

import datetime
import math
import random
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.text import Text

MUTATIONS = 200  # of each built-in spec, of its bytes and of its values: 2,000 together

PIECES = [
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'''", b"[", b"[[", b"]", b"{", b"}", b"=", b".", b"#",
    b"nan", b"-inf", b"1e999", b"0x", b"9" * 5000, b"0x" + b"f" * 5000, b"1979-05-27", b"\\u0000", b"\\ud800", b"data", b"training",
    "全角１２".encode(), "\u202e".encode(), b"[" * 3000, b"a." * 3000,
]  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 0, 1, 2, 3, 10**400, 16**5000, -0.0, 1e308, 1e-320, math.nan, -math.inf, "", "\0", "\n", "linear", "softmax",
    "diabetes", "digits", "a" * 10_000, "\ud800", "zeros", "１", b"bytes", datetime.date(2000, 1, 1), datetime.time(1), [], {}, [[]],
    [1, "a"], [0.1] * 3, [{}], {"en": "a"}, {"en": "a", "zh": "b"}, {"source": "digits"}, [math.nan], ["bmi"], ["bmi", "bmi"], (1,),
    {1, 2}, object, 1j,
]  # fmt: skip
KEYS: list[Any] = [
    "name",
    "model",
    "data",
    "training",
    "description",
    "source",
    "rows",
    "",
    "a" * 10_000,
    "\0",
    "\n",
    3,
    None,
    (1,),
    1.5,
]


def mutated_bytes(content: bytes, chance: random.Random) -> bytes:
    """Up to three bytes or pieces put in, taken out, doubled or changed."""
    for _ in range(chance.randint(1, 3)):
        first = chance.randrange(len(content) + 1)
        last = min(len(content), first + chance.choice([0, 1, 1, 5, 50]))
        piece = chance.choice([b"", bytes([chance.randrange(256)]), chance.choice(PIECES), content[first:last] * 2])
        content = content[:first] + piece + content[last:]
    return content


def mutated_values(values: Mapping[Any, Any], chance: random.Random) -> dict[Any, Any]:
    """Up to three keys put in, taken out or given another value, at any depth."""
    made = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    for _ in range(chance.randint(1, 3)):
        table = chance.choice([made, *(value for value in made.values() if isinstance(value, dict))])
        key = chance.choice([*table, chance.choice(KEYS)])
        if chance.random() < 0.2:
            table.pop(key, None)
        else:
            table[key] = chance.choice(VALUES)
    return made


def tells(error: SpecError) -> bool:
    """Whether it is one line that a terminal can show, in English and in Chinese."""
    if not isinstance(error.text, Text) or not re.search("[一-鿿]", error.text.zh):
        return False
    return all(line == line.strip() and line.isprintable() and len(line) < 1000 for line in (error.text.en, error.text.zh))


@pytest.mark.parametrize("name", specs.builtin_names())
def test_a_file_with_mutated_bytes_is_a_spec_or_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    content, chance, path = (specs.SPECS_FOLDER / f"{name}.toml").read_bytes(), random.Random(name), tmp_path / "mine.toml"
    refused = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutated_bytes(content, chance))
        try:
            assert len(specs.load(path).digest) == 12
        except SpecError as error:
            refused += 1
            assert tells(error), path.read_bytes()
    assert 0 < refused < MUTATIONS


@pytest.mark.parametrize("name", specs.builtin_names())
def test_mutated_values_are_a_spec_or_are_refused_in_one_line(name: str) -> None:
    values, chance = tomllib.loads((specs.SPECS_FOLDER / f"{name}.toml").read_text(encoding="utf-8")), random.Random(name)
    refused = 0
    for _ in range(MUTATIONS):
        mutated = mutated_values(values, chance)
        try:
            assert len(specs.from_mapping(mutated, "mine").digest) == 12
        except SpecError as error:
            refused += 1
            assert tells(error), mutated
    assert 0 < refused < MUTATIONS
