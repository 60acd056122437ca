"""Made-up workers for the tests of several processes, and how everything that a test has started is found again."""

import time
from collections.abc import Callable

import psutil

from fairfit.frameworks.distributed.processes import Program
from tests.frameworks.inspected import MARK

PATIENCE = 30.0  # seconds: a machine may be busy
SLEEP = "import time; time.sleep(600)"
WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text({what})"


def program(code: str, **environment: str) -> Program:
    return Program(("-c", code), environment)


def writing(what: str, **environment: str) -> Program:
    return program(WRITE.format(what=what), **environment)


def running(mark: str) -> list[psutil.Process]:
    """The living processes that were started with this mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # it is gone, or another user's
    return found


def comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()
