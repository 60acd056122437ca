"""What a spec asks of whoever trains it: bounds that `fairfit check` holds a run to."""

from dataclasses import dataclass
from typing import Any

from fairfit.models import checked
from fairfit.models.checked import Checked
from fairfit.models.text import Text


def _bound(least: float | None, allowed: Text) -> Any:
    def fits(value: Any) -> bool:
        return value is None or (checked.is_number(value) and (least is None or value >= least))

    return checked.value(fits, allowed, None, convert=lambda value: None if value is None else float(value))


@dataclass(frozen=True)
class Thresholds(Checked):
    """None where nothing is asked.

    `metric` is the least accuracy or R² on the test rows, `loss` the most that the training loss may be in the end, `distance`
    the most that the weights may be from the reference, as a share of how far that moved, and `ratio` the most that an epoch may
    take, in times of the fastest cell of its group.
    """

    metric: float | None = _bound(None, Text("a number", "数"))
    loss: float | None = _bound(0.0, Text("a number of at least 0", "不小于 0 的数"))
    distance: float | None = _bound(0.0, Text("a number of at least 0", "不小于 0 的数"))
    ratio: float | None = _bound(1.0, Text("a number of at least 1", "不小于 1 的数"))
