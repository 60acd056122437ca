"""A sweep: every setting with its target, and every cell that takes the time of its shape; which of them is there soonest."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fairfit.asked import SettingRecord, SweepRecord
from fairfit.models.text import Text, join
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import AXES, cell_text
from fairfit.reporting.races import from_nothing
from fairfit.reporting.tabular import estimate_text, figure_text
from fairfit.reporting.targets import SHARES, epochs_to, share_text
from fairfit.statistics import Estimate

OBJECTIVE = ("l2", "rows", "features")  # axes that change what the least loss is
WIDER = (0.2, 0.5, 1.0, 2.0)  # shares above the least, for grids that do not come nearer
NEAR = 0.01  # above the lowest loss that was reached, where none comes near the least


@dataclass(frozen=True)
class Attempt:
    """A setting in a cell that computes as much, and the epochs until it reaches the target."""

    setting: SettingRecord
    row: Row
    epochs: int

    @property
    def training(self) -> Estimate:
        """Seconds of training, every epoch as in the steady state."""
        epoch = self.row.epoch
        assert epoch is not None, "attempts are made of cells that have a time"
        return Estimate(self.epochs * epoch.value, self.epochs * epoch.low, self.epochs * epoch.high)

    @property
    def whole(self) -> Estimate:
        """Seconds from nothing: start, first epoch with what is compiled in it, and the others."""
        return from_nothing(self.row, self.epochs)


@dataclass(frozen=True)
class Sweep:
    """What was asked, and the cells of its run; those of `baselines` are no frameworks."""

    record: SweepRecord
    rows: Sequence[Row]
    baselines: Collection[str] = ()

    @cached_property
    def share(self) -> float | None:
        """The target as a share above the least loss: the strictest that a quarter of the settings reaches; None where none comes
        near."""
        settings = self.record.settings
        for share in sorted((*SHARES, *WIDER)):
            reached = sum(epochs_to(one.losses, self._least(one), share) is not None for one in settings)
            if reached >= len(settings) / 4:
                return share
        return None

    def epochs(self, one: SettingRecord) -> int | None:
        """Until the target is reached; None where it is not."""
        if self.share is None:
            return epochs_to(one.losses, self._lowest(one), NEAR)
        return epochs_to(one.losses, self._least(one), self.share)

    def above(self, one: SettingRecord) -> float | None:
        """How far the setting ends above its least loss, as a share; None where it diverges."""
        least = self._least(one)
        return (one.losses[-1] - least) / least if one.losses and least > 0 else None

    @cached_property
    def attempts(self) -> list[Attempt]:
        """Every setting that reaches the target in every cell that computes as much, soonest first."""
        made = [
            Attempt(one, row, epochs)
            for one in self.record.settings
            if (epochs := self.epochs(one)) is not None
            for row in self.rows
            if row.record.cell.spec == one.timed_as and row.epoch and row.record.startups
        ]
        return sorted(made, key=lambda attempt: attempt.training.value)

    @property
    def title(self) -> Text:
        """'digits under 25 settings'."""
        name, count = next((row.record.cell.spec.partition("@")[0] for row in self.rows), ""), len(self.record.settings)
        return Text(f"{name} under {count} settings", f"{name} 的 {count} 组设置")

    @property
    def axes(self) -> list[str]:
        return list(self.record.axes)

    @property
    def target(self) -> Text:
        """The target in words."""
        if self.share is None:
            lowest = figure_text(100 * NEAR, 1)
            return Text(f"{lowest} % above the lowest loss reached", f"比达到过的最低损失高 {lowest} %")
        return share_text(self.share)

    def _least(self, one: SettingRecord) -> float:
        """The least that its loss can be; where that is not known, the lowest that was reached."""
        return self._lowest(one) if one.least is None else one.least

    def _lowest(self, one: SettingRecord) -> float:
        """The lowest that any setting of the same objective reached."""
        objective = [one.values.get(axis) for axis in OBJECTIVE]
        alike = (other for other in self.record.settings if [other.values.get(axis) for axis in OBJECTIVE] == objective)
        return min((min(other.losses) for other in alike if other.losses), default=math.inf)

    def soonest(self, one: SettingRecord) -> Attempt | None:
        """The cell that trains to the target first under this setting."""
        return next((attempt for attempt in self.attempts if attempt.setting is one), None)

    def is_baseline(self, row: Row) -> bool:
        return row.record.cell.framework in self.baselines


def sweeps(evidence: Evidence) -> list[Sweep]:
    """Of all runs that are one."""
    baselines = [name for name, record in evidence.records.items() if record.baseline]
    return [
        Sweep(run.sweep, [row for row in evidence.rows if row.run == label], baselines)
        for run, label in zip(evidence.runs, evidence.labels, strict=True)
        if run.sweep is not None
    ]


def value_text(value: float) -> str:
    """As it was given, but for thousands."""
    return f"{int(value):,}" if value == int(value) else f"{value:.6g}"


def setting_text(one: SettingRecord) -> Text:
    """'learning rate 0.1, batch size 32'."""
    return join((AXES[axis] + f" {value_text(value)}" for axis, value in one.values.items()), ", ", "，")


# -- the answer


def answer(sweep: Sweep) -> Text | None:
    """Which setting of which framework is there first; None where nothing reaches the target."""
    best = [attempt for attempt in sweep.attempts if not sweep.is_baseline(attempt.row)]
    if not best:
        return None
    first = best[0]
    seconds = estimate_text(first.training)
    epochs = Text("1 epoch" if first.epochs == 1 else f"{first.epochs} epochs", f"{first.epochs} 轮")
    cell = cell_text(first.row.record.cell)
    return (
        Text(f"Soonest {sweep.target.en}: {cell} with ", f"最先到达{sweep.target.zh}：{cell}，")
        + setting_text(first.setting)
        + Text(f": {seconds} s of training, ", f"：训练 {seconds} 秒，")
        + epochs
        + Text(".", "。")
    )


def values(sweep: Sweep, one: SettingRecord) -> dict[str, Any]:
    """What a program may want of a setting."""
    first = sweep.soonest(one)
    cell = first.row.record.cell if first else None
    return one.values | {
        "loss": one.losses[-1] if one.losses else None,
        "least": one.least,
        "metric": one.metric,
        "epochs": sweep.epochs(one),
        "framework": cell.framework if cell else None,
        "style": cell.style if cell else None,
        "input": cell.input if cell else None,
        "device": cell.device if cell else None,
        "threads": cell.threads if cell else None,
        "seconds": first.training.value if first else None,
        "timed_as": one.timed_as,
    }
