"""Two workers train one model: what they train, what each of them needs, and what it came to."""

import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fairfit.frameworks import clock
from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import ProcessFailed, Program
from fairfit.models import data, exercise, reference
from fairfit.models.parameters import Parameters
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.models.text import Text

WORKERS = 2
ROWS = 128  # of all workers together; every step is taken on all of them
STEPS = 100
LEARNING_RATE = 0.1
TOLERANCE = 1e-5  # float32 stands at 1e-7, a worker that shares nothing at 8e-5, a sum taken for a mean at 1e-4
SECONDS = 120.0  # for all of it

SPEC = Spec(
    "two-workers",
    "linear",
    "synthetic-linear",
    SyntheticLinear(weight=(2.0, -3.4), bias=4.2, rows=ROWS),
    Training(learning_rate=LEARNING_RATE, batch_size=ROWS, epochs=STEPS, start="zeros", dtype="float32"),
)

# -- what a worker needs -------------------------------------------------------------------------------------------------


def share(rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that one worker holds: features of shape (rows / workers, inputs) and targets of shape (rows / workers,)."""
    everything = data.load(SPEC)
    return np.split(everything.train_features, WORKERS)[rank], np.split(everything.train_targets, WORKERS)[rank]


def take_steps(step: Callable[[], object], fence: Callable[[], object]) -> list[float]:
    """Take all steps, each between two fences (which block until the device is done); the seconds that each took."""
    return [clock.timed(step, fence).seconds for _ in range(STEPS)]


def write(path: Path, parameters: Parameters, step_seconds: list[float]) -> None:
    """Write what `train_together` reads of each worker."""
    path.write_text(json.dumps({"parameters": parameters.flat().tolist(), "step_seconds": step_seconds}))


# -- what it came to -----------------------------------------------------------------------------------------------------


def train_together(engine: Text, workers: Sequence[Program], helpers: Sequence[Program] = ()) -> Findings:
    """Let the workers train, and compare each one's parameters with those of one process on all rows, in float64.

    The time of a step is the median over the last half of the first worker's steps.
    """
    try:
        written = [json.loads(text) for text in processes.run(workers, helpers, seconds=SECONDS)]
    except ProcessFailed as failure:
        print(failure.log, file=sys.stderr)  # the log keeps the whole story
        return Findings(
            works=False,
            reason=failure.reason,
            engine=engine,
            workers=len(workers),
            steps=STEPS,
            largest_distance=None,
            workers_agree=None,
            step_milliseconds=None,
            processes=len(workers) + len(helpers),
        )
    ends = np.array([one["parameters"] for one in written])  # (workers, parameters)
    expected = by_one_process()  # (parameters,)
    distance = float(np.abs(ends - expected).max() / np.linalg.norm(expected))
    works = distance <= TOLERANCE
    return Findings(
        works=works,
        reason="" if works else _too_far(distance),
        engine=engine,
        workers=len(workers),
        steps=STEPS,
        largest_distance=distance if math.isfinite(distance) else None,
        workers_agree=bool((ends == ends[0]).all()),
        step_milliseconds=1000 * float(np.median(written[0]["step_seconds"][STEPS // 2 :])),
        processes=len(workers) + len(helpers),
    )


def _too_far(distance: float) -> Text:
    return Text(
        f"weights are {distance:.1e} from those of one process; allowed are {TOLERANCE:.0e}",
        f"权重与单进程的结果相差 {distance:.1e}，允许的距离为 {TOLERANCE:.0e}",
    )


def by_one_process() -> np.ndarray:
    """The parameters, flat and in float64, after one process has taken all steps on all rows."""
    everything = exercise.make(SPEC)
    return reference.trajectory(everything)[-1].flat()
