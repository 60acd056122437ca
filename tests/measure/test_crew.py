"""Workers side by side: as many as there are lanes, each reply with its own limit, and no process left whatever happens."""

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fairfit.measure import crew
from fairfit.measure.crew import Errand
from fairfit.measure.process import TimeLimit, Worker, WorkerFailed
from fairfit.measure.protocol import Ready, Reply, Request, Take
from fairfit.progress import Silent
from tests.workbench import PATIENCE, lay_out, runs, tiny, worker_environment, workers_alive


class Steps(Silent):
    """Calls something whenever a piece of work is done, and counts them."""

    def __init__(self, at_step: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.at_step, self.count = at_step, 0

    def step(self) -> None:
        self.count += 1
        self.at_step()


class Samples(Errand):
    """Waits until its worker is ready and takes so many samples; `began` and `ended` are by the clock of this process."""

    def __init__(self, folder: Path, notes: Path, style: str = "right", samples: int = 1, time_limit: float = PATIENCE) -> None:
        self.folder, self.notes, self.style, self.samples, self.time_limit = folder, notes, style, samples, time_limit
        self.lane: list[int] = []
        self.replies: list[Reply] = []
        self.failure: WorkerFailed | None = None
        self.worker: Worker | None = None
        self.began = self.ended = 0.0

    def start(self, cpus: list[int]) -> Worker | None:
        self.began, self.lane = time.monotonic(), cpus
        if self.style == "nothing to do":
            return None
        job = lay_out(self.style, tiny(), self.folder.parent / "data")
        self.worker = Worker(job, worker_environment(self.notes), self.folder, self.time_limit)
        return self.worker

    def heard(self, reply: Reply) -> Request | None:
        self.replies.append(reply)
        self.ended = time.monotonic()
        return Take(epochs=1) if len(self.replies) <= self.samples else None

    def failed(self, failure: WorkerFailed) -> None:
        self.failure, self.ended = failure, time.monotonic()


@pytest.fixture
def errand(fakes: Path, tmp_path: Path) -> Callable[..., Samples]:
    numbers = iter(range(100))
    return lambda *arguments, **more: Samples(tmp_path / str(next(numbers)), fakes, *arguments, **more)


def test_each_is_asked_until_it_has_no_more_to_ask(errand: Callable[..., Samples]) -> None:
    errands, progress = [errand(samples=number) for number in (0, 2, 1)], Steps()
    crew.carry_out(errands, [[0], [0]], progress)
    assert [len(item.replies) for item in errands] == [1, 3, 2]
    assert all(isinstance(item.replies[0], Ready) and item.failure is None for item in errands)
    assert progress.count == 3
    assert workers_alive() == []


def test_no_two_have_a_lane_at_the_same_time(errand: Callable[..., Samples]) -> None:
    errands = [errand() for _ in range(4)]
    crew.carry_out(errands, [[0], [1]], Steps())
    for lane in ([0], [1]):
        turns = sorted((item.began, item.ended) for item in errands if item.lane == lane)
        assert turns and all(before[1] <= after[0] for before, after in itertools.pairwise(turns))


def test_one_that_hangs_meets_its_limit_while_the_others_go_on(errand: Callable[..., Samples]) -> None:
    hangs, goes_on = errand("sleeps", time_limit=3.0), errand(samples=3)
    crew.carry_out([hangs, goes_on], [[0], [0]], Steps())
    assert isinstance(hangs.failure, TimeLimit) and "within 3 s" in str(hangs.failure)
    assert len(goes_on.replies) == 4 and goes_on.failure is None


def test_the_limit_is_that_of_each_reply(errand: Callable[..., Samples]) -> None:
    """Ninety replies take longer together than one may take."""
    item = errand("asynchronous", samples=90, time_limit=4.0)
    crew.carry_out([item], [[0]], Steps())
    assert item.failure is None and len(item.replies) == 91
    assert item.ended - item.began > 4.0


def test_one_that_dies_gives_its_lane_to_the_next(errand: Callable[..., Samples]) -> None:
    dies, comes_next = errand("forks"), errand()  # a child that it leaves holds its pipe
    crew.carry_out([dies, comes_next], [[0]], Steps())
    assert "signal 6" in str(dies.failure)
    assert comes_next.replies
    assert workers_alive() == []


def test_where_nothing_is_to_be_done_the_next_has_its_turn(errand: Callable[..., Samples]) -> None:
    nothing, something, progress = errand("nothing to do"), errand(), Steps()
    crew.carry_out([nothing, something], [[0]], progress)
    assert not nothing.replies and something.replies
    assert progress.count == 2


def test_a_worker_that_is_kept_lives_on(errand: Callable[..., Samples]) -> None:
    kept, other = errand(), errand()
    kept.keep = True
    crew.carry_out([kept, other], [[0]], Steps())
    assert kept.worker is not None and other.worker is not None
    assert runs(kept.worker.process.pid) and not runs(other.worker.process.pid)
    kept.worker.close()


def test_an_interrupt_ends_those_at_work(errand: Callable[..., Samples]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crew.carry_out([errand(), errand("sleeps"), errand("sleeps")], [[0], [0], [0]], Steps(interrupt))
    assert workers_alive() == []


def test_the_time_at_work_is_told(errand: Callable[..., Samples]) -> None:
    item = errand("asynchronous", samples=3)
    worked = crew.carry_out([item], [[0]], Steps())
    assert 3 * 0.05 < worked <= item.ended - item.began + 0.5
