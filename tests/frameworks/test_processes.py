"""Processes that are started and ended together: nothing is left running, however it ends."""

import signal
import subprocess
import sys
import time
import uuid

import pytest

from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.processes import ProcessFailed, Program
from tests.frameworks.inspected import MARK
from tests.frameworks.made_up_workers import PATIENCE, SLEEP, WRITE, comes_true, program, running, writing


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
        "from fairfit.frameworks.distributed.processes import Program, run\n"
        f"run([Program(('-c', {SLEEP!r}))] * 2, [Program(('-c', {SLEEP!r}))], seconds=600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as starter:
        assert comes_true(lambda: len(running(mark)) == 5)  # the starter, the leader of the group, and three that sleep
        starter.send_signal(how)
    assert starter.returncode != 0
    assert comes_true(lambda: running(mark) == [])


def test_free_ports_differ() -> None:
    assert len(set(processes.free_ports(10))) == 10
