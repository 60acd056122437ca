"""Training by several processes: every engine ends where one process ends, and nothing is left running however it ends."""

import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.processes import ProcessFailed, Program
from fairfit.models import data
from tests.frameworks.installed import load

PATIENCE = 30.0  # seconds: a machine may be busy
ENGINES = [name for name in registry.names() if importlib.util.find_spec(f"fairfit.frameworks.distributed.{name}")]
MARK = "FAIRFIT_TEST_MARK"  # a variable by whose value everything that a test has started is found again


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


# -- the engines ---------------------------------------------------------------------------------------------------------

INSPECT = """
import importlib, json, sys
from fairfit.frameworks import registry

registry.load(registry.find(sys.argv[1]))
print(json.dumps(importlib.import_module(f"fairfit.frameworks.distributed.{sys.argv[1]}").inspect({})))
"""


@dataclasses.dataclass(frozen=True)
class Inspection:
    found: dict[str, Any]
    left: list[psutil.Process]


@pytest.fixture(scope="module", params=ENGINES)
def inspection(request: pytest.FixtureRequest) -> Inspection:
    load(request.param)
    mark = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INSPECT, request.param],
        env={**os.environ, **registry.find(request.param).environment, MARK: mark},
        capture_output=True,
        text=True,
        timeout=processes.SECONDS + 2 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return Inspection(json.loads(done.stdout.splitlines()[-1]), running(mark))


def test_two_workers_end_where_one_process_ends(inspection: Inspection) -> None:
    assert inspection.found["reason"] == ""
    assert inspection.found["works"]
    assert inspection.found["largest_distance"] < 1e-5  # seen are 7e-8; see processes.TOLERANCE for what would be wrong


def test_the_workers_have_the_same_weights(inspection: Inspection) -> None:
    assert inspection.found["workers_agree"]


def test_steps_are_timed(inspection: Inspection) -> None:
    assert inspection.found["step_milliseconds"] > 0


def test_no_process_of_an_engine_is_left(inspection: Inspection) -> None:
    assert inspection.left == []


# -- processes that are started and ended together -----------------------------------------------------------------------

SLEEP = "import time; time.sleep(600)"
WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text({what})"


def program(code: str, **environment: str) -> Program:
    return Program(("-c", code), environment)


def writing(what: str, **environment: str) -> Program:
    return program(WRITE.format(what=what), **environment)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """The mark of everything that this test starts."""
    value = uuid.uuid4().hex
    monkeypatch.setenv(MARK, value)
    return value


def failure(*workers: Program, helpers: tuple[Program, ...] = (), seconds: float = PATIENCE) -> ProcessFailed:
    with pytest.raises(ProcessFailed) as caught:
        processes.run(workers, helpers, seconds=seconds)
    return caught.value


def test_what_each_worker_wrote_is_returned_in_their_order() -> None:
    assert processes.run([writing("'first'"), writing("'second'")], seconds=PATIENCE) == ["first", "second"]


def test_a_program_has_this_environment_and_its_own(mark: str) -> None:
    code = f"__import__('os').environ['{MARK}'] + __import__('os').environ['RANK']"
    assert processes.run([writing(code, RANK="1")], seconds=PATIENCE) == [mark + "1"]


def test_helpers_end_with_the_workers(mark: str) -> None:
    assert processes.run([writing("'done'")], [program(SLEEP)], seconds=PATIENCE) == ["done"]
    assert running(mark) == []


def test_a_worker_that_dies_ends_all(mark: str) -> None:
    failed = failure(program("raise ValueError('no more')"), program(SLEEP))
    assert str(failed) == "ValueError: no more"
    assert "Traceback" in failed.log
    assert running(mark) == []


def test_a_helper_that_dies_ends_all(mark: str) -> None:
    failed = failure(program(SLEEP), helpers=(program("import sys; sys.exit(3)"),))
    assert str(failed) == "ended with exit status 3"
    assert running(mark) == []


def test_a_worker_that_is_killed_is_told_by_the_signal() -> None:
    code = "import os, signal; print('last words', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    assert str(failure(program(code))) == "ended with signal 9 (SIGKILL): last words"


def test_a_worker_that_writes_nothing_has_failed() -> None:
    assert "wrote no result" in str(failure(program("pass")))


def test_the_time_limit_ends_all(mark: str) -> None:
    begin = time.monotonic()
    assert "time limit" in str(failure(program(SLEEP), program(SLEEP), seconds=0.5))
    assert time.monotonic() - begin < PATIENCE
    assert running(mark) == []


