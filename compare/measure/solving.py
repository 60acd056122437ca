"""Solves a regression without training it, as one does who needs no framework: in a worker of its own, each way several times.

Every way ends at the least loss that training goes towards, with the same penalty and a bias that is free; how it gets there
is another algorithm. Its time is from the arrays as they lie there to the parameters, with the conversion that it needs.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from fairfit.measure.protocol import Solution, Solved, SolveJob
from fairfit.models import exercise, moments
from fairfit.models.data import Data
from fairfit.models.errors import first_line
from fairfit.models.optimum import COLLINEAR
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

MOST_REPETITIONS, LONG_ENOUGH = 7, 1.0  # seconds, all repetitions together
MOST_VALUES = 50_000_000  # of the features: libraries make several copies of them in float64
MOST_ITERATIONS, LEAST_ITERATIONS = 10_000, 100  # of L-BFGS: the least is scikit-learn's own default
MOST_PRODUCTS = 2e10  # multiplications of all its iterations, beyond the least
TOLERANCE = 1e-8  # of its gradient; the default of 1e-4 stops up to some thousandths above the least loss


@dataclass(frozen=True)
class Way:
    """One way to solve: the library's call in words, and the function that makes it."""

    solver: str
    call: str
    solve: Callable[[Data], Parameters]


def solve(job: SolveJob) -> Solved:
    """Solve the exercise in every way there is for its model; the parameters of way number n go to the file n.npz."""
    opened = exercise.open_mapped(Path(job.exercise))
    folder, solutions = Path(job.to), []
    for number, way in enumerate(ways(opened.spec.model, opened.data, opened.spec.training.l2)):
        solution, parameters = _repeated(way, opened.data)
        if parameters is not None:
            np.savez(folder / f"{number}.npz", weight=parameters.weight, bias=parameters.bias)
        solutions.append(solution)
    return Solved(solutions)


def ways(model: str, data: Data, l2: float) -> Iterator[Way]:
    """Those of a model with this penalty; libraries that copy the features in float64 where these are not too many."""
    few = data.train_features.size <= MOST_VALUES
    if model == "linear":
        if few and not l2:
            yield Way("NumPy", "numpy.linalg.lstsq", _least_squares)
        else:
            yield Way("NumPy", "normal equations", lambda data: _normal_equations(data, l2))
        if few and not l2:
            yield Way("scikit-learn", "LinearRegression()", lambda data: _linear(LinearRegression(), data))
        elif few:
            alpha = data.rows * l2  # its loss is a sum over the rows
            yield Way("scikit-learn", f"Ridge(alpha={alpha:g})", lambda data: _linear(Ridge(alpha=alpha), data))
    elif few:
        # its loss is a sum too; for two classes it has one weight for each input, the difference of our two
        strength = (2 if data.outputs == 2 else 1) / (data.rows * l2) if l2 else np.inf
        an_iteration = 4.0 * data.train_features.size * data.outputs
        iterations = int(min(MOST_ITERATIONS, max(LEAST_ITERATIONS, MOST_PRODUCTS / an_iteration)))
        settings = f"C={strength:g}, tol={TOLERANCE:g}, max_iter={iterations}"
        fitted = LogisticRegression(C=strength, tol=TOLERANCE, max_iter=iterations)
        yield Way("scikit-learn", f"LogisticRegression({settings})", lambda data: _logistic(fitted, data))


def _repeated(way: Way, data: Data) -> tuple[Solution, Parameters | None]:
    """How long it takes, from the second time on: the first may import and start threads. Once where that is long enough."""
    seconds: list[float] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            while len(seconds) <= MOST_REPETITIONS and sum(seconds) < LONG_ENOUGH:
                began = time.perf_counter()
                parameters = way.solve(data)
                seconds.append(time.perf_counter() - began)
        except Exception as error:
            return Solution(way.solver, way.call, [], False, first_line(error)), None
    gave_up = any(issubclass(warning.category, ConvergenceWarning) for warning in warned)
    reason: Text | str = Text("stopped before it was there", "未收敛即停止") if gave_up else ""
    return Solution(way.solver, way.call, seconds[1:] or seconds, not gave_up, reason), parameters


def _least_squares(data: Data) -> Parameters:
    extended = np.column_stack([data.train_features, np.ones(data.rows)]).astype(np.float64)
    rounding = COLLINEAR * float(np.finfo(data.train_features.dtype).eps)
    found = np.linalg.lstsq(extended, data.train_targets.astype(np.float64), rcond=rounding)[0]
    return Parameters(found[None, :-1], found[-1:])


def _normal_equations(data: Data, l2: float) -> Parameters:
    """By pieces of the rows, so that they need not fit into memory twice."""
    found, middle = moments.of(data), float(data.train_targets.mean(dtype=np.float64))
    products = sum((targets - middle) @ (features - found.mean) for features, targets in moments.in_float64(data)) / data.rows
    curvature = found.covariance + l2 * np.eye(data.inputs)
    weight = np.linalg.lstsq(curvature, products, rcond=COLLINEAR**2 * float(np.finfo(data.train_features.dtype).eps) ** 2)[0]
    return Parameters(weight[None, :], np.array([middle - weight @ found.mean]))


def _linear(model: LinearRegression | Ridge, data: Data) -> Parameters:
    fitted = model.fit(data.train_features.astype(np.float64), data.train_targets.astype(np.float64))
    return Parameters(fitted.coef_[None, :], np.array([fitted.intercept_]))


def _logistic(model: LogisticRegression, data: Data) -> Parameters:
    fitted = model.fit(data.train_features.astype(np.float64), data.train_targets)
    if len(fitted.classes_) < data.outputs:
        raise ValueError(f"{len(fitted.classes_)} of {data.outputs} classes have a training row")
    if data.outputs == 2:
        half = fitted.coef_[0] / 2, fitted.intercept_[0] / 2
        return Parameters(np.stack([-half[0], half[0]]), np.array([-half[1], half[1]]))
    return Parameters(fitted.coef_, fitted.intercept_)
