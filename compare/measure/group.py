"""The cells of one spec, device and number of threads: proven, then measured in turns, generation after generation."""

import contextlib
import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fairfit import statistics
from fairfit.measure import cpus, crew
from fairfit.measure.introduction import Introduction
from fairfit.measure.ledger import Ledger
from fairfit.measure.options import Options
from fairfit.measure.task import Task, score
from fairfit.measure.turns import Timed, Turns
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell


class Group:
    """Measures the cells of one group into the ledger; begins where an interrupted run stopped."""

    def __init__(
        self, cells: Sequence[Cell], task: Task, ledger: Ledger, options: Options, progress: Progress, scratch: Path
    ) -> None:
        self.cells = cells
        self.key = cells[0].group
        self.task = task
        self.ledger = ledger
        self.options = options
        self.progress = progress
        self.scratch = scratch
        self.title = _title(cells[0])
        self.cpus = cpus.of(cells[0].threads)
        floor = ledger.run.specs[cells[0].spec].floor_seconds if cells[0].device == "cpu" else 0.0
        self.turns = Turns(self.key, self.title, ledger, options, progress, cpus=self.cpus, floor=floor)
        self.no_device: dict[str, Text | str] = {}  # framework → why it lacks the device
        self.introducing = 0.0  # seconds in which a worker was on its way

    @property
    def worked(self) -> float:
        """Seconds in which at least one worker had something to do."""
        return self.introducing + self.turns.worked

    def measure(self, until: float) -> None:
        """Generation after generation until the ratios are known well enough or the time (perf_counter) is over."""
        generation = 1 + max((sample.generation for sample in self.turns.samples), default=-1)
        while True:
            self._generation(generation, until)
            generation += 1
            complete = self.ledger.generation_complete(self.key)
            enough = complete >= self.options.least_generations and (self._precise() or time.perf_counter() > until)
            if enough or complete >= self.options.most_generations or not self.options.timing:
                break
            self.ledger.save()
        self.ledger.group_finished(self.key)

    def _generation(self, generation: int, until: float) -> None:
        """Fresh processes for all cells that still run: prove them, then take samples in blocks."""
        began = time.perf_counter()
        with contextlib.ExitStack() as stack:
            introduced = self._introduce(generation, stack)
            self._score(introduced)  # here: while workers started it would have taken their CPU
            self.ledger.save()
            going = {
                item.cell: Timed(item.worker, item.clock_cost, item.epoch_seconds)
                for item in introduced
                if item.keep and item.worker is not None
            }
            if self.options.timing:
                self.turns.warm_up(going)
                now = time.perf_counter()
                self.turns.take(generation, going, until=min(now + (now - began), until))
            self.turns.finish(going)

    def _introduce(self, generation: int, stack: contextlib.ExitStack) -> list[Introduction]:
        """Start a worker for every cell that still runs, as many at a time as can have CPUs of their own, and prove each."""
        introductions = []
        for cell in self.cells:
            if self.ledger.record(cell).status in ("pending", "measured"):
                name = hashlib.sha256(cell.id.encode()).hexdigest()[:16]  # names may be longer than those of files
                introductions.append(
                    Introduction(
                        cell, self.task, self.ledger, generation=generation, folder=self.scratch / f"{generation}-{name}",
                        cache=self.scratch / "cache" / name, time_limit=self.options.time_limit, timing=self.options.timing,
                        no_device=self.no_device,
                    )
                )  # fmt: skip
        number = generation + 1
        stage = Text(f": generation {number}, starting and proving", f"：第 {number} 批进程，启动与证明")
        self.progress.stage(self.title + stage, len(introductions))
        for introduction in introductions:
            stack.callback(introduction.close)
        lanes = cpus.lanes(len(self.cpus)) if self.cells[0].device == "cpu" else [self.cpus]
        self.introducing += crew.carry_out(introductions, lanes, self.progress)
        return introductions

    def _score(self, introductions: Sequence[Introduction]) -> None:
        """Score what was proven for the first time: losses after each epoch and the test metric, by one scorer for all."""
        for item in introductions:
            if item.predicted is not None:
                with np.errstate(all="ignore"):  # a cell that diverged is scored too: its curve shows how
                    self.ledger.scored(item.cell, *score(self.task, item.parameters, item.predicted))

    def _precise(self) -> bool:
        """True when the ratio of every cell to the fastest is known to within the precision asked for."""
        counted = {cell.id for cell in self.cells if self.ledger.record(cell).status == "measured" and not cell.twin}
        cells = statistics.by_cell(sample for sample in self.turns.samples if sample.cell in counted)
        best = statistics.fastest(cells)
        if best is None:
            return True
        ratios = [statistics.ratio(blocks, cells[best]) for cell, blocks in cells.items() if cell != best]
        return all(ratio is not None and ratio.half_width <= self.options.precision for ratio in ratios)


def _title(cell: Cell) -> Text:
    """What a group is called while it is measured."""
    shipped = Text("as shipped", "默认设置")
    threads = shipped if cell.threads == "shipped" else Text(f"threads {cell.threads}", f"线程数 {cell.threads}")
    return Text("", "") + f"{cell.spec} · {cell.device} · " + threads
