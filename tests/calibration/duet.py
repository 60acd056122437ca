"""Taking turns on one CPU, or both at once on two CPUs and then swapped (a duet): which tells more in the same time?

`python -m tests.calibration.duet` measures a program against itself both ways with the same workers and prints a table. A
block takes as long either way: two samples after each other, or two at once and two more with their CPUs exchanged. In a
duet what disturbs the machine disturbs both (L. Bulej and others, "Duet Benchmarking: Improving Measurement Accuracy in the
Cloud", ICPE 2020); but they share caches, memory and the power of the chip.
"""

import argparse
import contextlib
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from fairfit import statistics
from fairfit.frameworks import registry
from fairfit.measure import cpus, environment, protocol
from fairfit.measure.process import Worker
from fairfit.models import exercise
from fairfit.models import spec as specs

STYLES = {"numpy": "numpy", "pytorch": "nn", "mxnet": "gluon", "tensorflow": "function"}
TURNS, DUET = "taking turns on one CPU", "both at once on two CPUs, then swapped"
WARM_UP = 3  # samples

Seconds = dict[tuple[int, int], float]  # by generation and block
Block = tuple[float, float]  # seconds of an epoch of the one and of the other


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.duet", description=__doc__)
    parser.add_argument("--spec", default="article-softmax", help="(default: %(default)s)")
    parser.add_argument("--framework", choices=STYLES, default="numpy", help="(default: %(default)s)")
    parser.add_argument("--generations", type=int, default=10, help="pairs of fresh processes (default: %(default)s)")
    parser.add_argument("--blocks", type=int, default=20, help="of each pair, either way (default: %(default)s)")
    parser.add_argument("--milliseconds", type=float, default=20.0, help="of a sample, at least (default: %(default)s)")
    asked = parser.parse_args()
    if len(cpus.available()) < 2:
        parser.error("a duet needs two CPUs, and one can be used here")
    measured: dict[str, tuple[Seconds, Seconds]] = {TURNS: ({}, {}), DUET: ({}, {})}
    spent = dict.fromkeys(measured, 0.0)
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        task = Path(scratch) / "exercise"
        exercise.lay_out(specs.find(asked.spec), task)
        for generation in range(asked.generations):
            with contextlib.ExitStack() as stack:
                pair = [_worker(asked.framework, task, Path(scratch) / f"{generation}-{number}") for number in (0, 1)]
                for worker in pair:
                    stack.callback(worker.close)
                    worker.reply(protocol.Ready)
                epochs = _warmed_up(pair, asked.milliseconds / 1e3)
                for block in range(asked.blocks):
                    for way, take in ((TURNS, _turns), (DUET, _duet)):
                        began = time.perf_counter()
                        both = take(pair, epochs, block)
                        spent[way] += time.perf_counter() - began
                        for seconds, found in zip(both, measured[way], strict=True):
                            found[generation, block] = seconds
            print(f"generation {generation + 1} of {asked.generations}", file=sys.stderr)
    print(_table(measured, spent))
    return 0


def _worker(framework: str, task: Path, folder: Path) -> Worker:
    entry = registry.find(framework)
    job = protocol.CellJob(entry, STYLES[framework], "cpu", "resident", str(task), cpus.available()[:1])
    return Worker(job, environment.of_worker(entry, "1", folder / "cache"), folder, time_limit=600.0)


def _warmed_up(pair: Sequence[Worker], shortest: float) -> int:
    """How many epochs make a sample."""
    seconds = [[_sample(worker, 1) for _ in range(WARM_UP)][-1] for worker in pair]
    return max(1, math.ceil(shortest / min(seconds)))


def _sample(worker: Worker, epochs: int) -> float:
    worker.ask(protocol.Take(epochs))
    return worker.reply(protocol.Taken).seconds / epochs


def _confine(pair: Sequence[Worker], places: Sequence[int]) -> None:
    for worker, cpu in zip(pair, places, strict=True):
        worker.ask(protocol.Confine([cpu]))
        worker.reply(protocol.Done)


def _turns(pair: Sequence[Worker], epochs: int, block: int) -> Block:
    first = cpus.available()[0]
    _confine(pair, (first, first))
    order = (0, 1) if block % 2 else (1, 0)
    seconds = {number: _sample(pair[number], epochs) for number in order}
    return seconds[0], seconds[1]


def _duet(pair: Sequence[Worker], epochs: int, block: int) -> Block:
    """The geometric means over both places; who is asked first changes with the place, as it begins a little earlier."""
    found: list[list[float]] = []
    places = cpus.available()[:2]
    for swapped in (False, True):
        _confine(pair, places[::-1] if swapped else places)
        for worker in reversed(pair) if swapped ^ block % 2 else pair:
            worker.ask(protocol.Take(epochs))
        found.append([worker.reply(protocol.Taken).seconds / epochs for worker in pair])
    one, other = (math.sqrt(before * after) for before, after in zip(*found, strict=True))
    return one, other


def _table(measured: dict[str, tuple[Seconds, Seconds]], spent: dict[str, float]) -> str:
    """The last column is what to compare: a method that needs four times the time for the same interval has twice as much."""
    lines = [
        "| way | ratio of equals (95 % interval) | half width | noise of a block | sampled, s | half width · √s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for way, (one, other) in measured.items():
        ratio = statistics.ratio(other, one)
        assert ratio is not None
        noise = fmean(stdev(math.log(other[key] / one[key]) for key in one if key[0] == g) for g in {key[0] for key in one})
        lines.append(
            f"| {way} | {ratio.value:.4f} [{ratio.low:.4f}, {ratio.high:.4f}] | {ratio.half_width:.2%} | {noise:.2%} | "
            f"{spent[way]:.1f} | {ratio.half_width * math.sqrt(spent[way]):.2%} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
