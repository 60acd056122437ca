"""A worker lives no longer than the harness, however busy it is, and no shorter because a thread of the harness has ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fairfit.measure.process import Worker
from fairfit.measure.protocol import CellJob, Finish, Finished, Ready, Take, Taken, to_line
from tests.workbench import PATIENCE, comes_true, lay_out, noted, runs, tiny, worker_environment


def start(job: CellJob, environment: dict[str, str], folder: Path) -> Worker:
    worker = Worker(job, environment, folder, PATIENCE)
    worker.reply(Ready)
    return worker


def lives(worker: Worker) -> bool:
    """True where it does what it is asked."""
    worker.ask(Take(epochs=1))
    worker.reply(Taken)
    worker.ask(Finish())
    return worker.reply(Finished).peak_rss_bytes > 0


@pytest.fixture
def environment(fakes: Path) -> dict[str, str]:
    return dict(worker_environment(fakes))


def test_a_worker_outlives_the_thread_that_started_it(environment: dict[str, str], tmp_path: Path) -> None:
    job, workers = lay_out("right", tiny(), tmp_path / "data"), []
    thread = threading.Thread(target=lambda: workers.append(start(job, environment, tmp_path / "worker")))
    thread.start()
    thread.join()
    assert lives(workers[0])
    workers[0].close()


def test_workers_of_a_thread_pool_outlive_it(environment: dict[str, str], tmp_path: Path) -> None:
    job = lay_out("right", tiny(), tmp_path / "data")
    with ThreadPoolExecutor(3) as pool:
        workers = list(pool.map(lambda number: start(job, environment, tmp_path / str(number)), range(3)))
    workers[0].close()  # which must not disturb the others
    assert all(lives(worker) for worker in workers[1:])
    for worker in workers:
        worker.close()


HARNESS = """
import json, sys, threading, time
from pathlib import Path
from fairfit.measure import protocol
from fairfit.measure.process import Worker

jobs, environment, folder = json.loads(sys.argv[1])

def start(number, job):
    worker = Worker(protocol.from_line(job), environment, Path(folder) / str(number), 60)
    worker.reply(protocol.Ready)
    worker.ask(protocol.Take(epochs=1))
    print(worker.process.pid, flush=True)
    keep.append(worker)

keep = []
for number, job in enumerate(jobs):
    thread = threading.Thread(target=start, args=(number, job))
    thread.start()
    thread.join()
time.sleep(60)
"""


@pytest.mark.parametrize("style", ["sleeps", "stuck"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_busy_workers_die_with_the_harness(
    fakes: Path, environment: dict[str, str], tmp_path: Path, style: str, how: signal.Signals
) -> None:
    """One that sleeps reads no pipe; one that is stuck in C lets no other thread of its process run either."""
    jobs = [to_line(lay_out(style, tiny(), tmp_path / "data"))] * 2
    arguments = json.dumps([jobs, environment, str(tmp_path / "workers")])
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as harness:
        assert harness.stdout is not None
        workers = [int(harness.stdout.readline()) for _ in jobs]
        assert comes_true(lambda: len(noted(fakes, "busy")) == 2)
        assert all(runs(pid) for pid in workers)
        harness.send_signal(how)
    assert comes_true(lambda: not any(runs(pid) for pid in workers), seconds=10)  # it would be busy for 30 s and more


def test_what_a_worker_started_dies_with_the_harness(fakes: Path, environment: dict[str, str], tmp_path: Path) -> None:
    arguments = json.dumps([[to_line(lay_out("parent", tiny(), tmp_path / "data"))], environment, str(tmp_path / "workers")])
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as harness:
        assert harness.stdout is not None
        harness.stdout.readline()
        (child,) = (int(pid) for pid in noted(fakes, "child"))
        assert runs(child)
        harness.kill()
    assert comes_true(lambda: not runs(child), seconds=10)


# -- the lifeline by itself

HOLDS = "import sys, time; from fairfit.measure import lifeline; lifeline.hold(int(sys.argv[1])); print('held', flush=True); time.sleep(30)"
WITHOUT_THE_KERNEL = "import fcntl; del fcntl.F_SETSIG; "


def hold(program: str) -> tuple[subprocess.Popen[str], int]:
    """A process that holds a lifeline, and the other end of that."""
    held, other = os.pipe()
    command = [sys.executable, "-c", program, str(held)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=(held,), start_new_session=True)
    os.close(held)
    return process, other


@pytest.mark.parametrize("program", [HOLDS, WITHOUT_THE_KERNEL + HOLDS], ids=["by the kernel", "by a thread"])
def test_the_end_of_the_lifeline_is_the_end_of_the_process(program: str) -> None:
    process, other = hold(program)
    with process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        assert process.poll() is None
        os.close(other)
        assert process.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("program", [HOLDS, WITHOUT_THE_KERNEL + HOLDS], ids=["by the kernel", "by a thread"])
def test_who_finds_the_lifeline_cut_does_not_begin(program: str) -> None:
    process, other = hold(program)
    os.close(other)
    with process:
        assert process.wait(30) in (1, -signal.SIGKILL)
        assert process.stdout is not None and process.stdout.read() == ""
