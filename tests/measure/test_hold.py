"""Which CPUs a run takes, whom it waits for, and what it says; locks are held by real processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import fairfit
from fairfit.measure import cgroups, cpus, disturbance, hold, locks, plan
from fairfit.measure.hold import Hold
from fairfit.measure.locks import Held
from fairfit.measure.plan import Plan, Selection
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.runfiles import RunFolder
from tests.measure.whole_runs import Recorder
from tests.workbench import tiny

TWO = pytest.mark.skipif(len(cpus.available()) < 2, reason="this machine has one CPU")
FIRST, LAST = cpus.available()[0], cpus.available()[-1]
HOLDS = "from fairfit.measure import locks; lock = locks.take(CPU); lock.say('42, results/other'); print(flush=True); input()"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Locks of one test."""
    made = tmp_path / "locks"
    made.mkdir()
    monkeypatch.setenv(locks.FOLDER, str(made))
    monkeypatch.setattr(hold, "PAUSE", 0.05)
    return made


@contextmanager
def another_holds(cpu: int) -> Iterator[subprocess.Popen[bytes]]:
    program = [sys.executable, "-c", HOLDS.replace("CPU", str(cpu))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other
        other.kill()


class Told(Recorder):
    """Sets an event at the first stage."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = threading.Event()

    def stage(self, text: Text | str, steps: int) -> None:
        self.notes.append(str(text))
        self.waits.set()


def planned(*threads: str) -> Plan:
    return plan.make([tiny()], Selection(frameworks=["numpy"], threads=threads))


def take(*threads: str, lock: bool = True, progress: Recorder | None = None) -> Hold:
    return hold.take(planned(*threads), lock=lock, folder=Path("results/mine"), progress=progress or Recorder())


# -- locks


def test_a_lock_ends_with_its_process_however_that_ends() -> None:
    with another_holds(FIRST) as other:
        with pytest.raises(Held, match="42, results/other"):
            locks.take(FIRST)
        other.send_signal(signal.SIGKILL)
        other.wait()
        locks.take(FIRST).release()


def test_a_lock_that_cannot_be_made_stops_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(locks.FOLDER, str(folder / "missing"))
    lock = locks.take(FIRST)
    lock.say("me")
    lock.release()
    with take("1") as held:
        assert len(held.of("1")) == 1


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("content")
    (folder / f"fairfit-cpu-{FIRST}.lock").symlink_to(tmp_path / "precious")
    locks.take(FIRST).say("overwritten")
    assert (tmp_path / "precious").read_text() == "content"


def test_a_lock_of_another_user_that_may_be_read_alone_is_held_all_the_same(folder: Path) -> None:
    (folder / f"fairfit-cpu-{FIRST}.lock").touch(mode=0o444)
    lock = locks.take(FIRST)
    with pytest.raises(Held):
        locks.take(FIRST)
    lock.release()


def test_what_a_holder_says_is_no_command_for_the_terminal() -> None:
    lock = locks.take(FIRST)
    lock.say("1, \x1b[2Jnice\n\r" + "x" * 1000)
    with pytest.raises(Held) as raised:
        locks.take(FIRST)
    assert str(raised.value).startswith("1, [2Jnicexxx") and len(str(raised.value)) <= locks.LONGEST
    lock.release()


def test_every_user_may_write_to_a_new_lock(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        locks.take(FIRST).release()
    finally:
        os.umask(before)
    assert (folder / f"fairfit-cpu-{FIRST}.lock").stat().st_mode & 0o777 == 0o666


# -- which


def test_idle_cpus_come_first_then_those_whose_core_is_idle_then_the_lowest() -> None:
    cores = {0: [0, 4], 1: [1, 5], 2: [2, 6], 3: [3, 7], 4: [0, 4], 5: [1, 5], 6: [2, 6], 7: [3, 7]}
    assert cpus.preferred(range(8), {}, cores) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert cpus.preferred(range(8), {0: 0.9}, cores) == [1, 2, 3, 5, 6, 7, 4, 0]
    assert cpus.preferred(range(8), {0: 0.09, 1: 0.04}, cores) == list(range(8))  # nearly idle is idle
    assert cpus.preferred([4, 5, 6], {4: 0.5, 5: 0.7, 6: 0.6}, cores) == [4, 6, 5]
    assert cpus.preferred([5, 1], {}, {}) == [1, 5]


def test_linux_writes_lists_of_cpus_so() -> None:
    assert cpus.numbers("0\n") == [0]
    assert cpus.numbers("0-2,8,10-11\n") == [0, 1, 2, 8, 10, 11]


def test_how_busy_a_cpu_is_leaves_out_what_it_idled(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([{0: [10, 0, 0, 50, 0, 0, 0, 0, 0, 0], 1: [0] * 10}, {0: [15, 0, 0, 60, 5, 0, 0, 0, 9, 9], 1: [0] * 10}])
    monkeypatch.setattr(disturbance, "ticks_of_cpus", lambda: next(looks))
    assert cpus.busy(0.0) == {0: pytest.approx(0.25), 1: 0.0}


@TWO
def test_the_idle_cpu_is_chosen_and_the_busy_one_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "busy", lambda seconds: {FIRST: 0.98})
    progress = Recorder()
    with take("1", progress=progress) as held:
        assert held.of("1") == [cpus.available()[1]]
        assert held.busy == {FIRST: 0.98}
    (told,) = progress.notes
    assert told == f"busy with other programs: CPU {FIRST} (98%); measuring on CPU {cpus.available()[1]}"


def test_a_busy_cpu_that_must_be_used_is_told_with_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "busy", lambda seconds: dict.fromkeys(cpus.available(), 0.5))
    progress = Recorder()
    with take("shipped", progress=progress) as held:
        assert held.of("shipped") == cpus.available()
    assert "disturbed samples are taken again" in progress.notes[0]


def test_a_quiet_machine_gets_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "busy", lambda seconds: dict.fromkeys(cpus.available(), 0.05))
    progress = Recorder()
    with take("1", progress=progress):
        assert progress.notes == []


def test_a_quota_below_what_is_measured_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "busy", lambda seconds: {})
    monkeypatch.setattr(cgroups, "quota", lambda: 0.5)
    progress = Recorder()
    with take("1", progress=progress):
        assert "a quota allows the time of 0.5 CPUs" in progress.notes[0]


@TWO
def test_without_permission_to_choose_cpus_all_can_be_measured_and_fewer_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(task: int, chosen: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", refused)
    with pytest.raises(UserError, match=r"refuses to keep a process on chosen CPUs.*--threads shipped"):
        take("1")
    with take("shipped") as held, held.lanes(1) as lanes:
        assert lanes == [cpus.available()]
    cpus.confine(cpus.available())  # there already: nothing is asked for


# -- against others


@TWO
def test_a_cpu_that_nobody_holds_is_taken_first() -> None:
    with another_holds(FIRST), take("1") as held:
        assert held.of("1") == [cpus.available()[1]]


@TWO
def test_cpus_are_borrowed_while_nothing_is_timed_and_given_back() -> None:
    with take("1") as held:
        (mine,) = held.of("1")
        with held.lanes(1) as lanes:
            assert lanes == [[cpu] for cpu in cpus.available()]
            with pytest.raises(Held, match=f"{os.getpid()}, .*results/mine"):
                locks.take(next(cpu for cpu in cpus.available() if cpu != mine))
        with another_holds(next(cpu for cpu in cpus.available() if cpu != mine)), held.lanes(1) as lanes:
            assert [mine] in lanes and len(lanes) == len(cpus.available()) - 1


def test_where_none_is_free_it_waits_and_says_for_whom() -> None:
    progress, ended = Told(), []

    def measure() -> None:
        with take("shipped", progress=progress) as held:
            ended.append(held.of("shipped"))

    with another_holds(LAST) as other:
        waiting = threading.Thread(target=measure)
        waiting.start()
        assert progress.waits.wait(60)
        assert not ended
        other.kill()
        waiting.join()
    assert ended == [cpus.available()]
    assert f"CPU {LAST} by process 42, results/other" in progress.notes[0] and "--no-lock" in progress.notes[0]


def test_without_locks_nobody_is_asked() -> None:
    with another_holds(FIRST), take("1", lock=False) as held:
        assert sorted(held.order) == cpus.available()


@TWO
def test_a_run_beside_another_measures_on_another_cpu(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fairfit", "run", "article-linear", "--quick", "--frameworks", "numpy", "--out"]
    with another_holds(FIRST):
        subprocess.run([*command, str(tmp_path / "run")], check=True, capture_output=True, timeout=120)
    (used,) = RunFolder(tmp_path / "run").read().cpus.values()
    assert len(used) == 1 and FIRST not in used


def test_a_run_records_where_it_was_and_how_busy_that_was(tmp_path: Path) -> None:
    fairfit.run("article-linear", frameworks="numpy", quick=True, no_lock=True, out=tmp_path / "run")
    made = RunFolder(tmp_path / "run").read()
    (used,) = made.cpus.values()
    assert len(used) == 1 and used[0] in cpus.available()
    assert {int(cpu) for cpu in made.busy} >= set(cpus.available())
