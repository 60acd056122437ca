"""A cell in a worker: imported, built, then one method a request. Needs the standard library, NumPy and one framework."""

import dataclasses
import functools
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.clock import timed
from fairfit.measure import blas, card, clock, disturbance, memory, pace, protocol
from fairfit.measure.cpus import confine
from fairfit.models import exercise
from fairfit.models.errors import Refused, Unavailable
from fairfit.models.order import anew, varied
from fairfit.models.parameters import Parameters
from fairfit.models.pieces import large_pieces
from fairfit.models.text import Text
from fairfit.records import ClockTest

CLOCK_TESTS = 10  # a fence that does not hold fails in all of them, a busy machine in some
Epoch = tuple[np.ndarray, float]  # the order of its rows, and its learning rate
COSTS = {  # what the time of a request is counted as
    protocol.Prove: "prove", protocol.TestClock: "test_clock", protocol.Take: "sample", protocol.Confine: "confine",
}  # fmt: skip


class Session:
    """One cell, ready to train; `spawned` is when the harness started this process, by the clock that both share. `going` says
    to the harness that a long request goes on."""

    def __init__(self, job: protocol.CellJob, spawned: float, going: Callable[[], None] = lambda: None) -> None:
        opened = exercise.open_mapped(Path(job.exercise))
        self.data, self.start, self.orders = opened.data, opened.start, opened.orders
        self.spec = opened.spec
        self.spawned, self.going, self.told = spawned, going, spawned
        begin = time.monotonic()
        self.entry = job.entry
        self.framework = registry.load(job.entry)
        imported = time.monotonic()
        self.trainer = self.framework.trainer(opened.spec, self.data, style=job.style, device=job.device, input=job.input)
        self.trainer.transfer()
        self.trainer.synchronize()
        transferred = time.monotonic()
        self.trainer.build()
        self.trainer.reset(self.start)
        self.trainer.synchronize()
        built = time.monotonic()
        self.card = card.find(job.device)
        self.costs = {
            "start": begin - spawned, "import": imported - begin, "transfer": transferred - imported,
            "build": built - transferred,
        }  # fmt: skip
        self.waiting_since = built
        self.own_bytes = memory.own_bytes()

    def ready(self) -> protocol.Ready:
        settings = self.framework.settings() | {"devices": self.framework.devices(), "blas": blas.loaded()}
        settings |= {"card": str(self.card)} if self.card else {}
        reply = protocol.Ready(
            self.framework.version,
            settings,
            dict(self.costs),
            clock.cost(self.trainer.synchronize),
            registry.imported_from(self.entry),
        )
        self.waiting_since = time.monotonic()
        return reply

    def answer(self, request: protocol.Message) -> protocol.Reply:
        """Do what is asked; what it took, and the wait before, is counted among the costs."""
        asked = time.monotonic()
        self._count("waiting", asked - self.waiting_since)
        self.told = asked
        match request:
            case protocol.Prove():
                reply: protocol.Reply = self.prove(request)
            case protocol.TestClock():
                reply = self.test_clock(request)
            case protocol.Take():
                reply = self.take(request)
            case protocol.Confine():
                reply = self.confine(request)
            case protocol.Finish():
                return self.finish()
            case _:
                raise ValueError(f"no request: {request}")
        if changed := clock.replaced():
            return protocol.Refused(Text(f"its clock: {changed} was replaced", f"其时钟：{changed} 被替换了"))
        self.own_bytes = max(self.own_bytes, memory.own_bytes())
        self.waiting_since = time.monotonic()
        self._count(COSTS[type(request)], self.waiting_since - asked)
        return reply

    def prove(self, request: protocol.Prove) -> protocol.Proven:
        """Train from the start and keep the parameters after every epoch, and the predictions at the end."""
        self.trainer.reset(self.start)
        self.trainer.announce(map(self._planned, range(request.epochs)))
        seconds, weights, biases = [], [], []
        for epoch in range(request.epochs):
            seconds.append(timed(functools.partial(self._train, [self._planned(epoch)]), self.trainer.synchronize).seconds)
            parameters = self.trainer.parameters()
            if not isinstance(parameters, Parameters):
                kind = type(parameters).__name__
                raise Refused(Text(f"parameters gave {kind}: must be Parameters", f"parameters 返回了 {kind}：必须是 Parameters"))
            weights.append(parameters.weight)
            biases.append(parameters.bias)
            self._tell()
            check("weight", parameters.weight, self.start.weight)
            check("bias", parameters.bias, self.start.bias)
        features = self.data.test_features
        predicted = np.concatenate(  # (rows, outputs)
            [self.trainer.predict(np.array(features[piece])) for piece in large_pieces(*features.shape)]
        )
        check_shape("predictions", predicted, (len(self.data.test_targets), self.data.outputs))
        np.savez(request.to, weights=np.stack(weights), biases=np.stack(biases), predicted=predicted)
        gc.collect()
        gc.freeze()  # what import and compiling have left is not searched in the middle of a sample: with PyTorch that takes 90 ms
        return protocol.Proven(seconds)

    def test_clock(self, request: protocol.TestClock) -> protocol.Tested:
        """The first test that holds, else the last."""
        if self.trainer.untimed:
            raise Unavailable(self.trainer.untimed, "style")
        for _ in range(CLOCK_TESTS):
            self.trainer.reset(self.start)
            epochs = [self._planned(epoch) for epoch in range(request.epochs)]
            self.trainer.announce(epochs)
            test = clock.self_test(functools.partial(self._train, epochs), self.trainer.synchronize, self.trainer.parameters)
            if test.holds:
                break
            self._tell()
        return protocol.Tested(ClockTest(test.unfenced, test.fenced, test.left_over, test.holds))

    def take(self, request: protocol.Take) -> protocol.Taken:
        """Train from the start, timed as a whole; what came of it is for the harness to judge."""
        generator = np.random.default_rng(request.seed)
        epochs = []
        for epoch in range(request.epochs):
            order, rate = varied(self.spec, self.orders, request.variation, epoch)
            epochs.append((anew(self.spec, order, generator), rate))
        self.trainer.reset(self.start)
        self.trainer.announce(epochs)
        training = functools.partial(self._train, epochs)
        before, waited = pace.when_quiet(request.quiet, request.patience)
        states = [self.card.state()] if self.card else []
        elapsed, disturbed = disturbance.watched(functools.partial(timed, training, self.trainer.synchronize))
        states += [self.card.state()] if self.card else []
        known = [state for state in states if state is not None]
        if any(state.throttled for state in known):
            disturbed = dataclasses.replace(disturbed, throttled=elapsed.seconds)
        after = pace.probe()
        found, left_over = clock.reading(self.trainer.parameters)
        if request.to:
            np.savez(request.to, weight=found.weight, bias=found.bias)
        return protocol.Taken(elapsed.seconds, elapsed.cpu_seconds, left_over, disturbed, [before, after], waited, known)

    def confine(self, request: protocol.Confine) -> protocol.Done:
        confine(request.cpus)
        return protocol.Done()

    def finish(self) -> protocol.Finished:
        return protocol.Finished(memory.peak_rss_bytes(), self.costs, time.monotonic() - self.spawned, self.own_bytes)

    def _planned(self, epoch: int) -> Epoch:
        order, rate = varied(self.spec, self.orders, 0, epoch)
        return np.array(order), rate  # no longer mapped

    def _train(self, epochs: Sequence[Epoch]) -> None:
        for order, learning_rate in epochs:
            self.trainer.train_epoch(order, learning_rate=learning_rate)

    def _tell(self) -> None:
        """Say that the request goes on, once a second at the most."""
        if time.monotonic() - self.told > 1:
            self.going()
            self.told = time.monotonic()

    def _count(self, what: str, seconds: float) -> None:
        self.costs[what] = self.costs.get(what, 0.0) + seconds


def check(what: str, values: Any, like: np.ndarray) -> None:
    """Raises Refused where parameters are not of the shape and the dtype that the spec says."""
    check_shape(what, values, like.shape)
    if values.dtype != like.dtype:
        raise Refused(
            Text(
                f"{what} in {values.dtype}: the spec says {like.dtype}", f"{what} 的类型为 {values.dtype}：规格要求 {like.dtype}"
            )
        )


def check_shape(what: str, values: Any, shape: tuple[int, ...]) -> None:
    """Raises Refused where an adapter breaks its contract."""
    if not isinstance(values, np.ndarray):
        kind = type(values).__name__
        raise Refused(Text(f"{what} is of type {kind}: must be a NumPy array", f"{what} 的类型为 {kind}：必须是 NumPy 数组"))
    if values.shape != shape:
        raise Refused(
            Text(
                f"{what} of shape {values.shape}: the contract of an adapter says {shape}",
                f"{what} 的形状为 {values.shape}：适配器的约定是 {shape}",
            )
        )
