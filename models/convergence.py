"""Training that reaches the optimum: batch size, learning rate, momentum and epochs chosen from the data.

A constant learning rate with mini-batches never arrives: their gradients still scatter at the optimum. So every step takes all
rows, with momentum (B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964).
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator

import numpy as np

from fairfit.models import feasible, moments, optimum, parameters
from fairfit.models.data import Data
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, Training
from fairfit.models.text import Text

CLOSE = 1e-7  # above the optimum, as a share of it: leaves room for rounding within 1e-6
ROUNDING = 8.0  # units in the last place of the predictions: a loss that is smaller is as good as none
MOST_EPOCHS = 1000
MOST_PRODUCTS = 1e11  # multiplications of a softmax training that is tried; some ten seconds
MOMENTUM = 0.9  # of softmax; with more of it, rounding that always errs to the same side adds up over hundreds of epochs
UNTRIED = 200  # epochs of softmax where the optimum is not known
LOOK = 10  # epochs after which softmax looks how far it is


def converging(exercise: Exercise) -> Spec:
    """The same regression with training settings that reach the optimum; its name says so: 'digits@converge'.

    `linear` ends within CLOSE of the optimum, or what rounding leaves of it; `softmax` does so where MOST_EPOCHS suffice, else
    as near as these come. Raises SpecError where `linear` would need more.
    """
    feasible.values_held(exercise)
    spec, data = exercise.spec, exercise.data
    training = _linear(spec, data) if spec.model == "linear" else _softmax(spec, data)
    return dataclasses.replace(spec, name=f"{spec.name}@converge", training=training)


def _linear(spec: Spec, data: Data) -> Training:
    """From the eigenvalues of the Hessian: how far training is from the optimum after each epoch is known beforehand."""
    best = optimum.find(spec, data)
    if not isinstance(best, Optimum):
        raise _refused(spec, best)
    hessian = moments.of(data).with_bias()
    hessian[np.diag_indices(data.inputs)] += spec.training.l2
    curvatures, directions = np.linalg.eigh(hessian)
    start = parameters.start(spec, data.inputs, data.outputs)
    slope = optimum.slope(spec, data, start)
    slopes = directions.T @ np.append(slope.weight, slope.bias)
    resolved = len(curvatures) * float(np.finfo(np.float64).eps)  # smaller ones, of the largest, are rounding
    curvatures, slopes = (each[curvatures > resolved * curvatures[-1]] for each in (curvatures, slopes))
    nothing_learnt = 0.5 * float(np.mean(data.train_targets.astype(np.float64) ** 2))
    allowed = CLOSE * best.loss + (ROUNDING * float(np.finfo(spec.training.dtype).eps)) ** 2 * nothing_learnt
    to_gain = np.cumsum(0.5 * slopes**2 / curvatures)  # smallest curvature first
    begin = optimum.objective(spec, data, start)
    if begin - best.loss > to_gain[-1] + allowed + 1e-12 * begin:  # what is to be learnt lies where nothing is resolved
        raise _refused(spec, _condition(1 / resolved))
    matter = curvatures[to_gain > allowed / 10] if to_gain[-1] > allowed / 10 else curvatures[-1:]
    flat, steep = math.sqrt(matter[0]), math.sqrt(curvatures[-1])
    momentum = min(0.9999, round(((steep - flat) / (steep + flat)) ** 2, 4))
    training = _full_batch(spec, data, 4 / (steep + flat) ** 2, momentum, MOST_EPOCHS)
    excess = _foreseen(curvatures, slopes, training)
    epochs = 1 + max(
        (epoch for epoch, far in enumerate(itertools.islice(excess, 2 * MOST_EPOCHS), 1) if far > allowed), default=0
    )
    if epochs > MOST_EPOCHS:
        raise _refused(spec, _condition((steep / flat) ** 2))
    return dataclasses.replace(training, epochs=epochs)


def _foreseen(curvatures: np.ndarray, slopes: np.ndarray, training: Training) -> Iterator[float]:
    """By how much the loss is above the optimum after each epoch; curvature and slope at the start by direction."""
    rate = training.learning_rates[0]
    before = now = slopes / curvatures
    while True:
        now, before = (1 + training.momentum - rate * curvatures) * now - training.momentum * before, now
        yield 0.5 * float(np.sum(curvatures * now**2))


def _softmax(spec: Spec, data: Data) -> Training:
    """The largest curvature that there can be gives the rate (D. Böhning, "Multinomial logistic regression algorithm", 1992);
    how many epochs it takes is tried in float64."""
    squares = moments.of(data).with_bias()
    if not np.isfinite(squares).all():
        raise _refused(
            spec, Text("float64 cannot hold the squares of its features: scale them", "float64 无法表示其特征的平方：请缩放特征")
        )
    steep = np.linalg.eigvalsh(squares)[-1] / 2 + spec.training.l2
    training = _full_batch(spec, data, 2 / steep, MOMENTUM, UNTRIED)
    best = optimum.find(spec, data)
    most = int(min(MOST_EPOCHS, MOST_PRODUCTS / (2.0 * data.rows * (data.inputs + 1) * data.outputs)))
    if not isinstance(best, Optimum) or most < UNTRIED:
        return training
    return dataclasses.replace(training, epochs=_until_close(dataclasses.replace(spec, training=training), data, best.loss, most))


def _until_close(spec: Spec, data: Data, least: float, most: int) -> int:
    """After how many epochs training is within CLOSE of the least loss, seen twice; `most` where it takes more."""
    training, close = spec.training, False
    now = parameters.start(spec, data.inputs, data.outputs)
    weight, bias = now.weight.astype(np.float64), now.bias.astype(np.float64)
    weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
    for epoch in range(1, most + 1):
        slope = optimum.slope(spec, data, Parameters(weight, bias))
        weight_velocity = training.momentum * weight_velocity + slope.weight
        bias_velocity = training.momentum * bias_velocity + slope.bias
        weight = weight - training.learning_rates[0] * weight_velocity
        bias = bias - training.learning_rates[0] * bias_velocity
        if epoch % LOOK == 0:
            before, close = close, optimum.objective(spec, data, Parameters(weight, bias)) <= (1 + CLOSE) * least
            if before and close:
                return epoch
    return most


def _condition(number: float) -> Text:
    """Why it is too large."""
    return Text(
        f"the condition number of its features is {number:.1e}, and {MOST_EPOCHS} epochs do not reach the least loss; scale "
        "them, or drop columns that nearly follow from others",
        f"特征的条件数为 {number:.1e}，{MOST_EPOCHS} 轮达不到最小损失；请缩放特征，或去掉几乎可由其他列推出的列",
    )


def _full_batch(spec: Spec, data: Data, rate: float, momentum: float, epochs: int) -> Training:
    """With the rate rounded down to four digits: the largest that is stable is not far."""
    digits = 10.0 ** (math.floor(math.log10(rate)) - 3)
    rate = float(f"{math.floor(rate / digits) * digits:.4g}")
    return dataclasses.replace(spec.training, learning_rate=rate, batch_size=data.rows, epochs=epochs, momentum=momentum)


def _refused(spec: Spec, why: Text) -> SpecError:
    return SpecError(Text(f"spec {spec.name!r} cannot be made to converge: ", f"无法使规格 {spec.name!r} 收敛：") + why)
