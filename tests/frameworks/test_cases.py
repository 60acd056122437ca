"""What the extensions of every framework must compute: the references, on values known by hand."""

import math

import numpy as np
import pytest

from fairfit.frameworks.extensibility import cases, checks


def test_the_references_on_values_known_by_hand() -> None:
    assert cases.dense(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]), np.array([2.0])) == 32.0
    assert cases.huber(np.array([3.0, 0.5]), np.zeros(2)) == (2.5 + 0.125) / 2
    assert cases.swish(np.array([math.log(3.0)])) == pytest.approx(0.75 * math.log(3.0))
    assert cases.cumulative_sum(np.array([[1.0, 2.0, 3.0]])).tolist() == [[1.0, 3.0, 6.0]]


def test_nesterov_s_first_two_steps_by_hand() -> None:
    path = cases.nesterov(np.array([8.0]), np.array([1.0]))
    first = 8 - 0.125 * (8 + 0.75 * 8)  # velocity 8
    second = first - 0.125 * (first + 0.75 * (0.75 * 8 + first))
    assert path[:2, 0].tolist() == [first, second]
    assert len(path) == cases.STEPS


def test_no_error_is_so_near_to_1_that_a_finite_difference_steps_over_huber_s_kink() -> None:
    predicted, target = cases.cases()["loss"].inputs
    error = np.abs(predicted - target)
    assert error.min() < 1 < error.max()
    assert np.abs(error - 1).min() > 100 * checks.STEP
