"""Time to targets, worked out once more."""

import math
from collections.abc import Iterator, Mapping

from tests.reporting.recompute.estimator import Interval, significant
from tests.reporting.recompute.runs import Cell, Runs, where

TARGET = 1.05


def targets(runs: Runs) -> Iterator[Mapping[str, str | None]]:
    """The rows of the table, by their headings."""
    optimum = any(cell.spec.get("optimum") for cell in runs.cells)
    for cells in runs.specs.values():
        races = []
        for cell in cells:
            target = TARGET * cell.spec["reference_losses"][-1]
            reached = [epoch for epoch, loss in enumerate(cell["train_losses"], 1) if loss is not None and loss <= target]
            if cell.epoch and cell.cold and reached:
                start = math.fsum(cell.cold["costs"].get(part, 0.0) for part in ("import", "transfer", "build"))
                training = cell.cold["first_epoch_seconds"] + (reached[0] - 1) * cell.epoch.value
                races.append((start + training, start, training, target, reached[0], cell))
        for _, start, training, target, epochs, cell in sorted(races, key=lambda race: race[0]):
            yield where(cell) | {
                "target loss": significant(target, 4), "epochs": str(epochs), "start, s": significant(start, 2),
                "training, s": significant(training, 2), "to the target, s": _from_nothing(cell, start, epochs).text(),
                **(_targets(cell, start) if optimum else {}),
            }  # fmt: skip


def _from_nothing(cell: Cell, start: float, epochs: int) -> Interval:
    """A quarter of what was seen but once, and the interval of the steady epochs."""
    assert cell.epoch is not None
    cold, more = start + cell.cold["first_epoch_seconds"], epochs - 1
    value = cold + more * cell.epoch.value
    down, up = more * (cell.epoch.value - cell.epoch.low), more * (cell.epoch.high - cell.epoch.value)
    return Interval(value, value - math.hypot(cold / 4, down), value + math.hypot(cold / 4, up))


def _targets(cell: Cell, start: float) -> dict[str, str | None]:
    """Seconds until the reference's loss with its penalty is so near the least."""
    losses, row = list(cell.spec["reference_losses"]), dict[str, str | None]()
    if cell.spec["spec"]["training"].get("l2"):
        pairs = zip(losses, cell.spec.get("reference_penalties", []), strict=False)
        losses = [loss + penalty for loss, penalty in pairs]
    for percent in (10, 5, 1, 0.1):
        least = cell.spec["optimum"]["loss"] if cell.spec.get("optimum") else math.inf
        bound = least + percent / 100 * max(least, 1e-6 * losses[0]) if losses and least < math.inf else -math.inf
        epochs = next((epoch for epoch, loss in enumerate(losses, 1) if loss <= bound), None)
        row[f"{percent} %, s"] = significant(_from_nothing(cell, start, epochs).value) if epochs else ""
    return row
