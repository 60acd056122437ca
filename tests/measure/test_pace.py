"""The pace of the CPUs: what slows them down is seen, and quiet is waited for."""

import os

import pytest

from fairfit.measure import pace
from fairfit.measure.pace import Pace, probe, when_quiet

QUIET, SLOW = 200e-6, 320e-6


def seen(*probes: list[float]) -> Pace:
    found = Pace()
    for paces in probes:
        found.saw(paces)
    return found


def test_the_work_is_timed_on_every_cpu_of_this_thread_and_the_thread_may_use_them_all_afterwards() -> None:
    usable = os.sched_getaffinity(0)
    paces = probe()
    assert len(paces) == len(usable)
    assert all(seconds > 0 for seconds in paces)
    assert os.sched_getaffinity(0) == usable


def test_nothing_is_known_where_a_thread_may_not_visit_the_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert probe() == []
    assert Pace().slowed([], []) == 0.0


def test_a_slow_cpu_is_seen_before_and_after_and_on_each_cpu() -> None:
    found = seen(*[[QUIET, QUIET]] * 10, *[[SLOW, SLOW]] * 30)  # slow most of the time, as on a busy host
    slowed = SLOW / (1.1 * QUIET) - 1
    assert found.slowed([QUIET, QUIET], [QUIET, QUIET]) == 0.0
    assert found.slowed([1.09 * QUIET, QUIET], [QUIET, QUIET]) == 0.0
    for paces in ([SLOW, QUIET], [QUIET, SLOW]):
        assert found.slowed(paces, [QUIET, QUIET]) == found.slowed([QUIET, QUIET], paces) == pytest.approx(slowed)


def test_cpus_of_unlike_speed_are_each_compared_with_themselves() -> None:
    found = seen(*[[QUIET, SLOW]] * 40)
    assert found.slowed([QUIET, SLOW]) == 0.0
    assert found.slowed([SLOW, SLOW]) > 0.4


def test_one_very_fast_probe_does_not_make_all_others_slow() -> None:
    assert seen([QUIET / 2], *[[QUIET]] * 39).slowed([QUIET]) == 0.0


def test_quiet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    paces = iter([[SLOW], [SLOW], [QUIET], [SLOW]])
    monkeypatch.setattr(pace, "probe", lambda: next(paces))
    found, waited = when_quiet([1.1 * QUIET], patience=60.0)
    assert found == [QUIET]
    assert 0 <= waited < 60


def test_who_has_no_patience_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    paces = iter([[SLOW], [QUIET]])
    monkeypatch.setattr(pace, "probe", lambda: next(paces))
    assert when_quiet([QUIET], patience=0.0)[0] == [SLOW]


def test_without_limits_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "probe", lambda: [SLOW])
    assert when_quiet([], patience=60.0)[0] == [SLOW]
