"""The checks of an extension: its values, its gradients, compiled, exported; what fails is recorded, not raised."""

import math
import re
from collections.abc import Callable, Iterable

import numpy as np

from fairfit.frameworks.extensibility.cases import Arrays
from fairfit.frameworks.extensibility.findings import Check
from fairfit.frameworks.extensibility.probe import Absent, Evaluate, Probe, Way
from fairfit.models.text import Text

VALUES_TOLERANCE = 1e-11  # float64 throughout: about 1e-15 is seen; anything that goes through float32 is off by 1e-8
GRADIENT_TOLERANCE = 1e-7  # a step of 1e-5 leaves about 1e-10 of truncation and of rounding each; a wrong term leaves 1e-2
STEP = 1e-5


class Failed(Exception):
    """A failure that is described already: in our words, or by type and first line of what another process met."""

    def __init__(self, reason: Text | str) -> None:
        super().__init__(str(reason))
        self.reason = reason


def check(how: Text | str, measure: Callable[[], float], tolerance: float) -> Check:
    """Measure an error; whatever the framework raises is the answer."""
    try:
        error = measure()
    except Exception as failure:
        return Check(works=False, reason=described(failure), how=how, error=None)
    if not math.isfinite(error):
        return Check(works=False, reason=Text("the values are not finite", "结果不是有限数"), how=how, error=None)
    if error > tolerance:
        reason = Text(f"off by {error:.1e}, {tolerance:.0e} is allowed", f"相差 {error:.1e}，允许的距离为 {tolerance:.0e}")
        return Check(works=False, reason=reason, how=how, error=error)
    return Check(works=True, reason="", how=how, error=error)


def described(failure: Exception) -> Text | str:
    """Type and first line of an error; where that only leads on to a traceback, the line in which the error is named."""
    if isinstance(failure, Failed):
        return failure.reason
    text, kind = str(failure).strip(), f"{type(failure).__name__}:"
    first, _, rest = text.partition("\n")
    if "(most recent call last)" in text:
        named = re.search(r"^\w*(?:Error|Exception|Warning): .*", text, re.MULTILINE)
        first = named[0] if named else first
    elif first.endswith(":"):
        first = f"{first} {rest.strip().partition(chr(10))[0]}"
    return f"{kind} {first.removeprefix(kind).strip()}".strip()


def distance(values: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference relative to the largest expected value. Raises Failed where the shapes differ.

    Axes of length one do not count: MXNet's smallest array has one axis, the others' none.
    """
    values, expected = np.squeeze(values), np.squeeze(expected)
    if values.shape != expected.shape:
        raise Failed(
            Text(
                f"values have shape {values.shape}, expected are {expected.shape}",
                f"结果的形状为 {values.shape}，应为 {expected.shape}",
            )
        )
    return float(np.max(np.abs(values - expected)) / np.max(np.abs(expected)))


def differences(evaluate: Evaluate, arrays: Arrays) -> Arrays:
    """Central finite differences of the sum of the output's squares, by every element of every array."""

    def objective(number: int, place: tuple[int, ...], step: float) -> float:
        moved = [array.copy() for array in arrays]
        moved[number][place] += step
        return float(np.sum(np.square(evaluate(moved)[0])))

    gradients = [np.zeros_like(array) for array in arrays]
    for number, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            gradient[place] = (objective(number, place, STEP) - objective(number, place, -STEP)) / (2 * STEP)
    return gradients


def disagreement(one: Evaluate, other: Evaluate, arrays: Arrays) -> float:
    """The largest distance between two ways to evaluate, gradients included."""
    output, gradients = one(arrays)
    expected, expected_gradients = other(arrays)
    pairs = zip([output, *gradients], [expected, *expected_gradients], strict=True)
    return largest(distance(values, right) for values, right in pairs)


def gradient_error(evaluate: Evaluate, arrays: Arrays) -> float:
    """The largest distance of the framework's gradients from finite differences."""
    pairs = zip(evaluate(arrays)[1], differences(evaluate, arrays), strict=True)
    return largest(distance(values, right) for values, right in pairs)


def largest(errors: Iterable[float]) -> float:
    """NaN where one of them is: Python's own max may pass over it."""
    return float(np.max(list(errors)))


def examine(probe: Probe, reloaded: Callable[[], np.ndarray]) -> dict[str, Check]:
    """All checks of one extension; `reloaded` gives the output of what was exported, or raises what went wrong."""
    case, evaluate = probe.case, probe.imperative.evaluate

    def same(way: Way | Absent, tolerance: float = VALUES_TOLERANCE) -> Check:
        if isinstance(way, Absent):
            return Check(works=None, reason=way.reason, how="", error=None)
        return check(way.how, lambda: disagreement(way.evaluate, evaluate, case.arrays), tolerance)

    def exported() -> Check:
        if isinstance(probe.export, Way):
            return same(probe.export, tolerance=0.0)  # to go on exactly as without the interruption
        return check(probe.export.how, lambda: distance(reloaded(), evaluate(case.arrays)[0]), VALUES_TOLERANCE)

    def gradient() -> Check:
        if isinstance(probe.gradient, Absent):
            return same(probe.gradient)
        how = Text(
            f"{probe.gradient}, against central differences in float64",
            f"{probe.gradient}，与 float64 中心差分比较",
        )
        return check(how, lambda: gradient_error(evaluate, case.arrays), GRADIENT_TOLERANCE)

    return {
        "imperative": check(probe.imperative.how, lambda: distance(evaluate(case.arrays)[0], case.expected), VALUES_TOLERANCE),
        "compiled": same(probe.compiled),
        "compiled_whole": same(probe.compiled_whole),
        "export": exported(),
        "gradient": gradient(),
    }
