"""Frozen dataclasses whose fields are checked: what a spec holds is declared once, with the words that tell what is allowed."""

import dataclasses
import difflib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fairfit.models.errors import SpecError
from fairfit.models.text import Text, listed

Made = TypeVar("Made", bound="Checked")

LARGEST = 2**63 - 1  # the largest integer of TOML, of JSON in most programs, and of NumPy
LONGEST = 100  # characters of a refused value that a message shows


@dataclass(frozen=True)
class Checked:
    """A base of frozen dataclasses: checks every field against its declaration, then makes its value uniform.

    Raises SpecError that names the field, its value and what is allowed.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if "check" in field.metadata and not field.metadata["check"](value):
                raise refusal(field.name, value, field.metadata["allowed"])
            if field.metadata.get("convert"):
                object.__setattr__(self, field.name, field.metadata["convert"](value))  # frozen, but not yet handed out


# -- declarations of fields ----------------------------------------------------------------------------------------------


def value(
    check: Callable[[Any], bool],
    allowed: Text,
    default: Any = dataclasses.MISSING,
    *,
    convert: Callable[[Any], Any] | None = None,
    is_file: bool = False,
) -> Any:
    """Declare a field: its check, the words that say what passes it, and how its value is made uniform (1 and 1.0)."""
    metadata = {"check": check, "allowed": allowed, "convert": convert, "is_file": is_file}
    return dataclasses.field(default=default, metadata=metadata)


def integer(least: int, most: int | None = None, *, default: int) -> Any:
    """An integer of at least `least` and, where it is given, at most `most`."""
    if most is None:
        allowed = Text(f"an integer of at least {least}, below 2^63", f"不小于 {least} 且小于 2^63 的整数")
    else:
        allowed = Text(f"an integer from {least} to {most}", f"{least} 到 {most} 的整数")
    return value(lambda given: is_integer(given) and least <= given <= (LARGEST if most is None else most), allowed, default)


def number(least: float | None = None, *, default: float) -> Any:
    """A finite number of at least `least`, or of any size."""
    allowed = Text("a number", "数") if least is None else Text(f"a number of at least {least:g}", f"不小于 {least:g} 的数")
    return value(lambda given: is_number(given) and (least is None or given >= least), allowed, default, convert=float)


def numbers(default: Any = dataclasses.MISSING) -> Any:
    """A list of one or more finite numbers."""
    return value(
        lambda given: isinstance(given, tuple) and bool(given) and all(is_number(item) for item in given),
        Text("a list of one or more numbers", "由一个或多个数组成的列表"),
        default,
        convert=floats,
    )


def one_of(allowed: Iterable[str], default: Any = dataclasses.MISSING) -> Any:
    """One of these names."""
    allowed = tuple(allowed)
    return value(lambda given: given in allowed, one_of_these(allowed), default)


def names_out_of(allowed: Iterable[str], default: Any = dataclasses.MISSING) -> Any:
    """A list of one or more of these names, none of them twice."""
    allowed = tuple(allowed)
    return value(
        lambda given: (
            isinstance(given, tuple) and bool(given) and all(given.count(name) == 1 and name in allowed for name in given)
        ),
        Text("a list of names out of ", "由下列名称组成的列表：") + listed(allowed),
        default,
    )


def file() -> Any:
    """The path of a file. `build` makes a relative one absolute: it counts from the folder of the spec."""
    return value(
        lambda given: isinstance(given, Path) or (isinstance(given, str) and given != "" and "\0" not in given),
        Text(
            "the path of a file, absolute or relative to the folder of the spec",
            "文件的路径：绝对路径，或相对于规格所在文件夹的路径",
        ),
        convert=Path,
        is_file=True,
    )


def file_fields(kind: Any) -> list[str]:
    """The names of the fields of a dataclass, or of its object, that `file` declared."""
    return [field.name for field in dataclasses.fields(kind) if field.metadata.get("is_file")]


# -- checks --------------------------------------------------------------------------------------------------------------


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a number that float64 holds; no NaN and no infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def floats(value: float | tuple[float, ...]) -> float | tuple[float, ...]:
    """The same in float64, so that 1 and 1.0 are one value."""
    return tuple(float(item) for item in value) if isinstance(value, tuple) else float(value)


# -- from the tables of a file -------------------------------------------------------------------------------------------


def build(kind: type[Made], values: Mapping[str, Any], where: Text, folder: Path) -> Made:
    """Make a checked dataclass of the values of a table, `where` in messages; `folder` is what relative paths count from.

    Raises SpecError that names the key, its value and what is allowed.
    """
    own_first = sorted(dataclasses.fields(kind), key=lambda field: field.kw_only is True)
    fields = {field.name: field for field in own_first}
    refuse_unknown(values, fields, where)
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in values:
            missing = Text(f"{name} is missing in ", f"缺少 {name}，位置：") + where
            raise SpecError(missing + Text(": must be ", "；必须是") + field.metadata["allowed"])
    made = kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    paths = {name: (folder / getattr(made, name)).absolute() for name in file_fields(kind)}
    return dataclasses.replace(made, **paths) if paths else made


def refuse_unknown(values: Mapping[str, Any], allowed: Iterable[str], where: Text) -> None:
    """Raise SpecError that names an unknown key, the allowed ones and the nearest of them."""
    allowed = list(allowed)
    for name in values:
        if name not in allowed:
            unknown = Text("unknown key ", "未知的键 ") + shown(name) + Text(" in ", "，位置：") + where
            raise SpecError(unknown + Text(": allowed are ", "；允许的有：") + listed(allowed) + nearest(name, allowed))


# -- words of messages ---------------------------------------------------------------------------------------------------


def refusal(name: str, value: Any, allowed: Text) -> SpecError:
    """The error that names a field, the value that it cannot have, and what is allowed."""
    return SpecError(Text(f"{name} = ", f"{name} = ") + shown(value) + Text(": must be ", "：必须是") + allowed)


def one_of_these(allowed: Iterable[str]) -> Text:
    """'one of a, b', as what is allowed."""
    return Text("one of ", "下列之一：") + listed(allowed)


def nearest(name: Any, allowed: Iterable[str]) -> Text:
    """' (did you mean …?)', or nothing where no allowed name is near."""
    near = difflib.get_close_matches(name, list(allowed), n=1) if isinstance(name, str) else []
    return Text(f" (did you mean {near[0]!r}?)", f"（是否想写 {near[0]!r}？）") if near else Text("", "")


def shown(value: Any) -> Text | str:
    """A value as a message shows it: as Python writes it, cut where it is long."""
    try:
        written = repr(value)
    except ValueError:  # Python writes no integers of more than 4,300 digits
        return Text("a number of thousands of digits", "数千位的数")
    except RecursionError:
        return Text("a value nested thousands of levels deep", "嵌套数千层的值")
    return written if len(written) <= LONGEST else f"{written[:LONGEST]}…"
