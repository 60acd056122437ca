"""Races to a target: from nothing until the training loss is low enough, start, compiling and all."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit.models.text import Text
from fairfit.records import SpecRecord
from fairfit.reporting.cells import Row
from fairfit.reporting.performance import DEVICE, FRAMEWORK, INPUT, SPEC, STYLE
from fairfit.reporting.tabular import Column, Table, Words, estimate_text, figure_text, table
from fairfit.reporting.targets import SHARES, epochs_to, share_text
from fairfit.statistics import Estimate

TARGET = 1.05  # times the reference's last loss
START_REACH = 0.25
"""How far, at 95 %, another cold start may be off: as a share of start and first epoch, which are seen once only
(`python -m tests.calibration.prediction`)."""


@dataclass(frozen=True)
class Race:
    """How long a cell takes from nothing to the target: seconds until it can train, and of training."""

    row: Row
    target: float
    epochs: int

    @property
    def start(self) -> float:
        return start_seconds(self.row)

    @property
    def training(self) -> float:
        assert self.row.epoch is not None
        return self.row.record.startups[0].first_epoch_seconds + (self.epochs - 1) * self.row.epoch.value

    @property
    def whole(self) -> float:
        return self.start + self.training


def start_seconds(row: Row) -> float:
    """Until the first process of a cell could train: import, transfer and build."""
    return math.fsum(row.record.startups[0].costs.get(part, 0.0) for part in ("import", "transfer", "build"))


def from_nothing(row: Row, epochs: int) -> Estimate:
    """Seconds of start, a first epoch with what is traced and compiled in it, and steady epochs; with where 95 % of other such
    trainings end."""
    assert row.epoch is not None, "asked for where there is a time"
    cold = start_seconds(row) + row.record.startups[0].first_epoch_seconds
    value, more = cold + (epochs - 1) * row.epoch.value, epochs - 1
    below = math.hypot(START_REACH * cold, more * (row.epoch.value - row.epoch.low))
    above = math.hypot(START_REACH * cold, more * (row.epoch.high - row.epoch.value))
    return Estimate(value, max(0.0, value - below), value + above)


def time_to_target(rows: Sequence[Row]) -> Table:
    """From the start of the framework's import until the training loss is within 5 % of the reference's last; and until it is
    within so much of the least loss, where that is known.

    The targets and the number of epochs to them are the same for all cells of a spec; what differs is the start (import,
    transfer, build), the first epoch with what is traced and compiled in it, and the steady epochs after it.
    """
    found = races(rows)
    columns: list[Column[Race]] = [
        *(
            Column(column.heading, column.meaning, functools.partial(_of_row, column), column.numeric)
            for column in (SPEC, FRAMEWORK, STYLE, INPUT, DEVICE)
        ),
        Column(
            Text("target loss", "目标损失"),
            Text("1.05 times the reference's last training loss", "参考最后训练损失的 1.05 倍"),
            lambda race: figure_text(race.target, 4),
        ),
        Column(Text("epochs", "轮数"), Text("until the loss is below it", "直到损失低于目标"), lambda race: str(race.epochs)),
        Column(
            Text("start, s", "启动，秒"),
            Text("import, transfer and build of the first process", "首个进程的导入、搬运与构建"),
            lambda race: figure_text(race.start, 2),
        ),
        Column(
            Text("training, s", "训练，秒"),
            Text("first epoch, cold, and the others steady", "冷启动的首轮，加上稳定的其余各轮"),
            lambda race: figure_text(race.training, 2),
        ),
        Column(
            Text("to the target, s", "到达目标，秒"),
            Text("start and training; where 95 % of other such trainings end", "启动与训练之和；附 95 % 的同类训练所在的区间"),
            lambda race: estimate_text(from_nothing(race.row, race.epochs)),
        ),
    ]
    if any(race.row.spec.optimum for race in found):
        columns += [
            Column(
                Text(f"{figure_text(100 * share, 1)} %, s", f"{figure_text(100 * share, 1)} %，秒"),
                Text("from nothing until the loss is ", "从零开始，直到损失") + share_text(share),
                functools.partial(_until, share),
                detail=True,
            )
            for share in SHARES
        ]
    return table("time-to-target", Text("Time to the target, from nothing", "从零到达目标的时间"), columns, found)


def races(rows: Sequence[Row]) -> list[Race]:
    """All cells that reach the target, spec by spec, the first to reach it first."""
    specs = list(dict.fromkeys(row.record.cell.spec for row in rows))
    found = [race for row in rows if (race := _race(row))]
    return sorted(found, key=lambda race: (specs.index(race.row.record.cell.spec), race.whole))


def objectives(spec: SpecRecord) -> list[float]:
    """The reference's loss after each epoch with its penalty in it; empty where a run does not tell it."""
    if not spec.spec["training"].get("l2"):
        return list(spec.reference_losses)
    pairs = zip(spec.reference_losses, spec.reference_penalties, strict=False)
    return [loss + penalty for loss, penalty in pairs]


def _race(row: Row) -> Race | None:
    """None where a cell has no time or never reaches the target."""
    target = TARGET * row.spec.reference_losses[-1]
    epochs = next((number for number, loss in enumerate(row.record.train_losses, 1) if loss <= target), None)
    if row.epoch is None or epochs is None or not row.record.startups:
        return None
    return Race(row, target, epochs)


def _until(share: float, race: Race) -> Words:
    """Seconds until the loss is within this share of the least."""
    best = race.row.spec.optimum
    losses = objectives(race.row.spec)
    if best is None or not losses:
        return ""
    epochs = epochs_to(losses, best.loss, share)
    return Text("not reached", "未到达") if epochs is None else figure_text(from_nothing(race.row, epochs).value)


def _of_row(column: Column[Row], race: Race) -> Words:
    return column.text(race.row)
