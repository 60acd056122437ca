"""The clock: what lies between the two readings, and what does not."""

import threading
import time

import pytest

from fairfit.frameworks.clock import timed
from fairfit.measure.clock import SelfTest, cost, self_test


def test_the_fence_closes_before_and_after_the_work() -> None:
    calls: list[str] = []
    timed(lambda: calls.append("work"), lambda: calls.append("fence"))
    assert calls == ["fence", "work", "fence"]


def test_both_readings_lie_between_fence_and_work(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def reading(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    monkeypatch.setattr("fairfit.frameworks.clock.perf_counter", lambda: reading("clock"))
    monkeypatch.setattr("fairfit.frameworks.clock.process_time", lambda: reading("cpu clock"))
    timed(lambda: calls.append("work"), lambda: calls.append("fence"))
    assert calls == ["fence", "cpu clock", "clock", "work", "fence", "clock", "cpu clock"]


def test_work_left_over_from_before_is_not_counted() -> None:
    left_over = [0.2]
    elapsed = timed(lambda: None, lambda: time.sleep(left_over.pop() if left_over else 0))
    assert elapsed.seconds < 0.1


def test_work_that_the_fence_waits_for_is_counted() -> None:
    unfinished: list[float] = []
    elapsed = timed(lambda: unfinished.append(0.05), lambda: time.sleep(unfinished.pop() if unfinished else 0))
    assert elapsed.seconds >= 0.05


def test_waiting_is_wall_time_and_no_cpu_time() -> None:
    elapsed = timed(lambda: time.sleep(0.1), lambda: None)
    assert elapsed.seconds >= 0.1
    assert elapsed.cpu_seconds < 0.05


def spin(cpu_seconds: float) -> None:
    end = time.thread_time() + cpu_seconds
    while time.thread_time() < end:
        pass


def test_cpu_time_is_that_of_all_threads() -> None:
    threads = [threading.Thread(target=spin, args=(0.05,)) for _ in range(2)]

    def start() -> None:
        for thread in threads:
            thread.start()

    def join() -> None:
        for thread in threads:
            if thread.ident is not None:  # the fence before the work finds none to wait for
                thread.join()

    elapsed = timed(start, join)
    assert elapsed.cpu_seconds >= 0.1


def test_an_error_in_the_work_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        timed(lambda: 1 / 0, lambda: None)


# -- does the fence hold?


class Device:
    """A device that does its work when it is waited for; the clock is the time that it worked or was read, in seconds."""

    def __init__(self, *, work: float, fence_holds: float, reading: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.queued = 100.0, 0.0
        self.work_seconds, self.fence_holds, self.reading = work, fence_holds, reading
        monkeypatch.setattr("fairfit.measure.clock.perf_counter", lambda: self.now)

    def work(self) -> None:
        self.queued += self.work_seconds

    def fence(self) -> None:
        self.now += self.fence_holds * self.queued
        self.queued *= 1 - self.fence_holds

    def read(self) -> None:
        self.now += self.queued + self.reading
        self.queued = 0.0


@pytest.mark.parametrize(
    ("fence_holds", "verdict"),
    [(1.0, True), (0.0, False), (0.8, False), (0.95, True)],  # a tenth of the work is what one reading may be off by
)
def test_a_fence_holds_where_nothing_is_left_to_do_behind_it(
    fence_holds: float, verdict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(work=0.5, fence_holds=fence_holds, reading=0.2, monkeypatch=monkeypatch)
    test = self_test(device.work, device.fence, device.read)
    assert test.holds is verdict
    assert test.left_over == pytest.approx((1 - fence_holds) * 0.5)


def test_a_slow_reading_is_not_taken_for_work_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(work=0.01, fence_holds=1.0, reading=5.0, monkeypatch=monkeypatch)
    assert self_test(device.work, device.fence, device.read).holds


def test_work_from_before_is_not_taken_for_work_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(work=0.01, fence_holds=1.0, reading=0.0, monkeypatch=monkeypatch)
    device.queued = 5.0
    assert self_test(device.work, device.fence, device.read).fenced == pytest.approx(0.01)


def test_a_millisecond_is_within_the_scatter_of_one_reading() -> None:
    assert SelfTest(unfenced=0.0, fenced=0.0001, left_over=0.0009).holds
    assert not SelfTest(unfenced=0.0, fenced=0.0001, left_over=0.0011).holds


def test_the_cost_of_the_clock_holds_that_of_the_fence() -> None:
    assert cost(lambda: None) < 0.001
    assert cost(lambda: time.sleep(0.001)) >= 0.001
