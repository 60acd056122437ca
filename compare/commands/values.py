"""How values are read that a shell gives as text and Python as values: names, numbers, times, shares, paths."""

import contextlib
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from fairfit.models.errors import UserError

Names = str | int | Iterable[str | int]  # 'a,b', ['a', 'b'], 1
Item = TypeVar("Item")


def given(name: str, convert: Callable[[Any], Item], value: Any, default: Item) -> Item:
    """The value converted, or the default where none was given. Raises UserError that begins with the name."""
    if value is None:
        return default
    try:
        return convert(value)
    except UserError as error:
        raise UserError(f"{name}: {error}") from error


def names(value: Names) -> list[str]:
    """A list from 'a,b', ['a', 'b'] or 1. Raises UserError where it names nothing."""
    items: Any = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
    if isinstance(value, bool) or not isinstance(items, Iterable):
        raise UserError(f"{value!r} is no list of names: write 'a,b' or ['a', 'b']")
    items = list(items)
    if not all(isinstance(item, str | int) and not isinstance(item, bool) for item in items):
        raise UserError(f"{value!r} is no list of names: write 'a,b' or ['a', 'b']")
    texts = [text for item in items if (text := _western(str(item).strip()))]
    if not texts:
        raise UserError(f"{value!r} names nothing; leave it out to have the default")
    return texts


def count(value: str | int) -> int:
    """A whole number of at least 1. Raises UserError."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**63:
        return value
    text = _western(value) if isinstance(value, str) else ""
    if not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise UserError(f"{shown(value)} is no whole number of at least 1")
    return int(text)


def counts(value: Names) -> list[int]:
    """A list of whole numbers of at least 1. Raises UserError."""
    return [count(item) for item in names(value)]


def numbers(value: Any) -> list[float]:
    """A list of numbers from '0.1,0.3', [0.1, 0.3] or 0.1. Raises UserError."""
    items = [value] if isinstance(value, int | float) else value
    texts = names(
        [str(item) if isinstance(item, float) else item for item in items] if isinstance(items, list | tuple) else items
    )
    found = [_finite(text) for text in texts]
    if None in found:
        raise UserError(f"{shown(texts[found.index(None)])} is no number")
    return [number for number in found if number is not None]


def _finite(text: str) -> float | None:
    with contextlib.suppress(ValueError):
        if "_" not in text and math.isfinite(number := float(text)):
            return number
    return None


def duration(value: str | float) -> float:
    """Seconds from 90, '90', '90s', '5m' or '1h'. Raises UserError."""
    text = _western(str(value))
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m", "h") else (text, "s")
    seconds = _number(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    if isinstance(value, bool) or not 0 < seconds < float("inf"):
        raise UserError(f"{value!r} is no time: write 90s, 5m or 1h")
    return seconds


def rate(value: str | float) -> float:
    """A learning rate: a number above 0. Raises UserError."""
    found = _finite(str(value)) if isinstance(value, str | float | int) and not isinstance(value, bool) else None
    if found is None or found <= 0:
        raise UserError(f"{shown(value)} is no learning rate: write a number above 0, like 0.01")
    return found


def share(value: str | float) -> float:
    """A share from '2%', '0.02' or 0.02. Raises UserError."""
    text = _western(str(value))
    portion = _number(text[:-1]) / 100 if text.endswith("%") else _number(text)
    if 1 <= portion < 100 and not text.endswith("%") and not isinstance(value, bool):
        raise UserError(f"{value!r} is no share: write {portion:g}% or {portion / 100:g}")
    if portion >= 1 and text.endswith("%"):
        raise UserError(f"{value!r} is too much: write a share below 100%, like 2% or 0.02")
    if isinstance(value, bool) or not 0 < portion < 1:
        raise UserError(f"{value!r} is no share: write 2% or 0.02")
    return portion


def path(value: str | os.PathLike[str]) -> Path:
    """Raises UserError where the value is no path."""
    if not isinstance(value, str | os.PathLike) or not str(value) or "\0" in str(value):
        raise UserError(f"{value!r} is no path of a file or folder")
    return Path(value)


def _western(text: str) -> str:
    """Python takes the digits of every script for numbers, nothing else does. Raises UserError."""
    if any(sign.isdecimal() and not sign.isascii() for sign in text):
        raise UserError(f"{text!r}: write numbers with the digits 0 to 9, not with full-width or other ones")
    return text


def shown(value: object) -> str:
    """As Python writes it; a number of more digits than Python writes is told by its kind."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 100 else text[:97] + "..."


def _number(text: str) -> float:
    if "_" in text:  # which Python alone reads between digits
        return -1.0
    try:
        return float(text)
    except ValueError:
        return -1.0


def call(name: str, asked: Mapping[str, object]) -> str:
    """The call of `fairfit.<name>` as it was written, for the record; `specs` stand first."""
    specs = asked.get("specs", ())
    texts = [shown(item) for item in (specs if isinstance(specs, tuple) else (specs,))]
    texts += [f"{key}={shown(value)}" for key, value in asked.items() if key not in ("specs", "voice")]
    return f"fairfit.{name}({', '.join(texts)})"
