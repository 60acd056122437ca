"""The one layout of the parameters, how far two of them are from each other, and where training starts."""

import math
from typing import Any

import numpy as np
import pytest

from fairfit.models import spec as specs
from fairfit.models.parameters import Parameters, start


def spec_with(**training: Any) -> specs.Spec:
    values = {"model": "linear", "data": {"source": "diabetes"}, "training": {"learning_rate": 0.1} | training}
    return specs.from_mapping(values, "test")


def test_flat_is_the_weight_row_by_row_and_then_the_bias() -> None:
    flat = Parameters(np.array([[1, 2], [3, 4]], dtype=np.float32), np.array([5, 6], dtype=np.float32)).flat()
    assert flat.dtype == np.float64
    assert flat.tolist() == [1, 2, 3, 4, 5, 6]


def test_the_distance_is_relative_to_the_reference_over_weight_and_bias_together() -> None:
    reference = Parameters(np.array([[3.0, 0.0]]), np.array([4.0]))  # norm 5
    found = Parameters(np.array([[3.0, 0.3]]), np.array([4.4]))  # 0.5 away
    assert found.distance_to(reference) == pytest.approx(0.1, rel=1e-12)
    assert reference.distance_to(reference) == 0


def test_the_distance_is_taken_in_float64() -> None:
    reference = Parameters(np.array([[1.0]]), np.array([0.0]))
    found = Parameters(np.array([[np.float32(1) + np.finfo(np.float32).eps]]), np.zeros(1, dtype=np.float32))
    assert found.distance_to(reference) == np.finfo(np.float32).eps


def test_from_a_reference_of_zero_the_distance_is_the_difference_itself() -> None:
    found = Parameters(np.array([[3.0]]), np.array([4.0]))
    assert found.distance_to(Parameters(np.zeros((1, 1)), np.zeros(1))) == 5


@pytest.mark.parametrize(("weight", "bias"), [((1, 2), (2,)), ((2, 1), (1,)), ((2,), (1,))])
def test_another_shape_has_no_distance(weight: tuple[int, ...], bias: tuple[int, ...]) -> None:
    reference = Parameters(np.ones((1, 2)), np.ones(1))
    assert math.isnan(Parameters(np.ones(weight), np.ones(bias)).distance_to(reference))


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_parameter_that_is_not_finite_has_no_finite_distance(wrong: float) -> None:
    reference = Parameters(np.ones((1, 2)), np.ones(1))
    assert not math.isfinite(Parameters(np.array([[1.0, wrong]]), np.ones(1)).distance_to(reference))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["zeros", "normal"])
def test_the_start_has_the_shapes_and_the_dtype_of_the_spec(kind: str, dtype: str) -> None:
    found = start(spec_with(start=kind, dtype=dtype), inputs=4, outputs=3)
    assert (found.weight.shape, found.bias.shape) == ((3, 4), (3,))
    assert found.weight.dtype == found.bias.dtype == dtype


def test_zeros_start_at_zero() -> None:
    assert not start(spec_with(start="zeros"), inputs=4, outputs=3).flat().any()


def test_normal_starts_at_the_scale_asked_for_with_a_bias_of_zero() -> None:
    found = start(spec_with(start="normal", start_scale=0.5, dtype="float64"), inputs=200, outputs=50)
    # the deviation of 10,000 draws is known to 1/√20,000 of itself: 5 % is seven of its standard errors
    assert found.weight.std() == pytest.approx(0.5, rel=0.05)
    assert not found.bias.any()


def test_a_seed_gives_one_start() -> None:
    def weight(seed: int) -> np.ndarray:
        return start(spec_with(start="normal", start_seed=seed), inputs=4, outputs=3).weight

    assert np.array_equal(weight(5), weight(5))
    assert not np.array_equal(weight(5), weight(6))


def test_the_start_in_float32_is_the_rounded_start_in_float64() -> None:
    single, double = (start(spec_with(start="normal", dtype=dtype), inputs=4, outputs=3) for dtype in ("float32", "float64"))
    assert np.array_equal(single.weight, double.weight.astype(np.float32))
