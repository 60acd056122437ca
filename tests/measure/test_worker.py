"""The worker itself, spoken to over its two pipes as any harness could."""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
import pytest

from fairfit.measure.protocol import (
    CellJob,
    Confine,
    Done,
    Failed,
    Finish,
    Finished,
    Going,
    Prove,
    Proven,
    Ready,
    Reply,
    Request,
    Take,
    Taken,
    TestClock,
    Tested,
    Unavailable,
    from_line,
    to_line,
)  # fmt: skip
from fairfit.models import exercise, reference
from tests.fakes import rows
from tests.workbench import PATIENCE, lay_out, noted, tiny, worker_environment

needs_two_cpus = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one CPU there is nothing to be confined to")


Kind = TypeVar("Kind", bound=Reply)


class Conversation:
    """A worker process and the pipes to it."""

    def __init__(self, job: CellJob, environment: dict[str, str], folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "job.json").write_text(to_line(job))
        requests, self.requests = os.pipe()
        self.replies, replies = os.pipe()
        held, self.lifeline = os.pipe()
        with (folder / "log").open("wb") as log:
            arguments = [str(folder / "job.json"), str(requests), str(replies), str(held), str(time.monotonic())]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fairfit.measure.worker", *arguments],
                stdout=log, stderr=log, env=environment, pass_fds=(requests, replies, held), start_new_session=True,
            )  # fmt: skip
        for end in (requests, replies, held):
            os.close(end)

    def hear(self, kind: type[Kind]) -> Kind:
        """The next reply: one whole line, of this kind."""
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([self.replies], [], [], PATIENCE)[0], "the worker does not answer"
            piece = os.read(self.replies, 1)
            assert piece, "the worker has ended"
            line += piece
        reply = from_line(line)
        if isinstance(reply, Going):
            return self.hear(kind)
        assert isinstance(reply, kind), reply
        return reply

    def ask(self, request: Request, kind: type[Kind]) -> Kind:
        os.write(self.requests, to_line(request).encode())
        return self.hear(kind)

    def prove(self, epochs: int) -> dict[str, np.ndarray]:
        """What the worker writes down of its proof."""
        path = self.folder / "proof.npz"
        self.ask(Prove(epochs, str(path)), Proven)
        with np.load(path) as arrays:
            return dict(arrays)

    def hang_up(self) -> None:
        if self.requests >= 0:
            os.close(self.requests)
        self.requests = -1

    def let_go(self) -> None:
        """What happens when the harness ends."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
        self.lifeline = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()
        self.let_go()
        os.close(self.replies)


Talk = Callable[..., Conversation]


@pytest.fixture
def talk(fakes: Path, tmp_path: Path) -> Iterator[Talk]:
    """Begin conversations with workers of the fakes."""
    with contextlib.ExitStack() as stack:

        def begin(style: str, *, framework: str = "fake", cpus: list[int] | None = None) -> Conversation:
            job = lay_out(style, tiny(learning_rate=(0.1, 0.05)), tmp_path / "data", framework=framework, cpus=cpus)
            conversation = Conversation(job, dict(worker_environment(fakes)), tmp_path / f"conversation-{style}-{framework}")
            stack.callback(conversation.close)
            return conversation

        yield begin


# -- the protocol


def test_a_worker_says_when_it_is_ready_and_what_it_has(talk: Talk) -> None:
    ready = talk("right").hear(Ready)
    assert (ready.version, ready.settings["devices"]) == ("1.2.3", ["cpu"])


def test_replies_have_a_pipe_of_their_own(talk: Talk) -> None:
    worker = talk("prints")  # what it prints looks like replies
    worker.hear(Ready)
    assert worker.ask(Take(epochs=2), Taken).seconds > 0
    assert worker.ask(Finish(), Finished).peak_rss_bytes > 0


def test_a_proof_holds_the_parameters_after_each_epoch(talk: Talk) -> None:
    spec = tiny(learning_rate=(0.1, 0.05))
    expected = reference.trajectory(exercise.make(spec))
    worker = talk("right")
    worker.hear(Ready)
    found = worker.prove(epochs=2)
    # float32 rounds at 6e-8; seven steps add up to a few of these
    np.testing.assert_allclose(found["weights"], [here.weight for here in expected], rtol=1e-5)
    np.testing.assert_allclose(found["biases"], [here.bias for here in expected], rtol=1e-5)


def test_a_proof_holds_a_prediction_for_each_test_row(talk: Talk) -> None:
    worker = talk("right")
    worker.hear(Ready)
    assert worker.prove(epochs=1)["predicted"].shape == (5, 1)


def test_a_proof_starts_anew_whatever_was_trained_before(talk: Talk) -> None:
    worker = talk("right")
    worker.hear(Ready)
    before = worker.prove(epochs=2)
    worker.ask(Take(epochs=3), Taken)
    np.testing.assert_array_equal(worker.prove(epochs=2)["weights"], before["weights"])


@pytest.mark.parametrize(("timed", "kind"), [(Take(epochs=2), Taken), (TestClock(epochs=2), Tested)])
def test_what_is_timed_starts_anew(talk: Talk, fakes: Path, timed: Request, kind: type[Reply]) -> None:
    worker = talk("counts")
    worker.hear(Ready)
    for _ in range(2):
        worker.ask(timed, kind)
    first, second, *again = noted(fakes, "biases")
    assert [first, second] == again[:2]
    assert first != second


def test_a_sample_longer_than_training_begins_its_learning_rates_again(talk: Talk, fakes: Path) -> None:
    worker = talk("counts")
    worker.hear(Ready)
    worker.ask(Take(epochs=5), Taken)
    assert noted(fakes, "rates") == [0.1, 0.05, 0.1, 0.05, 0.1]


def test_a_sample_lasts_until_the_device_is_done(talk: Talk) -> None:
    worker = talk("asynchronous")
    worker.hear(Ready)
    assert worker.ask(Take(epochs=2), Taken).seconds >= 2 * rows.EPOCH_SECONDS


def test_without_a_fence_a_sample_misses_the_work(talk: Talk) -> None:
    """The counter-check of the test above: it is the fence that makes it pass."""
    worker = talk("unfenced")
    worker.hear(Ready)
    assert worker.ask(Take(epochs=2), Taken).seconds < rows.EPOCH_SECONDS


def test_the_clock_test_tells_a_fence_that_holds_from_one_that_does_not(talk: Talk) -> None:
    holds = {}
    for style in ("asynchronous", "waits_when_read"):
        worker = talk(style)
        worker.hear(Ready)
        holds[style] = worker.ask(TestClock(epochs=1), Tested).test.holds
    assert holds == {"asynchronous": True, "waits_when_read": False}


def test_the_costs_of_a_process_add_up_to_its_life(talk: Talk) -> None:
    worker = talk("asynchronous")
    worker.hear(Ready)
    for _ in range(2):
        worker.ask(Take(epochs=1), Taken)
    finished = worker.ask(Finish(), Finished)
    assert finished.costs["sample"] >= 2 * rows.EPOCH_SECONDS
    assert sum(finished.costs.values()) == pytest.approx(finished.wall_seconds, abs=0.05)


def test_a_slow_import_counts_as_import_and_nothing_else(talk: Talk) -> None:
    worker = talk("right", framework="slow")
    ready = worker.hear(Ready)
    assert ready.costs["import"] >= rows.SLOW_IMPORT_SECONDS > ready.costs["build"]
    assert worker.ask(Take(epochs=1), Taken).seconds < rows.SLOW_IMPORT_SECONDS


def test_a_framework_that_cannot_be_imported_is_unavailable_and_says_why(talk: Talk) -> None:
    worker = talk("right", framework="broken")
    reason = str(worker.hear(Unavailable).reason)
    assert "installed but cannot be imported" in reason and "libmissing.so.1" in reason


def test_a_framework_that_cannot_be_imported_leaves_its_traceback_in_the_log(talk: Talk) -> None:
    worker = talk("right", framework="broken")
    worker.hear(Unavailable)
    worker.process.wait(PATIENCE)
    log = (worker.folder / "log").read_text()
    assert "Traceback" in log and "broken_import.py" in log


def test_a_failure_is_a_reply_and_an_exit_status(talk: Talk) -> None:
    worker = talk("raises")
    worker.hear(Ready)
    assert worker.ask(Take(epochs=1), Failed) == Failed("ValueError: no epoch today")
    assert worker.process.wait(PATIENCE) == 1


def test_a_worker_imports_nothing_but_its_own_framework(talk: Talk) -> None:
    assert talk("right").hear(Ready).settings["imported"] == []


# -- the end


def test_a_worker_ends_when_its_pipe_closes(talk: Talk) -> None:
    worker = talk("right")
    worker.hear(Ready)
    worker.hang_up()
    assert worker.process.wait(PATIENCE) == 0


def test_a_finished_worker_ends(talk: Talk) -> None:
    worker = talk("right")
    worker.hear(Ready)
    worker.ask(Finish(), Finished)
    assert worker.process.wait(PATIENCE) == 0


# -- CPUs and memory


@needs_two_cpus
def test_confine_moves_every_thread_there_is(talk: Talk) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    worker = talk("threaded", cpus=cpus)
    worker.hear(Ready)
    threads = [thread.id for thread in psutil.Process(worker.process.pid).threads()]
    assert len(threads) > 3
    assert all(os.sched_getaffinity(thread) == set(cpus) for thread in threads)
    worker.ask(Confine(cpus[-1:]), Done)
    assert {frozenset(os.sched_getaffinity(thread)) for thread in threads} == {frozenset(cpus[-1:])}


@needs_two_cpus
def test_threads_that_start_after_confine_inherit_it(talk: Talk) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    worker = talk("asynchronous", cpus=cpus)  # its thread starts with its first epoch
    worker.hear(Ready)
    before = {thread.id for thread in psutil.Process(worker.process.pid).threads()}
    worker.ask(Confine(cpus[-1:]), Done)
    worker.ask(Take(epochs=1), Taken)
    late = {thread.id for thread in psutil.Process(worker.process.pid).threads()} - before
    assert late and all(os.sched_getaffinity(thread) == set(cpus[-1:]) for thread in late)


@needs_two_cpus
def test_a_worker_is_confined_before_its_framework_is_imported(talk: Talk) -> None:
    cpus = sorted(os.sched_getaffinity(0))
    assert talk("right", cpus=cpus[-1:]).hear(Ready).settings["cpus"] == cpus[-1:]


def test_peak_memory_is_that_of_the_worker_and_not_of_its_parent(talk: Talk) -> None:
    ballast = np.ones(40_000_000)  # 320 MB here, of which getrusage would tell there
    worker = talk("right")
    worker.hear(Ready)
    peak = worker.ask(Finish(), Finished).peak_rss_bytes
    assert 10e6 < peak < ballast.nbytes  # Python and NumPy take about 40 MB


def test_peak_memory_holds_what_the_framework_took(talk: Talk) -> None:
    worker = talk("hungry")
    worker.hear(Ready)
    assert 200e6 < worker.ask(Finish(), Finished).peak_rss_bytes < 400e6
