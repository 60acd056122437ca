"""Numbers for other programs: a value with its interval and unit, never a text that has to be taken apart."""

from fairfit.plain import to_plain
from fairfit.statistics import Estimate

Number = dict[str, float | str | None]


def number(value: float | None, unit: str) -> Number | None:
    """A value that has no interval; None where there is none."""
    return None if value is None else {"value": to_plain(value), "unit": unit}


def estimate(found: Estimate | None, unit: str) -> Number | None:
    """A value with its 95 % interval; None where there is none. The unit of a ratio is '1'."""
    return None if found is None else {name: to_plain(getattr(found, name)) for name in ("value", "low", "high")} | {"unit": unit}
