"""Carries out a plan: proves every cell, lets the cells of a group take turns, and writes down all that is measured."""

import contextlib
import dataclasses
import math
import random
import select
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compare import statistics
from compare.measure import environment, plan
from compare.measure.plan import Cell, Plan
from compare.measure.process import Worker, WorkerFailed
from compare.measure.proof import prove
from compare.progress import Progress
from compare.runfiles import CellRecord, Run, RunFolder, Sample, SpecRecord, Startup
from frameworks import registry
from models import data as datasets
from models import order, parameters, reference
from models.parameters import Parameters
from models.spec import Spec, to_json

SHORTEST_SAMPLE = 0.02  # seconds; a shorter sample is lost in the noise of scheduler and clock


@dataclass(frozen=True)
class Options:
    """How much is measured.

    Each group gets generations of fresh processes until the interval of every ratio to its fastest cell is within
    ± precision, or no more once its share of the budget (seconds) is used; at least `least_generations`, each of `blocks` blocks.
    `time_limit` is the longest that a worker may take for one reply, in seconds. With `timing` off cells are only proven.
    """

    precision: float = 0.02
    budget: float = 300.0
    least_generations: int = 1
    most_generations: int = 30
    blocks: int = 3
    time_limit: float = 600.0
    timing: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Task:
    """A spec ready to be worked on: its data, start and orders as arrays and as files, and its reference trajectory."""

    spec: Spec
    data: datasets.Data
    exact_features: np.ndarray  # the training features in float64, for scoring
    reference: list[Parameters]
    folder: Path


def run(plan_: Plan, folder: RunFolder, run_: Run, options: Options, *, data_dir: Path | None, progress: Progress) -> None:
    """Measure all cells of the plan into `folder`.

    Raises UserError (bad data, a spec that diverges) before anything is measured. Whatever happens later, workers are
    ended and what was measured is kept.
    """
    run_.cells = [_record(cell, plan_) for cell in plan_.cells]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        tasks = {}
        for name, spec in plan_.specs.items():
            progress.stage(f"{name}: data and reference in float64", 1)
            tasks[name] = _prepare(spec, Path(scratch) / name, data_dir)
            run_.specs[name] = _spec_record(tasks[name])
        folder.write(run_)
        groups = plan_.groups()
        deadline = time.perf_counter() + options.budget
        for number, cells in enumerate(groups):
            share = (deadline - time.perf_counter()) / (len(groups) - number)
            group = Group(cells, tasks[cells[0].spec], folder, run_, options, progress, Path(scratch) / f"group{number}")
            group.measure(until=time.perf_counter() + share)
    run_.timings["wall_seconds"] = time.perf_counter() - started
    folder.write(run_)


