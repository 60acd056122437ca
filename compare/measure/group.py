"""The cells of one spec, device and number of threads: proven, then measured in turns, generation after generation."""

import contextlib
import math
import random
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import environment, plan
from fairfit.measure.process import Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.proof import prove
from fairfit.measure.task import Task, train_loss
from fairfit.models import reference
from fairfit.models.parameters import Parameters
from fairfit.plain import to_plain
from fairfit.progress import Progress
from fairfit.records import Cell, CellRecord, ClockTest, Run, Sample, Startup
from fairfit.runfiles import RunFolder

SHORTEST_SAMPLE = 0.02  # seconds; a shorter one is lost in the noise of the scheduler
CLOCK_SHARE = 1000  # a sample is at least this many times as long as fence and clock take
MOST_BLOCKS = 100  # of one generation; beyond, only other processes tell anything new
WARM_UP_EPOCHS, WARM_UP_SECONDS = 5, 2.0  # the bound within which a cell must become steady


@dataclass(frozen=True)
class Options:
    """How much is measured.

    Each group gets generations of fresh processes until the interval of every ratio to its fastest cell is within
    ± precision, or no more once its share of the budget (seconds) is used; at least `least_generations`. A generation has
    at least `blocks` blocks, and goes on, within the budget, for as long as its processes took to start: neither part of
    the work then wastes more than half of the time. `time_limit` is the longest that a worker may take for one reply, in
    seconds. Without `timing` cells are only proven.

    Looking at the intervals after every generation does not bias them: see `fairfit.statistics`.
    """

    precision: float = 0.02
    budget: float = 300.0
    least_generations: int = 1
    most_generations: int = 30
    blocks: int = 3
    time_limit: float = 600.0
    timing: bool = True
    seed: int = 0