def test_what_a_worker_has_started_itself_ends_too(mark: str) -> None:
    start_another = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
    processes.run([program(start_another + WRITE.format(what="'done'"))], seconds=PATIENCE)
    assert comes_true(lambda: running(mark) == [])  # nobody waits for a grandchild: the kill may take a moment


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_where_the_one_that_started_it_is_ended(mark: str, how: signal.Signals) -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "from frameworks.distributed.processes import Program, run\n"
        f"run([Program(('-c', {SLEEP!r}))] * 2, [Program(('-c', {SLEEP!r}))], seconds=600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as starter:
        assert comes_true(lambda: len(running(mark)) == 5)  # the starter, the leader of the group, and three that sleep
        starter.send_signal(how)
    assert starter.returncode != 0
    assert comes_true(lambda: running(mark) == [])


def test_free_ports_differ() -> None:
    assert len(set(processes.free_ports(10))) == 10


# -- what a training came to ---------------------------------------------------------------------------------------------


def ending_with(parameters: np.ndarray) -> Program:
    written = json.dumps({"parameters": parameters.tolist(), "step_seconds": [0.001] * processes.STEPS})
    return writing(repr(written))


def test_workers_that_end_at_the_reference_work() -> None:
    expected = processes.by_one_process()
    assert processes.train_together("made up", [ending_with(expected)] * 2, [program(SLEEP)]) == {
        "works": True,
        "reason": "",
        "engine": "made up",
        "workers": 2,
        "steps": 100,
        "largest_distance": 0.0,
        "workers_agree": True,
        "step_milliseconds": 1.0,
        "processes": 3,
    }


def test_the_worst_of_the_workers_counts() -> None:
    expected = processes.by_one_process()
    found = processes.train_together("made up", [ending_with(expected), ending_with(expected + np.array([0, 0, 0.01]))])
    assert not found["works"]
    assert "from those of one process" in found["reason"]
    assert found["largest_distance"] == pytest.approx(0.01 / np.linalg.norm(expected))


def test_workers_that_differ_by_one_rounding_do_not_agree() -> None:
    expected = processes.by_one_process()
    found = processes.train_together("made up", [ending_with(expected), ending_with(np.nextafter(expected, 9))])
    assert found["works"] and found["workers_agree"] is False


def test_a_worker_that_shares_nothing_does_not_work() -> None:
    alone = (
        "import pathlib, sys, numpy as np\n"
        "from frameworks.distributed import processes\n"
        "from models import reference\n"
        "from models.parameters import Parameters\n"
        "features, targets = processes.share(int(sys.argv[1]))\n"
        "ends = Parameters(np.zeros((1, 2)), np.zeros(1))\n"
        "def step():\n"
        "    global ends\n"
        "    slope = reference.gradient('linear', ends, features, targets, 0.0)\n"
        "    ends = Parameters(ends.weight - 0.1 * slope.weight, ends.bias - 0.1 * slope.bias)\n"
        "seconds = processes.take_steps(step, fence=lambda: None)\n"
        "processes.write(pathlib.Path(sys.argv[2]), ends, seconds)\n"
    )
    found = processes.train_together("made up", [Program(("-c", alone, str(rank))) for rank in range(2)])
    assert not found["works"] and not found["workers_agree"]
    assert found["largest_distance"] > processes.TOLERANCE


def test_weights_that_are_no_numbers_do_not_work() -> None:
    found = processes.train_together("made up", [ending_with(np.full(3, np.nan))] * 2)
    assert not found["works"] and found["largest_distance"] is None


def test_a_worker_that_dies_does_not_work(capfd: pytest.CaptureFixture[str]) -> None:
    found = processes.train_together("made up", [program("raise ValueError('no more')"), program(SLEEP)])
    assert not found["works"]
    assert found["reason"] == "ValueError: no more"
    assert found["largest_distance"] is found["workers_agree"] is found["step_milliseconds"] is None
    assert "Traceback" in capfd.readouterr().err


def test_the_shares_of_the_workers_are_all_rows() -> None:
    features, targets = zip(*(processes.share(rank) for rank in range(processes.WORKERS)), strict=True)
    whole = data.load(processes.SPEC)
    assert np.array_equal(np.concatenate(features), whole.train_features)
    assert np.array_equal(np.concatenate(targets), whole.train_targets)
