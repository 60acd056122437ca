"""Whether there is room: what data and workers take of memory and disk, known before anything is made."""

import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.measure import memory
from fairfit.measure.plan import Plan
from fairfit.models.errors import UserError
from fairfit.models.exercise import Exercise, same_data
from fairfit.models.sources.source import Size
from fairfit.models.spec import Spec
from fairfit.models.text import Text
from fairfit.records import Cell

SHARE = 0.9  # of what is available; the rest is for what a forecast does not know
A_ROW = 32  # bytes a worker holds of each row beside its features: its target, and its place in orders that it makes
OURS = 300 << 20  # bytes; what this process takes, whatever the data


@dataclass(frozen=True)
class Need:
    """What the data of one spec takes, in bytes: in files, and as features alone."""

    size: Size
    files: int
    features: int

    def of_worker(self, cell: Cell) -> int:
        """What the worker of a cell is expected to hold of its own."""
        entry = registry.find(cell.framework)
        copies = entry.styles[cell.style].copies if cell.input == "resident" else 0.0
        return int(entry.process_bytes + copies * self.features + A_ROW * self.size.train_rows)

    def alone(self, cell: Cell) -> int:
        """What must be there for it alone: files are read through memory."""
        return self.of_worker(cell) + self.files

    def why_not(self, cell: Cell, available: int) -> Text | None:
        """Why a cell cannot run on a machine that has so many bytes; None where it can."""
        resident = cell.input == "resident"
        if resident and (reason := registry.find(cell.framework).too_many(self.size.train_rows, self.size.inputs)):
            return reason
        if (needs := self.alone(cell)) <= SHARE * available:
            return None
        cure = Text("; --input loader takes less", "；--input loader 所需更少") if resident else Text("", "")
        return (
            Text(
                f"its worker and the data would take about {gb(needs)} of memory, and {gb(available)} are available",
                f"其进程与数据约需内存 {gb(needs)}，而可用内存为 {gb(available)}",
            )
            + cure
        )


def need(spec: Spec, size: Size) -> Need:
    itemsize = np.dtype(spec.training.dtype).itemsize
    features = size.values * itemsize
    targets = 8 * (size.train_rows + size.test_rows)
    orders = 4 * size.train_rows * spec.training.epochs
    return Need(size, features + size.test_rows * size.inputs * itemsize + targets + orders, features)


def of(exercise: Exercise) -> Need:
    """Of data that is there."""
    data = exercise.data
    return need(exercise.spec, Size(data.rows, len(data.test_targets), data.inputs))


def check(plan: Plan, scratch: Path) -> Text | None:
    """What the plan takes, to be told; None where nobody can tell, or nothing will run.

    Raises UserError that says what would fit where a spec has data with which no worker fits into memory, or the disk has no
    room for the data. What a framework cannot hold on any machine comes first, and the disk last.
    """
    available = memory.available_bytes()
    known = [(spec, need(spec, size)) for spec in plan.specs.values() if (size := spec.data.size) is not None]
    if not known or not available:
        return None
    most = largest = smallest = 0
    for spec, item in known:
        cells = [cell for cell in plan.cells if cell.spec == spec.name]
        too_large = [cell for cell in cells if item.why_not(cell, available) is not None]
        cells = [cell for cell in cells if cell not in too_large and cell.id not in plan.impossible]
        if too_large and not cells:
            raise UserError(_no_room(spec, item, too_large, available))
        for _, group in itertools.groupby(cells, key=lambda cell: cell.group):
            takes = [item.of_worker(cell) for cell in group]
            most, largest, smallest = max(most, sum(takes)), max(largest, *takes), min(smallest or takes[0], *takes)
    if not most:
        return None
    files = sum(
        item.files for number, (spec, item) in enumerate(known) if not any(same_data(spec, other) for other, _ in known[:number])
    )
    _check_disk(files, scratch)
    return Text(
        f"memory: data {gb(files)} in files, workers {gb(smallest)} to {gb(largest)} each, {gb(most)} for all of a group; "
        f"{gb(available)} are available",
        f"内存：数据（在文件中）{gb(files)}，每个进程 {gb(smallest)} 至 {gb(largest)}，一组全部进程 {gb(most)}；"
        f"可用 {gb(available)}",
    )  # fmt: skip


def free_bytes(folder: Path) -> int:
    """What is left on the disk of a folder, which need not be there yet."""
    return shutil.disk_usage(next(path for path in (folder, *folder.absolute().parents) if path.exists())).free


def _check_disk(files: int, scratch: Path) -> None:
    if files > SHARE * (free := free_bytes(scratch)):
        raise UserError(
            Text(
                f"the data and the order of its rows in each epoch would take {gb(files)} on the disk, which has {gb(free)} left: "
                "lower rows or epochs, or name a folder on another disk with --out",
                f"数据与各轮的行顺序将占磁盘 {gb(files)}，而磁盘只剩 {gb(free)}：请减少 rows 或 epochs，或用 --out 指定另一磁盘上的文件夹",
            )
        )


def _no_room(spec: Spec, item: Need, cells: Sequence[Cell], available: int) -> Text:
    """One line for a spec with which nothing fits: what the cheapest cell would need, and how many rows it could have."""
    cheapest = min(cells, key=item.alone)
    fixed = registry.find(cheapest.framework).process_bytes
    rows = int(item.size.train_rows * max(0.0, SHARE * available - fixed) / max(1, item.alone(cheapest) - fixed))
    if cheapest.input == "resident" and (most := registry.find(cheapest.framework).most_elements):
        rows = min(rows, most // item.size.inputs)
    reason = item.why_not(cheapest, available)
    told = Text(f"spec {spec.name!r} does not fit: ", f"规格 {spec.name!r} 放不下：") + (reason or "")
    if rows >= item.size.train_rows:
        return told
    digits = 10 ** max(0, len(str(rows)) - 2)
    return told + Text(f"; about {rows // digits * digits:,} rows would fit", f"；约 {rows // digits * digits:,} 行放得下")


def in_sets(cells: Sequence[Cell], takes: Callable[[Cell], int], room: int) -> list[list[Cell]]:
    """The cells in as few sets as it takes for the workers of each to fit into `room` bytes together: one, as a rule.

    Twins come last: what is between two sets then is in the noise that they show.
    """
    if sum(map(takes, cells)) <= room:
        return [list(cells)]
    sets: list[list[Cell]] = []
    left = 0
    for cell in sorted(cells, key=lambda cell: cell.twin):
        if not sets or takes(cell) > left:
            sets.append([])
            left = room
        sets[-1].append(cell)
        left -= takes(cell)
    return sets


def one_after_the_other(sets: int, cells: int) -> Text:
    """What is noted of cells that were measured in sets."""
    return Text(
        f"memory does not hold the {cells} processes of this group at once: they were measured in {sets} sets, one after the other; "
        "ratios between sets hold the drift of the machine, as the noise of the baseline does, whose twin is in the last",
        f"内存不足以同时容纳本组的 {cells} 个进程：分 {sets} 批先后测量；不同批之间的比值含有机器的漂移，"
        "基线的噪声也含有它，因为其孪生在最后一批",
    )


def gb(size: float) -> str:
    """'4.1 GB', as makers of disks count."""
    amount, unit = (size / 1e9, "GB") if size >= 1e9 else (size / 1e6, "MB")
    return f"{amount:,.0f} {unit}" if amount >= 100 else f"{amount:.3g} {unit}"
