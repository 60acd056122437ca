"""The forecast: how long a run takes at the least, from what starting and a step of each style usually take.

Before anything is measured it is good to a factor of two, as another machine, or a busy one, is that much faster or slower. With
every generation that was started it is corrected.
"""

from collections.abc import Mapping, Sequence

from fairfit.frameworks import registry
from fairfit.measure import cpus
from fairfit.measure.options import Options
from fairfit.measure.task import Task
from fairfit.measure.turns import SHORTEST_SAMPLE
from fairfit.models.text import Text
from fairfit.progress import span
from fairfit.records import Cell

LOADER_SECONDS = 5e-6  # of a row that a loader hands over, beside what the step takes
INSPECTION_SECONDS = 11.0  # of one framework under one topic, on one CPU
TAKING_SECONDS = 0.1  # of one sample, beside its epochs: requests, quiet CPUs waited for, weights compared
WARM_UP_EPOCHS = 2  # that a cell mostly needs


class Forecast:
    """Of the groups of a plan, by the tasks of their specs; all in seconds.

    The first generation of the first group of a spec proves the whole training, any other one epoch.
    """

    def __init__(self, tasks: Mapping[str, Task], groups: Sequence[Sequence[Cell]], options: Options) -> None:
        self._tasks = tasks
        self._options = options
        first = {(cells[0].spec, cells[0].device): cells[0].group for cells in reversed(groups)}
        self._proving = set(first.values())
        self._took, self._usual = 0.0, 0.0  # starting so far: what it took, and what it usually takes

    def started(self, cells: Sequence[Cell], generation: int, seconds: float) -> None:
        """The cells of a generation took so long to start; later forecasts know it."""
        self._took += seconds
        self._usual += self._starting(cells, generation)

    def generation(self, cells: Sequence[Cell], generation: int) -> float:
        """Of a generation with as few blocks as it must have; they are counted from 0."""
        return self._slowness * self._starting(cells, generation) + self.taking(cells)

    def least(self, cells: Sequence[Cell], *, done: int = 0) -> float:
        """Until a group that has `done` generations has as few as it must have."""
        generations = range(done, self._options.least_generations if self._options.timing else 1)
        return sum(self.generation(cells, number) for number in generations)

    def taking(self, cells: Sequence[Cell]) -> float:
        """Of warming up, and of as few blocks as there must be."""
        if not self._options.timing:
            return 0.0
        blocks = self._options.blocks
        epochs = [self._epoch(cell) for cell in cells]
        taking = sum(WARM_UP_EPOCHS * epoch + blocks * (max(epoch, SHORTEST_SAMPLE) + TAKING_SECONDS) for epoch in epochs)
        return self._slowness * taking

    def inspections(self, number: int) -> float:
        """Of so many inspections, side by side."""
        return self._slowness * number * INSPECTION_SECONDS / len(cpus.available())

    @property
    def _slowness(self) -> float:
        return self._took / self._usual if self._usual else 1.0

    def _starting(self, cells: Sequence[Cell], generation: int) -> float:
        if not cells:
            return 0.0
        whole = generation == 0 and (cells[0].group in self._proving or not self._options.timing)
        epochs = self._tasks[cells[0].spec].exercise.spec.training.epochs if whole else 1
        each = [registry.find(cell.framework).styles[cell.style].start_seconds + epochs * self._epoch(cell) for cell in cells]
        side_by_side = max(1, len(cpus.available()) // len(cpus.of(cells[0].threads))) if cells[0].device == "cpu" else 1
        return sum(each) / side_by_side

    def _epoch(self, cell: Cell) -> float:
        """What every step takes in this style, and the arithmetic, as NumPy does it."""
        task = self._tasks[cell.spec]
        stepping = task.exercise.steps * registry.find(cell.framework).styles[cell.style].step_seconds
        loading = task.exercise.data.rows * LOADER_SECONDS if cell.input == "loader" else 0.0
        return stepping + loading + task.epoch_seconds


def told(cells: int, least: float, budget: float) -> Text:
    """What is said before a run begins: for so many cells at least so many seconds are needed."""
    number = Text(f"{cells} cells" if cells > 1 else "1 cell", f"{cells} 个组合")
    if not budget:
        return number + Text(f": about {span(least)}", f"：约 {span(least, zh=True)}")
    lasts = Text(f": at least about {span(least)}; ", f"：至少约 {span(least, zh=True)}；")
    if least <= budget:
        return number + lasts + Text(f"the budget is {span(budget)}", f"预算为 {span(budget, zh=True)}")
    return (
        number
        + lasts
        + Text(
            f"no more is done, as the budget is {span(budget)}",
            f"预算为 {span(budget, zh=True)}，因此不再多做",
        )
    )
