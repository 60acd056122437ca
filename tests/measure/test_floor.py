"""The floor refuses what cannot be, and nobody for a slow moment or a slow kernel in which it was measured."""

import sys
from pathlib import Path

import pytest

from fairfit.measure import cpus, environment
from fairfit.measure.floor import Floor
from fairfit.models import exercise
from fairfit.records import FloorRecord
from tests.measure.whole_runs import Recorder
from tests.workbench import tiny, workers_alive

NEVER = 1e-12  # seconds; no epoch is that short


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Floor:
    for name in environment.MACHINE:
        monkeypatch.delenv(name, raising=False)
    exercise.lay_out(tiny(), tmp_path / "exercise")
    return Floor(tmp_path / "exercise", "1", cpus.available()[:1], tmp_path / "floor", 60, Recorder())


def test_what_is_slower_than_the_floor_is_not_measured_against_again(floor: Floor) -> None:
    floor.found = FloorRecord(seconds=1.0, times=1)
    assert floor.refuses(1.0, []) is None
    assert floor.found.times == 1


def test_a_floor_found_in_a_slow_moment_refuses_nobody(floor: Floor) -> None:
    floor.found = FloorRecord(seconds=1e9, times=1)
    assert floor.refuses(1.0, []) is None
    assert floor.found.seconds < 1.0 and floor.found.times == 2


def test_what_cannot_be_is_refused_and_both_sides_are_told(floor: Floor) -> None:
    floor.measure()
    reason = floor.refuses(NEVER, ["Some BLAS"])
    assert reason is not None and "impossible" in reason.en and "不可能" in reason.zh
    assert "Some BLAS" in reason.en and (sys.platform != "linux" or floor.found.blas[0] in reason.en)
    assert floor.found.times == 2 and workers_alive() == []


def test_a_slower_moment_does_not_raise_the_floor(floor: Floor) -> None:
    floor.found = FloorRecord(seconds=NEVER, times=1)
    floor.measure()
    assert floor.found.seconds == NEVER


def test_the_kernel_that_the_user_chose_is_not_the_last_word(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who computes with another library than NumPy's is not bound to the kernel that was chosen for NumPy's."""
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    floor.found = FloorRecord(seconds=1e9, times=1)
    floor.refuses(NEVER, [])
    assert floor.found.times == 3  # as the user has it, and without


def test_the_floor_is_measured_as_the_user_has_it(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    floor.measure()
    if not any("OpenBLAS" in name for name in floor.found.blas):
        pytest.skip("NumPy computes with another library here")
    assert any(name.endswith("Haswell") for name in floor.found.blas)


def test_where_no_floor_can_be_measured_nobody_is_refused(floor: Floor, tmp_path: Path) -> None:
    floor.exercise = tmp_path / "nowhere"
    floor.measure()
    assert floor.refuses(NEVER, []) is None
    assert isinstance(floor.progress, Recorder) and "the floor could not be measured" in floor.progress.notes[0]
