"""What the tests of measuring share: the smallest spec, a job laid out as the runner does it, and looking after processes."""

import dataclasses
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure.protocol import CellJob
from fairfit.models import exercise
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.records import Machine
from fairfit.runfiles import RunFolder
from tests.fakes import rows

PATIENCE = 30.0  # seconds; far more than any honest step takes, so that a busy machine fails no test
ROOT = Path(__file__).resolve().parents[1]


def tiny(name: str = "tiny", **training: Any) -> Spec:
    """A regression of 20 rows that trains in microseconds."""
    settings = {"learning_rate": 0.1, "batch_size": 8, "epochs": 2} | training
    return Spec(name, "linear", "synthetic-linear", SyntheticLinear(rows=20, test_rows=5), Training(**settings))


def entries(folder: Path) -> tuple[Entry, ...]:
    """The NumPy baseline and the fakes, which note in `folder` what they do."""
    environment = {"FAKE_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}  # where the fakes are
    fakes = (dataclasses.replace(entry, environment=environment) for entry in rows.ALL)
    return registry.find("numpy"), *fakes


def lay_out(style: str, spec: Spec, folder: Path, *, framework: str = "fake", cpus: list[int] | None = None) -> CellJob:
    """The job of a worker, its arrays in `folder`."""
    if not folder.exists():
        exercise.lay_out(spec, folder)
    usable = cpus or sorted(os.sched_getaffinity(0))
    return CellJob(registry.find(framework), style, "cpu", "resident", str(folder), usable)


def worker_environment(folder: Path, **more: str) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "FAKE_FOLDER": str(folder), "OMP_NUM_THREADS": "1"} | more


def noted(folder: Path, name: str) -> list[float]:
    """What the fakes noted under `name`, numbers in the order of events."""
    path = folder / name
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def noted_pids(folder: Path) -> list[int]:
    """The process ids of all fakes that ever started in `folder`."""
    return [int(pid) for path in folder.glob("*.pids") for pid in path.read_text().split()]


def runs(pid: int) -> bool:
    """True while a process lives; one that has ended but was not yet waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers_alive() -> list[int]:
    """The worker processes below this one."""
    alive = []
    for child in psutil.Process().children(recursive=True):
        try:
            if child.status() != psutil.STATUS_ZOMBIE and "fairfit.measure.worker" in child.cmdline():
                alive.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return alive


def comes_true(condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until the condition holds; False where it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def seal(path: Path) -> None:
    """Write run.json anew, as if the samples that lie there now had been measured so."""
    RunFolder(path).write(RunFolder(path).read())


MACHINE = Machine("a CPU", 2, 2**34, [0.0, 0.0, 0.0], None, "a system", "3.11")
