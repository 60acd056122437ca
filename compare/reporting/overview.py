"""The tables that sum up: level by level with a column for each device, and the time until a target is reached."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import device_text, status_words
from fairfit.reporting.performance import DEVICE, FRAMEWORK, INPUT, SPEC, STYLE
from fairfit.reporting.tabular import Column, Table, Words, estimate_text, figure_text, table

TARGET = 1.05  # times the reference's last loss

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


@dataclass(frozen=True)
class Race:
    """How long a cell takes from nothing to the target: seconds until it can train, and of training."""

    row: Row
    target: float
    epochs: int
    start: float
    training: float

    @property
    def whole(self) -> float:
        return self.start + self.training


def time_to_target(rows: Sequence[Row]) -> Table:
    """From the start of the framework's import until the training loss is within 5 % of the reference's last.

    The target and the number of epochs to it are the same for all cells of a spec; what differs is the start (import,
    transfer, build), the first epoch with what is traced and compiled in it, and the steady epochs after it.
    """
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
            Text("start and training", "启动与训练之和"),
            lambda race: figure_text(race.whole, 3),
        ),
    ]
    return table("time-to-target", Text("Time to the target, from nothing", "从零到达目标的时间"), columns, races(rows))


def races(rows: Sequence[Row]) -> list[Race]:
    """All cells that reach the target, spec by spec, the first to reach it first."""
    specs = list(dict.fromkeys(row.record.cell.spec for row in rows))
    found = [race for row in rows if (race := _race(row))]
    return sorted(found, key=lambda race: (specs.index(race.row.record.cell.spec), race.whole))


def _of_row(column: Column[Row], race: Race) -> Words:
    return column.text(race.row)


def _race(row: Row) -> Race | None:
    """None where a cell has no time or never reaches the target."""
    target = TARGET * row.spec.reference_losses[-1]
    epochs = next((number for number, loss in enumerate(row.record.train_losses, 1) if loss <= target), None)
    if row.epoch is None or epochs is None or not row.record.startups:
        return None
    cold = row.record.startups[0]
    start = math.fsum(cold.costs.get(part, 0.0) for part in ("import", "transfer", "build"))
    return Race(row, target, epochs, start, cold.first_epoch_seconds + (epochs - 1) * row.epoch.value)
