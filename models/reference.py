"""The reference mathematics in float64: loss, gradient, update, and the whole trajectory.

Sources: T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2nd ed., sections 3.2 (least
squares) and 4.4 (softmax regression); update rule: I. Sutskever et al., "On the importance of initialization and momentum
in deep learning", 2013, in the form whose velocity does not hold the learning rate.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike

from fairfit.models.data import Data
from fairfit.models.exercise import Exercise
from fairfit.models.order import batches, varied
from fairfit.models.parameters import Parameters
from fairfit.models.pieces import large_pieces, pieces
from fairfit.models.spec import Spec


def scores(parameters: Parameters, features: np.ndarray) -> np.ndarray:
    """Raw scores (softmax) or values (linear) of shape (rows, outputs)."""
    return features @ parameters.weight.T + parameters.bias


def loss(model: str, predicted: np.ndarray, targets: np.ndarray) -> float:
    """½ · mean squared error, or mean cross-entropy on raw scores; predicted has shape (rows, outputs), targets (rows,)."""
    if model == "linear":
        return float(0.5 * np.mean((predicted[:, 0] - targets) ** 2))
    return float(-np.mean(_log_softmax(predicted)[np.arange(len(targets)), targets]))


def gradient(
    model: str,
    parameters: Parameters,
    features: np.ndarray,
    targets: np.ndarray,
    l2: float,
    *,
    plainly: bool = False,
) -> Parameters:
    """The gradient of the batch's loss plus ½ · l2 · ‖weight‖²; `plainly` takes softmax as a quotient, and adds up the
    gradient of the bias row by row: over many rows of one sign that rounds more than NumPy's sum in pairs."""
    predicted = scores(parameters, features)  # (batch, outputs)
    if model == "linear":
        residual = predicted - targets[:, None]
    else:
        residual = softmax(predicted) if plainly else np.exp(_log_softmax(predicted))
        residual[np.arange(len(targets)), targets] -= 1
    residual /= len(targets)
    bias = np.add.accumulate(residual)[-1] if plainly else residual.sum(axis=0)
    return Parameters(residual.T @ features + l2 * parameters.weight, bias)


Rows = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # index → features (rows, inputs) and targets (rows,)


def train(
    spec: Spec,
    rows: Rows,
    start: Parameters,
    plan: Iterable[tuple[np.ndarray, float]],
    dtype: DTypeLike = np.float64,
    *,
    plainly: bool = False,
) -> Iterator[Parameters]:
    """Train in NumPy, in this dtype; yields the parameters after each epoch of `plan`, which gives (order, learning rate).

    What overflows becomes infinite or NaN, without a warning.
    """
    training = spec.training
    weight, bias = start.weight.astype(dtype), start.bias.astype(dtype)
    weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
    for order, learning_rate in plan:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for index in batches(order, training.batch_size):
                features, targets = rows(index)
                features = features.astype(dtype, copy=False)
                parameters = Parameters(weight, bias)
                slope = gradient(spec.model, parameters, features, targets, training.l2, plainly=plainly)
                weight_velocity = training.momentum * weight_velocity + slope.weight
                bias_velocity = training.momentum * bias_velocity + slope.bias
                weight = weight - learning_rate * weight_velocity
                bias = bias - learning_rate * bias_velocity
        del order  # many trainings wait here, and it is as long as there are rows
        yield Parameters(weight, bias)


def rows_of(data: Data) -> Rows:
    """The training rows as they are."""
    features, targets = np.asarray(data.train_features), np.asarray(data.train_targets)  # a mapped array is slow to index
    return lambda index: (features[index], targets[index])


def plan(exercise: Exercise, variation: int) -> Iterator[tuple[np.ndarray, float]]:
    """Order and learning rate of one epoch after another, without end (see `fairfit.models.order.varied`)."""
    for epoch in itertools.count():
        yield varied(exercise.spec, exercise.orders, variation, epoch)


def variation(exercise: Exercise, number: int) -> Iterator[Parameters]:
    """The parameters after each epoch of one variation, in float64, without end; number 0 is the training as planned."""
    return train(exercise.spec, rows_of(exercise.data), exercise.start, plan(exercise, number))


def trajectory(exercise: Exercise) -> list[Parameters]:
    """The parameters after each planned epoch, in float64, from rows as the frameworks see them (rounded to the dtype)."""
    return list(itertools.islice(variation(exercise, 0), exercise.spec.training.epochs))


def losses(model: str, trained: Sequence[Parameters], features: np.ndarray, targets: np.ndarray) -> list[float]:
    """The loss on these rows with each of these parameters, in float64; all in one passage through the rows."""
    stacked = Parameters(
        np.concatenate([parameters.weight for parameters in trained]), np.concatenate([parameters.bias for parameters in trained])
    )
    sums = np.zeros(len(trained))
    for piece in pieces(*features.shape):
        predicted = scores(stacked, features[piece].astype(np.float64))  # (rows, sets of parameters · outputs)
        here = np.asarray(targets[piece])
        for number, columns in enumerate(np.split(predicted, len(trained), axis=1)):
            sums[number] += len(here) * loss(model, columns, here)
    return [float(value) for value in sums / len(targets)]


def scores_in_pieces(parameters: Parameters, features: np.ndarray) -> np.ndarray:
    """The same as `scores`, in float64, where the features may be many."""
    return np.concatenate(
        [scores(parameters, np.asarray(features[piece], np.float64)) for piece in large_pieces(*features.shape)]
    )


def score(model: str, predicted: np.ndarray, targets: np.ndarray) -> tuple[str, float]:
    """The metric's name and value: 'r2' (share of variance explained) for linear, 'accuracy' for softmax.

    NaN for 'r2' where all targets are equal: then there is no variance to explain.
    """
    if model == "linear":
        residual = np.sum((targets - predicted[:, 0]) ** 2, dtype=np.float64)
        total = np.sum((targets - targets.mean(dtype=np.float64)) ** 2, dtype=np.float64)
        return "r2", float(1 - residual / total) if total else math.nan
    return "accuracy", float(np.mean(predicted.argmax(axis=1) == targets))


def softmax(predicted: np.ndarray) -> np.ndarray:
    """The chance of each class: every row adds up to 1."""
    powers = np.exp(predicted - predicted.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _log_softmax(predicted: np.ndarray) -> np.ndarray:
    shifted = predicted - predicted.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
