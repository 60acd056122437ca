"""The rules of a training as switches, so that the reference can be trained as somebody else may train: the defaults are those
of a spec (see `fairfit.models.spec.Training`)."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from fairfit.models import reference
from fairfit.models.data import Data
from fairfit.models.exercise import Exercise
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters
from fairfit.models.reference import Rows
from fairfit.models.spec import Spec
from fairfit.models.spread import Spread

CLIPPED = 1e-7  # what a loss on chances keeps them from 0 and 1 by
PIXEL, SMALL_PIXEL = 255.0, 16.0  # what pixels of images, and of the digits, are divided by

Features = Literal["given", "times 255", "by 255", "times 16", "by 16", "standardised", "from 0 to 1", "float16"]
Targets = Literal["given", "next class", "class before", "next class but the last", "class before but the first",
                  "of the next row", "of the row before"]  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How training is done: what is trained on, with which settings, what the loss is, and how a step is taken."""

    features: Features = "given"
    targets: Targets = "given"
    order: Literal["given", "as rows lie", "of the first epoch"] = "given"
    last_batch: Literal["shorter", "left out", "padded"] = "shorter"  # padded with the first rows of the epoch's order
    start: Literal["given", "zeros"] = "given"
    rates: Literal["given", "of the first epoch", "of the next epoch", "of the epoch before"] = "given"
    rate_factor: float = 1.0
    momentum_factor: float = 1.0
    rounded_settings: bool = False  # rate, momentum and l2 to float32
    loss: Literal["of the spec", "softmax twice", "chances", "logarithms", "all pairs"] = "of the spec"
    loss_factor: float = 1.0
    divide_by: Literal["batch", "nominal", "nothing", "values"] = "batch"  # its true size; that of the spec; rows · outputs
    penalty_factor: float = 1.0
    penalise_bias: bool = False
    decouple_penalty: bool = False
    velocity_holds_rate: bool = False
    velocity_begins_anew: bool = False  # with each epoch
    nesterov: Literal["no", "yes", "late penalty"] = "no"
    dampening: Literal["no", "yes", "after the first step"] = "no"
    train_bias: bool = True


def changes(rules: Rules) -> dict[str, object]:
    """The switches that are not as in a spec."""
    return {name: value for name, value in vars(rules).items() if value != getattr(Rules, name)}


def together(*all_rules: Rules) -> Rules | None:
    """All of these changes at once; None where two of them are about the same switch."""
    parts = [changes(rules) for rules in all_rules]
    merged = {name: value for part in parts for name, value in part.items()}
    return dataclasses.replace(Rules(), **merged) if len(merged) == sum(map(len, parts)) else None  # type: ignore[arg-type]


def trajectory(exercise: Exercise, rules: Rules, dtype: DTypeLike = np.float64) -> Iterator[Parameters]:
    """The parameters after each planned epoch of a training under these rules."""
    there = seen(exercise, rules)
    plan = zip(there.orders, there.spec.training.learning_rates, strict=True)
    return train(there.spec, reference.rows_of(there.data), there.start, plan, dtype, rules=rules)


def spread(exercise: Exercise, rules: Rules, dtype: DTypeLike, count: int | None = None) -> Spread:
    """What rounding to this dtype makes of a training under these rules."""
    return Spread(seen(exercise, rules), count=count, train=partial(train, rules=rules), dtype=dtype)


def seen(exercise: Exercise, rules: Rules) -> Exercise:
    """The exercise as somebody who follows these rules sees it: data, orders, start and settings."""
    spec, training = exercise.spec, exercise.spec.training
    settings = [
        *[rules.rate_factor * rate for rate in _RATES[rules.rates](training.learning_rates)],
        rules.momentum_factor * training.momentum,
        rules.penalty_factor * training.l2,
    ]
    *rates, momentum, l2 = [float(np.float32(value)) for value in settings] if rules.rounded_settings else settings
    orders = exercise.orders
    if rules.order == "as rows lie":
        orders = np.broadcast_to(np.arange(exercise.data.rows), orders.shape)
    elif rules.order == "of the first epoch":
        orders = np.broadcast_to(orders[0], orders.shape)
    start = exercise.start
    if rules.start == "zeros":
        start = Parameters(np.zeros_like(start.weight), np.zeros_like(start.bias))
    return Exercise(
        dataclasses.replace(
            spec, training=dataclasses.replace(training, learning_rate=tuple(rates), momentum=momentum, l2=l2)
        ),
        _seen_data(exercise.data, rules), start, orders,
    )  # fmt: skip


_RATES: dict[str, Callable[[tuple[float, ...]], tuple[float, ...]]] = {
    "given": lambda rates: rates,
    "of the first epoch": lambda rates: rates[:1] * len(rates),
    "of the next epoch": lambda rates: (*rates[1:], rates[-1]),
    "of the epoch before": lambda rates: (rates[0], *rates[:-1]),
}


def _seen_data(data: Data, rules: Rules) -> Data:
    """The same object where nothing is changed: it may be large."""
    if rules.features != "given":
        data = dataclasses.replace(data, train_features=_features(np.asarray(data.train_features), rules.features))
    if rules.targets != "given":
        data = dataclasses.replace(data, train_targets=_targets(np.asarray(data.train_targets), rules.targets, data.outputs))
    return data


