"""The table that sums up level by level, with a column for each device."""

import functools
import math
from collections.abc import Sequence

from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import device_text, status_words
from fairfit.reporting.performance import FRAMEWORK, SPEC
from fairfit.reporting.tabular import Column, Table, Words, estimate_text, table

Line = tuple[str, str, str]  # spec, level, framework


def levels(evidence: Evidence) -> Table:
    """The fastest style of each framework at each level: one column for each device and number of CPUs, GPU included."""
    rows = evidence.rows
    places = list(dict.fromkeys(_place(row) for row in rows))
    lines = dict.fromkeys((row.record.cell.spec, row.record.level, row.record.cell.framework) for row in rows)
    order = {level: number for number, level in enumerate(evidence.levels)}
    specs = list(dict.fromkeys(row.record.cell.spec for row in rows))
    ordered = sorted(lines, key=lambda line: (specs.index(line[0]), order.get(line[1], 99)))
    columns: list[Column[Line]] = [
        Column(SPEC.heading, SPEC.meaning, lambda line: line[0], numeric=False),
        Column(Text("level", "层次"), "", lambda line: line[1], numeric=False),
        Column(FRAMEWORK.heading, FRAMEWORK.meaning, lambda line: line[2], numeric=False),
    ]
    meaning = Text("time of an epoch of the fastest style, ms, with its 95 % interval", "最快写法的一轮用时，毫秒，附 95 % 区间")
    for place in places:
        example = next(row for row in rows if _place(row) == place)
        heading = device_text(example) + Text(", ms", "，毫秒")
        columns.append(Column(heading, meaning, functools.partial(_fastest_here, rows, place)))
    notes: list[Words] = []
    if all(row.record.cell.device == "cpu" for row in rows):
        columns.append(Column(Text("GPU, ms", "GPU，毫秒"), meaning, lambda _: ""))
        notes.append(Text("GPU: nothing was measured: ", "GPU：没有测量：") + evidence.no_gpu)
    title = Text("Level by level: the fastest style of each framework", "逐层次：各框架最快的写法")
    return table("levels", title, columns, ordered, notes=notes)


def _place(row: Row) -> tuple[str, str, str]:
    return row.run, row.record.cell.device, row.record.cell.threads


def _fastest_here(rows: Sequence[Row], place: tuple[str, str, str], line: Line) -> Words:
    here = [
        row
        for row in rows
        if _place(row) == place and (row.record.cell.spec, row.record.level, row.record.cell.framework) == line
    ]
    timed = [row for row in here if row.epoch]
    if not timed:
        return status_words(here[0].record.status) if here else "–"
    best = min(timed, key=lambda row: row.epoch.value if row.epoch else math.inf)
    assert best.epoch is not None
    return f"{estimate_text(best.epoch, 1e3)} {best.record.cell.style}" + (
        " (loader)" if best.record.cell.input == "loader" else ""
    )
