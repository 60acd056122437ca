"""The worker: a fresh process that holds one cell and does what it is told through its own pipe.

Frameworks print on standard output and error, so both go to a log; requests come and replies go as lines of JSON over two
file descriptors of their own. Arrays lie in files. Needs the standard library, NumPy and one framework.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any, TextIO


def main(arguments: list[str]) -> int:
    job = json.loads(Path(arguments[0]).read_text())
    requests, replies = os.fdopen(int(arguments[1]), "r"), os.fdopen(int(arguments[2]), "w")
    confine(job["cpus"])
    die_with_parent(job["parent"])
    from models.errors import Unavailable

    try:
        serve(job, requests, replies)
    except Unavailable as error:
        if error.__cause__ is not None:
            traceback.print_exc()  # installed but broken: the log keeps the whole story
        reply(replies, status="unavailable", reason=str(error), what=error.what)
    except Exception as error:
        traceback.print_exc()
        reply(replies, status="failed", reason=f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}")
        return 1
    return 0


def serve(job: dict[str, Any], requests: TextIO, replies: TextIO) -> None:
    """Import, build, then do one request after another until the pipe closes."""
    import numpy as np

    from compare.measure.clock import timed
    from frameworks import registry
    from models import data as datasets
    from models.parameters import Parameters
    from models.spec import from_mapping

    spec = from_mapping(job["spec"], "")
    folder = Path(job["data"])
    data = datasets.open_mapped(folder, job["outputs"])
    start = Parameters(np.load(folder / "start_weight.npy"), np.load(folder / "start_bias.npy"))
    epoch_orders = np.load(folder / "orders.npy")
    rates = spec.training.learning_rates

    begin = time.perf_counter()
    framework = registry.load(registry.Entry(**job["framework"], styles={}))
    imported = time.perf_counter()
    trainer = framework.trainer(spec, data, style=job["style"], device=job["device"], input=job["input"])
    trainer.reset(start)
    trainer.synchronize()
    built = time.perf_counter()
    reply(
        replies, status="ready", version=framework.version, settings=framework.settings(),
        import_seconds=imported - begin, build_seconds=built - imported,
    )  # fmt: skip

    def train(first: int, epochs: int) -> None:
        for epoch in range(first, first + epochs):
            trainer.train_epoch(epoch_orders[epoch % len(rates)], learning_rate=rates[epoch % len(rates)])

    for line in requests:
        request = json.loads(line)
        if request["do"] == "prove":  # train from the start, keep the parameters after every epoch
            trainer.reset(start)
            seconds, weights, biases = [], [], []
            for epoch in range(request["epochs"]):
                seconds.append(timed(lambda epoch=epoch: train(epoch, 1), trainer.synchronize).seconds)  # type: ignore[misc]
                parameters = trainer.parameters()
                weights.append(parameters.weight)
                biases.append(parameters.bias)
            predicted = trainer.predict(np.array(data.test_features))  # (rows, outputs)
            np.savez(request["to"], weights=np.stack(weights), biases=np.stack(biases), predicted=predicted)
            reply(replies, status="proven", epoch_seconds=seconds)
        elif request["do"] == "sample":  # train from the start, timed as a whole
            trainer.reset(start)
            elapsed = timed(lambda epochs=request["epochs"]: train(0, epochs), trainer.synchronize)  # type: ignore[misc]
            reply(replies, status="sampled", seconds=elapsed.seconds, cpu_seconds=elapsed.cpu_seconds)
        elif request["do"] == "confine":
            confine(request["cpus"])
            reply(replies, status="confined")
        elif request["do"] == "finish":
            reply(replies, status="finished", peak_rss_bytes=peak_rss_bytes())
            return


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
