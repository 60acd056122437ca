"""The cells of one spec, device and number of threads: proven, then measured in turns, generation after generation."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fairfit import statistics
from fairfit.measure import crew, memory, room, scratch
from fairfit.measure.floor import Floor
from fairfit.measure.forecast import Forecast
from fairfit.measure.hold import Hold
from fairfit.measure.introduction import Introduction
from fairfit.measure.ledger import Ledger
from fairfit.measure.options import Options
from fairfit.measure.solvers import Solving
from fairfit.measure.task import Task, score
from fairfit.measure.turns import Timed, Turns
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell

LATE = 0.1  # of the budget: as much later than it should may a generation end


class Group:
    """Measures the cells of one group into the ledger; begins where an interrupted run stopped. The run goes on for about
    `seconds_after` it."""

    def __init__(
        self, cells: Sequence[Cell], task: Task, ledger: Ledger, options: Options, progress: Progress, scratch: Path, hold: Hold,
        forecast: Forecast, seconds_after: float,
    ) -> None:  # fmt: skip
        self.cells = cells
        self.key = cells[0].group
        self.task = task
        self.ledger = ledger
        self.options = options
        self.progress = progress
        self.scratch = scratch
        self.title = _title(cells[0])
        self.hold = hold
        self.forecast = forecast
        self.seconds_after = seconds_after
        self.cpus = hold.of(cells[0].threads)
        self.floor = self._floor() if cells[0].device == "cpu" and options.timing else None
        self.turns = Turns(self.key, self.title, task, ledger, options, progress, cpus=self.cpus, floor=self.floor)
        self.no_device: dict[str, Text | str] = {}  # framework → why it lacks the device
        self.introducing = 0.0  # seconds in which a worker was on its way

    @property
    def worked(self) -> float:
        """Seconds in which at least one worker had something to do."""
        return self.introducing + self.turns.worked

    def measure(self, until: float) -> None:
        """Generation after generation until the ratios are known well enough, or the next would end too late (perf_counter)."""
        if self.options.timing:
            self.ledger.on_cpus(self.key, self.cpus)
        if self.floor is not None:
            self.progress.stage(self.title + Text(": how fast this machine is", "：本机的速度"), 1)
            self.introducing += self.floor.measure()
            if self.options.solving and self.key not in self.ledger.run.solutions:
                self._solve()
        sets = self._sets()
        generation = 1 + max((sample.generation for sample in self.turns.samples), default=-1)
        while True:
            self._generation(generation, sets, until)
            generation += 1
            complete = self.ledger.generation_complete(self.key)
            enough = complete >= self.options.least_generations and (self._precise() or not self._fits(until))
            if enough or complete >= self.options.most_generations or not self.options.timing:
                break
            self.ledger.save()
        self.ledger.group_finished(self.key)

    def _floor(self) -> Floor:
        """Of this group, kept in the run."""
        threads, folder = self.cells[0].threads, self.scratch / "floor"
        floor = Floor(self.task.folder, threads, self.cpus, folder, self.options.time_limit, self.progress)
        self.ledger.run.floors[self.key] = floor.found
        return floor

    def _solve(self) -> None:
        """Solve the spec without a framework, kept in the run."""
        self.progress.stage(self.title + Text(": solved without a framework", "：不用框架求解"), 1)
        solving = Solving(self.task, self.cells[0].threads, self.scratch / "solved", self.options.time_limit, self.progress)
        self.introducing += solving.carry_out(self.cpus)
        self.ledger.run.solutions[self.key] = solving.found

    def _generation(self, generation: int, sets: Sequence[Sequence[Cell]], until: float) -> None:
        """Fresh processes for all cells that still run, one set of cells after the other: prove them, then take samples in blocks."""
        for number, cells in enumerate(sets):
            later = [cell for cells in sets[number + 1 :] for cell in cells]
            self._one_set(generation, self.ledger.running(cells), self.ledger.running(later), until)

    def _one_set(self, generation: int, cells: Sequence[Cell], later: Sequence[Cell], until: float) -> None:
        """Do so with these cells; the `later` ones of the generation are still to come."""
        began = time.perf_counter()
        with contextlib.ExitStack() as stack:
            introduced = self._introduce(generation, cells, stack)
            self._score(introduced)  # here: while workers started it would have taken their CPU
            self.ledger.save()
            going = {
                item.cell: Timed(item.worker, item.clock_cost, item.epoch_seconds, item.folder / "sample.npz")
                for item in introduced
                if item.keep and item.worker is not None
            }
            self.forecast.started([item.cell for item in introduced], generation, time.perf_counter() - began)
            if self.options.timing:
                rest = self.forecast.least(self.ledger.running(self.cells), done=self.ledger.generations(self.key) + 1)
                rest += self.forecast.generation(later, generation)
                left = max(self.forecast.taking(list(going)) + rest, until - time.perf_counter())
                self.progress.ends_in(left + self.seconds_after)
                self.turns.warm_up(going)
                now = time.perf_counter()
                end = now + (now - began)  # as long as starting took
                last = now + max(0.0, until - rest - now) * len(cells) / max(1, len(cells) + len(later))
                self.turns.take(generation, going, until=end if self._fits(until, begin=end) else last)
            self.turns.finish(going)

    def _sets(self) -> list[list[Cell]]:
        """The cells that still run, in sets whose workers memory holds together. What it does not even hold alone is unavailable."""
        available = memory.available_bytes()
        need = room.of(self.task.exercise)
        if not available:
            return [self.ledger.running(self.cells)]
        for cell in self.ledger.running(self.cells):
            if reason := need.why_not(cell, available):
                self.ledger.unavailable(cell, reason)
        cells = self.ledger.running(self.cells)
        sets = room.in_sets(cells, need.of_worker, int(room.SHARE * available) - need.files) if self.options.timing else [cells]
        for cell in cells if len(sets) > 1 else ():
            self.ledger.noted(cell, room.one_after_the_other(len(sets), len(cells)))
        return sets

    def _fits(self, until: float, begin: float | None = None) -> bool:
        """Whether one more generation that begins then, by default now, ends in time; or all that must still be."""
        cells, done = self.ledger.running(self.cells), self.ledger.generations(self.key)
        more = max(self.forecast.generation(cells, done + 1), self.forecast.least(cells, done=done + (begin is not None)))
        return (time.perf_counter() if begin is None else begin) + more <= until + LATE * self.options.budget

    def _introduce(self, generation: int, cells: Sequence[Cell], stack: contextlib.ExitStack) -> list[Introduction]:
        """Start a worker for each of these cells, as many at a time as can have CPUs and memory of their own, and prove each."""
        introductions = []
        for cell in cells:
            name = scratch.short(cell.id)
            introductions.append(
                Introduction(
                    cell, self.task, self.ledger, generation=generation, folder=self.scratch / f"{generation}-{name}",
                    own=self.scratch / "own" / name, time_limit=self.options.time_limit, timing=self.options.timing,
                    no_device=self.no_device,
                )
            )  # fmt: skip
        number = generation + 1
        stage = Text(f": generation {number}, starting and proving", f"：第 {number} 批进程，启动与证明")
        self.progress.stage(self.title + stage, len(introductions))
        for introduction in introductions:
            stack.callback(introduction.close)
        with self.hold.lanes(len(self.cpus)) as lanes:
            on = lanes if self.cells[0].device == "cpu" else [self.cpus]
            self.introducing += crew.carry_out(introductions, on[: self._side_by_side(cells)], self.progress)
        return introductions

    def _side_by_side(self, cells: Sequence[Cell]) -> int:
        """How many of these workers memory holds at once, whichever they are."""
        need, available = room.of(self.task.exercise), memory.available_bytes()
        if not available or not cells:
            return len(self.cells)
        return max(1, int(room.SHARE * available - need.files) // max(map(need.of_worker, cells)))

    def _score(self, introductions: Sequence[Introduction]) -> None:
        """Score what was proven for the first time: losses after each epoch and the test metric, by one scorer for all."""
        for item in introductions:
            if item.predicted is not None:
                with np.errstate(all="ignore"):  # a cell that diverged is scored too: its curve shows how
                    self.ledger.scored(item.cell, score(self.task, item.parameters, item.predicted))

    def _precise(self) -> bool:
        """True when the ratio of every cell to the fastest is known to within the precision asked for."""
        counted = {cell.id for cell in self.cells if self.ledger.record(cell).status == "measured" and not cell.twin}
        cells = statistics.by_cell(sample for sample in self.turns.samples if sample.cell in counted)
        best = statistics.fastest(cells)
        if best is None:
            return True
        group = statistics.Group(cells)
        ratios = [group.ratio(cell, best) for cell in cells if cell != best]
        return all(ratio is not None and ratio.half_width <= self.options.precision for ratio in ratios)


def _title(cell: Cell) -> Text:
    """What a group is called while it is measured."""
    shipped = Text("as shipped", "默认设置")
    threads = shipped if cell.threads == "shipped" else Text(f"threads {cell.threads}", f"线程数 {cell.threads}")
    return Text("", "") + f"{cell.spec} · {cell.device} · " + threads
