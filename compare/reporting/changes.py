"""Two runs compared cell by cell: what became slower, faster, less accurate or less exact."""

import math
from dataclasses import dataclass

from fairfit import statistics
from fairfit.models.text import Text
from fairfit.records import Run
from fairfit.reporting.cells import Row
from fairfit.reporting.labels import VERDICT_WORDS
from fairfit.reporting.tabular import Table, Words, estimate_text, interval_text
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
    def words(self) -> str:
        """What the interval says; runs did not take turns, so drift of the machine between them is part of it."""
        if self.ratio is None:
            return f"{self.before.record.status} → {self.after.record.status}"
        return statistics.verdict(self.ratio, NO_DIFFERENCE)


def changes(before: list[Row], after: list[Row]) -> list[Change]:
    """The cells that both runs have, in the order of the later one."""
    earlier = {row.record.id: row for row in before}
    both = [(earlier[row.record.id], row) for row in after if row.record.id in earlier]
    return [Change(old, new, _ratio(old.epoch, new.epoch)) for old, new in both]


def differences(before: Run, after: Run) -> list[str]:
    """What makes two runs hard to compare: another machine, other versions, other specs."""
    names = sorted(before.fingerprint | after.fingerprint)
    pairs = [(name, before.fingerprint.get(name), after.fingerprint.get(name)) for name in names]
    return [f"{name}: {old or 'not there'} → {new or 'not there'}" for name, old, new in pairs if old != new]


def same_machine(before: Run, after: Run) -> bool:
    return all(before.fingerprint.get(name) == after.fingerprint.get(name) for name in ("cpu", "system"))


def regressions(found: list[Change], tolerance: float, *, times: bool) -> list[str]:
    """One line for each regression that the measurements support; `times` off leaves speed out (another machine).

    Speed: the whole interval of the ratio lies above 1 + tolerance. Accuracy: lost more than METRIC_BOUND. Proof: a cell
    that was measured is now refused or failed, or its distance grew by more than DISTANCE_FACTOR.
    """
    lines = []
    for change in found:
        old, new = change.before.record, change.after.record
        if old.status == "measured" and new.status in ("refused", "failed"):
            lines.append(f"{new.id}: {new.status}: {new.reason}")
            continue
        if times and change.ratio and change.ratio.low > 1 + tolerance:
            text = interval_text(change.ratio.value, change.ratio.low, change.ratio.high)
            lines.append(f"{new.id}: slower by a factor of {text}, tolerated is {1 + tolerance:g}")
        if old.test_metric is not None and new.test_metric is not None and new.test_metric < old.test_metric - METRIC_BOUND:
            lines.append(f"{new.id}: {new.metric} fell from {old.test_metric:.4f} to {new.test_metric:.4f}")
        if old.distances and new.distances and max(new.distances) > DISTANCE_FACTOR * max(old.distances):
            lines.append(f"{new.id}: distance from the reference grew from {max(old.distances):.1e} to {max(new.distances):.1e}")
    return lines


def table(found: list[Change]) -> Table:
    """The changes as a table."""
    headings: list[tuple[Words, bool]] = [
        (Text("cell", "单元"), False), (Text("before, ms", "之前，毫秒"), True), (Text("after, ms", "之后，毫秒"), True),
        (Text("after by before", "之后 ÷ 之前"), True), (Text("verdict", "结论"), False),
        (Text("test before", "测试，之前"), True), (Text("test after", "测试，之后"), True),
    ]  # fmt: skip
    names, numeric = [heading for heading, _ in headings], [number for _, number in headings]
    return Table("changes", Text("Words by cell", "逐单元"), names, names, numeric, [_texts(change) for change in found])


def _texts(change: Change) -> list[Words]:
    def epoch(row: Row) -> str:
        return estimate_text(row.epoch, 1e3) if row.epoch else row.record.status

    def metric(row: Row) -> str:
        return "" if row.record.test_metric is None else f"{row.record.test_metric:.4f}"

    ratio = estimate_text(change.ratio) if change.ratio else ""
    words = VERDICT_WORDS.get(change.words, change.words)
    return [
        change.after.record.id,
        epoch(change.before),
        epoch(change.after),
        ratio,
        words,
        metric(change.before),
        metric(change.after),
    ]


def _ratio(before: Estimate | None, after: Estimate | None) -> Estimate | None:
    """The ratio of two independent estimates: their log-intervals add as squares."""
    if before is None or after is None:
        return None
    value = after.value / before.value
    reach = math.hypot(math.log(before.high / before.value), math.log(after.high / after.value))
    return Estimate(value, value * math.exp(-reach), value * math.exp(reach))
