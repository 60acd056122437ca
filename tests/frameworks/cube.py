"""A framework of NumPy with one extension, the third power, right and wrong: what the checks are tested on."""

import functools
import math
from collections.abc import Callable

import numpy as np

from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.frameworks.extensibility.probe import Absent, Export, Probe, Sides, Way
from fairfit.models.text import Text

NONE = Text("there is none", "没有")


def fail(error: Exception) -> float:
    raise error


def cube(arrays: Arrays, *, gradient_factor: float = 1.0, output_factor: float = 1.0) -> tuple[np.ndarray, Arrays]:
    """The third power, and the gradient of the sum of its squares; both can be made wrong."""
    (inputs,) = arrays
    return output_factor * inputs**3, [gradient_factor * 6 * inputs**5]


CUBE_CASE = Case([np.array([[0.5, -1.0, 2.0]])], np.array([[0.125, -1.0, 8.0]]))
RIGHT = Way("in NumPy", cube)
WRONG_GRADIENT = Way("in NumPy", functools.partial(cube, gradient_factor=1.001))
WRONG_OUTPUT = Way("in NumPy", functools.partial(cube, output_factor=1 + 1e-8))  # what float32 would make of it
NAN_GRADIENT = Way("in NumPy", functools.partial(cube, gradient_factor=math.nan))


def nothing(*arguments: object) -> None:
    """Stands in for what a test does not look at."""


def made(
    *,
    case: Case = CUBE_CASE,
    imperative: Way = RIGHT,
    compiled: Way = RIGHT,
    export: Export | Way = RIGHT,
    gradient: str | Absent = "by hand",
    sides: Callable[[], Sides] = lambda: (nothing, nothing),
) -> Probe:
    absent = Absent(NONE)
    return Probe(
        Text("A cube.", "立方。"), (cube,), case, imperative, compiled, absent, export, gradient, sides, against="itself"
    )
