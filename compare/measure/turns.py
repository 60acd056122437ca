"""Cells in turns: warmed up, sampled in blocks of random order, and asked in the end what they cost."""

import contextlib
import itertools
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import protocol
from fairfit.measure.clock import is_late
from fairfit.measure.floor import Floor
from fairfit.measure.ledger import Ledger
from fairfit.measure.options import Options
from fairfit.measure.pace import Pace
from fairfit.measure.process import Kind, Worker, WorkerFailed, WorkerRefused
from fairfit.measure.proof import most_allowed, too_far
from fairfit.measure.task import Task
from fairfit.models.order import VARIATIONS
from fairfit.models.parameters import Parameters
from fairfit.models.targets import Target
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell, Sample

SHORTEST_SAMPLE = 0.02  # seconds; a shorter one is lost in the noise of the scheduler
CLOCK_SHARE = 1000  # a sample is at least this many times as long as fence and clock take
MOST_STEPS = 20_000  # of one sample, each to be followed by the reference: none is believed to take less than a microsecond
PATIENCE = 0.25  # seconds a sample, put together: time to wait for CPUs that are quiet
MOST_ATTEMPTS = 3  # to take one sample again; whoever disturbs for longer will go on
MOST_BLOCKS = 100  # of one generation; beyond, only other processes tell anything new
WARM_UP_EPOCHS, WARM_UP_SECONDS = 5, 2.0  # the bound within which a cell must become steady
UNPROVEN = Text("what was timed is not the training: ", "被计时的并不是这次训练：")
LATE = Text(
    "its fence does not hold in what was timed: after every sample part of the work ended after the clock was read",
    "计时时其同步栅栏不成立：每次取样之后，都有部分运算在读取时钟之后才结束",
)
NOT_STEADY = Text(
    f"no steady state within {WARM_UP_EPOCHS} epochs or {WARM_UP_SECONDS:g} s of warming up",
    f"预热 {WARM_UP_EPOCHS} 轮或 {WARM_UP_SECONDS:g} 秒之内未达到稳定状态",
)


@dataclass(frozen=True)
class Timed:
    """The worker of a proven cell; `clock_cost` and the epochs that it has trained so far are in seconds.

    `found` is the file that takes the parameters after each sample; `late` says of each whether work ended after the clock
    was read.
    """

    worker: Worker
    clock_cost: float
    epoch_seconds: list[float]
    found: Path
    late: list[bool] = field(default_factory=list)

    def parameters(self) -> Parameters:
        """Those that the last sample ended with."""
        with np.load(self.found) as arrays:
            return Parameters(arrays["weight"], arrays["bias"])


