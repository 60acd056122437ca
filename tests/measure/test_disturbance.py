"""What disturbs a sample: own waiting is told from that for others, in processes that wait for each other for real."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.frameworks.clock import Elapsed, timed
from fairfit.measure import cgroups, disturbance
from fairfit.measure.disturbance import TICK, Disturbance, for_others, watched

LINUX = Path("/proc/self/schedstat").exists()
pytestmark = pytest.mark.skipif(not LINUX, reason="only Linux tells how long a thread waited")
LOOP = "import os; os.sched_setaffinity(0, {CPU}); print(flush=True)\nwhile True: pass"


@pytest.fixture
def one_cpu() -> Iterator[int]:
    """Keep this process on one CPU for a test; returns its number."""
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usable)})
    yield max(usable)
    os.sched_setaffinity(0, usable)


@pytest.fixture
def beside_a_busy_loop(one_cpu: int) -> Iterator[None]:
    program = [sys.executable, "-c", LOOP.replace("CPU", str(one_cpu))]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        yield
        busy.kill()


def work(seconds: float = 0.1) -> None:
    """Use so much CPU time of this thread, without the lock of Python: two threads of it want two CPUs."""
    end, content = time.thread_time() + seconds, bytes(1_000_000)
    while time.thread_time() < end:
        hashlib.sha256(content)


def nothing() -> None:
    pass


def test_waiting_for_others_is_seen(beside_a_busy_loop: None) -> None:
    elapsed, found = watched(lambda: timed(work, nothing))
    assert 0.02 < found.foreign <= elapsed.seconds - elapsed.cpu_seconds


def test_threads_that_wait_for_each_other_are_not_disturbed_by_others(one_cpu: int) -> None:
    """Whatever else runs here: what their own CPU time explains is not blamed on others."""
    other = threading.Thread(target=work, args=[1.0])
    other.start()
    elapsed, found = watched(lambda: timed(work, nothing))
    other.join()
    assert found.waited > 0.02  # the two had one CPU in turns
    assert found.foreign <= max(0.0, elapsed.seconds - elapsed.cpu_seconds)
    assert found.foreign < found.waited - 0.02


def test_a_thread_that_ends_does_not_take_its_waiting_along(beside_a_busy_loop: None) -> None:
    other = threading.Thread(target=work, args=[0.1])
    other.start()
    _, found = watched(lambda: timed(other.join, nothing))
    assert found.foreign > 0.01


def test_what_idled_is_no_work_for_others() -> None:
    assert for_others(Elapsed(1.0, 1.0), 1, idled=0.0) == 0.0
    assert for_others(Elapsed(1.0, 0.4), 1, idled=0.6) == 0.0
    assert for_others(Elapsed(1.0, 0.5), 1, idled=0.0) == 0.5
    assert for_others(Elapsed(1.0, 1.2), 2, idled=0.3) == pytest.approx(0.5 - TICK)
    assert for_others(Elapsed(1.0, 1.9), 2, idled=TICK) == pytest.approx(0.1 - 2 * TICK)


def test_where_nothing_is_told_nothing_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbance, "_waits", dict)
    monkeypatch.setattr(disturbance, "ticks_of_cpus", dict)
    monkeypatch.setattr(cgroups, "_levels", list)
    _, found = watched(lambda: Elapsed(1.0, 0.5))
    assert found == Disturbance()


def test_the_cpus_used_are_looked_at_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = {0: [1, 2, 3, 400, 50, 6, 7, 80, 9, 10], 1: [1, 2, 3, 4000, 500, 6, 7, 800, 9, 10]}
    monkeypatch.setattr(disturbance, "ticks_of_cpus", lambda: ticks)
    assert disturbance.of_cpus({0}) == (450 * TICK, 80 * TICK)
    assert disturbance.of_cpus({0, 1}) == (4950 * TICK, 880 * TICK)


# -- control groups


def level(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content + "\n")
    return path


def test_the_least_quota_of_all_levels_counts(tmp_path: Path) -> None:
    inner, outer = level(tmp_path / "in", cpu__max="150000 100000"), level(tmp_path / "out", cpu__max="300000 100000")
    free = level(tmp_path / "free", cpu__max="max 100000")
    old = level(tmp_path / "old", cpu__cfs_quota_us="50000", cpu__cfs_period_us="100000")
    old_free = level(tmp_path / "old-free", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    assert cgroups.quota([outer, inner, free]) == 1.5
    assert cgroups.quota([old, outer]) == 0.5
    assert cgroups.quota([free, old_free, tmp_path / "missing"]) is None


def test_what_a_quota_stopped_is_counted_on_every_level(tmp_path: Path) -> None:
    new = level(tmp_path / "new", cpu__stat="usage_usec 5\nnr_throttled 3\nthrottled_usec 1500000")
    old = level(tmp_path / "old", cpu__stat="nr_periods 9\nnr_throttled 3\nthrottled_time 250000000")
    assert cgroups.throttled_seconds([new, old, tmp_path / "missing"]) == pytest.approx(1.75)


def test_levels_go_up_to_what_a_container_sees() -> None:
    mounted = Path("/sys/fs/cgroup")
    assert cgroups._upwards(mounted, "/", "/a/b") == [mounted / "a/b", mounted / "a", mounted]
    assert cgroups._upwards(mounted, "/docker/x", "/docker/x/job") == [mounted / "job", mounted]
    assert cgroups._upwards(mounted, "/docker/x", "/elsewhere") == [mounted]