def _features(given: np.ndarray, how: Features) -> np.ndarray:
    factor = {"times 255": PIXEL, "by 255": 1 / PIXEL, "times 16": SMALL_PIXEL, "by 16": 1 / SMALL_PIXEL}.get(how)
    if factor is not None:
        return given * factor
    if how == "float16":
        with np.errstate(over="ignore"):
            return given.astype(np.float16).astype(given.dtype)
    shift, width = (
        (given.mean(axis=0), given.std(axis=0)) if how == "standardised" else (given.min(axis=0), np.ptp(given, axis=0))
    )
    return (given - shift) / np.where(width == 0, 1, width)


def _targets(given: np.ndarray, how: Targets, outputs: int) -> np.ndarray:
    if how in ("of the next row", "of the row before"):
        return np.roll(given, -1 if how == "of the next row" else 1)
    moved = given + (1 if how.startswith("next") else -1)
    return moved % outputs if how in ("next class", "class before") else np.clip(moved, 0, outputs - 1)


def train(
    spec: Spec, rows: Rows, start: Parameters, plan: Iterable[tuple[np.ndarray, float]], dtype: DTypeLike = np.float64,
    *, plainly: bool = False, rules: Rules,
) -> Iterator[Parameters]:  # fmt: skip
    """As `reference.train`, under these rules, of an exercise that is `seen` by them."""
    training = spec.training
    weight, bias = start.weight.astype(dtype), start.bias.astype(dtype)
    weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
    coupled = 0.0 if rules.decouple_penalty else training.l2
    of_bias = 1.0 if rules.penalise_bias else 0.0
    share = 1.0 if rules.dampening == "no" else 1 - training.momentum
    steps = 0
    for order, rate in plan:
        held, taken = (rate, 1.0) if rules.velocity_holds_rate else (1.0, rate)
        if rules.velocity_begins_anew:
            weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
        for index in _batches(order, training.batch_size, rules):
            with np.errstate(all="ignore"):
                features, targets = rows(index)
                if spec.model == "linear":
                    targets = targets.astype(dtype, copy=False)
                slope = _slope(spec, rules, Parameters(weight, bias), features.astype(dtype, copy=False), targets, plainly)
                weight_slope, bias_slope = slope.weight + coupled * weight, slope.bias + of_bias * coupled * bias
                first = rules.dampening == "after the first step" and steps == 0
                entering = held * (1.0 if first else share)
                weight_velocity = training.momentum * weight_velocity + entering * weight_slope
                bias_velocity = training.momentum * bias_velocity + entering * bias_slope
                weight_step, bias_step = weight_velocity, bias_velocity
                if rules.nesterov != "no":
                    weight_step = held * weight_slope + training.momentum * weight_velocity
                    bias_step = held * bias_slope + training.momentum * bias_velocity
                weight_move, bias_move = -taken * weight_step, -taken * bias_step
                if rules.nesterov == "late penalty":  # that of the velocity is of the parameters after the step
                    weight_velocity = weight_velocity + held * coupled * weight_move
                    bias_velocity = bias_velocity + held * of_bias * coupled * bias_move
                if rules.decouple_penalty:
                    weight_move = weight_move - rate * training.l2 * weight
                    bias_move = bias_move - rate * of_bias * training.l2 * bias
                weight, bias = weight + weight_move, bias + bias_move if rules.train_bias else bias
                steps += 1
        yield Parameters(weight, bias)


def _batches(order: np.ndarray, batch_size: int, rules: Rules) -> Iterator[np.ndarray]:
    for index in batches(order, batch_size):
        missing = batch_size - len(index)
        if missing and rules.last_batch == "left out":
            continue
        yield np.concatenate([index, np.resize(order, missing)]) if missing and rules.last_batch == "padded" else index


def _slope(
    spec: Spec, rules: Rules, parameters: Parameters, features: np.ndarray, targets: np.ndarray, plainly: bool
) -> Parameters:
    """The gradient of the batch's loss without its penalty."""
    if rules.loss == "of the spec":
        slope = reference.gradient(spec.model, parameters, features, targets, l2=0.0, plainly=plainly)
    else:
        residual = _residual(rules, reference.scores(parameters, features), targets) / len(targets)  # (batch, outputs)
        slope = Parameters(residual.T @ features, residual.sum(axis=0))
    count = len(targets)
    divided = {"batch": 1.0, "nominal": count / spec.training.batch_size, "nothing": float(count), "values": 1 / len(slope.bias)}
    factor = rules.loss_factor * divided[rules.divide_by]
    return Parameters(factor * slope.weight, factor * slope.bias)


def _residual(rules: Rules, predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The derivative of each row's loss by its scores, of shape (batch, outputs)."""
    if rules.loss == "all pairs":  # the mean of (predicted − target)² over rows × rows: (batch, 1) − (batch,) is a square
        return predicted - targets.mean()
    asked = np.zeros_like(predicted)
    asked[np.arange(len(targets)), targets] = 1
    if rules.loss == "logarithms":
        return -asked
    if rules.loss == "chances":
        inside = (predicted > CLIPPED) & (predicted < 1 - CLIPPED)
        chances = np.clip(predicted, CLIPPED, 1 - CLIPPED)
        return inside * (1 / chances.sum(axis=1, keepdims=True) - asked / chances)
    first = reference.softmax(predicted)
    residual = reference.softmax(first) - asked
    return first * (residual - np.sum(first * residual, axis=1, keepdims=True))
