"""Dataclasses become plain values for JSON and come back as they were; what does not fit is told with its place."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from fairfit import records
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain, to_plain


@dataclass(frozen=True)
class Inner:
    number: float
    label: Text | str = ""


@dataclass(frozen=True)
class Outer:
    name: str
    count: int
    good: bool
    inner: Inner
    several: tuple[Inner, ...]
    by_name: dict[str, Inner]
    maybe: Inner | None
    reading: float | None
    numbers: list[float]
    anything: Any = None
    made: list[str] = field(default_factory=list)


def outer() -> Outer:
    return Outer(
        "a name", 3, good=True, inner=Inner(0.1, Text("two", "二")), several=(Inner(1.0), Inner(2.5, "plain")),
        by_name={"a": Inner(-0.0)}, maybe=None, reading=None, numbers=[1e-300, 1 / 3, 2.0**60], anything={"x": [1, None]},
    )  # fmt: skip


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(to_plain(value), allow_nan=False))


# -- there and back


def test_what_went_through_json_comes_back_equal() -> None:
    assert from_plain(Outer, through_json(outer())) == outer()


def test_a_run_comes_back_equal() -> None:
    cell = records.Cell("tiny", "numpy", "numpy", "cpu", "1", "resident")
    record = records.CellRecord(cell, "arrays", Text("nothing", "无"), reason="said so", distances=[1e-7], clock=None)
    machine = records.Machine("a CPU", 2, 2**34, [0.5], None, "Linux", "3.11")
    run = records.Run("a", "2020-01-01", "fairfit run", machine, {"cpus": [0, 1]}, cells=[record])
    assert from_plain(records.Run, through_json(run)) == run


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null_and_reads_as_nan(number: float) -> None:
    assert to_plain(Inner(number)) == {"number": None, "label": ""}
    assert math.isnan(from_plain(Inner, {"number": None}).number)


def test_null_where_a_number_may_be_missing_is_none() -> None:
    assert from_plain(Outer, through_json(outer())).reading is None


def test_a_whole_number_will_do_for_a_number() -> None:
    made = from_plain(Inner, {"number": 2})
    assert made == Inner(2.0) and isinstance(made.number, float)


def test_a_pair_of_sentences_is_told_from_a_text() -> None:
    assert from_plain(Inner, {"number": 1.0, "label": {"en": "two", "zh": "二"}}).label == Text("two", "二")
    assert from_plain(Inner, {"number": 1.0, "label": "two"}).label == "two"


def test_fields_with_a_default_may_be_missing() -> None:
    plain = to_plain(outer())
    del plain["anything"], plain["made"]
    assert from_plain(Outer, plain).made == []


# -- what does not fit

MISFITS: list[tuple[str, Any, str]] = [  # field, value, what is told
    ("name", 3, "name must be a text, and is 3"),
    ("count", 3.0, "count must be a whole number, and is 3.0"),
    ("count", True, "count must be a whole number, and is True"),
    ("good", 1, "good must be true or false, and is 1"),
    ("inner", [], "inner must be a table, and is []"),
    ("inner", {}, "inner.number is missing"),
    ("inner", {"number": "1"}, "inner.number must be a number, and is '1'"),
    ("inner", {"number": True}, "inner.number must be a number, and is True"),
    ("inner", {"number": 1.0, "numbre": 2.0}, "inner.numbre is unknown"),
    ("inner", {"number": 1.0, "label": 3}, "inner.label must be a text, and is 3"),
    ("several", {}, "several must be a list, and is {}"),
    ("several", [{"number": 1.0}, {"number": "x"}], "several[1].number must be a number, and is 'x'"),
    ("by_name", [], "by_name must be a table, and is []"),
    ("by_name", {"b": {"number": []}}, "by_name.b.number must be a number, and is []"),
    ("maybe", {"number": []}, "maybe.number must be a number, and is []"),
    ("reading", "x", "reading must be a number, and is 'x'"),
    ("numbers", [1.0, "x"], "numbers[1] must be a number, and is 'x'"),
    ("numbers", None, "numbers must be a list, and is None"),
    ("made", ["a", None], "made[1] must be a text, and is None"),
    ("other", 1, "other is unknown"),
]


@pytest.mark.parametrize(("name", "value", "told"), MISFITS, ids=[told for _, _, told in MISFITS])
def test_a_misfit_names_its_place(name: str, value: Any, told: str) -> None:
    with pytest.raises(Misfit) as caught:
        from_plain(Outer, to_plain(outer()) | {name: value})
    assert str(caught.value) == told


def test_a_missing_field_is_named() -> None:
    plain = to_plain(outer())
    del plain["count"]
    with pytest.raises(Misfit, match=r"^count is missing$"):
        from_plain(Outer, plain)


def test_the_place_of_the_whole_may_be_given() -> None:
    with pytest.raises(Misfit, match=r"^cells\[3\]\.number is missing$"):
        from_plain(Inner, {}, "cells[3]")


def test_a_long_value_is_cut_short_in_one_line() -> None:
    with pytest.raises(Misfit) as caught:
        from_plain(Inner, "a\n" * 1000)
    assert len(str(caught.value)) < 100 and "\n" not in str(caught.value)
    assert str(caught.value).startswith("the whole must be a table, and is ")
