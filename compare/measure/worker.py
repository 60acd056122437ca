"""The worker: a fresh process that holds one cell and does what it is told through its own pipe.

Frameworks print on standard output and error, so both go to a log; requests come and replies go as lines of JSON over two
file descriptors of their own. Arrays lie in files. Needs the standard library, NumPy and one framework.
"""

import functools
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO


def main(arguments: list[str]) -> int:
    job = json.loads(Path(arguments[0]).read_text())
    requests, replies = os.fdopen(int(arguments[1]), "r"), os.fdopen(int(arguments[2]), "w")
    confine(job["cpus"])
    die_with_parent(job["parent"])
    from fairfit.models.errors import Unavailable

    try:
        if "module" in job:
            inspect(job, replies)
        else:
            serve(job, requests, replies)
    except Unavailable as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__)  # installed but broken: the log keeps the whole story
        reply(replies, status="unavailable", reason=str(error), what=error.what)
    except Exception as error:
        traceback.print_exc()
        reply(replies, status="failed", reason=f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}")
        return 1
    return 0


def serve(job: dict[str, Any], requests: TextIO, replies: TextIO) -> None:
    """Import, build, then do one request after another until the pipe closes."""
    import numpy as np

    from fairfit.frameworks import registry
    from fairfit.frameworks.clock import timed
    from fairfit.frameworks.entry import Entry
    from fairfit.measure import clock
    from fairfit.models import exercise
    from fairfit.plain import from_plain

    here = exercise.open_mapped(Path(job["exercise"]))
    spec, data, start, orders, rates = here.spec, here.data, here.start, here.orders, here.spec.training.learning_rates

    begin = time.monotonic()  # the clock that the harness shares
    framework = registry.load(from_plain(Entry, job["framework"]))
    imported = time.monotonic()
    trainer = framework.trainer(spec, data, style=job["style"], device=job["device"], input=job["input"])
    trainer.transfer()
    trainer.synchronize()
    transferred = time.monotonic()
    trainer.build()
    trainer.reset(start)
    trainer.synchronize()
    built = time.monotonic()
    costs = {
        "start": begin - job["spawned"], "import": imported - begin,
        "transfer": transferred - imported, "build": built - transferred,
    }  # fmt: skip
    reply(
        replies, status="ready", version=framework.version, costs=costs,
        settings=framework.settings() | {"devices": framework.devices()},
        clock_cost_seconds=clock.cost(trainer.synchronize),
    )  # fmt: skip

    def train(first: int, epochs: int) -> None:
        for epoch in range(first, first + epochs):
            trainer.train_epoch(orders[epoch % len(rates)], learning_rate=rates[epoch % len(rates)])

    def prove(epochs: int, to: str) -> dict[str, Any]:
        """Train from the start and keep the parameters after every epoch, and the predictions at the end."""
        trainer.reset(start)
        seconds, weights, biases = [], [], []
        for epoch in range(epochs):
            seconds.append(timed(functools.partial(train, epoch, 1), trainer.synchronize).seconds)
            parameters = trainer.parameters()
            weights.append(parameters.weight)
            biases.append(parameters.bias)
            check_shape("weight", parameters.weight, start.weight.shape)
            check_shape("bias", parameters.bias, start.bias.shape)
        predicted = trainer.predict(np.array(data.test_features))  # (rows, outputs)
        check_shape("predictions", predicted, (len(data.test_targets), data.outputs))
        np.savez(to, weights=np.stack(weights), biases=np.stack(biases), predicted=predicted)
        return {"epoch_seconds": seconds}

    def test_clock(epochs: int) -> dict[str, Any]:
        """The first of ten tests that holds, else the last: a fence that does not hold fails in all, a busy machine in some."""
        for _ in range(10):
            trainer.reset(start)
            test = clock.self_test(lambda: train(0, epochs), trainer.synchronize, trainer.parameters)
            if test.holds:
                break
        return {"test": vars(test) | {"holds": test.holds}}

    def sample(epochs: int) -> dict[str, Any]:
        """Train from the start, timed as a whole."""
        trainer.reset(start)
        return vars(timed(lambda: train(0, epochs), trainer.synchronize))

    def move(cpus: list[int]) -> dict[str, Any]:
        confine(cpus)
        return {}

    def finish() -> dict[str, Any]:
        wall = time.monotonic() - job["spawned"]
        return {"peak_rss_bytes": peak_rss_bytes(), "costs": costs, "wall_seconds": wall}

    do: dict[str, Callable[..., dict[str, Any]]]
    do = {"prove": prove, "test_clock": test_clock, "sample": sample, "confine": move, "finish": finish}
    waiting_since = time.monotonic()
    for line in requests:
        request = json.loads(line)
        name = request.pop("do")
        asked = time.monotonic()
        costs["waiting"] = costs.get("waiting", 0.0) + asked - waiting_since
        done = do[name](**request)
        waiting_since = time.monotonic()
        costs[name] = costs.get(name, 0.0) + waiting_since - asked
        reply(replies, status="done", **done)
        if name == "finish":
            return


def inspect(job: dict[str, Any], replies: TextIO) -> None:
    """Ask the module that looks into the framework what it finds, and reply with that."""
    import importlib

    from fairfit.frameworks import registry
    from fairfit.frameworks.entry import Entry
    from fairfit.models import exercise
    from fairfit.plain import from_plain, to_plain

    framework = registry.load(from_plain(Entry, job["framework"]))
    module = importlib.import_module(job["module"])
    opened = {name: exercise.open_mapped(Path(folder)) for name, folder in job["exercises"].items()}
    reply(replies, status="done", found=to_plain(module.inspect(framework, opened)))


def check_shape(what: str, values: Any, shape: tuple[int, ...]) -> None:
    """Raises ValueError where an adapter breaks its contract."""
    if values.shape != shape:
        raise ValueError(f"{what} have shape {values.shape}; the contract of an adapter says {shape}")


def reply(replies: TextIO, **values: Any) -> None:
    print(json.dumps(values), file=replies, flush=True)


def confine(cpus: list[int]) -> None:
    """Keep every thread of this process on these CPUs; those that start later inherit it."""
    if hasattr(os, "sched_setaffinity"):
        for task in Path("/proc/self/task").iterdir():
            try:
                os.sched_setaffinity(int(task.name), cpus)
            except ProcessLookupError:
                continue  # a thread that has just ended


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies, however busy it is then."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG, see prctl(2)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)


def peak_rss_bytes() -> int:
    """The most memory this process held; from /proc, as getrusage counts what the parent held before exec."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
