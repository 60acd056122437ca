"""The one layout of the parameters, and where training starts."""

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
