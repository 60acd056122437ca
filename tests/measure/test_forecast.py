"""What a run will take: forecast before, corrected on the way, held to the budget."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from fairfit.measure import cpus
from fairfit.measure.forecast import Forecast, told
from fairfit.measure.options import Options
from fairfit.progress import span
from fairfit.records import Cell

OPTIONS = Options(least_generations=3)
NUMPY = Cell("digits", "numpy", "numpy", "cpu", "1", "resident")
KERAS = Cell("digits", "tensorflow", "keras", "cpu", "1", "resident")


def forecast(options: Options = OPTIONS, *, epochs: int = 10, steps: int = 20) -> Forecast:
    training = SimpleNamespace(epochs=epochs)
    task: Any = SimpleNamespace(
        exercise=SimpleNamespace(steps=steps, spec=SimpleNamespace(training=training), data=SimpleNamespace(rows=1000)),
        epoch_seconds=0.01,
    )
    return Forecast({"digits": task}, [[NUMPY, KERAS], [dataclasses.replace(KERAS, threads="4")]], options)


@pytest.fixture(autouse=True)
def four_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "available", lambda: [0, 1, 2, 3])


def test_more_cells_epochs_steps_and_generations_take_longer() -> None:
    least = forecast().least([KERAS])
    assert forecast().least([NUMPY]) < least < forecast().least([KERAS, NUMPY])
    assert forecast(epochs=100).least([KERAS]) > least
    assert forecast(steps=200).least([KERAS]) > least
    assert forecast().least([KERAS], done=1) < least
    assert forecast().least([KERAS], done=3) == 0.0


def test_a_loader_takes_longer_and_starting_side_by_side_less() -> None:
    least = forecast().least([KERAS])
    assert forecast().least([dataclasses.replace(KERAS, input="loader")]) > least
    assert forecast().least([dataclasses.replace(KERAS, threads="4")]) > 2 * least


def test_what_is_only_proven_is_started_once_and_not_timed() -> None:
    alone = forecast(dataclasses.replace(OPTIONS, timing=False))
    assert alone.least([KERAS]) == alone.generation([KERAS], 0) < forecast().generation([KERAS], 0)


def test_a_second_number_of_threads_is_proven_over_one_epoch() -> None:
    first, second = [KERAS], [dataclasses.replace(KERAS, threads="4")]
    assert forecast().generation(first, 0) > forecast().generation(first, 1)
    assert forecast().generation(second, 0) == forecast().generation(second, 1)


def test_nothing_takes_no_time() -> None:
    assert forecast().least([]) == 0.0


def test_a_machine_half_as_fast_is_known_after_one_generation() -> None:
    found = forecast()
    usual, inspecting = found.least([KERAS]), found.inspections(3)
    starting = forecast(dataclasses.replace(OPTIONS, timing=False)).generation([KERAS], 0)
    found.started([KERAS], 0, 2 * starting)
    assert found.least([KERAS]) == pytest.approx(2 * usual)
    assert found.inspections(3) == pytest.approx(2 * inspecting)


def test_the_least_is_told_beside_the_budget() -> None:
    assert str(told(20, 61.0, 0.0)) == "20 cells: about 60 s"
    assert str(told(20, 100.0, 300.0)) == "20 cells: at least about 2 min; the budget is 5 min"
    too_much = str(told(1, 600.0, 300.0))
    assert too_much == "1 cell: at least about 10 min; no more is done, as the budget is 5 min"


@pytest.mark.parametrize(
    ("seconds", "text", "zh"),
    [(0.1, "5 s", "5 秒"), (62, "60 s", "60 秒"), (95, "2 min", "2 分钟"), (5300, "88 min", "88 分钟"), (7810, "2 h 10 min", "2 小时 10 分钟")],
)  # fmt: skip
def test_spans_are_as_exact_as_a_forecast(seconds: float, text: str, zh: str) -> None:
    assert (span(seconds), span(seconds, zh=True)) == (text, zh)
