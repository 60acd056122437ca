"""Are predictions the raw scores of these weights, but for rounding?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from fairfit.models import reference
from fairfit.models.hard_rows import Rows
from fairfit.models.parameters import Parameters


@dataclass(frozen=True)
class Judged:
    """How far predictions are from scores in float64, as shares of Σ |x| · |w| + |b| of their row: the `worst` of all, in the
    `row` of that number, and how much rounding may make.

    An element alone would be a wrong measure: where a score is nearly 0, its own size says nothing of the rounding in it. What is
    beyond the dtype is left out, and so is what each product may lose below its least normal number.
    """

    name: str
    rows: int
    worst: float
    allowed: float
    row: int

    @property
    def holds(self) -> bool:
        return self.worst <= self.allowed


def judge(predict: Callable[[np.ndarray], np.ndarray], parameters: Parameters, sets: Iterable[Rows]) -> list[Judged]:
    """Predict each of the sets of rows, and compare.

    Rounding makes at most (n + 1) · u of that size, with n the number of inputs and u the unit in the last place of the dtype,
    in whatever order the sums are taken (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1).
    Raises ValueError where predictions have another shape than (rows, outputs).
    """
    dtype = parameters.weight.dtype
    exact = Parameters(parameters.weight.astype(np.float64), parameters.bias.astype(np.float64))
    sizes = Parameters(np.abs(exact.weight), np.abs(exact.bias))
    allowed = (parameters.weight.shape[1] + 1) * float(np.finfo(dtype).eps + np.finfo(np.float64).eps)
    lost = (parameters.weight.shape[1] + 1) * float(np.finfo(dtype).tiny)
    judged = []
    for one in sets:
        worst, at, first = 0.0, 0, 0
        for features in one.features():
            predicted, here = predict(features), features.astype(np.float64)
            if predicted.shape != (len(features), len(exact.bias)):
                raise ValueError(f"predictions of shape {predicted.shape}, not {(len(features), len(exact.bias))}")
            far = np.abs(predicted.astype(np.float64) - reference.scores(exact, here))  # (rows, outputs)
            far = _shares(far, reference.scores(sizes, np.abs(here)), lost, dtype)
            if (most := float(np.max(far, initial=0.0))) > worst:
                worst, at = most, first + int(np.argmax(far)) // far.shape[1]
            first += len(features)
        judged.append(Judged(one.name, one.count, worst, allowed, at))
    return judged


def _shares(far: np.ndarray, sizes: np.ndarray, lost: float, dtype: np.dtype) -> np.ndarray:
    """Both of shape (rows, outputs), as is the result."""
    with np.errstate(all="ignore"):
        beyond = np.where(far == 0, 0.0, np.maximum(far - lost, 0.0))
        shares = np.where(sizes > 0, beyond / np.where(sizes > 0, sizes, 1.0), np.where(far == 0, 0.0, np.inf))
    shares[np.isnan(shares)] = np.inf
    shares[sizes > float(np.finfo(dtype).max) / 2] = 0.0
    return shares
