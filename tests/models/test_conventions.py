"""The reference under other rules: without a change it is the reference, and some changes are what their formulas say."""

import itertools

import numpy as np
import pytest

from fairfit.models import reference, rules
from fairfit.models.conventions import CONVENTIONS
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules
from tests.models.trained import made


@pytest.mark.parametrize("model", ["linear", "softmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_without_a_change_it_is_the_reference(model: str, dtype: str) -> None:
    exercise = made(model, dtype=dtype)
    for found, expected in zip(rules.trajectory(exercise, Rules()), reference.trajectory(exercise), strict=True):
        np.testing.assert_allclose(found.flat(), expected.flat(), rtol=1e-10, atol=1e-12)


def test_each_convention_changes_something_and_no_two_the_same() -> None:
    changed = [tuple(rules.changes(convention.rules).items()) for convention in CONVENTIONS]
    assert all(changed) and len(set(changed)) == len(changed)
    told = [convention.told for convention in CONVENTIONS]
    assert len({text.en for text in told}) == len({text.zh for text in told}) == len(told)


def test_two_changes_of_one_switch_cannot_be_made_together() -> None:
    assert rules.together(Rules(loss_factor=2.0), Rules(loss_factor=0.5)) is None
    assert rules.together(Rules(loss_factor=2.0), Rules(nesterov="yes")) == Rules(loss_factor=2.0, nesterov="yes")


@pytest.mark.parametrize(
    ("loss", "of_scores"),
    [
        ("softmax twice", lambda scores: -np.log(softmax(softmax(scores)))),
        ("chances", lambda scores: -np.log((clipped := np.clip(scores, 1e-7, 1 - 1e-7)) / clipped.sum())),
        ("logarithms", lambda scores: -scores),
    ],
)
def test_the_gradient_of_a_wrong_loss_is_that_loss_by_differences(loss: str, of_scores) -> None:  # type: ignore[no-untyped-def]
    scores, targets = np.array([[0.3, 0.55, 0.2], [0.9, 0.1, 0.4]]), np.array([1, 2])
    given = rules._residual(Rules(loss=loss), scores, targets)  # type: ignore[arg-type]
    for row, column in itertools.product(range(2), range(3)):
        step = np.zeros(3)
        step[column] = 1e-6
        up, down = of_scores(scores[row] + step)[targets[row]], of_scores(scores[row] - step)[targets[row]]
        assert given[row, column] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_a_prediction_compared_with_every_target_is_what_broadcasting_makes() -> None:
    predicted, targets = np.array([[1.0], [2.0], [4.0]]), np.array([0.5, 3.0, 1.0])
    square = predicted - targets  # (batch, batch): what is meant is predicted[:, 0] − targets
    np.testing.assert_allclose(rules._residual(Rules(loss="all pairs"), predicted, targets)[:, 0], square.mean(axis=1))


def test_nesterov_with_the_late_penalty_is_the_form_it_is_known_in() -> None:
    """m ← μm − rate · (g + l2 · p) with p the parameters after the step: what libraries have that hold the velocity so."""
    exercise = made("linear", learning_rate=0.05)
    training, rows = exercise.spec.training, reference.rows_of(exercise.data)
    weight, bias = exercise.start.weight.astype(np.float64), exercise.start.bias.astype(np.float64)
    held, held_bias, momentum, rate = np.zeros_like(weight), np.zeros_like(bias), training.momentum, 0.05
    for order in exercise.orders:
        for first in range(0, len(order), training.batch_size):
            features, targets = rows(order[first : first + training.batch_size])
            slope = reference.gradient("linear", Parameters(weight, bias), features.astype(np.float64), targets, 0.0)
            step = momentum * held - rate * (slope.weight + training.l2 * weight)
            bias_step = momentum * held_bias - rate * slope.bias
            weight = weight - momentum * held + (1 + momentum) * step
            bias = bias - momentum * held_bias + (1 + momentum) * bias_step
            held, held_bias = momentum * held - rate * (slope.weight + training.l2 * weight), bias_step
    *_, last = rules.trajectory(exercise, Rules(nesterov="late penalty", velocity_holds_rate=True))
    np.testing.assert_allclose(last.weight, weight, rtol=1e-12)
    np.testing.assert_allclose(last.bias, bias, rtol=1e-12)


def softmax(scores: np.ndarray) -> np.ndarray:
    return reference.softmax(scores[None])[0]