class Group:
    """The cells of one spec, device and number of threads, measured in turns."""

    def __init__(
        self, cells: Sequence[Cell], task: Task, folder: RunFolder, run_: Run, options: Options, progress: Progress, scratch: Path
    ) -> None:
        self.cells = cells
        self.task = task
        self.folder = folder
        self.run = run_
        self.options = options
        self.progress = progress
        self.scratch = scratch
        self.records = {record.id: record for record in run_.cells}
        self.cpus = plan.cpus(cells[0].threads)
        self.random = random.Random(f"{options.seed} {cells[0].group}")
        self.samples: list[Sample] = []
        self.unscored: list[tuple[CellRecord, list[Parameters], np.ndarray]] = []
        self.no_device: dict[str, str] = {}  # framework → why it lacks the device
        threads = "as shipped" if cells[0].threads == "shipped" else f"threads {cells[0].threads}"
        self.title = f"{cells[0].spec} · {cells[0].device} · {threads}"

    def measure(self, until: float) -> None:
        """Generation after generation until the ratios are known well enough or the time is over."""
        generations = self.options.most_generations if self.options.timing else 1
        for generation in range(generations):
            self._generation(generation)
            self.folder.write(self.run)
            if generation + 1 >= self.options.least_generations and (self._precise() or time.perf_counter() > until):
                break

    def _generation(self, generation: int) -> None:
        """Fresh processes for all cells that still run: prove them, then take samples in blocks."""
        with contextlib.ExitStack() as stack:
            workers = self._start(generation, stack)
            self._score()  # here: while workers started it would have taken their CPU
            if self.options.timing and workers:
                self._sample(generation, workers)
            for cell, worker in workers.items():
                with self._failure_recorded(cell):
                    worker.ask("finish")
                    self.records[cell.id].startups[-1].peak_rss_bytes = worker.reply(self.options.time_limit)["peak_rss_bytes"]

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
                cell, lane = waiting.popleft(), lanes.pop()
                if cell.framework in self.no_device:
                    self._set(cell, "unavailable", self.no_device[cell.framework])
                    lanes.append(lane)
                    continue
                worker = self._worker(cell, lane, generation)
                stack.callback(worker.close)
                busy[worker] = (cell, lane, self._introduce(cell, worker, generation, proven))
            ready, _, _ = select.select(list(busy), [], [], 1.0)
            for worker in [w for w in busy if w in ready or time.monotonic() > w.deadline]:
                cell, lane, conversation = busy[worker]
                try:
                    next(conversation)
                except (StopIteration, WorkerFailed) as end:
                    if isinstance(end, WorkerFailed):
                        self._set(cell, "failed", str(end), end.log)
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
        variables = environment.of_worker(entry, cell.threads, self.scratch / "cache" / cell.id.replace("/", "_"))
        record = self.records[cell.id]
        record.environment = environment.shown(variables)
        job = {
            "framework": {key: getattr(entry, key) for key in ("name", "adapter", "package", "distributions", "extra")},
            "style": cell.style, "device": cell.device, "input": cell.input, "cpus": lane,
            "spec": to_json(self.task.spec), "data": str(self.task.folder), "outputs": self.task.data.outputs,
        }  # fmt: skip
        worker = Worker(job, variables, self.scratch / f"{generation}-{cell.id.replace('/', '_')}")
        worker.deadline = time.monotonic() + self.options.time_limit
        return worker

    def _introduce(self, cell: Cell, worker: Worker, generation: int, proven: dict[Cell, Worker]) -> Iterator[None]:
        """The first words with a worker, one step for each reply: ready, then proven. Raises WorkerFailed."""
        record = self.records[cell.id]
        ready = worker.reply(0)
        if ready["status"] == "unavailable":
            if ready["what"] == "device":
                self.no_device[cell.framework] = ready["reason"]
            self._set(cell, "unavailable", ready["reason"], worker.log_tail())
            return
        record.framework_version, record.settings = ready["version"], ready["settings"]
        epochs = self.task.spec.training.epochs if generation == 0 else 1
        found_path = worker.log_path.with_name("found.npz")
        worker.ask("prove", epochs=epochs, to=str(found_path))
        worker.deadline = time.monotonic() + self.options.time_limit
        yield
        first_epoch = worker.reply(0)["epoch_seconds"][0]
        record.startups.append(Startup(generation, ready["import_seconds"], ready["build_seconds"], first_epoch))
        with np.load(found_path) as arrays:
            found = [Parameters(weight, bias) for weight, bias in zip(arrays["weights"], arrays["biases"], strict=True)]
            predicted = arrays["predicted"]
        style = registry.find(cell.framework).styles[cell.style]
        proof = prove(found, self.task.reference[:epochs], self.task.spec.training.dtype, style)
        if generation == 0:
            record.distances, record.tolerance, record.mark = list(proof.distances), proof.tolerance, proof.mark
            self.unscored.append((record, found, predicted))
        if proof.refusal:
            self._set(cell, "refused", proof.refusal)
            return
        if not self.options.timing:
            record.status = "measured"
        proven[cell] = worker

    def _score(self) -> None:
        """Score what was proven: losses after each epoch and the test metric, by one scorer for all."""
        for record, found, predicted in self.unscored:
            with np.errstate(all="ignore"):  # a cell that diverged is scored too: its curve shows how
                record.train_losses = [_train_loss(self.task, here) for here in found]
                record.metric, record.test_metric = reference.score(self.task.spec.model, predicted, self.task.data.test_targets)
        self.unscored.clear()

    # -- sampling

    def _sample(self, generation: int, workers: dict[Cell, Worker]) -> None:
        """Warm up and calibrate each worker, then take one sample of every cell a block, in random order."""
        self.progress.stage(f"{self.title}: generation {generation + 1}, taking turns", len(workers) * (self.options.blocks + 1))
        for cell in list(workers):
            with self._failure_recorded(cell, workers):
                self._ask(workers[cell], "confine", cpus=self.cpus)
                self._calibrate(cell, workers[cell])
        for block in range(self.options.blocks):
            for cell in self.random.sample(list(workers), len(workers)):
                if cell in workers:
                    with self._failure_recorded(cell, workers):
                        self._take_sample(cell, workers[cell], generation, block)

    def _calibrate(self, cell: Cell, worker: Worker) -> None:
        """An epoch nobody counts; the first generation sets how many make a sample that the clock resolves."""
        warm = self._ask(worker, "sample", epochs=1)["seconds"]
        if not any(sample.cell == cell.id for sample in self.samples):
            self.records[cell.id].epochs_per_sample = max(1, math.ceil(SHORTEST_SAMPLE / warm))

    def _take_sample(self, cell: Cell, worker: Worker, generation: int, block: int) -> None:
        record = self.records[cell.id]
        epochs = record.epochs_per_sample
        elapsed = self._ask(worker, "sample", epochs=epochs)
        seconds, cpu_seconds = elapsed["seconds"] / epochs, elapsed["cpu_seconds"] / epochs
        sample = Sample(cell.id, generation, block, block * epochs, epochs, seconds, cpu_seconds)
        self.folder.append(sample)
        self.samples.append(sample)
        record.status = "measured"

    def _ask(self, worker: Worker, do: str, **values: object) -> dict[str, float]:
        worker.ask(do, **values)
        reply = worker.reply(self.options.time_limit)
        self.progress.step()
        return reply

    def _precise(self) -> bool:
        """True when the ratio of every cell to the fastest is known to within the precision asked for."""
        cells = statistics.by_cell(s for s in self.samples if self.records[s.cell].status == "measured")
        best = statistics.fastest(cells)
        if best is None:
            return True
        ratios = [statistics.ratio(blocks, cells[best]) for cell, blocks in cells.items() if cell != best]
        return all(ratio is not None and ratio.half_width <= self.options.precision for ratio in ratios)

    # -- what became of a cell

    @contextlib.contextmanager
    def _failure_recorded(self, cell: Cell, workers: dict[Cell, Worker] | None = None) -> Iterator[None]:
        """Turn the failure of a worker into a failed cell; the others go on."""
        try:
            yield
        except WorkerFailed as failure:
            self._set(cell, "failed", str(failure), failure.log)
            if workers is not None:
                workers.pop(cell).end()

    def _set(self, cell: Cell, status: str, reason: str, log: Sequence[str] = ()) -> None:
        record = self.records[cell.id]
        record.status, record.reason, record.log = status, reason, list(log)
        self.progress.note(f"{cell.id}: {status}: {reason}")


