"""A worker as the harness sees it: every way to end is told apart, and nothing is left behind."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fairfit.measure.process import LOG_LINES, Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.protocol import Confine, Done, Finish, Finished, Prove, Proven, Ready, Take, Taken
from tests.workbench import PATIENCE, comes_true, lay_out, noted, runs, tiny, worker_environment

Start = Callable[..., Worker]
ALL_CPUS = sorted(os.sched_getaffinity(0))


@pytest.fixture
def start(fakes: Path, tmp_path: Path) -> Iterator[Start]:
    """Start workers of the fakes; whatever a test leaves alive is ended after it."""
    workers: list[Worker] = []

    def start_one(style: str, **training: Any) -> Worker:
        job = lay_out(style, tiny(**training), tmp_path / "data")
        workers.append(Worker(job, worker_environment(fakes), tmp_path / f"worker{len(workers)}", PATIENCE))
        return workers[-1]

    yield start_one
    for worker in workers:
        worker.end()


def prove(worker: Worker, epochs: int = 1, seconds: float = PATIENCE) -> Proven:
    """Wait until the worker is ready and let it prove, in so many seconds; where it is told to write does not matter."""
    worker.reply(Ready)
    worker.time_limit = seconds
    worker.ask(Prove(epochs, str(worker.log_path.with_name("proof.npz"))))
    return worker.reply(Proven)


def failure(worker: Worker, seconds: float = PATIENCE) -> WorkerFailed:
    """How the worker fails at its proof."""
    with pytest.raises(WorkerFailed) as caught:
        prove(worker, seconds=seconds)
    return caught.value


def test_replies_come_in_the_order_of_the_requests(start: Start) -> None:
    worker = start("right")
    worker.reply(Ready)
    worker.ask(Take(epochs=1))
    worker.ask(Confine(ALL_CPUS))
    worker.ask(Finish())
    assert worker.reply(Taken).seconds > 0
    assert worker.reply(Done) == Done()
    assert worker.reply(Finished).peak_rss_bytes > 0


def test_a_reply_of_another_kind_than_was_expected_is_a_failure(start: Start) -> None:
    worker = start("right")
    with pytest.raises(WorkerFailed, match="Ready instead of Finished"):
        worker.reply(Finished)


def test_noise_of_the_framework_goes_to_the_log_and_never_into_a_reply(start: Start) -> None:
    worker = start("prints")
    assert len(prove(worker).epoch_seconds) == 1
    log = worker.log_path.read_text()
    assert "noise 99" in log and "warning 99" in log


def test_a_reply_longer_than_a_pipe_holds_arrives_whole(start: Start) -> None:
    assert len(prove(start("right", epochs=5000), epochs=5000).epoch_seconds) == 5000


def test_an_unavailable_style_is_told_apart_from_a_failure(start: Start) -> None:
    with pytest.raises(WorkerUnavailable, match="fake has no compiler here") as caught:
        start("not_here").reply(Ready)
    assert caught.value.what == "style"


def test_an_exception_is_told_by_its_type_and_first_line(start: Start) -> None:
    assert str(failure(start("raises"))) == "ValueError: no epoch today"


def test_an_exception_leaves_its_traceback_in_the_log(start: Start) -> None:
    log = failure(start("raises")).log
    assert any("in train_epoch" in line for line in log) and "and a second line" in log


@pytest.mark.parametrize(
    ("style", "reason"),
    [("aborts", "signal 6 (SIGABRT)"), ("kills_itself", "signal 9 (SIGKILL)"), ("exits", "exit status 3")],
)
def test_a_worker_that_dies_is_told_by_how_it_died(start: Start, style: str, reason: str) -> None:
    assert reason in str(failure(start(style)))


def test_a_crash_is_noticed_though_a_child_holds_the_pipe(start: Start) -> None:
    assert "signal 6 (SIGABRT)" in str(failure(start("forks"), seconds=5))


def test_the_last_words_of_a_crash_are_kept(start: Start) -> None:
    assert failure(start("aborts")).log[-1] == "last words"


def test_only_the_last_lines_of_a_long_log_are_kept(start: Start) -> None:
    worker = start("prints")
    prove(worker)
    assert len(worker.log_tail()) == LOG_LINES


def test_a_worker_that_hangs_meets_the_time_limit(start: Start) -> None:
    began = time.monotonic()
    reason = str(failure(start("sleeps"), seconds=0.3))
    assert "time limit" in reason and "0.3 s" in reason
    assert time.monotonic() - began < 20  # it sleeps for 30 s


def test_a_worker_that_hangs_is_ended(start: Start) -> None:
    worker = start("sleeps")
    failure(worker, seconds=0.3)
    assert not runs(worker.process.pid)


def test_end_takes_the_children_along(start: Start, fakes: Path) -> None:
    worker = start("parent")
    worker.reply(Ready)
    (child,) = (int(pid) for pid in noted(fakes, "child"))
    assert runs(child)
    worker.end()
    assert comes_true(lambda: not runs(child))


def test_end_of_an_ended_worker_does_nothing(start: Start) -> None:
    worker = start("right")
    worker.end()
    worker.end()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_close_gives_back_the_pipes(start: Start) -> None:
    before = open_files()
    worker = start("right")
    assert open_files() > before
    worker.close()
    assert open_files() == before
    worker.close()  # a second time does nothing


def test_no_worker_holds_an_end_of_another(start: Start) -> None:
    """Else the end of the harness would not be the end of both."""

    def pipes(pid: int | str) -> set[str]:
        links = (str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists())
        return {link for link in links if link.startswith("pipe:")}

    before = pipes("self")
    workers = [start("right") for _ in range(3)]
    for worker in workers:
        worker.reply(Ready)
    held = [pipes(worker.process.pid) - before for worker in workers]
    assert all(len(ends) == 3 for ends in held)
    assert len(set.union(*held)) == 9


def test_asking_a_dead_worker_tells_how_it_died(start: Start) -> None:
    worker = start("right")
    worker.reply(Ready)
    worker.end()
    worker.ask(Take(epochs=1))
    with pytest.raises(WorkerFailed, match="signal 9"):
        worker.reply(Taken)


def test_a_worker_stands_apart_from_the_terminal(start: Start) -> None:
    worker = start("right")
    worker.reply(Ready)
    assert os.getsid(worker.process.pid) == worker.process.pid != os.getsid(0)  # Ctrl-C does not reach it


def test_a_worker_sees_exactly_the_environment_it_is_given(start: Start, fakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAK", "from the parent")
    worker = start("right")
    worker.reply(Ready)
    pairs = Path(f"/proc/{worker.process.pid}/environ").read_bytes().decode().strip("\0").split("\0")
    assert dict(pair.split("=", 1) for pair in pairs) == dict(worker_environment(fakes))


def test_folders_where_the_user_stands_are_not_imported(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("models", "frameworks", "compare"):
        (tmp_path / "here" / name).mkdir(parents=True)
        (tmp_path / "here" / name / "__init__.py").write_text("raise SystemExit(17)")
    monkeypatch.chdir(tmp_path / "here")
    assert start("right").reply(Ready)


def test_two_workers_do_not_hear_each_other(start: Start) -> None:
    first, second = start("right"), start("prints")
    assert all(prove(worker).epoch_seconds for worker in (second, first))
    first.end()
    second.ask(Finish())
    assert second.reply(Finished).peak_rss_bytes > 0


def test_a_long_proof_that_goes_on_is_no_hang(start: Start) -> None:
    worker = start("plods", epochs=8)
    worker.reply(Ready)
    worker.time_limit = 4.0  # of a proof of 5.6 s
    worker.ask(Prove(8, str(worker.log_path.with_name("proof.npz"))))
    assert len(worker.reply(Proven).epoch_seconds) == 8
