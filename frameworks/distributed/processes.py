"""One training by several processes: what they train, how they are started and ended together, and what it came to."""

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.models import data, exercise, reference
from fairfit.models.parameters import Parameters
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training

HOST = "127.0.0.1"  # what the processes tell each other does not leave the machine
WORKERS = 2
ROWS = 128  # of all workers together; every step is taken on all of them
STEPS = 100
LEARNING_RATE = 0.1
TOLERANCE = 1e-5  # float32 stands at 1e-7, a worker that shares nothing at 8e-5, a sum taken for a mean at 1e-4
SECONDS = 120.0

SPEC = Spec(
    "two-workers",
    "linear",
    "synthetic-linear",
    SyntheticLinear(weight=(2.0, -3.4), bias=4.2, rows=ROWS),
    Training(learning_rate=LEARNING_RATE, batch_size=ROWS, epochs=STEPS, start="zeros", dtype="float32"),
)

# -- processes that are started and ended together -----------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A process to be: arguments for the interpreter, and what its environment has beside that of this process."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class ProcessFailed(Exception):
    """One process failed, or time ran out: the message is one line; `log` is what all of them printed."""

    def __init__(self, reason: str, log: str) -> None:
        super().__init__(reason)
        self.log = log


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback interface on which nothing listens now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def run(workers: Sequence[Program], helpers: Sequence[Program] = (), *, seconds: float) -> list[str]:
    """Start all and wait for the workers: what each of them wrote into the file that it was given as last argument.

    Helpers are killed then. Raises ProcessFailed as soon as any process fails, or after `seconds`. Nothing is left
    running, however this ends, not even when this process is killed.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Group()) as group:
        results = [Path(folder, f"{number}.result") for number in range(len(workers) + len(helpers))]
        logs = [result.with_suffix(".log") for result in results]
        processes = [group.start(*each) for each in zip((*workers, *helpers), results, logs, strict=True)]

        def failed(reason: str) -> ProcessFailed:
            return ProcessFailed(reason, "\n".join(log.read_text(errors="replace") for log in logs))

        deadline = time.monotonic() + seconds
        while not all(process.poll() == 0 for process in processes[: len(workers)]):
            for process, log in zip(processes, logs, strict=True):
                if process.poll():  # None while it runs, 0 where it ended well
                    raise failed(_last_words(process.returncode, log.read_text(errors="replace")))
            if time.monotonic() > deadline:
                raise failed(f"time limit: not done within {seconds:g} s")
            time.sleep(0.02)
        for result in results[: len(workers)]:
            if not result.exists():
                raise failed("ended well, but wrote no result")
        return [result.read_text() for result in results[: len(workers)]]


class Group:
    """Processes of one process group, killed together: by `close`, and by their leader as soon as this process is gone."""

    # the leader does nothing but wait for the end of its standard input, the other end of which this process alone holds
    LEADER = "import os, signal, sys; sys.stdin.read(); os.killpg(0, signal.SIGKILL)"

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", "-c", self.LEADER]
        self._leader = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)
        self._members = [self._leader]

    def start(self, program: Program, result: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a member that is given `result` as last argument and prints into `log`."""
        with log.open("wb") as output:
            member = subprocess.Popen(
                [sys.executable, *program.arguments, str(result)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **program.environment},
                process_group=self._leader.pid,
            )
        self._members.append(member)
        return member

    def close(self) -> None:
        """Kill all members and what they have started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._leader.pid, signal.SIGKILL)
        for member in self._members:
            member.communicate()  # closes its pipe and waits for its end


def _last_words(status: int, log: str) -> str:
    """The last line of a process that ended with this status; how it ended where a signal ended it, or it said nothing."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if status > 0 and lines:
        return lines[-1]
    how = f"exit status {status}" if status > 0 else f"signal {-status} ({signal.Signals(-status).name})"
    return ": ".join([f"ended with {how}", *lines[-1:]])


# -- what a worker needs -------------------------------------------------------------------------------------------------


def share(rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that one worker holds: features of shape (rows / workers, inputs) and targets of shape (rows / workers,)."""
    whole = data.load(SPEC)
    return np.split(whole.train_features, WORKERS)[rank], np.split(whole.train_targets, WORKERS)[rank]


def take_steps(step: Callable[[], object], fence: Callable[[], object]) -> list[float]:
    """Take all steps, each between two fences (which block until the device is done); the seconds that each took."""
    seconds = []
    fence()
    for _ in range(STEPS):
        begin = time.perf_counter()
        step()
        fence()
        seconds.append(time.perf_counter() - begin)
    return seconds


def write(path: Path, parameters: Parameters, step_seconds: list[float]) -> None:
    """Write what `train_together` reads of each worker."""
    path.write_text(json.dumps({"parameters": parameters.flat().tolist(), "step_seconds": step_seconds}))


# -- what it came to -----------------------------------------------------------------------------------------------------


def train_together(engine: str, workers: Sequence[Program], helpers: Sequence[Program] = ()) -> dict[str, Any]:
    """Let the workers train, and compare each one's parameters with those of one process on all rows, in float64.

    `works` says that all have ended well and within the tolerance; if not, `reason` is the last line of what failed, or
    says how far off they are. `largest_distance` is the largest difference of any parameter of any worker, over the norm
    of the reference. `workers_agree` says that the parameters of all are the same to the bit. `step_milliseconds` is the
    median over the last half of the first worker's steps. `processes` counts workers and helpers.
    """
    found = {
        "works": False,
        "reason": "",
        "engine": engine,
        "workers": len(workers),
        "steps": STEPS,
        "largest_distance": None,
        "workers_agree": None,
        "step_milliseconds": None,
        "processes": len(workers) + len(helpers),
    }
    try:
        written = [json.loads(text) for text in run(workers, helpers, seconds=SECONDS)]
    except ProcessFailed as failure:
        print(failure.log, file=sys.stderr)  # the log keeps the whole story
        return found | {"reason": str(failure)}
    ends = np.array([one["parameters"] for one in written])  # (workers, parameters)
    expected = by_one_process()  # (parameters,)
    distance = float(np.abs(ends - expected).max() / np.linalg.norm(expected))
    works = distance <= TOLERANCE
    return found | {
        "works": works,
        "reason": "" if works else f"weights are {distance:.1e} from those of one process; allowed are {TOLERANCE:.0e}",
        "largest_distance": distance if math.isfinite(distance) else None,
        "workers_agree": bool((ends == ends[0]).all()),
        "step_milliseconds": 1000 * float(np.median(written[0]["step_seconds"][STEPS // 2 :])),
    }


def by_one_process() -> np.ndarray:
    """The parameters, flat and in float64, after one process has taken all steps on all rows."""
    whole = exercise.make(SPEC)
    return reference.trajectory(SPEC, whole.data, whole.start, whole.orders)[-1].flat()
