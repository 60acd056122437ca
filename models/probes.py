"""Probes: small exercises each of which isolates one stage of a training, so that code that can be called shows by experiment
which stage differs first, and from what.

Momentum, l2, batch size and dtype are those of the spec, since code may have them fixed; rows, start, orders and rates are the
probe's own. What an early probe found is taken into the reference of the later ones: each tells what differs at its own stage.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairfit.models import explanation
from fairfit.models.exercise import Exercise
from fairfit.models.fits import Explanation, told_together
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules
from fairfit.models.text import Text

Trains = Callable[[Exercise], Iterable[tuple[Any, Any]]]  # gives weight (outputs, inputs) and bias (outputs,) after each epoch

UNMOVED = 2.0**-60
"""A learning rate so small that no dtype shows the step."""
MOST_ROWS = 256  # of a probe: it is code of others that trains on them, for each probe anew


@dataclass(frozen=True)
class Probe:
    """`stage` is what is tried, `asks` how, in plain words."""

    stage: Text
    asks: Text
    exercise: Exercise


@dataclass(frozen=True)
class Tried:
    """What a probe came to: `explained` is None where the code could not be tried, for the reason `broke`."""

    probe: Probe
    explained: Explanation | None
    broke: Text | str = ""

    @property
    def passed(self) -> bool:
        return self.explained is not None and self.explained.equal

    def told(self) -> Text:
        """In one line."""
        if self.explained is None:
            return Text("could not be tried: ", "无法尝试：") + self.broke
        return Text("as the spec has it", "与规格一致") if self.passed else self.explained.told()


def probes(exercise: Exercise) -> Iterator[Probe]:
    """Those of this spec, in the order in which a training goes: what comes later needs what came before."""
    spec, batch = exercise.spec, _Batch(exercise)
    rate = spec.training.learning_rates[0]
    yield Probe(
        Text("start", "初值"),
        Text("features are zero, and the rate is so small that nothing moves", "特征为零，学习率小到参数不动"),
        batch.exercise(1, [UNMOVED], zero=True),
    )
    yield Probe(
        Text("data and loss", "数据与损失"),
        Text("one step on one full batch, from weights of zero", "从零权重出发，在一个完整批次上走一步"),
        batch.exercise(1, [rate], from_zero=True),
    )
    if spec.training.l2 > 0:
        yield Probe(
            Text("penalty", "惩罚项"),
            Text("one step with features of zero: the penalty alone moves the weights", "特征为零走一步：只有惩罚项移动权重"),
            batch.exercise(1, [rate], zero=True),
        )
    yield Probe(
        Text("scores and gradient", "得分与梯度"),
        Text("one step on one full batch, from weights that are not zero", "从非零权重出发，在一个完整批次上走一步"),
        batch.exercise(1, [rate]),
    )
    if batch.size > 1:
        yield Probe(
            Text("shorter batch", "较短的批次"),
            Text("one step on a batch that is shorter than the batch size", "在小于批量大小的一个批次上走一步"),
            batch.exercise(0.6, [rate]),
        )
    if spec.training.momentum > 0:
        yield Probe(
            Text("state", "状态"),
            Text("two epochs of two batches at one rate: what the velocity adds", "以同一学习率在两个批次上训练两轮：速度的作用"),
            batch.exercise(2, [rate] * 2),
        )
    yield Probe(
        Text("rates", "学习率"),
        Text("four epochs of one batch, at a rate that falls", "以下降的学习率在一个批次上训练四轮"),
        batch.exercise(1, [rate, rate, rate / 2, rate / 8]),
    )
    yield Probe(
        Text("order", "顺序"),
        Text("several batches, in another order in each epoch", "多个批次，每轮顺序不同"),
        batch.exercise(3.6, [rate] * 2, shuffled=True),
    )


def tried(trains: Trains, exercise: Exercise) -> list[Tried]:
    """Have this code train each probe, and tell what differs at its stage from what is known by then."""
    given, results = Rules(), []
    for probe in probes(exercise):
        result = _tried(trains, probe, given)
        results.append(result)
        if result.explained is not None and result.explained.sets:
            given = result.explained.sets[0].rules
    return results


def first_that_differs(results: Iterable[Tried]) -> Tried | None:
    """The stage to look at first; None where all are as the spec has them."""
    return next((result for result in results if not result.passed), None)


def causes(results: Iterable[Tried]) -> Text | None:
    """All that was found at the stages, the first first; None where nothing was."""
    found = [result.explained.sets[0].told() for result in results if result.explained is not None and result.explained.sets]
    return told_together(found) if found else None


def _tried(trains: Trains, probe: Probe, given: Rules) -> Tried:
    exercise, epochs = probe.exercise, len(probe.exercise.orders)
    try:
        found = [Parameters(np.array(weight), np.array(bias)) for weight, bias in trains(exercise)]
    except Exception as error:  # code of others: whatever it raises is told, and the other probes go on
        return Tried(probe, None, f"{type(error).__name__}: {error}")
    if len(found) != epochs:
        return Tried(
            probe,
            None,
            Text(f"gave parameters {len(found)} times, not {epochs}", f"给出了 {len(found)} 次参数，而不是 {epochs} 次"),
        )
    shapes = exercise.start.weight.shape, exercise.start.bias.shape
    if any((one.weight.shape, one.bias.shape) != shapes for one in found):
        return Tried(probe, None, Text("weight or bias has another shape", "权重或偏置的形状不符"))
    return Tried(probe, explanation.explain(exercise, found, given=given))


class _Batch:
    """Makes exercises out of rows of another: its first ones, as many as a few batches have."""

    def __init__(self, exercise: Exercise) -> None:
        self.of, self.random = exercise, np.random.default_rng(0)
        self.size = exercise.spec.training.batch_size
        outputs, inputs = exercise.start.weight.shape
        self.scale = 1 / np.sqrt(inputs)  # scores are then of the size of the features
        self.weight = self.random.standard_normal((outputs, inputs))
        self.bias = self.random.standard_normal(outputs)

    def exercise(
        self, batches: float, rates: list[float], *, zero: bool = False, from_zero: bool = False, shuffled: bool = False
    ) -> Exercise:
        """Of so many batches; with features of `zero`, or `from_zero` weights, which no penalty moves; rows as they lie, or
        `shuffled`. A rate for each epoch."""
        spec, data = self.of.spec, self.of.data
        rows = max(1, int(batches * self.size))
        index = np.arange(rows) % min(data.rows, MOST_ROWS)  # the same rows again, where there are fewer than in a batch
        features, targets = np.asarray(data.train_features)[index], np.asarray(data.train_targets)[index]
        dtype = data.train_features.dtype
        weight, bias = (self.scale * self.weight).astype(dtype), self.bias.astype(dtype)
        if zero:
            features = np.zeros_like(features)
            targets = np.full_like(targets, bias[0]) if spec.model == "linear" else targets  # already fitted: no gradient
        if from_zero:
            weight = np.zeros_like(weight)  # not the bias: from scores of zero, different losses have the same gradient
        training = dataclasses.replace(spec.training, learning_rate=tuple(rates), epochs=len(rates), start="normal")
        orders = np.stack([self.random.permutation(rows) if shuffled else np.arange(rows) for _ in rates]).astype(
            self.of.orders.dtype
        )
        return Exercise(
            dataclasses.replace(spec, training=training),
            dataclasses.replace(data, train_features=features, train_targets=targets),
            Parameters(weight, bias),
            orders,
        )