class Turns:
    """Takes the samples of one group. Those that go on stand in `going`: who fails, or is refused, is taken out.

    `cpus` are those on which all of them are timed, `samples` all of the group so far; `floor` says which times
    cannot be, None where that is not known. `worked` adds up the seconds in which a worker had something to do.
    """

    def __init__(
        self, key: str, title: Text, task: Task, ledger: Ledger, options: Options, progress: Progress,
        *, cpus: list[int], floor: Floor | None,
    ) -> None:  # fmt: skip
        self.key = key
        self.title = title
        self.task = task
        self.ledger = ledger
        self.options = options
        self.progress = progress
        self.cpus = cpus
        self.floor = floor
        self.samples: list[Sample] = ledger.samples(key)
        self.pace = Pace()
        self.patience = 0.0  # seconds that may still be spent on waiting for quiet CPUs
        self.waiting_until = math.inf  # perf_counter; no longer, however much patience is left
        self.worked = 0.0

    def warm_up(self, going: dict[Cell, Timed]) -> None:
        """Bring every worker to the CPUs of the group and train until an epoch is no longer 10 % faster than those before."""
        self.progress.stage(self.title + Text(": warming up", "：预热"), len(going))
        for cell, timed in list(going.items()):
            with self._failure_recorded(cell, going):
                self._ask(timed.worker, protocol.Confine(self.cpus), protocol.Done)
                before, spent, steady = list(timed.epoch_seconds), 0.0, False
                for _ in range(WARM_UP_EPOCHS):
                    before.append(self._train(timed, epochs=1, variation=0, seed=0).seconds)
                    self._check(cell, timed, self.task.targets.after(1))
                    spent += before[-1]
                    steady = before[-1] > 0.9 * min(before[:-1])
                    if steady or spent > WARM_UP_SECONDS:
                        break
                if not steady:
                    self.ledger.noted(cell, NOT_STEADY)
                if not any(sample.cell == cell.id for sample in self.samples):
                    shortest = max(SHORTEST_SAMPLE, CLOCK_SHARE * timed.clock_cost)
                    most = max(1, MOST_STEPS // self.task.exercise.steps)
                    self.ledger.record(cell).epochs_per_sample = max(1, min(most, math.ceil(shortest / min(before))))
            self.progress.step()
        for cell, variation in itertools.product(going, VARIATIONS):  # here, and not between two samples
            self.task.targets.after(self.ledger.record(cell).epochs_per_sample, variation)

    def take(self, generation: int, going: dict[Cell, Timed], until: float) -> None:
        """One sample of every cell a block. Stop at `until` (perf_counter), but not before `options.blocks` blocks.

        The order is random; every second block turns it round, so that positions balance; more blocks come in twos. Those that
        were disturbed are taken again at the end of their block, in all `options.again` times as many as there were.
        """
        least = len(going) * self.options.blocks
        number = generation + 1
        taking = Text(f": generation {number}, taking turns", f"：第 {number} 批进程，轮流计时")
        self.progress.stage(self.title + taking, least)
        cells = list(going)
        block, spare, begun = 0, 0.0, False
        while going and (block < self.options.blocks or (block < MOST_BLOCKS and (begun or time.perf_counter() < until))):
            self.waiting_until = until if block >= self.options.blocks else math.inf
            order = random.Random(f"{self.options.seed} {self.key} {generation} {block // 2}").sample(cells, len(cells))
            turns = order[::-1] if block % 2 else order
            spare += self.options.again * len(turns)
            attempt = 0
            while turns:
                disturbed = []
                for cell in turns:
                    if cell in going:
                        if not attempt:
                            self.patience += self.options.again * PATIENCE
                        with self._failure_recorded(cell, going):
                            if statistics.disturbed(self._sample(cell, going, generation, block, attempt)):
                                disturbed.append(cell)
                        if block < self.options.blocks and not attempt:  # how many more there will be is not known
                            self.progress.step()
                turns = disturbed[: int(spare)] if attempt < MOST_ATTEMPTS else []
                spare -= len(turns)
                attempt += 1
            block += 1
            begun = block > self.options.blocks and block % 2 == 1  # the turned order is still to come

    def _sample(self, cell: Cell, going: dict[Cell, Timed], generation: int, block: int, attempt: int) -> Sample:
        epochs = self.ledger.record(cell).epochs_per_sample
        variation = VARIATIONS[block % len(VARIATIONS)]
        taken = self._train(
            going[cell], epochs, variation, seed=(MOST_ATTEMPTS + 1) * (MOST_BLOCKS * generation + block) + attempt
        )
        target = self.task.targets.after(epochs, variation)
        seconds, cpu_seconds = taken.seconds / epochs, taken.cpu_seconds / epochs
        times, seen = target.times_rounding(going[cell].parameters()), taken.disturbance
        sample = Sample(
            cell.id, generation, block, block * epochs, epochs, seconds, cpu_seconds, attempt, seen.waited / epochs,
            seen.foreign / epochs, seen.stolen / epochs, seen.throttled / epochs, times, self.pace.slowed(*taken.paces),
            taken.card,
        )  # fmt: skip
        self.ledger.sampled(cell, sample)
        self.samples.append(sample)
        self._check(cell, going[cell], target)
        if self.floor is not None:
            impossible = self.floor.refuses(seconds, self.ledger.record(cell).settings.get("blas", []))
            if impossible is not None:
                raise WorkerRefused(impossible, [])
        return sample

    def _check(self, cell: Cell, timed: Timed, target: Target) -> None:
        """Raises WorkerRefused where what was just timed is not the training, or where work goes on after the clock was read."""
        spec, style = self.task.exercise.spec, registry.find(cell.framework).styles[cell.style]
        found, allowed = timed.parameters(), most_allowed(spec.training.dtype, style, spec.model)
        times = target.times_rounding(found)
        if not times <= allowed:
            raise WorkerRefused(UNPROVEN + too_far(*target.furthest(found), times, allowed), [])
        if len(timed.late) > 2 and all(timed.late):
            raise WorkerRefused(LATE, [])

    def _train(self, timed: Timed, epochs: int, variation: int, seed: int) -> protocol.Taken:
        patience = max(0.0, min(self.patience, self.waiting_until - time.perf_counter()))
        request = protocol.Take(epochs, variation, seed, str(timed.found), self.pace.limits(), patience)
        taken = self._ask(timed.worker, request, protocol.Taken)
        self.patience -= taken.waited
        for paces in taken.paces:
            self.pace.saw(paces)
        timed.late.append(is_late(taken.left_over, taken.seconds))
        return taken

    def finish(self, going: dict[Cell, Timed]) -> None:
        """Let every worker say what it cost, and end."""
        for cell, timed in list(going.items()):
            with self._failure_recorded(cell, going):
                self.ledger.finished(cell, self._ask(timed.worker, protocol.Finish(), protocol.Finished))

    def _ask(self, worker: Worker, request: protocol.Request, kind: type[Kind]) -> Kind:
        began = time.perf_counter()
        worker.ask(request)
        reply = worker.reply(kind)
        self.worked += time.perf_counter() - began
        return reply

    @contextlib.contextmanager
    def _failure_recorded(self, cell: Cell, going: dict[Cell, Timed]) -> Iterator[None]:
        """Turn the failure of a worker into a failed cell; the others go on."""
        try:
            yield
        except WorkerFailed as failure:
            self.ledger.failed(cell, failure)
            going.pop(cell).worker.end()