class Group:
    """Measures the cells of one group into the files of a run; begins where an interrupted run stopped."""

    def __init__(
        self, cells: Sequence[Cell], task: Task, folder: RunFolder, run: Run, options: Options, progress: Progress, scratch: Path
    ) -> None:
        self.cells = cells
        self.key = cells[0].group
        self.task = task
        self.folder = folder
        self.run = run
        self.options = options
        self.progress = progress
        self.scratch = scratch
        self.records = {record.id: record for record in run.cells}
        self.cpus = plan.cpus(cells[0].threads)
        self.samples = [sample for sample in folder.samples() if self.records[sample.cell].group == self.key]
        self.floor = run.specs[cells[0].spec].floor_seconds if cells[0].device == "cpu" else 0.0
        self.unscored: list[tuple[CellRecord, list[Parameters], np.ndarray]] = []
        self.no_device: dict[str, str] = {}  # framework → why it lacks the device
        self.warm: dict[Cell, list[float]] = {}  # seconds of the epochs that each process has trained so far
        self.clock_cost: dict[Cell, float] = {}  # seconds
        self.worked = 0.0  # seconds in which at least one worker had something to do
        threads = "as shipped" if cells[0].threads == "shipped" else f"threads {cells[0].threads}"
        self.title = f"{cells[0].spec} · {cells[0].device} · {threads}"

    def measure(self, until: float) -> None:
        """Generation after generation until the ratios are known well enough or the time (perf_counter) is over."""
        generation = 1 + max((sample.generation for sample in self.samples), default=-1)
        complete = self.run.generations.get(self.key, 0)
        while True:
            self._generation(generation, until)
            generation, complete = generation + 1, complete + 1
            self.run.generations[self.key] = complete
            enough = complete >= self.options.least_generations and (self._precise() or time.perf_counter() > until)
            if enough or complete >= self.options.most_generations or not self.options.timing:
                break
            self.folder.write(self.run)
        self.run.finished.append(self.key)
        self.folder.write(self.run)

    def _generation(self, generation: int, until: float) -> None:
        """Fresh processes for all cells that still run: prove them, then take samples in blocks."""
        began = time.perf_counter()
        with contextlib.ExitStack() as stack:
            workers = self._start(generation, stack)
            self._score()  # here: while workers started it would have taken their CPU
            self.folder.write(self.run)
            if self.options.timing:
                self._warm_up(workers)
                now = time.perf_counter()
                self._sample(generation, workers, until=min(now + (now - began), until))
            for cell in list(workers):
                with self._failure_recorded(cell, workers):
                    finished = self._ask(workers[cell], "finish")
                    startup = self.records[cell.id].startups[-1]
                    startup.peak_rss_bytes, startup.wall_seconds = finished["peak_rss_bytes"], finished["wall_seconds"]
                    startup.costs = finished["costs"]

    # -- starting and proving

    def _start(self, generation: int, stack: contextlib.ExitStack) -> dict[Cell, Worker]:
        """Start a worker a cell, as many at a time as each can have CPUs of its own, and prove each. Returns the proven."""
        waiting = deque(cell for cell in self.cells if self.records[cell.id].status in ("pending", "measured"))
        self.progress.stage(f"{self.title}: generation {generation + 1}, starting and proving", len(waiting))
        lanes = self._lanes()
        busy: dict[Worker, tuple[Cell, list[int], Iterator[None]]] = {}
        proven: dict[Cell, Worker] = {}
        while waiting or busy:
            while waiting and lanes:
                cell = waiting.popleft()
                if cell.framework in self.no_device:
                    self._set(cell, "unavailable", self.no_device[cell.framework])
                    continue
                lane = lanes.pop()
                worker = self._worker(cell, lane, generation)
                stack.callback(worker.close)
                busy[worker] = (cell, lane, self._introduce(cell, worker, generation, proven))
            began = time.perf_counter()
            ready, _, _ = select.select(list(busy), [], [], 1.0)
            self.worked += time.perf_counter() - began
            for worker in [w for w in busy if w in ready or time.monotonic() > w.deadline]:
                cell, lane, conversation = busy[worker]
                try:
                    if worker not in ready:
                        raise WorkerFailed(f"time limit: no reply within {self.options.time_limit:g} s", worker.log_tail())
                    next(conversation)
                    worker.deadline = time.monotonic() + self.options.time_limit
                except (StopIteration, WorkerFailed) as end:
                    if isinstance(end, WorkerFailed):
                        self._set_failed(cell, end)
                    if cell not in proven:
                        worker.end()
                    del busy[worker]
                    lanes.append(lane)
                    self.progress.step()
        return {cell: proven[cell] for cell in self.cells if cell in proven}

    def _lanes(self) -> list[list[int]]:
        """Sets of CPUs on which workers start side by side without disturbing each other."""
        size, available = len(self.cpus), plan.available_cpus()
        if self.cells[0].device != "cpu":
            return [self.cpus]
        return [available[first : first + size] for first in range(0, len(available) - size + 1, size)]

    def _worker(self, cell: Cell, lane: list[int], generation: int) -> Worker:
        entry = registry.find(cell.framework)
        name = cell.id.replace("/", "_").replace(":", "")
        variables = environment.of_worker(entry, cell.threads, self.scratch / "cache" / name)
        self.records[cell.id].environment = environment.shown(variables)
        job = {
            "framework": to_plain(entry),
            "style": cell.style, "device": cell.device, "input": cell.input, "cpus": lane,
            "exercise": str(self.task.folder),
        }  # fmt: skip
        worker = Worker(job, variables, self.scratch / f"{generation}-{name}")
        worker.deadline = time.monotonic() + self.options.time_limit
        return worker

    def _introduce(self, cell: Cell, worker: Worker, generation: int, proven: dict[Cell, Worker]) -> Iterator[None]:
        """The first words with a worker, one step for each reply: ready, clock tested, proven. Raises WorkerFailed."""
        record = self.records[cell.id]
        ready = worker.reply(self.options.time_limit)
        record.framework_version, record.settings = ready["version"], ready["settings"]
        self.clock_cost[cell] = ready["clock_cost_seconds"]

        known = bool(record.train_losses)
        spec = self.task.exercise.spec
        epochs = 1 if known else spec.training.epochs
        found_path = worker.log_path.with_name("found.npz")
        worker.ask("prove", epochs=epochs, to=str(found_path))
        yield
        self.warm[cell] = worker.reply(self.options.time_limit)["epoch_seconds"]
        costs = ready["costs"]
        record.startups.append(Startup(generation, costs["import"], costs["build"], self.warm[cell][0]))
        with np.load(found_path) as arrays:
            found = [Parameters(weight, bias) for weight, bias in zip(arrays["weights"], arrays["biases"], strict=True)]
            predicted = arrays["predicted"]
        style = registry.find(cell.framework).styles[cell.style]
        proof = prove(found, self.task.reference[:epochs], spec.training.dtype, style, spec.model)
        if not known:
            record.distances, record.tolerance, record.mark = list(proof.distances), proof.tolerance, proof.mark
            self.unscored.append((record, found, predicted))
        if proof.refusal:
            self._set(cell, "refused", proof.refusal)
            return
        if not self.options.timing:
            record.status = "measured"
        elif not record.clock:
            worker.ask("test_clock", epochs=1)
            yield
            record.clock = ClockTest(**worker.reply(self.options.time_limit)["test"])
            if not record.clock.holds:
                late = 1e3 * record.clock.left_over
                self._set(cell, "refused", f"its fence does not hold: {late:.1f} ms of the work ended after the clock was read")
                return
        proven[cell] = worker

    def _score(self) -> None:
        """Score what was proven: losses after each epoch and the test metric, by one scorer for all."""
        model, test_targets = self.task.exercise.spec.model, self.task.exercise.data.test_targets
        for record, found, predicted in self.unscored:
            with np.errstate(all="ignore"):  # a cell that diverged is scored too: its curve shows how
                record.train_losses = [train_loss(self.task, here) for here in found]
                record.metric, record.test_metric = reference.score(model, predicted, test_targets)
        self.unscored.clear()

    # -- sampling

    def _warm_up(self, workers: dict[Cell, Worker]) -> None:
        """Bring every worker to the CPUs of the group and train until an epoch is no longer 10 % faster than those before."""
        self.progress.stage(f"{self.title}: warming up", len(workers))
        for cell in list(workers):
            with self._failure_recorded(cell, workers):
                self._ask(workers[cell], "confine", cpus=self.cpus)
                before, spent, steady = list(self.warm[cell]), 0.0, False
                for _ in range(WARM_UP_EPOCHS):
                    before.append(self._ask(workers[cell], "sample", epochs=1)["seconds"])
                    spent += before[-1]
                    steady = before[-1] > 0.9 * min(before[:-1])
                    if steady or spent > WARM_UP_SECONDS:
                        break
                record = self.records[cell.id]
                note = f"no steady state within {WARM_UP_EPOCHS} epochs or {WARM_UP_SECONDS:g} s of warming up"
                if not steady and note not in record.notes:
                    record.notes.append(note)
                if not any(sample.cell == cell.id for sample in self.samples):
                    shortest = max(SHORTEST_SAMPLE, CLOCK_SHARE * self.clock_cost[cell])
                    record.epochs_per_sample = max(1, math.ceil(shortest / min(before[-2:])))
            self.progress.step()

    def _sample(self, generation: int, workers: dict[Cell, Worker], until: float) -> None:
        """One sample of every cell a block, until a time (perf_counter) but so many blocks at least.

        The order is random; every second block turns it round, so that positions balance.
        """
        least = len(workers) * self.options.blocks
        self.progress.stage(f"{self.title}: generation {generation + 1}, taking turns", least)
        cells = list(workers)
        block = 0
        while workers and (block < self.options.blocks or (block < MOST_BLOCKS and time.perf_counter() < until)):
            order = random.Random(f"{self.options.seed} {self.key} {generation} {block // 2}").sample(cells, len(cells))
            for cell in reversed(order) if block % 2 else order:
                if cell in workers:
                    with self._failure_recorded(cell, workers):
                        self._take_sample(cell, workers, generation, block)
                    if block < self.options.blocks:  # how many more there will be is not known
                        self.progress.step()
            block += 1

    def _take_sample(self, cell: Cell, workers: dict[Cell, Worker], generation: int, block: int) -> None:
        record = self.records[cell.id]
        epochs = record.epochs_per_sample
        elapsed = self._ask(workers[cell], "sample", epochs=epochs)
        seconds, cpu_seconds = elapsed["seconds"] / epochs, elapsed["cpu_seconds"] / epochs
        sample = Sample(cell.id, generation, block, block * epochs, epochs, seconds, cpu_seconds)
        self.folder.append(sample)
        self.samples.append(sample)
        record.status = "measured"
        if seconds < self.floor:
            floor = f"an epoch takes {self.floor * 1e3:.3g} ms at the least on this machine"
            self._set(cell, "refused", f"impossible: {seconds * 1e3:.3g} ms were measured, {floor}")
            workers.pop(cell).end()

    def _ask(self, worker: Worker, do: str, **values: object) -> dict[str, Any]:
        began = time.perf_counter()
        worker.ask(do, **values)
        reply = worker.reply(self.options.time_limit)
        self.worked += time.perf_counter() - began
        return reply

    def _precise(self) -> bool:
        """True when the ratio of every cell to the fastest is known to within the precision asked for."""
        records = self.records
        cells = statistics.by_cell(
            s for s in self.samples if records[s.cell].status == "measured" and not records[s.cell].cell.twin
        )
        best = statistics.fastest(cells)
        if best is None:
            return True
        ratios = [statistics.ratio(blocks, cells[best]) for cell, blocks in cells.items() if cell != best]
        return all(ratio is not None and ratio.half_width <= self.options.precision for ratio in ratios)

    # -- what became of a cell

    @contextlib.contextmanager
    def _failure_recorded(self, cell: Cell, workers: dict[Cell, Worker]) -> Iterator[None]:
        """Turn the failure of a worker into a failed cell; the others go on."""
        try:
            yield
        except WorkerFailed as failure:
            self._set_failed(cell, failure)
            workers.pop(cell).end()

    def _set_failed(self, cell: Cell, failure: WorkerFailed) -> None:
        if isinstance(failure, WorkerUnavailable):
            if failure.what == "device":
                self.no_device[cell.framework] = str(failure)
            self._set(cell, "unavailable", str(failure), failure.log)
        else:
            self._set(cell, "failed", str(failure), failure.log)

    def _set(self, cell: Cell, status: str, reason: str, log: Sequence[str] = ()) -> None:
        record = self.records[cell.id]
        record.status, record.reason, record.log = status, reason, list(log)
        self.progress.note(f"{cell.id}: {status}: {reason}")
