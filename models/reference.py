"""The reference mathematics in float64: loss, gradient, update, and the whole trajectory.

Sources: T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2nd ed., sections 3.2 (least
squares) and 4.4 (softmax regression); update rule: I. Sutskever et al., "On the importance of initialization and momentum
in deep learning", 2013, in the form whose velocity does not hold the learning rate.
"""

import numpy as np

from fairfit.models.data import Data
from fairfit.models.errors import SpecError
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text


def scores(parameters: Parameters, features: np.ndarray) -> np.ndarray:
    """Raw scores (softmax) or values (linear) of shape (rows, outputs)."""
    return features @ parameters.weight.T + parameters.bias


def loss(model: str, predicted: np.ndarray, targets: np.ndarray) -> float:
    """½ · mean squared error, or mean cross-entropy on raw scores; predicted has shape (rows, outputs), targets (rows,)."""
    if model == "linear":
        return float(0.5 * np.mean((predicted[:, 0] - targets) ** 2))
    return float(-np.mean(_log_softmax(predicted)[np.arange(len(targets)), targets]))


def gradient(model: str, parameters: Parameters, features: np.ndarray, targets: np.ndarray, l2: float) -> Parameters:
    """The gradient of the batch's loss plus ½ · l2 · ‖weight‖²."""
    predicted = scores(parameters, features)  # (batch, outputs)
    if model == "linear":
        residual = predicted - targets[:, None]
    else:
        residual = np.exp(_log_softmax(predicted))
        residual[np.arange(len(targets)), targets] -= 1
    residual /= len(targets)
    return Parameters(residual.T @ features + l2 * parameters.weight, residual.sum(axis=0))


def trajectory(spec: Spec, data: Data, start: Parameters, orders: np.ndarray) -> list[Parameters]:
    """The parameters after each epoch, in float64, from rows as the frameworks see them (rounded to the spec's dtype).

    Raises SpecError where training diverges.
    """
    training = spec.training
    weight, bias = start.weight.astype(np.float64), start.bias.astype(np.float64)
    weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
    after: list[Parameters] = []
    for learning_rate, order in zip(training.learning_rates, orders, strict=True):
        with np.errstate(over="ignore", invalid="ignore"):
            for index in batches(order, training.batch_size):
                features = data.train_features[index].astype(np.float64)
                slope = gradient(spec.model, Parameters(weight, bias), features, data.train_targets[index], training.l2)
                weight_velocity = training.momentum * weight_velocity + slope.weight
                bias_velocity = training.momentum * bias_velocity + slope.bias
                weight = weight - learning_rate * weight_velocity
                bias = bias - learning_rate * bias_velocity
        after.append(Parameters(weight, bias))
        if not np.isfinite(after[-1].flat()).all():
            raise SpecError(
                Text(
                    f"spec {spec.name!r} diverges: in float64 its weights are no finite numbers after epoch {len(after)}; "
                    f"lower learning_rate (now {learning_rate:g})",
                    f"规格 {spec.name!r} 发散：用 float64 计算，第 {len(after)} 轮后权重已不是有限的数；"
                    f"请减小 learning_rate（现为 {learning_rate:g}）",
                )
            )
    return after


def score(model: str, predicted: np.ndarray, targets: np.ndarray) -> tuple[str, float]:
    """The metric's name and value: 'r2' (share of variance explained) for linear, 'accuracy' for softmax."""
    if model == "linear":
        residual = np.sum((targets - predicted[:, 0]) ** 2, dtype=np.float64)
        total = np.sum((targets - targets.mean(dtype=np.float64)) ** 2, dtype=np.float64)
        return "r2", float(1 - residual / total)
    return "accuracy", float(np.mean(predicted.argmax(axis=1) == targets))


def _log_softmax(predicted: np.ndarray) -> np.ndarray:
    shifted = predicted - predicted.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
