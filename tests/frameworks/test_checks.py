"""The checks of an extension: each records what happened, and each bites."""

import functools
import math
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.extensibility import cases, checks
from fairfit.frameworks.extensibility.cases import Arrays
from fairfit.frameworks.extensibility.findings import Check
from fairfit.frameworks.extensibility.probe import Absent, Way
from tests.frameworks.cube import CUBE_CASE, NAN_GRADIENT, NONE, WRONG_GRADIENT, WRONG_OUTPUT, cube, fail, made

# -- a check records what happened ---------------------------------------------------------------------------------------


def test_a_small_error_works() -> None:
    assert checks.check("somehow", lambda: 1e-9, 1e-8) == Check(works=True, reason="", how="somehow", error=1e-9)


def test_a_large_error_does_not_work_and_is_told() -> None:
    found = checks.check("somehow", lambda: 1e-3, 1e-8)
    assert (found.works, str(found.reason), found.error) == (False, "off by 1.0e-03, 1e-08 is allowed", 1e-3)


@pytest.mark.parametrize("error", [math.nan, math.inf])
def test_what_is_not_finite_does_not_work_and_is_no_number(error: float) -> None:
    found = checks.check("somehow", lambda: error, 1e-8)
    assert (found.works, str(found.reason), found.error) == (False, "the values are not finite", None)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such layer\n  and more"), "ValueError: no such layer"),
        (RuntimeError("backend='this' raised:\nKeyError: 'that'\n"), "RuntimeError: backend='this' raised: KeyError: 'that'"),
        (TypeError("Traceback (most recent call last):\n  File x.cc\nTypeError: no number"), "TypeError: no number"),
        (
            RuntimeError("Graph error:\n\nDetected (most recent call last):\n<none>\nValueError: no callback\nTraceback"),
            "RuntimeError: ValueError: no callback",
        ),
        (AssertionError(), "AssertionError:"),
        (checks.Failed("KeyError: told already"), "KeyError: told already"),
    ],
)  # fmt: skip
def test_an_error_is_told_by_its_type_and_its_first_line_that_says_something(error: Exception, told: str) -> None:
    assert checks.check("somehow", lambda: fail(error), 1e-8).reason == told


def test_values_of_another_shape_do_not_pass_by_broadcasting() -> None:
    with pytest.raises(checks.Failed, match=r"values have shape \(3,\), expected are \(2, 3\)"):
        checks.distance(np.ones(3), np.ones((2, 3)))


def test_one_value_is_one_value_with_or_without_an_axis() -> None:
    assert checks.distance(np.array([2.0]), np.array(2.0)) == 0


# -- the checks bite: a framework of NumPy, right and wrong --------------------------------------------------------------


def examined(**parts: Any) -> dict[str, Check]:
    return checks.examine(made(**parts), reloaded=lambda: CUBE_CASE.expected)


def test_what_is_right_passes_every_check_that_can_be_asked() -> None:
    assert {name: check.works for name, check in examined().items()} == {
        "imperative": True, "compiled": True, "compiled_whole": None, "export": True, "gradient": True,
    }  # fmt: skip


def test_a_check_that_cannot_be_asked_says_why() -> None:
    assert examined()["compiled_whole"] == Check(works=None, reason=NONE, how="", error=None)
    assert examined(gradient=Absent(NONE))["gradient"].reason == NONE


def test_a_gradient_wrong_by_a_thousandth_is_found_by_finite_differences() -> None:
    found = examined(imperative=WRONG_GRADIENT)
    assert found["gradient"].works is False
    assert found["gradient"].error == pytest.approx(1e-3, rel=1e-3)
    assert found["imperative"].works is True


def test_values_that_went_through_float32_are_found() -> None:
    assert examined(imperative=WRONG_OUTPUT)["imperative"].works is False


@pytest.mark.parametrize("wrong", [WRONG_GRADIENT, WRONG_OUTPUT, NAN_GRADIENT])
def test_a_compiled_way_that_differs_in_values_or_gradients_is_found(wrong: Way) -> None:
    assert examined(compiled=wrong)["compiled"].works is False


def test_a_compiled_way_without_gradients_is_found() -> None:
    found = examined(compiled=Way("in NumPy", lambda arrays: (cube(arrays)[0], [])))["compiled"]
    assert (found.works, str(found.reason).partition(":")[0]) == (False, "ValueError")


def test_training_that_goes_on_almost_as_before_has_not_gone_on() -> None:
    almost = Way("in NumPy", functools.partial(cube, output_factor=1 + 1e-15))
    assert examined(export=almost)["export"].works is False


def test_an_optimizer_that_loses_its_state_is_found() -> None:
    def train(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        return cases.nesterov(*arrays), []

    def train_forgetful(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        start, curvature = arrays
        before = cases.nesterov(start, curvature)[:5]
        return np.concatenate([before, cases.nesterov(before[-1], curvature)[: cases.STEPS - 5]]), []

    optimizer = made(case=cases.cases()["optimizer"], imperative=Way("in NumPy", train), export=Way("forgotten", train_forgetful))
    found = checks.examine(optimizer, reloaded=lambda: np.zeros(0))
    assert found["imperative"].works is True
    assert found["export"].works is False
