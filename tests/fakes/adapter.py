"""The misbehaving styles: each is the NumPy baseline but for one fault.

Imported by workers alone. The folder FAKE_FOLDER takes what a test wants to know of processes that may die at any moment.
"""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.frameworks.base import Framework
from fairfit.frameworks.numpy import ArrayTrainer
from fairfit.models.data import Data
from fairfit.models.errors import Unavailable
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from tests.fakes import rows


def note(name: str, value: float | None = None) -> int:
    """Append a value, by default the process id, to the file `name`; returns how many stand there."""
    path = Path(os.environ["FAKE_FOLDER"]) / name
    with path.open("a") as file:
        file.write(f"{os.getpid() if value is None else value}\n")
    return len(path.read_text().split())


class Right(ArrayTrainer):
    """Does everything right."""

    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        self.process_number = note(f"{type(self).__name__}.pids")  # 1 in the first generation


class Prints(Right):
    """Talks on standard output and error, through Python and past it, in lines that look like replies."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for number in range(100):
            print(f'{{"status": "failed", "reason": "noise {number}"}}', flush=True)
            print(f"warning {number}", file=sys.stderr)
            os.write(1, b'{"status": "noise"}\n')
            os.write(2, b"noise\n")
        super().train_epoch(order, learning_rate=learning_rate)


class Raises(Right):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        raise ValueError("no epoch today\nand a second line")


class Aborts(Right):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # leaves no core file in the checkout
        os.write(2, b"last words\n")
        os.abort()


class KillsItself(Right):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Exits(Right):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        sys.exit(3)


class Sleeps(Right):
    """Hangs longer than any test waits."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        note("busy")
        time.sleep(30)


class Stuck(Right):
    """Hangs in C, where no other thread of its process can run."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        note("busy")
        re.match(r"(a|aa)+$", "a" * 60 + "b")  # it tries all ways to divide the letters


class Lies(Right):
    """The fastest framework there is: it trains nothing."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        pass


class Diverges(Right):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.weight[:] = np.nan


class FailsLater(Right):
    """Fails from its second process on."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        if self.process_number > 1:
            raise RuntimeError("only the first process works")
        super().train_epoch(order, learning_rate=learning_rate)


class LiesLater(Right):
    """Trains nothing from its second process on."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        if self.process_number == 1:
            super().train_epoch(order, learning_rate=learning_rate)


class Asynchronous(Right):
    """Returns at once; a thread does the work, and `synchronize` waits for it."""

    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        self.executor = ThreadPoolExecutor(1)
        self.waiting: list[Future[None]] = []

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.waiting.append(self.executor.submit(self._work, order, learning_rate))

    def _work(self, order: np.ndarray, learning_rate: float) -> None:
        time.sleep(rows.EPOCH_SECONDS)
        super().train_epoch(order, learning_rate=learning_rate)

    def synchronize(self) -> None:
        while self.waiting:
            self.waiting.pop(0).result()


class Unfenced(Asynchronous):
    """Claims that the work is done while it is not."""

    def synchronize(self) -> None:
        pass


class WaitsWhenRead(Asynchronous):
    """Its fence does not hold either, but whoever reads the parameters gets the right ones."""

    def synchronize(self) -> None:
        pass

    def reset(self, parameters: Parameters) -> None:
        super().synchronize()
        super().reset(parameters)

    def parameters(self) -> Parameters:
        super().synchronize()
        return super().parameters()

    def predict(self, features: np.ndarray) -> np.ndarray:
        super().synchronize()
        return super().predict(features)


class Idles(Right):
    """Trains as long as it is likely to be watched, then stops."""

    trained = 0

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        if self.trained < self.training.epochs + 1:
            super().train_epoch(order, learning_rate=learning_rate)
        self.trained += 1


class Settles(Right):
    """Every epoch takes 30 % less than the one before."""

    seconds = 0.5

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        super().train_epoch(order, learning_rate=learning_rate)
        time.sleep(self.seconds)
        self.seconds *= 0.7


class NotHere(Right):
    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        raise Unavailable("fake has no compiler here", "style")


class GivesUpLate(Right):
    """Finds out at its first epoch that it cannot run, as compilers do."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        raise Unavailable("fake found no compiler when it came to compiling", "style")


class Misshapen(Right):
    """Hands out a bias of the wrong shape."""

    def parameters(self) -> Parameters:
        return Parameters(self.weight.copy(), np.zeros((2, 3)))


class Flat(Right):
    """Predicts in shape (rows,) where (rows, outputs) is asked for."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        return super().predict(features)[:, 0]


class Hungry(Right):
    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        self.ballast = np.ones(25_000_000)  # 200 MB, each page touched


class Threaded(Right):
    """Has idle threads of its own before it is told where to run."""

    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        for _ in range(3):
            threading.Thread(target=threading.Event().wait, daemon=True).start()


class Parent(Right):
    """Starts a process of its own."""

    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        note("child", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)


class Forks(Aborts):
    """Crashes, while a process that it forked lives on and holds the worker's end of the pipe."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        super().train_epoch(order, learning_rate=learning_rate)


class Counts(Right):
    """Writes down every epoch that it trains: from which bias, and at which rate."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        note("biases", float(self.bias[0]))
        super().train_epoch(order, learning_rate=learning_rate)
        note("rates", learning_rate)


class Roams(Right):
    """Writes down the first CPU that it may use at each epoch."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        super().train_epoch(order, learning_rate=learning_rate)
        note("cpus", min(os.sched_getaffinity(0)))


class Plods(Right):
    """Takes its time for every epoch."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        time.sleep(0.7)
        super().train_epoch(order, learning_rate=learning_rate)


class Fake(Framework):
    version = "1.2.3"
    trainers = {
        "right": Right, "twin": Right, "prints": Prints, "raises": Raises, "aborts": Aborts, "kills_itself": KillsItself,
        "exits": Exits, "sleeps": Sleeps, "lies": Lies, "diverges": Diverges, "fails_later": FailsLater, "lies_later": LiesLater,
        "asynchronous": Asynchronous, "unfenced": Unfenced, "waits_when_read": WaitsWhenRead, "idles": Idles, "settles": Settles,
        "not_here": NotHere, "gives_up_late": GivesUpLate, "misshapen": Misshapen, "flat": Flat, "hungry": Hungry,
        "threaded": Threaded, "parent": Parent, "counts": Counts, "roams": Roams, "forks": Forks, "stuck": Stuck, "plods": Plods,
    }  # fmt: skip

    def devices(self) -> list[str]:
        return ["cpu"]

    def settings(self) -> dict[str, Any]:
        heavy = ("pandas", "scipy", "sklearn", "matplotlib", "rich", "psutil", "mxnet", "tensorflow", "torch")
        return {"cpus": sorted(os.sched_getaffinity(0)), "imported": [name for name in heavy if name in sys.modules]}


FRAMEWORK = Fake
