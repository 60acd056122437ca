"""What --converge chooses reaches the optimum, in the spec's own dtype too; what cannot is refused with its condition number."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

from fairfit.models import convergence, optimum, reference
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.models.parameters import Parameters
from tests.models.arrays import a_table, of_arrays


def made(exercise: Exercise) -> Exercise:
    """The exercise with the settings chosen for it: every epoch is one step over all rows."""
    spec = convergence.converging(exercise)
    orders = np.tile(np.arange(exercise.data.rows, dtype=np.int32), (spec.training.epochs, 1))
    return dataclasses.replace(exercise, spec=spec, orders=orders)


def trained(exercise: Exercise, dtype: Any = np.float64) -> Parameters:
    plan = itertools.islice(reference.plan(exercise, 0), exercise.spec.training.epochs)
    return list(reference.train(exercise.spec, reference.rows_of(exercise.data), exercise.start, plan, dtype))[-1]


def least(exercise: Exercise) -> Optimum:
    best = optimum.find(exercise.spec, exercise.data)
    assert isinstance(best, Optimum)
    return best


def excess(exercise: Exercise, parameters: Parameters) -> float:
    """Above the optimum, as a share of it."""
    return optimum.objective(exercise.spec, exercise.data, parameters) / least(exercise).loss - 1


@pytest.mark.parametrize("name", ["article-linear", "diabetes", "article-softmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_built_in_specs_reach_the_optimum(name: str, dtype: str) -> None:
    exercise = made(exercises.make(specs.find(name)))
    assert excess(exercise, trained(exercise, dtype)) <= 1e-6


def test_softmax_that_gradient_descent_is_too_slow_for_predicts_as_the_optimum_does() -> None:
    exercise = made(exercises.make(specs.find("digits")))
    assert exercise.spec.training.epochs == convergence.MOST_EPOCHS

    def accuracy(parameters: Parameters) -> float:
        scores = reference.scores(parameters, exercise.data.test_features)
        return reference.score("softmax", scores, exercise.data.test_targets)[1]

    assert accuracy(trained(exercise)) == pytest.approx(accuracy(least(exercise).parameters), abs=0.005)
    assert excess(exercise, trained(exercise)) < 0.1


def test_the_spec_that_is_made_says_what_it_is() -> None:
    exercise = exercises.make(specs.find("diabetes"))
    spec = convergence.converging(exercise)
    assert spec.name == "diabetes@converge" and spec.digest != exercise.spec.digest
    assert spec.training.batch_size == exercise.data.rows
    assert (spec.model, spec.data, spec.training.l2) == (exercise.spec.model, exercise.spec.data, exercise.spec.training.l2)
    assert spec == convergence.converging(exercise)


@pytest.mark.parametrize("change", [{"l2": 0.1}, {"start": "normal", "start_scale": 5.0}, {"dtype": "float64"}])
def test_penalty_start_and_dtype_are_those_of_the_spec(change: dict[str, Any]) -> None:
    exercise = made(of_arrays("linear", *a_table(), **change))
    assert excess(exercise, trained(exercise, exercise.spec.training.dtype)) <= 1e-6
    for name, value in change.items():
        assert getattr(exercise.spec.training, name) == value


def test_columns_that_follow_from_others_do_not_hinder() -> None:
    features, targets = a_table()
    levels = np.eye(3)[np.arange(len(targets)) % 3]
    levels = (levels - levels.mean(axis=0)) / levels.std(axis=0)
    exercise = made(of_arrays("linear", np.column_stack([features, levels, features[:, 0]]), targets))
    assert exercise.spec.training.epochs < 200
    assert excess(exercise, trained(exercise, "float32")) <= 1e-6


def test_a_target_without_noise_is_reached_as_far_as_rounding_lets() -> None:
    features, _ = a_table()
    exercise = made(of_arrays("linear", features, features @ [1.0, 2.0, 3.0, 4.0] + 5))
    loss = optimum.objective(exercise.spec, exercise.data, trained(exercise, "float32"))
    assert loss < 1e-11 * optimum.objective(exercise.spec, exercise.data, exercise.start)


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_a_condition_number_that_is_too_large_is_told(scale: float) -> None:
    features, targets = a_table()
    with pytest.raises(
        SpecError, match=r"^spec 'arrays' cannot be made to converge: the condition number .* is \d\.\de\+\d+.*scale them"
    ) as told:
        convergence.converging(of_arrays("linear", features * [1.0, 1.0, 1.0, scale], targets))
    condition = float(str(told.value).partition(" is ")[2].partition(",")[0])
    assert condition == pytest.approx(scale**2, rel=0.5)


@pytest.mark.parametrize("scale", [1e-12, 1e-30])
def test_features_too_small_for_gradient_descent_to_feel_are_refused(scale: float) -> None:
    features, targets = a_table()
    with pytest.raises(SpecError, match="condition number"):
        convergence.converging(of_arrays("linear", features * scale, targets))


def test_separable_classes_are_trained_all_the_same() -> None:
    labels = np.arange(90) % 3
    features = 5 * np.eye(3)[labels] + 0.1 * a_table(90, 3)[0]
    exercise = made(of_arrays("softmax", features, labels))
    scores = reference.scores(trained(exercise, "float32"), exercise.data.train_features)
    assert reference.score("softmax", scores, labels)[1] == 1.0


@pytest.mark.parametrize("model", ["linear", "softmax"])
@pytest.mark.parametrize(("size", "dtype", "told"), [(1e200, "float64", "squares"), (np.inf, "float32", "cannot hold")])
def test_features_that_are_too_large_are_named(model: str, size: float, dtype: str, told: str) -> None:
    features, targets = a_table()
    features[0, 0] = size
    with pytest.raises(SpecError, match=told):
        convergence.converging(of_arrays(model, features, targets if model == "linear" else np.arange(300) % 2, dtype=dtype))


def test_where_the_optimum_would_take_too_long_linear_is_refused_and_softmax_tried_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(optimum, "MOST_PRODUCTS", 100)
    with pytest.raises(SpecError, match="too long"):
        convergence.converging(of_arrays("linear", *a_table()))
    spec = convergence.converging(exercises.make(specs.find("article-softmax")))
    assert spec.training.epochs == convergence.UNTRIED