def _record(cell: Cell, plan_: Plan) -> CellRecord:
    style = registry.find(cell.framework).styles[cell.style]
    reason = plan_.impossible.get(cell.id, "")
    return CellRecord(
        id=cell.id, level=style.level, compiled=style.compiled, status="unavailable" if reason else "pending", reason=reason,
        **dataclasses.asdict(cell),
    )  # fmt: skip


def _prepare(spec: Spec, folder: Path, data_dir: Path | None) -> Task:
    """Load data, make start, orders and reference, and lay out the files that workers read."""
    data = datasets.load(spec, data_dir)
    start = parameters.start(spec, data.inputs, data.outputs)
    orders = order.orders(spec, data.rows)
    trajectory = reference.trajectory(spec, data, start, orders)
    folder.mkdir(parents=True)
    datasets.save(data, folder)
    np.save(folder / "start_weight.npy", start.weight)
    np.save(folder / "start_bias.npy", start.bias)
    np.save(folder / "orders.npy", orders)
    return Task(spec, data, data.train_features.astype(np.float64), trajectory, folder)


def _spec_record(task: Task) -> SpecRecord:
    spec, data = task.spec, task.data
    predicted = reference.scores(task.reference[-1], data.test_features)
    _, metric = reference.score(spec.model, predicted, data.test_targets)
    losses = [_train_loss(task, here) for here in task.reference]
    return SpecRecord(to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric)


def _train_loss(task: Task, here: Parameters) -> float:
    """The loss on all training rows, in float64."""
    return reference.loss(task.spec.model, reference.scores(here, task.exact_features), task.data.train_targets)
