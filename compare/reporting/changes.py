"""Two runs compared cell by cell: how many times longer a cell takes than it did, with the drift of the machine divided out.

Times of two runs were not taken side by side: between them the machine drifts, and another load comes and goes. What cancels
that is what cancels it within a run: the baseline that took turns with the cell. So the change of a cell is its ratio to the
baseline in the later run, divided by the same ratio in the earlier one. That holds as long as the baseline is the same program
in both: the same version, the same adapter. Where there is none, times are compared as they are, and the interval is widened
by what a machine drifts.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fairfit import statistics
from fairfit.models.text import Text
from fairfit.records import Run
from fairfit.reporting import tabular
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import VERDICT_WORDS, gibibytes, status_words
from fairfit.reporting.tabular import Column, Table, Words, estimate_text
from fairfit.statistics import Estimate

NO_DIFFERENCE = 0.05  # half width of an interval around 1 that counts as "no difference shown" between runs
DRIFT = 0.10
"""How far the speed of a machine moves between two runs, as a share: absolute times were seen to move by that within a minute,
while ratios of cells that took turns held to 3 %."""

UNCHANGED = Estimate(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Change:
    """One cell in both runs. `ratio` is the later time by the earlier one, None where there is none to give; `divided_by` is
    the baseline's cell by which both were divided, empty where they were compared as they are."""

    before: Row
    after: Row
    ratio: Estimate | None
    divided_by: str = ""

    @property
    def cell(self) -> str:
        return self.after.record.id

    @property
    def verdict(self) -> str:
        """What the interval says, empty where there is none."""
        return statistics.verdict(self.ratio, NO_DIFFERENCE) if self.ratio else ""

    @property
    def same_samples(self) -> bool:
        return bool(self.before.blocks) and self.before.blocks == self.after.blocks

    @property
    def same_spec(self) -> bool:
        return self.before.spec.digest == self.after.spec.digest


@dataclass(frozen=True)
class Yardstick:
    """The baseline's cell of one group in both runs; `drift` is how many times longer it takes in the later one."""

    before: Row
    after: Row

    @property
    def cell(self) -> str:
        return self.after.record.id

    @property
    def same_samples(self) -> bool:
        return self.before.blocks == self.after.blocks

    @property
    def drift(self) -> Estimate:
        if self.before.epoch is None or self.after.epoch is None or self.same_samples:
            return UNCHANGED
        return quotient(self.after.epoch, self.before.epoch)


# -- cell by cell


def changes(before: Evidence, after: Evidence) -> list[Change]:
    """The cells that both runs have, in the order of the later one."""
    measured_by = yardsticks(before, after)
    return [_change(old, new, measured_by.get(new.group)) for old, new in pairs(before, after)]


def pairs(before: Evidence, after: Evidence) -> list[tuple[Row, Row]]:
    earlier = {row.record.id: row for row in before.rows}
    return [(earlier[row.record.id], row) for row in after.rows if row.record.id in earlier]


def yardsticks(before: Evidence, after: Evidence) -> dict[str, Yardstick]:
    """Group → the baseline that both runs timed, as the same program on the same machine, and that others can be divided by."""
    if machines_differ(before.runs[0], after.runs[0]):
        return {}
    both = [(old, new) for old, new in pairs(before, after) if old.epoch and new.epoch]
    found: dict[str, Yardstick] = {}
    for old, new in both:
        others = any(other is not new and other.group == new.group for _, other in both)
        if others and new.record.cell.framework not in after.frameworks and _same_program(before, after, old, new):
            found.setdefault(new.group, Yardstick(old, new))
    return found


def _same_program(before: Evidence, after: Evidence, old: Row, new: Row) -> bool:
    name = new.record.cell.framework
    adapters = [found.runs[0].fingerprint.get(f"adapter of {name}") for found in (before, after)]
    versions = [row.record.framework_version for row in (old, new)]
    return adapters[0] == adapters[1] and versions[0] == versions[1] and old.spec.digest == new.spec.digest


def _change(old: Row, new: Row, measured_by: Yardstick | None) -> Change:
    found = Change(old, new, None)
    if old.epoch is None or new.epoch is None or not found.same_spec:
        return found
    if measured_by and measured_by.after is not new:
        earlier = statistics.ratio(old.blocks, measured_by.before.blocks)
        later = statistics.ratio(new.blocks, measured_by.after.blocks)
        if earlier and later:
            unchanged = found.same_samples and measured_by.before.blocks == measured_by.after.blocks
            return replace(found, ratio=UNCHANGED if unchanged else quotient(later, earlier), divided_by=measured_by.cell)
    return replace(found, ratio=UNCHANGED if found.same_samples else widened(quotient(new.epoch, old.epoch), 1 + DRIFT))


