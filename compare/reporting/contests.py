"""Who is first where: the cells of one group that meet, one a framework, and how far apart they are."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from fairfit import statistics
from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.statistics import Estimate

USUAL = Text("usual code", "常见写法")
BEST = Text("each at its best", "最快写法")


@dataclass(frozen=True)
class Contest:
    """Cells of one group, the fastest of each framework, in the order of their time; the baseline stands beside them.

    The frameworks are compared with each other; the baseline is compared with the first of them, and wins nothing.
    """

    group: str
    written: Text
    rows: list[Row]
    baseline: Row | None
    precision: float

    @property
    def leader(self) -> Row:
        """The framework's cell with the shortest typical epoch; the baseline's where no framework has a time."""
        first = self.rows[0] if self.rows else self.baseline
        assert first is not None, "a contest has at least one cell"
        return first

    def ratio(self, row: Row) -> Estimate:
        """How many times longer than the leader a row takes, from samples taken side by side."""
        ratio = row.times(self.leader)
        assert ratio is not None, "`gather` leaves out what shares no block with the leader"
        return ratio

    @cached_property
    def first(self) -> list[Row]:
        """The leader and all frameworks that are not shown to be slower: more than one is a tie."""
        return [row for row in self.rows if row is self.leader or not self.slower(row)]

    def slower(self, row: Row) -> bool:
        """True where a row is shown to take longer than the leader."""
        return statistics.verdict(self.ratio(row), self.precision) == "slower"

    @property
    def baseline_ahead(self) -> bool:
        """True where the baseline is shown to be faster than the first of the frameworks."""
        return bool(self.rows and self.baseline) and statistics.verdict(self._beside, self.precision) == "faster"

    @property
    def baseline_level(self) -> bool:
        """True where the baseline is neither shown to be faster nor slower than the first of the frameworks."""
        return bool(self.rows and self.baseline) and statistics.verdict(self._beside, self.precision) not in ("faster", "slower")

    @property
    def _beside(self) -> Estimate:
        assert self.baseline is not None, "asked for where there is a baseline alone"
        return self.ratio(self.baseline)

    def of(self, framework: str) -> Row | None:
        rows = [*self.rows, self.baseline] if self.baseline else self.rows
        return next((row for row in rows if row.record.cell.framework == framework), None)

    def without(self, frameworks: Iterable[str]) -> "Contest | None":
        """The contest among the others; None where none is left."""
        left = [row for row in self.rows if row.record.cell.framework not in set(frameworks)]
        return replace(self, rows=left) if left else None


def usual(evidence: Evidence) -> list[Contest]:
    """Each framework's own layers, loss and optimizer, one contest a group.

    They are fed by the framework's loader, as the article's listing does, or from resident arrays where a group has times of
    more frameworks that way.
    """
    layers = [row for row in evidence.rows if row.record.level == "layers"]
    timed: dict[tuple[str, str], set[str]] = {}
    for row in layers:
        if row.epoch:
            timed.setdefault((row.group, row.record.cell.input), set()).add(row.record.cell.framework)

    def kept(row: Row) -> bool:
        loading, resident = (len(timed.get((row.group, source), ())) for source in ("loader", "resident"))
        wanted = "loader" if loading and loading >= resident else "resident"
        return row.record.level == "layers" and row.record.cell.input == wanted

    return _gather(evidence, kept, USUAL)


def at_best(evidence: Evidence) -> list[Contest]:
    """The fastest cell of each framework, whatever its style and input, one contest a group."""
    return _gather(evidence, lambda row: True, BEST)


def _gather(evidence: Evidence, kept: Callable[[Row], bool], written: Text) -> list[Contest]:
    groups: dict[str, list[Row]] = {}
    checks = {
        run.sweep.check for run in evidence.runs if run.sweep is not None
    }  # where few styles were timed, and for another question
    for row in evidence.rows:
        if row.epoch and row.record.cell.spec not in checks:
            groups.setdefault(row.group, []).append(row)
    made = []
    for group, timed in groups.items():
        rows = _fastest_of_each(row for row in timed if row.record.cell.framework in evidence.frameworks and kept(row))
        baselines = _fastest_of_each(row for row in timed if row.record.cell.framework not in evidence.frameworks)
        if not rows and (written is USUAL or not baselines):
            continue
        first = (rows or baselines)[0]
        meeting = [row for row in rows if row.times(first)]
        beside = [row for row in baselines if row.times(first)]
        made.append(Contest(group, written, meeting, beside[0] if beside else None, evidence.precision))
    return made


def _fastest_of_each(rows: Iterable[Row]) -> list[Row]:
    best: dict[str, Row] = {}
    for row in sorted(rows, key=seconds):
        best.setdefault(row.record.cell.framework, row)
    return list(best.values())


def seconds(row: Row) -> float:
    """The typical epoch, infinite where there is none: for sorting."""
    return row.epoch.value if row.epoch else math.inf
