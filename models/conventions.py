"""Conventions in which trainings differ though their code looks alike; and which of them explains what a training came to.

Each is what some library does by default, or what is easily written by mistake. Whether one of them is the cause is found by
substitution: the reference is trained once more with it, and compared with what was found.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.spread import Apart, between
from fairfit.models.text import Text

FITS = 1e-4
"""Relative distance within which a training is one with this convention: float32 stays below, and conventions that matter are
further apart."""

NEARER = 0.1  # of the distance from the reference: what explains a training is that much nearer


@dataclass(frozen=True)
class Rules:
    """How training is done; the defaults are those of a spec (see `fairfit.models.spec.Training`)."""

    loss_factor: float = 1.0
    penalty_factor: float = 1.0
    penalise_bias: bool = False
    decouple_penalty: bool = False
    divide_by: str = "batch"  # its true size; "nominal": the batch size of the spec; "nothing": a sum
    drop_last: bool = False
    softmax_twice: bool = False
    velocity_holds_rate: bool = False
    nesterov: bool = False
    dampening: bool = False
    first_rate_alone: bool = False
    rows_in_order: bool = False
    train_bias: bool = True


@dataclass(frozen=True)
class Convention:
    """`told` completes 'it fits, if …'; `concerns` says for which specs it makes a difference."""

    told: Text
    rules: Rules
    concerns: Callable[[Spec], bool]


def _linear(spec: Spec) -> bool:
    return spec.model == "linear"


def _softmax(spec: Spec) -> bool:
    return spec.model == "softmax"


def _penalised(spec: Spec) -> bool:
    return spec.training.l2 > 0


def _momentum(spec: Spec) -> bool:
    return spec.training.momentum > 0


def _changing_rate(spec: Spec) -> bool:
    return len(set(spec.training.learning_rates)) > 1


def _any(spec: Spec) -> bool:
    return True


CONVENTIONS = (
    Convention(
        Text("the squared loss is taken without ½ (its gradient is twice as large)", "平方损失没有乘 ½（梯度是两倍）"),
        Rules(loss_factor=2.0),
        _linear,
    ),
    Convention(Text("the loss has ½ where it should have none", "损失多乘了 ½"), Rules(loss_factor=0.5), _any),
    Convention(Text("the penalty shrinks the bias too", "惩罚项也作用于偏置"), Rules(penalise_bias=True), _penalised),
    Convention(
        Text("the penalty is taken without ½ (l2 · ‖weight‖²)", "惩罚项没有乘 ½（l2 · ‖weight‖²）"),
        Rules(penalty_factor=2.0),
        _penalised,
    ),
    Convention(Text("there is no penalty", "没有惩罚项"), Rules(penalty_factor=0.0), _penalised),
    Convention(
        Text(
            "the penalty is decoupled from the gradient (weight decay as in AdamW: past the momentum)",
            "惩罚项与梯度解耦（如 AdamW 的 weight decay，不经过动量）",
        ),
        Rules(decouple_penalty=True),
        lambda spec: _penalised(spec) and _momentum(spec),
    ),
    Convention(
        Text("the last, shorter batch is divided by the full batch size", "最后较短的批次除以了完整的批量大小"),
        Rules(divide_by="nominal"),
        _any,
    ),
    Convention(Text("the loss of a batch is summed, not averaged", "批次损失是求和而不是平均"), Rules(divide_by="nothing"), _any),
    Convention(Text("the last, shorter batch is left out", "丢弃了最后较短的批次"), Rules(drop_last=True), _any),
    Convention(
        Text(
            "softmax is applied twice (a loss on raw scores got probabilities)",
            "softmax 用了两次（要求原始得分的损失收到了概率）",
        ),
        Rules(softmax_twice=True),
        _softmax,
    ),
    Convention(
        Text(
            "the velocity holds the learning rate (v ← μv + rate · g), and the rate changes",
            "速度中含有学习率（v ← μv + 学习率 · g），而学习率有变化",
        ),
        Rules(velocity_holds_rate=True),
        lambda spec: _momentum(spec) and _changing_rate(spec),
    ),
    Convention(Text("momentum is Nesterov's", "用的是 Nesterov 动量"), Rules(nesterov=True), _momentum),
    Convention(
        Text("the gradient is dampened by 1 − momentum", "梯度乘了 1 − momentum（阻尼）"), Rules(dampening=True), _momentum
    ),
    Convention(
        Text("the learning rate of the first epoch is kept", "一直用首轮的学习率"), Rules(first_rate_alone=True), _changing_rate
    ),
    Convention(
        Text("rows are taken as they lie, not in the order given", "按原有顺序取行，而不是按给定的顺序"),
        Rules(rows_in_order=True),
        _any,
    ),
    Convention(Text("the bias is not trained", "没有训练偏置"), Rules(train_bias=False), _any),
)


def explain(exercise: Exercise, found: Sequence[Parameters]) -> Text | None:
    """The convention under which the reference is where this training is after each epoch; None where none of them is."""
    count = len(found)
    away = _furthest(exercise, found, reference.trajectory(exercise)[:count])
    best, nearest = None, math.inf
    for convention in CONVENTIONS:
        if convention.concerns(exercise.spec):
            trained = [parameters for parameters, _ in zip(train(exercise, convention.rules), range(count), strict=False)]
            if (far := _furthest(exercise, found, trained)) < nearest:
                best, nearest = convention, far
    return best.told if best is not None and nearest <= min(FITS, NEARER * away) else None


def train(exercise: Exercise, rules: Rules) -> Iterator[Parameters]:
    """The parameters after each epoch of a training in float64 under these rules."""
    spec, training = exercise.spec, exercise.spec.training
    rows = reference.rows_of(exercise.data)
    weight, bias = exercise.start.weight.astype(np.float64), exercise.start.bias.astype(np.float64)
    weight_velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
    rates = training.learning_rates
    for epoch, order in enumerate(exercise.orders):
        rate = rates[0] if rules.first_rate_alone else rates[epoch]
        for index in batches(np.arange(len(order)) if rules.rows_in_order else order, training.batch_size):
            if rules.drop_last and len(index) < training.batch_size:
                continue
            with np.errstate(all="ignore"):
                slope = _gradient(spec, rules, Parameters(weight, bias), *rows(index))
                decayed = 0.0 if not rules.decouple_penalty else rate * training.l2 * weight
                held = rate if rules.velocity_holds_rate else 1.0
                share = 1 - training.momentum if rules.dampening else 1.0
                weight_velocity = training.momentum * weight_velocity + held * share * slope.weight
                bias_velocity = training.momentum * bias_velocity + held * share * slope.bias
                weight_step, bias_step = weight_velocity, bias_velocity
                if rules.nesterov:
                    weight_step = slope.weight + training.momentum * weight_velocity
                    bias_step = slope.bias + training.momentum * bias_velocity
                taken = 1.0 if rules.velocity_holds_rate else rate
                weight = weight - taken * weight_step - decayed
                bias = bias - taken * bias_step * rules.train_bias
        yield Parameters(weight, bias)


def _gradient(spec: Spec, rules: Rules, parameters: Parameters, features: np.ndarray, targets: np.ndarray) -> Parameters:
    """Of the batch's loss and penalty."""
    features = features.astype(np.float64)
    if rules.softmax_twice:
        slope = _through_two_softmaxes(parameters, features, targets)
    else:
        slope = reference.gradient(spec.model, parameters, features, targets, l2=0.0)
    divisor = {"batch": 1.0, "nominal": len(targets) / spec.training.batch_size, "nothing": float(len(targets))}[rules.divide_by]
    factor, penalty = rules.loss_factor * divisor, rules.penalty_factor * spec.training.l2 * (not rules.decouple_penalty)
    return dataclasses.replace(
        slope,
        weight=factor * slope.weight + penalty * parameters.weight,
        bias=factor * slope.bias + penalty * parameters.bias * rules.penalise_bias,
    )


def _through_two_softmaxes(parameters: Parameters, features: np.ndarray, targets: np.ndarray) -> Parameters:
    first = reference.softmax(reference.scores(parameters, features))  # (batch, outputs)
    residual = reference.softmax(first)
    residual[np.arange(len(targets)), targets] -= 1
    residual = first * (residual - np.sum(first * residual, axis=1, keepdims=True)) / len(targets)
    return Parameters(residual.T @ features, residual.sum(axis=0))


def _furthest(exercise: Exercise, found: Sequence[Parameters], trained: Sequence[Parameters]) -> float:
    """The largest distance after any epoch, of weight or bias, as a share of how far that training moved from the start."""
    with np.errstate(all="ignore"):
        shares = [
            _share(between(here, there), between(there, exercise.start)) for here, there in zip(found, trained, strict=True)
        ]
    largest = max(shares, default=math.inf)
    return largest if math.isfinite(largest) else math.inf


def _share(far: Apart, moved: Apart) -> float:
    parts = (far.weight / moved.weight if moved.weight else far.weight, far.bias / moved.bias if moved.bias else far.bias)
    return math.inf if any(math.isnan(part) for part in parts) else max(parts)
