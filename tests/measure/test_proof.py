"""The proof: distance to the reference, in multiples of rounding; what is allowed, and how a refusal is worded."""

import math

import numpy as np
import pytest

from fairfit.frameworks.entry import Rounding, Style
from fairfit.measure.proof import ALLOWED, Proof, most_allowed, prediction_refusal, prove
from fairfit.models.parameters import Parameters
from fairfit.models.spread import Apart
from fairfit.models.targets import Target
from fairfit.models.text import Text

NOTHING = Text("nothing", "无")
HALF = Text("rounds in half precision", "以半精度舍入")
PLAIN = Style("arrays", NOTHING)
COARSE = Style(
    "arrays",
    NOTHING,
    (Rounding("float32", 100.0, HALF), Rounding("float64", 2.0**29, Text("holds rates in float32", "以 float32 保存学习率"))),
)
UNIT = Apart(weight=1e-6, bias=1e-7)


def parameters(*weight: float, bias: float = 1.0) -> Parameters:
    return Parameters(np.array([weight]), np.array([bias]))


REFERENCE = [parameters(3.0, 4.0), parameters(6.0, 8.0), parameters(9.0, 12.0)]
TARGETS = [Target(exact, Apart(weight=0.5, bias=0.25), UNIT) for exact in REFERENCE]


def off_by(*times: float) -> list[Parameters]:
    """Parameters whose weights are so many times the spread from the reference, epoch by epoch."""
    return [
        parameters(here.weight[0][0] + far * UNIT.weight, here.weight[0][1]) for here, far in zip(REFERENCE, times, strict=False)
    ]


def proven(found: list[Parameters], style: Style = PLAIN, dtype: str = "float32", model: str = "softmax") -> Proof:
    return prove(found, TARGETS, dtype, style, model)


# -- distance


def test_the_distance_is_a_share_of_how_far_the_reference_moved() -> None:
    """However large it is: a weight of 5 that moved by 0.5."""
    assert TARGETS[0].distance(parameters(3.0, 4.1)) == pytest.approx(0.2)


def test_weight_and_bias_count_apart() -> None:
    """A bias that is small beside the weights is as much a part of the training."""
    assert TARGETS[0].distance(parameters(3.0, 4.0, bias=0.75)) == pytest.approx(1.0)
    assert TARGETS[0].times_rounding(parameters(3.0, 4.0, bias=1 + 3e-7)) == pytest.approx(3.0)
    assert TARGETS[0].times_rounding(parameters(3.0, 4.0 + 3e-6)) == pytest.approx(3.0)


def test_what_does_not_train_stands_at_one() -> None:
    target = Target(parameters(3.0, 4.0), Apart(weight=5.0, bias=1.0), UNIT)
    assert target.distance(parameters(0.0, 0.0)) == pytest.approx(1.0)
    assert target.times_rounding(parameters(0.0, 0.0)) == pytest.approx(5e6)


def test_equal_parameters_have_no_distance() -> None:
    assert (TARGETS[0].distance(REFERENCE[0]), TARGETS[0].times_rounding(REFERENCE[0])) == (0, 0)


def test_two_weights_that_changed_places_are_seen() -> None:
    assert TARGETS[0].times_rounding(parameters(4.0, 3.0)) > 1e6


def test_a_bias_that_rounding_hides_does_not_count_as_distance() -> None:
    target = Target(parameters(3.0, 4.0), Apart(weight=5.0, bias=1e-8), UNIT)
    assert target.distance(parameters(3.0, 4.0, bias=1 + 1e-8)) == 0
    assert target.times_rounding(parameters(3.0, 4.0, bias=1 + 1e-8)) == pytest.approx(0.1)


def test_a_bias_that_must_stay_where_it_was_may_not_move() -> None:
    target = Target(parameters(3.0, 4.0), Apart(weight=5.0, bias=0.0), Apart(weight=1e-6, bias=0.0))
    assert target.times_rounding(parameters(3.0, 4.0)) == 0
    assert target.times_rounding(parameters(3.0, 4.0, bias=2.0)) == math.inf


