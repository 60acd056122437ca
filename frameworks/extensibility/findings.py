"""What is found out about extending a framework: five extensions, each checked, timed and counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairfit.models.text import Text

CHECKS = ("imperative", "compiled", "compiled_whole", "export", "gradient")
EXTENSIONS = ("layer", "loss", "gradient", "optimizer", "numpy")


@dataclass(frozen=True)
class Check:
    """The outcome of one check. `works` is None where it cannot be asked of this framework; `reason` says why it does not
    work or cannot be asked: our own words, or the framework's error. `how` names the way, by names of the framework alone or
    in our words; `error` is the relative error where one was measured."""

    works: bool | None
    reason: Text | str
    how: Text | str
    error: float | None


@dataclass(frozen=True)
class Overhead:
    """Time of a step with the extension by that with the built-in which `against` names: median and 95 % interval."""

    value: float
    low: float
    high: float
    against: str


@dataclass(frozen=True)
class Extension:
    """One extension: `lines` counts its lines of code from `first_line` to `last_line` of `file`; `checks` has the keys of
    CHECKS. Where `overhead` is None, `overhead_reason` is the framework's error."""

    what: Text
    file: str
    first_line: int
    last_line: int
    lines: int
    checks: Mapping[str, Check]
    overhead: Overhead | None
    overhead_reason: str = ""


@dataclass(frozen=True)
class Findings:
    """By name of EXTENSIONS."""

    extensions: Mapping[str, Extension]
