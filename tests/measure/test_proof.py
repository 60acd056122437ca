"""The proof: distance to the reference, what is tolerated, and how a refusal is worded."""

import math

import numpy as np
import pytest

from fairfit.frameworks.entry import Rounding, Style
from fairfit.measure.proof import TOLERANCE, distance, prove
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

NOTHING = Text("nothing", "无")
HALF = Text("rounds in half precision", "以半精度舍入")
PLAIN = Style("arrays", NOTHING)
COARSE = Style(
    "arrays",
    NOTHING,
    (Rounding("float32", 5e-4, HALF), Rounding("float64", 1e-6, Text("holds rates in float32", "以 float32 保存学习率"))),
)


def parameters(*weight: float, bias: float = 0.0) -> Parameters:
    return Parameters(np.array([weight]), np.array([bias]))


REFERENCE = [parameters(3.0, 4.0), parameters(6.0, 8.0), parameters(9.0, 12.0)]


def off_by(*distances: float) -> list[Parameters]:
    """Parameters at these relative distances from the reference, epoch by epoch."""
    return [parameters(*(here.weight[0] * (1 + far))) for here, far in zip(REFERENCE, distances, strict=False)]


# -- distance


def test_distance_is_relative_to_the_size_of_the_reference() -> None:
    assert distance(parameters(3.0, 4.0, bias=0.5), parameters(3.0, 4.0)) == pytest.approx(0.1)  # 0.5 / ‖(3, 4)‖


def test_distance_of_equal_parameters_is_zero() -> None:
    assert distance(REFERENCE[0], REFERENCE[0]) == 0


def test_distance_sees_the_bias() -> None:
    assert distance(parameters(3.0, 4.0, bias=1e-3), parameters(3.0, 4.0)) == pytest.approx(2e-4)


def test_distance_sees_two_weights_that_changed_places() -> None:
    assert distance(parameters(4.0, 3.0), parameters(3.0, 4.0)) > 0.2


def test_distance_to_a_reference_of_zeros_is_absolute() -> None:
    assert distance(parameters(0.0, 1e-3), parameters(0.0, 0.0)) == pytest.approx(1e-3)


def test_distance_is_computed_in_float64() -> None:
    here = parameters(1.0, 1.0)
    rounded = Parameters(here.weight.astype(np.float32), here.bias.astype(np.float32))
    assert distance(rounded, parameters(1.0 + 1e-9, 1.0)) == pytest.approx(1e-9 / math.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_distance_of_what_is_not_finite_is_not_finite(value: float) -> None:
    assert not math.isfinite(distance(parameters(3.0, value), REFERENCE[0]))


# -- tolerance


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_distance_up_to_the_tolerance_is_proven(dtype: str) -> None:
    proof = prove(off_by(0, 0, 0.99 * TOLERANCE[dtype]), REFERENCE, dtype, PLAIN, "softmax")
    assert (proof.refusal, proof.left_at, proof.mark) == (None, None, "")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_distance_beyond_the_tolerance_is_refused(dtype: str) -> None:
    assert prove(off_by(0, 0, 1.01 * TOLERANCE[dtype]), REFERENCE, dtype, PLAIN, "softmax").refusal


def test_what_passes_in_float32_is_refused_in_float64() -> None:
    found = off_by(1e-6, 1e-6, 1e-6)
    assert not prove(found, REFERENCE, "float32", PLAIN, "softmax").refusal
    assert prove(found, REFERENCE, "float64", PLAIN, "softmax").refusal


def test_the_refusal_names_distance_epoch_and_tolerance() -> None:
    refusal = prove(off_by(0, 2e-3, 0), REFERENCE, "float32", PLAIN, "softmax").refusal
    assert refusal is not None
    assert refusal.en == "weights are 2.0e-03 from the reference after epoch 2; the tolerance is 5e-05"
    assert all(number in refusal.zh for number in ("2.0e-03", "第 2 轮", "5e-05"))


def test_the_first_epoch_outside_counts_even_where_a_later_one_is_further_out() -> None:
    assert prove(off_by(0, 1e-3, 1e-1), REFERENCE, "float32", PLAIN, "softmax").left_at == 2


def test_an_excursion_is_refused_even_where_training_ends_right() -> None:
    assert prove(off_by(1e-3, 0, 0), REFERENCE, "float32", PLAIN, "softmax").left_at == 1


def test_nan_is_refused_and_called_not_finite() -> None:
    proof = prove([REFERENCE[0], parameters(math.nan, 1.0), parameters(math.nan, 1.0)], REFERENCE, "float32", COARSE, "softmax")
    assert proof.left_at == 2
    assert "not finite after epoch 2" in str(proof.refusal)


def test_a_missing_epoch_is_an_error_and_no_proof() -> None:
    with pytest.raises(ValueError, match="longer"):
        prove(REFERENCE[:2], REFERENCE, "float32", PLAIN, "softmax")


def test_weights_in_another_layout_are_no_proof() -> None:
    """(inputs, outputs) holds the same numbers in the same order where there is one output."""
    turned = [Parameters(here.weight.T, here.bias) for here in REFERENCE]
    try:
        proof = prove(turned, REFERENCE, "float32", PLAIN, "softmax")
    except ValueError:
        return  # to call it an error is as good
    assert proof.refusal


# -- coarser rounding


def test_a_known_rounding_passes_and_is_marked_with_its_reason() -> None:
    proof = prove(off_by(1e-4, 0, 0), REFERENCE, "float32", COARSE, "softmax")
    assert (proof.refusal, proof.mark, proof.tolerance) == (None, HALF, 5e-4)


def test_a_style_that_does_not_need_its_rounding_is_not_marked() -> None:
    proof = prove(off_by(1e-6, 0, 0), REFERENCE, "float32", COARSE, "softmax")
    assert (proof.mark, proof.tolerance) == ("", TOLERANCE["float32"])


def test_the_rounding_of_another_dtype_excuses_nothing() -> None:
    style = Style("arrays", NOTHING, (Rounding("float64", 1e-2, HALF),))
    proof = prove(off_by(1e-4, 0, 0), REFERENCE, "float32", style, "softmax")
    assert proof.refusal and not proof.mark


def test_beyond_the_rounding_too_is_refused() -> None:
    assert prove(off_by(1e-3, 0, 0), REFERENCE, "float32", COARSE, "softmax").refusal