def test_the_distance_is_computed_in_float64() -> None:
    exact = parameters(1.0 + 1e-9, 1.0)
    rounded = Parameters(np.ones((1, 2), np.float32), np.ones(1, np.float32))
    assert Target(exact, Apart(1.0, 1.0), UNIT).distance(rounded) == pytest.approx(1e-9, rel=1e-3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_distance_of_what_is_not_finite_is_not_finite(value: float) -> None:
    assert not math.isfinite(TARGETS[0].distance(parameters(3.0, value)))
    assert not math.isfinite(TARGETS[0].times_rounding(parameters(3.0, value)))
    assert not math.isfinite(TARGETS[0].times_rounding(parameters(3.0, 4.0, bias=value)))


# -- what is allowed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_up_to_the_allowed_multiple_is_proven(dtype: str) -> None:
    proof = proven(off_by(0, 0, 0.99 * ALLOWED), dtype=dtype)
    assert (proof.refusal, proof.left_at, proof.mark) == (None, None, "")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_beyond_the_allowed_multiple_is_refused(dtype: str) -> None:
    assert proven(off_by(0, 0, 1.01 * ALLOWED), dtype=dtype).refusal


def test_the_refusal_names_distance_epoch_and_multiples() -> None:
    refusal = proven(off_by(0, 2000, 0)).refusal
    assert refusal is not None
    assert refusal.en == (
        "after epoch 2 weights are 4.0e-03 from the reference, 2e+03 times what rounding makes; 4 times are allowed"
    )
    assert all(number in refusal.zh for number in ("4.0e-03", "第 2 轮", "2e+03 倍", "允许 4 倍"))


def test_the_first_epoch_outside_counts_even_where_a_later_one_is_further_out() -> None:
    assert proven(off_by(0, 1e3, 1e5)).left_at == 2


def test_an_excursion_is_refused_even_where_training_ends_right() -> None:
    assert proven(off_by(1e3, 0, 0)).left_at == 1


def test_nan_is_refused_and_called_not_finite() -> None:
    proof = proven([REFERENCE[0], parameters(math.nan, 1.0), parameters(math.nan, 1.0)], COARSE)
    assert proof.left_at == 2
    assert "not finite" in str(proof.refusal) and "after epoch 2" in str(proof.refusal)


def test_a_missing_epoch_is_an_error_and_no_proof() -> None:
    with pytest.raises(ValueError, match="longer"):
        proven(REFERENCE[:2])


def test_weights_in_another_layout_are_no_proof() -> None:
    """(inputs, outputs) holds the same numbers in the same order where there is one output."""
    assert proven([Parameters(here.weight.T, here.bias) for here in REFERENCE]).refusal


# -- coarser rounding


def test_a_known_rounding_passes_and_is_marked_with_its_reason() -> None:
    proof = proven(off_by(300, 0, 0), COARSE)
    assert (proof.refusal, proof.mark, proof.allowed) == (None, HALF, 400.0)


def test_a_style_that_does_not_need_its_rounding_is_not_marked() -> None:
    proof = proven(off_by(1, 0, 0), COARSE)
    assert (proof.mark, proof.allowed) == ("", ALLOWED)


def test_the_rounding_of_another_dtype_excuses_nothing() -> None:
    proof = proven(off_by(300, 0, 0), Style("arrays", NOTHING, (Rounding("float64", 1e9, HALF),)))
    assert proof.refusal and not proof.mark


def test_beyond_the_rounding_too_is_refused() -> None:
    assert proven(off_by(500, 0, 0), COARSE).refusal


def test_a_rounding_of_one_model_excuses_no_other() -> None:
    style = Style("arrays", NOTHING, (Rounding("float32", 100.0, HALF, ("softmax",)),))
    assert proven(off_by(300, 0, 0), style, model="softmax").mark
    assert proven(off_by(300, 0, 0), style, model="linear").refusal


def test_what_is_timed_may_need_a_rounding_that_the_plan_did_not() -> None:
    assert most_allowed("float32", COARSE, "softmax") == 100 * ALLOWED
    assert most_allowed("float32", PLAIN, "softmax") == ALLOWED
    assert most_allowed("float64", Style("arrays", NOTHING, (Rounding("float32", 100.0, HALF),)), "softmax") == ALLOWED


# -- predictions


def scored(found: Parameters, features: np.ndarray) -> np.ndarray:
    scores: np.ndarray = features.astype(np.float32) @ found.weight.T + found.bias
    return scores


def test_raw_scores_of_the_weights_are_proven_and_others_are_not() -> None:
    generator = np.random.default_rng(0)
    found = Parameters(generator.standard_normal((3, 50)).astype(np.float32), generator.standard_normal(3).astype(np.float32))
    features = generator.standard_normal((20, 50)).astype(np.float32)
    right = scored(found, features)
    assert prediction_refusal(right, found, features) is None
    assert prediction_refusal(right[:, ::-1], found, features) is not None
    assert prediction_refusal(np.zeros_like(right), found, features) is not None
    assert prediction_refusal(np.full_like(right, np.nan), found, features) is not None
    assert prediction_refusal(right * np.float32(1.001), found, features) is not None
    refusal = prediction_refusal(right - found.bias, found, features)
    assert refusal is not None and "100% of them are beyond rounding" in refusal.en


def test_predictions_of_large_and_small_features_are_held_to_their_own_rounding() -> None:
    """A column of pixels and one of prices: each score is bounded by its own terms."""
    found = Parameters(np.array([[1e-6, 1.0]], np.float32), np.array([0.5], np.float32))
    features = np.array([[1e6, 1e-3], [0.0, 1e-3]], np.float32)
    assert prediction_refusal(scored(found, features), found, features) is None
    off = scored(found, features) + np.array([[0.0], [1e-4]], np.float32)
    assert prediction_refusal(off, found, features) is not None
