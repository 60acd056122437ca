"""Adapters that cheat: each trains rightly until it has been proven, then takes the time of less work than it shows.

Imported by workers alone. `Honest` counts its epochs, by which the others know when nobody looks any more.
"""

import threading
import time
from typing import Any

import numpy as np

from fairfit.frameworks import clock
from fairfit.frameworks.base import Framework
from fairfit.frameworks.numpy import ArrayTrainer
from fairfit.models.parameters import Parameters

WORK = 0.03  # seconds that the work takes at the least where the cheat is to put it off


class Honest(ArrayTrainer):
    """Trains rightly; `looked_at` is over after the proof and the test of the clock."""

    trained = 0

    @property
    def looked_at(self) -> bool:
        return self.trained <= self.training.epochs + 1  # the test of the clock trains one

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.trained += 1
        self.train(order, learning_rate)

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        ArrayTrainer.train_epoch(self, order, learning_rate=learning_rate)


class Replays(Honest):
    """Puts the weights of its proof in place, without training."""

    kept: Parameters | None = None

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        if self.looked_at:
            super().train(order, learning_rate)
            self.kept = Parameters(self.weight.copy(), self.bias.copy())
        elif self.kept is not None:
            self.weight[:], self.bias[:] = self.kept.weight, self.kept.bias


class TrainsWhenLookedAt(Honest):
    def train(self, order: np.ndarray, learning_rate: float) -> None:
        if self.looked_at:
            super().train(order, learning_rate)


class SkipsTheLastBatch(Honest):
    def train(self, order: np.ndarray, learning_rate: float) -> None:
        last = len(order) % self.training.batch_size
        super().train(order if self.looked_at else order[:-last], learning_rate)


class Defers(Honest):
    """Trains when its parameters are read."""

    def reset(self, parameters: Parameters) -> None:
        super().reset(parameters)
        self.waiting: list[tuple[np.ndarray, float]] = []

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        if self.looked_at:
            super().train(order, learning_rate)
        else:
            self.waiting.append((order, learning_rate))

    def parameters(self) -> Parameters:
        if self.waiting:
            time.sleep(WORK)
        while self.waiting:
            super().train(*self.waiting.pop(0))
        return super().parameters()


class WorksAfterTheFence(Honest):
    """Leaves the work to a thread, for which only the reader waits."""

    thread: threading.Thread | None = None

    def reset(self, parameters: Parameters) -> None:
        if self.thread is not None:
            self.thread.join()
        self.thread = None
        super().reset(parameters)

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        if self.looked_at:
            super().train(order, learning_rate)
        else:
            before = self.thread
            self.thread = threading.Thread(target=self._later, args=(before, order, learning_rate))
            self.thread.start()

    def _later(self, before: threading.Thread | None, order: np.ndarray, learning_rate: float) -> None:
        if before is None:
            time.sleep(WORK)
        else:
            before.join()
        ArrayTrainer.train_epoch(self, order, learning_rate=learning_rate)

    def parameters(self) -> Parameters:
        if self.thread is not None:
            self.thread.join()
        return super().parameters()


class LeavesAThread(WorksAfterTheFence):
    """The same, but not even the reader waits."""

    def parameters(self) -> Parameters:
        return Honest.parameters(self)


class CachesByOrder(Honest):
    """Knows what comes of an order from the first time that it saw its rows, and never trains these again."""

    def reset(self, parameters: Parameters) -> None:
        super().reset(parameters)
        self.epoch = 0

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        key = self.epoch, int(order.sum())  # the rows, whatever their order
        self.epoch += 1
        known = CACHE.get(key)
        if known is None:
            super().train(order, learning_rate)
            CACHE[key] = (self.weight.copy(), self.bias.copy())
        else:
            self.weight[:], self.bias[:] = known


CACHE: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}


class FoldsTheOrder(Honest):
    """Compiled its first order in as a constant."""

    first: np.ndarray | None = None

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        if self.first is None or self.looked_at:
            self.first = order
        super().train(self.first, learning_rate)


class KeepsItsRate(Honest):
    """Compiled its learning rate in as a constant."""

    first = 0.0

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        self.first = self.first or learning_rate
        super().train(order, self.first)


class LeaksState(Honest):
    """Carries its velocity from one sample into the next."""

    def reset(self, parameters: Parameters) -> None:
        kept = None if self.looked_at else (self.weight_velocity, self.bias_velocity)
        super().reset(parameters)
        if kept is not None:
            self.weight_velocity, self.bias_velocity = kept


class SlowsTheClock(Honest):
    """Replaces Python's clock by one that runs at half the speed."""

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        super().train(order, learning_rate)
        right = time.monotonic
        time.perf_counter = lambda: right() / 2


class SlowsOurClock(Honest):
    """Replaces the clock of the harness."""

    def train(self, order: np.ndarray, learning_rate: float) -> None:
        super().train(order, learning_rate)
        right = time.monotonic
        setattr(clock, "perf_counter", lambda: right() / 2)  # noqa: B010 - mypy knows no such name there


class Cheats(Framework):
    version = "1.0"
    trainers = {
        "honest": Honest, "replays": Replays, "trains_when_looked_at": TrainsWhenLookedAt, "skips_the_last_batch": SkipsTheLastBatch,
        "defers": Defers, "works_after_the_fence": WorksAfterTheFence, "leaves_a_thread": LeavesAThread,
        "caches_by_order": CachesByOrder, "folds_the_order": FoldsTheOrder, "keeps_its_rate": KeepsItsRate,
        "leaks_state": LeaksState, "slows_the_clock": SlowsTheClock, "slows_our_clock": SlowsOurClock,
    }  # fmt: skip

    def devices(self) -> list[str]:
        return ["cpu"]

    def settings(self) -> dict[str, Any]:
        return {}


FRAMEWORK = Cheats
