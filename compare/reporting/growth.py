"""How the time of an epoch grows with the size of a sweep's shapes, and below which size it is not arithmetic that is timed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit import statistics
from fairfit.asked import SettingRecord
from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import AXES
from fairfit.reporting.sweeps import Sweep, sweeps, value_text
from fairfit.reporting.tabular import Column, Table, Words, figure_text, interval_text, table

THREADS = "threads"
GROWING = {**{axis: AXES[axis] for axis in ("batch_size", "rows", "features")}, THREADS: Text("CPUs", "CPU 数")}


@dataclass(frozen=True)
class Series:
    """One cell at several sizes of one axis, all else being the same: rows by size, the smallest first."""

    axis: str
    rows: dict[float, Row]

    @property
    def exponent(self) -> tuple[float, float, float] | None:
        """Of the time of an epoch, from the smallest size to the largest, with its 95 % interval; 1 is in proportion."""
        (small, first), *_, (large, last) = self.rows.items()
        if first.epoch is None or last.epoch is None:
            return None
        times, size = statistics.quotient(last.epoch, first.epoch), math.log(large / small)
        value, low, high = (math.log(factor) / size for factor in (times.value, times.low, times.high))
        return value, low, high

    @property
    def crossover(self) -> float | None:
        """The size below which more than half of the time does not depend on the size: fixed cost over cost of one more, from
        three sizes on. Of batch sizes it is the time of a step that is looked at, of the others that of an epoch."""
        if self.axis == THREADS:
            return None
        seconds = {
            int(size): {key: value / (row.steps if self.axis == "batch_size" else 1) for key, value in row.blocks.items()}
            for size, row in self.rows.items()
        }
        fitted = statistics.dispatch_and_rate(seconds)
        return fitted[0].value * fitted[1].value if fitted is not None else None


def growth(evidence: Evidence) -> Table:
    """One line for each cell and axis that has two sizes or more."""
    items = [series for sweep in sweeps(evidence) for series in _all(sweep)]
    columns: list[Column[Series]] = [
        Column(Text("grows with", "随之增长"), "", lambda item: GROWING[item.axis], numeric=False),
        Column(Text("from … to", "从……到"), "", _span),
        Column(Text("spec", "规格"), "", lambda item: _first(item).record.cell.spec, numeric=False),
        Column(Text("framework", "框架"), "", lambda item: _first(item).record.cell.framework, numeric=False),
        Column(
            Text("style", "写法"), "",
            lambda item: _first(item).record.cell.style + (" (loader)" if _first(item).record.cell.input == "loader" else ""),
            numeric=False,
        ),
        Column(
            Text("epoch, ms", "一轮，毫秒"),
            Text("at the smallest and at the largest size", "最小与最大取值处"),
            lambda item: " … ".join(figure_text(1e3 * row.epoch.value) for row in _ends(item) if row.epoch),
        ),
        Column(
            Text("exponent", "指数"),
            Text("of the time of an epoch, with its 95 % interval: 0 is not at all, 1 in proportion", "一轮用时的指数，附 95 % 区间：0 为不增长，1 为成正比"),
            lambda item: "" if item.exponent is None else interval_text(*item.exponent),
        ),
        Column(
            Text("half is arithmetic at", "运算占一半处"),
            Text(
                "the size below which more than half of the time is spent whatever the size: there it is the calls that are timed",
                "小于该取值时，一半以上的用时与取值无关：测到的是调用本身的开销",
            ),
            lambda item: figure_text(item.crossover, 2),
        ),
    ]  # fmt: skip
    return table("sweep-growth", Text("How time grows", "用时如何增长"), columns, items)


def _all(sweep: Sweep) -> list[Series]:
    of_spec = {one.timed_as: one for one in sweep.record.settings if one.timed_as}
    found: dict[tuple[object, ...], dict[float, Row]] = {}
    for row in sweep.rows:
        cell, one = row.record.cell, of_spec.get(row.record.cell.spec)
        if one is None or not row.epoch:
            continue
        sizes = {axis: one.values[axis] for axis in GROWING if axis in one.values}
        if cell.threads.isdecimal():
            sizes[THREADS] = float(cell.threads)
        for axis, size in sizes.items():
            others = tuple((other, value) for other, value in sizes.items() if other != axis)
            place = "" if axis == THREADS else cell.threads
            key = (axis, others, place, _switches(one), cell.framework, cell.style, cell.device, cell.input)
            found.setdefault(key, {})[size] = row
    return [Series(str(key[0]), dict(sorted(rows.items()))) for key, rows in found.items() if len(rows) > 1]


def _switches(one: SettingRecord) -> tuple[bool, ...]:
    """What else makes a shape: whether there is momentum, a penalty, and arithmetic of its own."""
    return bool(one.values.get("momentum")), bool(one.values.get("l2")), bool(one.hazards)


def _ends(item: Series) -> Sequence[Row]:
    rows = list(item.rows.values())
    return rows[0], rows[-1]


def _first(item: Series) -> Row:
    return _ends(item)[0]


def _span(item: Series) -> Words:
    small, *_, large = item.rows
    return f"{value_text(small)} … {value_text(large)}"
