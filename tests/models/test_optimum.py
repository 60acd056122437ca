"""The optimum is the least there is, by two other algorithms and by its gradient; where there is none that is said."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from fairfit.models import exercise as exercises
from fairfit.models import optimum
from fairfit.models import spec as specs
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text
from tests.models.arrays import a_table, of_arrays
from tests.models.optima import least_squares, softmax_optimum


def found(exercise: Exercise) -> Optimum:
    best = optimum.find(exercise.spec, exercise.data)
    assert isinstance(best, Optimum), best
    return best


def why_none(exercise: Exercise) -> Text:
    best = optimum.find(exercise.spec, exercise.data)
    assert isinstance(best, Text)
    return best


def classes(rows: int = 200, outputs: int = 3, overlap: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clouds of points; with a small overlap they can be separated."""
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % outputs
    return 3 * np.eye(outputs)[labels] + overlap * generator.standard_normal((rows, outputs)), labels


# -- it is the least


@pytest.mark.parametrize("name", ["article-linear", "diabetes"])
def test_it_is_the_closed_form_of_least_squares(name: str) -> None:
    exercise = exercises.make(specs.find(name))
    best = found(exercise)
    right = optimum.objective(exercise.spec, exercise.data, least_squares(exercise.data))
    assert best.slope <= optimum.CERTIFIED
    assert best.loss == pytest.approx(right, rel=1e-12)
    assert optimum.objective(exercise.spec, exercise.data, best.parameters) == pytest.approx(best.loss, rel=1e-12)


def test_it_is_where_l_bfgs_ends() -> None:
    exercise = exercises.make(specs.find("digits"))
    best = found(exercise)
    other = optimum.objective(exercise.spec, exercise.data, softmax_optimum(exercise.data, exercise.spec.training.l2))
    assert best.slope <= optimum.CERTIFIED
    assert best.loss <= other * (1 + 1e-12) and best.loss == pytest.approx(other, rel=1e-6)
    assert optimum.objective(exercise.spec, exercise.data, best.parameters) == pytest.approx(best.loss, rel=1e-12)


@pytest.mark.parametrize("model", ["linear", "softmax"])
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_every_step_away_from_it_is_a_step_up(model: str, l2: float) -> None:
    features, targets = a_table() if model == "linear" else classes(overlap=2.0)
    exercise = of_arrays(model, features, targets, l2=l2, dtype="float64")
    best, generator = found(exercise), np.random.default_rng(0)
    for _ in range(20):
        away = Parameters(
            best.parameters.weight + 1e-3 * generator.standard_normal(best.parameters.weight.shape),
            best.parameters.bias + 1e-3 * generator.standard_normal(best.parameters.bias.shape),
        )
        assert optimum.objective(exercise.spec, exercise.data, away) > best.loss


# -- whatever the columns are like


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_units_and_offsets_do_not_matter(dtype: str) -> None:
    features, targets = a_table()
    units, offsets = np.array([1e-6, 1.0, 1e3, 1e6]), np.array([0.0, 1e3, 1e5, 0.0])
    plain = of_arrays("linear", features, targets, dtype="float64")
    odd = of_arrays("linear", features * units + offsets, targets, dtype=dtype)
    assert found(odd).loss == pytest.approx(found(plain).loss, rel=1e-4 if dtype == "float32" else 1e-8)  # rounded columns


def test_columns_that_follow_from_others_change_nothing() -> None:
    """In float32 their sum is one only up to rounding, and a right answer fits no noise with that."""
    features, targets = a_table(rows=60)
    labels = np.arange(60) % 3
    levels = np.eye(3)[labels]
    levels = (levels - levels.mean(axis=0)) / levels.std(axis=0)
    all_levels, two_levels = (np.column_stack([features, levels[:, :count]]) for count in (3, 2))
    best = found(of_arrays("linear", all_levels, targets))
    assert best.loss == pytest.approx(found(of_arrays("linear", two_levels, targets)).loss, rel=1e-6)
    assert np.abs(best.parameters.weight).max() < 100


@pytest.mark.parametrize("model", ["linear", "softmax"])
def test_a_constant_column_changes_nothing(model: str) -> None:
    features, targets = a_table() if model == "linear" else classes(overlap=2.0)
    constant = np.column_stack([features, np.full(len(features), 0.1)])
    assert found(of_arrays(model, constant, targets)).loss == pytest.approx(found(of_arrays(model, features, targets)).loss)


def test_constant_targets_have_an_optimum_of_loss_0() -> None:
    features, _ = a_table()
    best = found(of_arrays("linear", features, np.full(len(features), 7.0)))
    assert best.loss == pytest.approx(0.0, abs=1e-25) and best.parameters.bias[0] == pytest.approx(7.0)


def test_the_penalty_leaves_the_bias_free() -> None:
    features, targets = a_table()
    best = found(of_arrays("linear", features, targets + 1e4, l2=1e6, dtype="float64"))
    assert np.abs(best.parameters.weight).max() < 1e-4
    assert best.parameters.bias[0] == pytest.approx(np.mean(targets) + 1e4, rel=1e-6)


# -- where there is none


def test_classes_that_can_be_separated_have_none_without_a_penalty() -> None:
    features, labels = classes(overlap=0.1)
    assert "the classes can be separated" in why_none(of_arrays("softmax", features, labels)).en
    assert found(of_arrays("softmax", features, labels, l2=1e-3)).slope <= optimum.CERTIFIED


def test_one_class_that_can_be_separated_is_enough() -> None:
    """The others overlap, so that the loss ends above 0, and yet some weights grow for ever."""
    features, labels = classes(overlap=2.0)
    features = np.column_stack([features, np.where(labels == 0, 5.0, -5.0)])
    assert "no minimum" in why_none(of_arrays("softmax", features, labels)).en


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_a_class_without_rows_has_none(l2: float) -> None:
    features, labels = classes(overlap=2.0)
    assert "no training row is of class 3" in why_none(of_arrays("softmax", features, labels, outputs=4, l2=l2)).en


@pytest.mark.parametrize("size", [1e200, 1e308])
@pytest.mark.parametrize("model", ["linear", "softmax"])
def test_squares_that_float64_cannot_hold_are_told(model: str, size: float) -> None:
    features, targets = a_table() if model == "linear" else classes()
    told: Any = optimum.find(*_parts(of_arrays(model, size * np.clip(features, -1, 1), targets, dtype="float64")))
    assert isinstance(told, Text) and "float64 cannot hold" in told.en


def _parts(exercise: Exercise) -> Any:
    return exercise.spec, exercise.data


# -- and what it takes


def test_what_would_take_too_long_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimum, "MOST_PRODUCTS", 100)
    assert "too long" in why_none(of_arrays("linear", *a_table())).en


def test_the_features_are_never_copied_whole() -> None:
    features, targets = a_table(rows=200_000, inputs=20)
    exercise = of_arrays("linear", features, targets)
    tracemalloc.start()
    try:
        found(exercise)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < exercise.data.train_features.nbytes / 2
