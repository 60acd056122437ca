"""What a gate says of each cell of a run: not slower than in the baseline run, slower, or that it cannot be told, and why.

Three answers, by where the whole interval of the change lies: at or below 1 + tolerance the cell is not slower, above it is
slower, and an interval that holds 1 + tolerance decides nothing. That a slowdown lies beyond the tolerance must be shown, not
only that there is one: of forty cells that did not change, one has an interval beyond 1 in every run by chance alone, and a
gate that cries each time is switched off. What is not shown is not green either: it is told, with the smallest slowdown that
the two runs could have shown.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from fairfit.models.text import Text
from fairfit.reporting import changes
from fairfit.reporting.cells import Row
from fairfit.reporting.changes import Change, Difference, Yardstick
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.footnotes import noisy
from fairfit.reporting.labels import status_words
from fairfit.reporting.tabular import estimate_text, figure_text
from fairfit.statistics import Estimate

NOT_SLOWER, SLOWER, WORSE, UNKNOWN = "not slower", "slower", "worse", "cannot be told"
PROVEN, YARDSTICK, IN_NEITHER = "proven", "yardstick", "in neither"
LOSSES = ("refused", "failed")  # what a cell that was measured may have become by itself; other statuses say nothing of it
DISTANCE_FACTOR = 10.0  # by which the distance from the reference may grow
NEGLIGIBLE = 0.01  # share of the distance allowed, below which growth is rounding
MOST_DRIFT = 1.25
"""The factor up to which a drift of the machine is divided out: that cells of a group drift together was seen for some 10 %,
and what makes NumPy take much longer need not do so to the others."""

MOST_DISTURBED = 0.1  # share of the samples that count, up to which medians do not mind
SHARED = 2.0  # times as long as alone takes who shares its CPU with another


@dataclass(frozen=True)
class Reason:
    """Why a cell fell behind, or why it cannot be told; `kind` is a word for programs, `before` and `after` are numbers of it."""

    kind: str
    text: Text
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class Judged:
    """One cell of either run.

    `verdict` is NOT_SLOWER, SLOWER, UNKNOWN; WORSE where proof or accuracy fell behind; PROVEN where no times were asked for;
    YARDSTICK for a baseline by which the others were divided; IN_NEITHER where no run could have it. `smallest_slowdown` is
    the share by which the cell had to be slower for these two runs to show it.
    """

    cell: str
    verdict: str
    behind: list[Reason] = field(default_factory=list)
    unknown: list[Reason] = field(default_factory=list)
    before: Row | None = None
    after: Row | None = None
    ratio: Estimate | None = None
    divided_by: str = ""
    smallest_slowdown: float | None = None


@dataclass(frozen=True)
class Gate:
    """`tolerance` is the share by which a cell may be slower, `accuracy` how far its test metric may move, up or down."""

    before: Evidence
    after: Evidence
    tolerance: float
    accuracy: float

    @cached_property
    def times(self) -> bool:
        """Not so where a run was asked for proofs alone."""
        return all(found.runs[0].options.get("timing", True) for found in (self.before, self.after))

    @cached_property
    def same_machine(self) -> bool:
        return not changes.machines_differ(self.before.runs[0], self.after.runs[0])

    @cached_property
    def differences(self) -> list[Difference]:
        return changes.differences(self.before.runs[0], self.after.runs[0])

    @cached_property
    def yardsticks(self) -> dict[str, Yardstick]:
        return changes.yardsticks(self.before, self.after) if self.times else {}

    @cached_property
    def cells(self) -> list[Judged]:
        """The cells of the later run in its order, then those that only the baseline has."""
        judged = {change.cell: self._both(change) for change in changes.changes(self.before, self.after)}
        here = [judged.get(row.record.id) or _alone(row, here=True) for row in self.after.rows]
        known = {row.record.id for row in self.after.rows}
        return here + [_alone(row, here=False) for row in self.before.rows if row.record.id not in known]

    # -- one cell

    def _both(self, change: Change) -> Judged:
        old, new = change.before.record.status, change.after.record.status
        made = Judged(change.cell, IN_NEITHER, before=change.before, after=change.after)
        if old != "measured" and new != "measured":
            told = [_not_measured(change.after, new)] if (old, new) != ("unavailable", "unavailable") else []
            return replace(made, verdict=UNKNOWN if told else IN_NEITHER, unknown=told)
        if new in LOSSES:
            return replace(made, verdict=WORSE, behind=[_not_measured(change.after, new)])
        if new != "measured":
            return replace(made, verdict=UNKNOWN, unknown=[_not_measured(change.after, new)])
        if old != "measured":
            words = Text("not measured in the baseline: ", "基准中未测量：") + _status(change.before)
            return replace(made, verdict=UNKNOWN, unknown=[Reason(f"{old} in the baseline", words)])
        if not change.same_spec:
            words = Text("another spec under the same name", "同名而内容不同的规格")
            return replace(made, verdict=UNKNOWN, unknown=[Reason("another spec", words)])
        behind = [*self._metric_moved(change), *_distance_grew(change)]
        unknown = list(_metric_gone(change))
        if not self.times:
            return replace(made, verdict=WORSE if behind else UNKNOWN if unknown else PROVEN, behind=behind, unknown=unknown)
        return self._speed(change, made, behind, unknown)

    def _speed(self, change: Change, made: Judged, behind: list[Reason], unknown: list[Reason]) -> Judged:
        measured_by = self.yardsticks.get(change.after.group)
        if measured_by and measured_by.cell == change.cell:
            return replace(made, verdict=WORSE if behind else UNKNOWN if unknown else YARDSTICK, behind=behind, unknown=unknown)
        if self.same_machine and change.ratio:
            unrest = [] if change.same_samples else [*_unrest(self.before, change), *_unrest(self.after, change)]
            ratio = changes.widened(change.ratio, max((one.factor for one in unrest), default=1.0))
            smallest = (1 + self.tolerance) * ratio.value / ratio.low - 1
            made = replace(made, ratio=change.ratio, divided_by=change.divided_by)
            if not change.same_samples:  # else nothing was measured that could show one
                made = replace(made, smallest_slowdown=smallest)
            if measured_by and not 1 / MOST_DRIFT <= measured_by.drift.value <= MOST_DRIFT:
                unknown.append(_drifted(measured_by))
            elif ratio.low > 1 + self.tolerance:
                return replace(made, verdict=SLOWER, behind=[self._slower(change.ratio), *behind], unknown=unknown)
            elif unrest and ratio.high > 1:  # of a noisy machine only what is faster in spite of it is believed
                unknown.append(Reason("busy machine", max(unrest, key=lambda one: one.factor).text))
            elif ratio.high > 1 + self.tolerance:
                unknown.append(self._undecided(change.ratio, smallest))
        else:
            unknown.append(self._no_ratio(change))
        verdict = WORSE if behind else UNKNOWN if unknown else NOT_SLOWER
        return replace(made, verdict=verdict, behind=behind, unknown=unknown)

    def _no_ratio(self, change: Change) -> Reason:
        if not self.same_machine:
            return Reason("another machine", Text("measured on another machine", "在另一台机器上测得"))
        if change.after.epoch is None and change.before.epoch is not None:
            return Reason("no time", Text("timed in the baseline, and not here", "基准中有用时，此处没有"))
        return Reason("no time in the baseline", Text("not timed in the baseline", "基准中没有用时"))

    def _slower(self, ratio: Estimate) -> Reason:
        told, allowed = estimate_text(ratio), f"{1 + self.tolerance:g}"
        return Reason(
            "speed", Text(f"slower by a factor of {told}, tolerated is {allowed}", f"慢至 {told} 倍，容许 {allowed} 倍")
        )

    def _undecided(self, ratio: Estimate, smallest: float) -> Reason:
        told, allowed, shown = estimate_text(ratio), f"{1 + self.tolerance:g}", percent(smallest)
        return Reason(
            "interval",
            Text(
                f"takes {told} times as long, tolerated is {allowed}; only a slowdown of {shown} or more would have shown",
                f"用时为之前的 {told} 倍，容许 {allowed} 倍；只有慢 {shown} 以上才能显示出来",
            ),
        )

    def _metric_moved(self, change: Change) -> Iterator[Reason]:
        old, new = change.before.record.test_metric, change.after.record.test_metric
        if old is None or new is None or not abs(new - old) > self.accuracy:
            return
        numbers = f"{old:.4f}", f"{new:.4f}", f"{self.accuracy:g}"
        verb = Text("fell", "降") if new < old else Text("rose", "升")
        yield Reason(
            "metric",
            Text(
                f"{change.after.record.metric} {verb.en} from {numbers[0]} to {numbers[1]}, allowed is {numbers[2]} either way",
                f"{change.after.record.metric} 从 {numbers[0]} {verb.zh}到 {numbers[1]}，上下允许 {numbers[2]}",
            ),
            old,
            new,
        )


def _alone(row: Row, *, here: bool) -> Judged:
    """A cell that one of the runs lacks."""
    if row.record.status != "measured":
        return Judged(row.record.id, IN_NEITHER)
    if here:
        words = Reason("missing in the baseline", Text("measured here, and missing in the baseline", "此处已测，基准中缺失"))
        return Judged(row.record.id, UNKNOWN, unknown=[words], after=row)
    words = Reason("missing", Text("in the baseline, and missing here", "基准中有，此处缺失"))
    return Judged(row.record.id, UNKNOWN, unknown=[words], before=row)


def _status(row: Row) -> Text:
    words = Text("", "") + status_words(row.record.status)
    return words + (Text(": ", "：") + row.record.reason if row.record.reason else "")


def _not_measured(row: Row, status: str) -> Reason:
    return Reason(status, _status(row))


def _metric_gone(change: Change) -> Iterator[Reason]:
    old, new = (row.record.test_metric for row in (change.before, change.after))
    if _is_number(old) and not _is_number(new):
        name = change.before.record.metric
        yield Reason("no metric", Text(f"has no {name} any more", f"不再有 {name}"))


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _distance_grew(change: Change) -> Iterator[Reason]:
    before, after = change.before.proof_error, change.after.proof_error
    if before is None or after is None:
        return
    rounding = NEGLIGIBLE * (change.after.record.tolerance or 0.0)
    if after > max(DISTANCE_FACTOR * before, rounding):
        told = f"{before:.1e}", f"{after:.1e}"
        yield Reason(
            "distance",
            Text(f"distance from the reference grew from {told[0]} to {told[1]}", f"与参考的距离从 {told[0]} 增大到 {told[1]}"),
            before,
            after,
        )


def _drifted(measured_by: Yardstick) -> Reason:
    times = figure_text(measured_by.drift.value)
    name = measured_by.after.record.cell.framework
    return Reason(
        "drift",
        Text(
            f"{name} itself takes {times} times as long as in the baseline: the machine is busy, or was; measure again",
            f"{name} 自身的用时是基准中的 {times} 倍：机器当时或现在繁忙；请重新测量",
        ),
    )


class Unrest(NamedTuple):
    """What shook the times of a run, as the factor by which they may be off."""

    factor: float
    text: Text


def _unrest(found: Evidence, change: Change) -> Iterator[Unrest]:
    for counts in found.disturbances:
        if counts and counts.warning and counts.left > MOST_DISTURBED * counts.counted:
            yield Unrest(SHARED, Text(f"{found.runs[0].name}: ", f"{found.runs[0].name}：") + counts.warning)
    noise = found.noise.get(change.after.record.group)
    if noise and noisy(noise):
        factor = max(noise.value, 1 / noise.value)
        told = percent(factor - 1)
        words = Text(
            f"the machine was noisy, the baseline measured twice side by side differs by {told}: measure again on a quiet one",
            f"机器噪声大，同一基线并排测两次相差 {told}：请在空闲时重新测量",
        )
        yield Unrest(factor, words)


def percent(share: float) -> str:
    """'34 %': rounded up, since it is a bound."""
    return f"{math.ceil(100 * share - 1e-9):.0f} %"
