"""Two runs compared cell by cell: what became slower, faster, less accurate or less exact."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit import statistics
from fairfit.models.text import Text
from fairfit.records import Run
from fairfit.reporting import tabular
from fairfit.reporting.cells import Row
from fairfit.reporting.labels import VERDICT_WORDS, status_words
from fairfit.reporting.tabular import Column, Table, Words, estimate_text, interval_text
from fairfit.statistics import Estimate

NO_DIFFERENCE = 0.05  # half width of an interval around 1 that counts as "no difference shown" between runs
METRIC_BOUND = 0.005  # accuracy or R² that a cell may lose
DISTANCE_FACTOR = 10.0  # by which the distance from the reference may grow within what is allowed


@dataclass(frozen=True)
class Change:
    """One cell in both runs; `ratio` is the later time by the earlier one, None where either has no time."""

    before: Row
    after: Row
    ratio: Estimate | None

    @property
    def verdict(self) -> str:
        """What the interval says, empty where there is none; runs did not take turns: drift of the machine is part of it."""
        return statistics.verdict(self.ratio, NO_DIFFERENCE) if self.ratio else ""

    @property
    def lost_its_time(self) -> bool:
        """True where the cell was timed before, and is still said to be measured, but without a time."""
        return self.before.epoch is not None and self.after.epoch is None and self.after.record.status == "measured"


@dataclass(frozen=True)
class Regression:
    """One cell that fell behind: `kind` is 'status', 'speed', 'metric' or 'distance'; the numbers before and after, of
    speed the ratio of times with its 95 % interval."""

    cell: str
    kind: str
    text: Text
    before: float | None = None
    after: float | None = None
    ratio: Estimate | None = None


def changes(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """The cells that both runs have, in the order of the later one."""
    earlier = {row.record.id: row for row in before}
    both = [(earlier[row.record.id], row) for row in after if row.record.id in earlier]
    return [Change(old, new, _ratio(old.epoch, new.epoch)) for old, new in both]


def differences(before: Run, after: Run) -> list[Text]:
    """What makes two runs hard to compare, one line each: another machine, other versions, other specs."""
    names = sorted(before.fingerprint | after.fingerprint)
    pairs = [(name, before.fingerprint.get(name), after.fingerprint.get(name)) for name in names]
    lines = [
        Text(f"differs: {name}: {old or 'not there'} → {new or 'not there'}", f"不同：{name}：{old or '无'} → {new or '无'}")
        for name, old, new in pairs
        if old != new
    ]
    if not same_machine(before, after):
        lines.append(
            Text("the machines differ: times tell of the machines, not of the frameworks", "机器不同：时间反映的是机器，而非框架")
        )
    return lines


def same_machine(before: Run, after: Run) -> bool:
    return all(before.fingerprint.get(name) == after.fingerprint.get(name) for name in ("cpu", "system"))


def regressions(found: list[Change], tolerance: float, *, times: bool) -> list[Regression]:
    """Each regression that the measurements support; `times` off leaves speed out (another machine).

    Speed: the whole interval of the ratio lies above 1 + tolerance. Accuracy: lost more than METRIC_BOUND. Proof: a cell
    that was measured is now refused, failed or has no result, or its distance grew by more than DISTANCE_FACTOR.
    """
    told: list[Regression] = []
    for change in found:
        old, new = change.before.record, change.after.record
        if old.status == "measured" and new.status != "measured":
            words = Text(f"{new.id}: ", f"{new.id}：") + status_words(new.status)
            words += Text(": ", "：") + new.reason if new.reason else ""
            told.append(Regression(new.id, "status", words))
            continue
        if times and change.ratio and change.ratio.low > 1 + tolerance:
            told.append(_slower(new.id, change.ratio, tolerance))
        if old.test_metric is not None and new.test_metric is not None and new.test_metric < old.test_metric - METRIC_BOUND:
            numbers = f"{old.test_metric:.4f}", f"{new.test_metric:.4f}"
            words = Text(
                f"{new.id}: {new.metric} fell from {numbers[0]} to {numbers[1]}",
                f"{new.id}：{new.metric} 从 {numbers[0]} 降到 {numbers[1]}",
            )
            told.append(Regression(new.id, "metric", words, old.test_metric, new.test_metric))
        if old.distances and new.distances and max(new.distances) > DISTANCE_FACTOR * max(old.distances):
            before, after = max(old.distances), max(new.distances)
            words = Text(
                f"{new.id}: distance from the reference grew from {before:.1e} to {after:.1e}",
                f"{new.id}：与参考的距离从 {before:.1e} 增大到 {after:.1e}",
            )
            told.append(Regression(new.id, "distance", words, before, after))
    return told


def _slower(cell: str, ratio: Estimate, tolerance: float) -> Regression:
    told = interval_text(ratio.value, ratio.low, ratio.high)
    words = Text(
        f"{cell}: slower by a factor of {told}, tolerated is {1 + tolerance:g}",
        f"{cell}：慢至 {told} 倍，容许 {1 + tolerance:g} 倍",
    )
    return Regression(cell, "speed", words, ratio=ratio)


COLUMNS: tuple[Column[Change], ...] = (
    Column(Text("cell", "组合"), "", lambda change: change.after.record.id, numeric=False),
    Column(Text("before, ms", "之前，毫秒"), "", lambda change: _epoch(change.before)),
    Column(Text("after, ms", "之后，毫秒"), "", lambda change: _epoch(change.after)),
    Column(Text("after by before", "之后 ÷ 之前"), "", lambda change: estimate_text(change.ratio) if change.ratio else ""),
    Column(Text("verdict", "结论"), "", lambda change: VERDICT_WORDS.get(change.verdict, change.verdict), numeric=False),
    Column(Text("test before", "测试，之前"), "", lambda change: _metric(change.before)),
    Column(Text("test after", "测试，之后"), "", lambda change: _metric(change.after)),
)


def table(found: list[Change]) -> Table:
    """The changes as a table."""
    return tabular.table("changes", Text("Cell by cell", "逐个组合"), COLUMNS, found)


def _epoch(row: Row) -> Words:
    return estimate_text(row.epoch, 1e3) if row.epoch else status_words(row.record.status)


def _metric(row: Row) -> str:
    return "" if row.record.test_metric is None else f"{row.record.test_metric:.4f}"


def _ratio(before: Estimate | None, after: Estimate | None) -> Estimate | None:
    """The ratio of two independent estimates: their log-intervals add as squares."""
    if before is None or after is None:
        return None
    value = after.value / before.value
    reach = math.hypot(math.log(before.high / before.value), math.log(after.high / after.value))
    return Estimate(value, value * math.exp(-reach), value * math.exp(reach))
