"""Frozen dataclasses as plain values for JSON, and back: the one place where types meet dictionaries.

JSON knows no NaN and no infinity: null stands for a number that is not finite, and a field of numbers reads null as NaN.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

Made = TypeVar("Made")

LARGEST = 2**63  # what other programs that read JSON take


class Misfit(ValueError):
    """A value that does not have the type its place asks for; the message names the place, as in 'cells[3].status'."""


def to_plain(value: Any) -> Any:
    """Dictionaries, lists, texts, numbers, booleans and None, that `json.dumps(…, allow_nan=False)` takes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_plain(kind: type[Made], value: Any, place: str = "") -> Made:
    """The dataclass, or value, of this type. Raises Misfit where a field is missing, unknown or of another type."""
    return typing.cast(Made, _make(kind, value, place))


def _make(kind: Any, value: Any, place: str) -> Any:
    if kind is Any:
        return value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _any_of(arguments, value, place)
    if dataclasses.is_dataclass(kind):
        return _dataclass(typing.cast(type, kind), value, place)
    if origin in (list, tuple):
        if not isinstance(value, list):
            raise _misfit(place, "a list", value)
        items = [_make(arguments[0], item, f"{place}[{number}]") for number, item in enumerate(value)]
        return items if origin is list else tuple(items)
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise _misfit(place, "a table", value)
        return {key: _make(arguments[1], item, f"{place}.{key}") for key, item in value.items()}
    if kind is float:
        if value is None:
            return math.nan
        if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST):
            return float(value)
        raise _misfit(place, "a number", value)
    if type(value) is not kind:
        raise _misfit(place, {str: "a text", int: "a whole number", bool: "true or false", type(None): "null"}[kind], value)
    if kind is int and abs(value) >= LARGEST:
        raise _misfit(place, "a whole number below 2^63", value)
    return value


def _any_of(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    for kind in kinds:
        try:
            return _make(kind, value, place)
        except Misfit as misfit:
            if len(kinds) == 1:
                raise
            last = misfit
    raise last


def _dataclass(kind: type, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _misfit(place, "a table", value)
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in value:
        if name not in fields:
            raise Misfit(f"{_inside(place, str(name))} is unknown")
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in value:
            raise Misfit(f"{_inside(place, name)} is missing")
    return kind(**{name: _make(hints[name], item, _inside(place, name)) for name, item in value.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _misfit(place: str, allowed: str, value: Any) -> Misfit:
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # Python writes no number of thousands of digits
        shown = "something that cannot be shown"
    return Misfit(f"{place or 'the whole'} must be {allowed}, and is {shown if len(shown) < 40 else shown[:37] + '...'}")