def quotient(above: Estimate, below: Estimate) -> Estimate:
    """The ratio of two estimates that know nothing of each other: what each may be off by, as logarithms, adds as squares."""
    value = above.value / below.value
    up = math.hypot(math.log(above.high / above.value), math.log(below.value / below.low))
    down = math.hypot(math.log(above.value / above.low), math.log(below.high / below.value))
    return Estimate(value, value * math.exp(-down), value * math.exp(up))


def widened(estimate: Estimate, factor: float) -> Estimate:
    """An estimate that may be off by one more factor, in either direction."""
    return quotient(estimate, Estimate(1.0, min(factor, 1 / factor), max(factor, 1 / factor)))


# -- what makes two runs hard to compare


@dataclass(frozen=True)
class Difference:
    """Something that bears on the comparison and is not the same in both runs; empty where a run has nothing of the kind."""

    name: str
    before: str
    after: str

    @property
    def text(self) -> Text:
        return Text(
            f"differs: {self.name}: {self.before or 'not there'} → {self.after or 'not there'}",
            f"不同：{self.name}：{self.before or '无'} → {self.after or '无'}",
        )


def differences(before: Run, after: Run) -> list[Difference]:
    """Machine, versions, adapters, specs: all that differs."""
    old, new = _conditions(before), _conditions(after)
    both = (Difference(name, old.get(name, ""), new.get(name, "")) for name in sorted(old | new))
    return [one for one in both if one.before != one.after]


MACHINES_DIFFER = Text(
    "the machines differ: times tell of the machines, not of the frameworks", "机器不同：时间反映的是机器，而非框架"
)


def _conditions(run: Run) -> dict[str, str]:
    """What the fingerprint has, but the system: a kernel's update does not make another machine."""
    found = {name: value for name, value in run.fingerprint.items() if name != "system"}
    found["cpu"] = f"{run.machine.cpu}, {run.machine.cpus} usable"
    if run.machine.memory_bytes:
        found["memory"] = gibibytes(run.machine.memory_bytes)
    if run.machine.governor:
        found["governor"] = run.machine.governor
    return found


def machines_differ(before: Run, after: Run) -> bool:
    """By what bears on speed: the model of the CPU, and how many can be used."""
    old, new = before.fingerprint.get("cpu"), after.fingerprint.get("cpu")
    told_otherwise = bool(old and new and old != new)
    return told_otherwise or (before.machine.cpu, before.machine.cpus) != (after.machine.cpu, after.machine.cpus)


# -- as a table

COLUMNS: tuple[Column[Change], ...] = (
    Column(Text("cell", "组合"), "", lambda change: change.cell, numeric=False),
    Column(Text("before, ms", "之前，毫秒"), "", lambda change: _epoch(change.before)),
    Column(Text("after, ms", "之后，毫秒"), "", lambda change: _epoch(change.after)),
    Column(Text("after by before", "之后 ÷ 之前"), "", lambda change: estimate_text(change.ratio) if change.ratio else ""),
    Column(Text("verdict", "结论"), "", lambda change: _verdict(change), numeric=False),
    Column(Text("test before", "测试，之前"), "", lambda change: _metric(change.before)),
    Column(Text("test after", "测试，之后"), "", lambda change: _metric(change.after)),
)


def table(found: list[Change], measured_by: Iterable[Yardstick]) -> Table:
    """The changes as a table, with what they were divided by below it."""
    notes: list[Words] = [drift_text(one) for one in measured_by]
    if any(change.ratio and not change.divided_by and not change.same_samples for change in found):
        notes.append(NO_YARDSTICK)
    return tabular.table("changes", Text("Cell by cell", "逐个组合"), COLUMNS, found, notes=notes)


NO_YARDSTICK = Text(
    "where the runs share no baseline to divide by (numpy in the same group, the same version, the same machine), a drift of "
    f"the machine of {100 * DRIFT:.0f} % is part of the interval",
    f"两次运行没有共同基线（同组、同版本、同一机器上的 numpy）可除之处，区间计入机器 {100 * DRIFT:.0f} % 的漂移",
)


def drift_text(measured_by: Yardstick) -> Text:
    """How far the machine moved, and that it was divided out."""
    told = estimate_text(measured_by.drift)
    return Text(
        f"drift: {measured_by.cell} takes {told} times as long as before; the others of its group are divided by that",
        f"漂移：{measured_by.cell} 的用时是之前的 {told} 倍；同组其他组合已除去这一漂移",
    )


def _verdict(change: Change) -> Words:
    if not change.same_spec:
        return Text("another spec", "规格不同")
    return VERDICT_WORDS.get(change.verdict, change.verdict)


def _epoch(row: Row) -> Words:
    return estimate_text(row.epoch, 1e3) if row.epoch else status_words(row.record.status)


def _metric(row: Row) -> str:
    return "" if row.record.test_metric is None else f"{row.record.test_metric:.4f}"
