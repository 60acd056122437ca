"""A sweep: one regression under many settings, of which those that change the curve of the loss alone share their time.

The rate of learning, the values of momentum and penalty, and the start change what numbers a training meets, not how many it
computes; batch size, rows, inputs, and whether there is momentum or a penalty at all, change what is computed: the shape. That
arithmetic takes as long whatever the numbers holds but for some, which are told (see `Curve`).
"""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairfit.models import reference
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.feasible import LOSS_FACTOR
from fairfit.models.optimum import penalty
from fairfit.models.parameters import Parameters
from fairfit.models.pieces import pieces
from fairfit.models.spec import Spec
from fairfit.models.text import Text

CURVES = ("learning_rate", "momentum", "l2", "start_scale")
SHAPES = ("batch_size", "rows", "features")
AXES = (*CURVES, *SHAPES)
MOST_SETTINGS = 10_000
LONGEST = 20  # of the name of a spec within that of a shape, which must not be longer than names may be

Value = float | int
Values = Mapping[str, Value]  # axis → value

SUBNORMAL = Text("weights below what the dtype holds at full precision (subnormal)", "权重小于该数据类型的正规数（次正规数）")
SATURATED = Text("chances too small for the dtype (softmax is saturated)", "概率小到该数据类型无法表示（softmax 饱和）")


@dataclass(frozen=True)
class Setting:
    """A point of the grid, and the spec with these values, under the name of the original."""

    values: Values
    spec: Spec


@dataclass(frozen=True)
class Curve:
    """What training under a setting comes to in float64: loss with its penalty after each epoch, and the test metric at the end.

    `hazards` are kinds of numbers in it over which processors or libraries may take longer than over others, so that its time
    is not that of its shape.
    """

    losses: tuple[float, ...]
    metric: float
    diverges: bool
    hazards: tuple[Text, ...] = ()


def grid(spec: Spec, axes: Mapping[str, Sequence[Value]]) -> list[Setting]:
    """Every combination once, the last axis changing first. Raises SpecError where the spec cannot have a value, or where there
    are too many."""
    unique = {axis: list(dict.fromkeys(values)) for axis, values in axes.items()}
    if (count := math.prod(map(len, unique.values()))) > MOST_SETTINGS:
        raise SpecError(
            Text(
                f"a grid of {count:,} settings: at most {MOST_SETTINGS:,} are searched; name fewer values",
                f"网格共有 {count:,} 组设置：最多搜索 {MOST_SETTINGS:,} 组；请减少取值",
            )
        )
    return [with_values(spec, dict(zip(unique, values, strict=True))) for values in itertools.product(*unique.values())]


def with_values(spec: Spec, values: Values) -> Setting:
    """The spec under these values. Raises SpecError."""
    training: dict[str, Any] = {name: value for name, value in values.items() if name not in ("rows", "features")}
    if "start_scale" in values:
        training["start"] = "normal" if values["start_scale"] else "zeros"
    data = spec.data
    if "rows" in values or "features" in values:
        rows, inputs = (int(values[name]) if name in values else None for name in ("rows", "features"))
        data = data.resized(rows=rows, inputs=inputs)
    return Setting(values, dataclasses.replace(spec, data=data, training=dataclasses.replace(spec.training, **training)))


def shape(spec: Spec) -> Spec:
    """The same spec for all settings that compute as much."""
    alike = dataclasses.replace(
        spec.training, learning_rate=1.0, momentum=0.5 * bool(spec.training.momentum), l2=1.0 * bool(spec.training.l2),
        start="zeros", start_scale=0.0,
    )  # fmt: skip
    return dataclasses.replace(spec, training=alike)


def named(setting: Setting, axes: Mapping[str, Sequence[Value]], *, hazards: bool = False) -> str:
    """The name of a setting's shape: 'digits@256', 'digits@rows1000+momentum'; that of the spec where only one shape there is."""
    spec, parts = setting.spec, []
    for axis in SHAPES:
        if len(axes.get(axis, ())) > 1:
            parts.append(f"{setting.values[axis]}" if axis == "batch_size" else f"{axis}{setting.values[axis]}")
    for axis in ("momentum", "l2"):
        parts += [axis] * bool(axis in axes and setting.values[axis] and not all(axes[axis]))
    parts += ["hazards"] * hazards
    return f"{spec.name[:LONGEST]}@{'+'.join(parts)}" if parts else spec.name


def curve(exercise: Exercise) -> Curve:
    """Train in float64 and tell what came of it; what diverges has no finite end."""
    spec, data = exercise.spec, exercise.data
    trained = reference.trajectory(exercise)
    with np.errstate(all="ignore"):
        sets = [exercise.start, *trained]
        losses = reference.losses(spec.model, sets, data.train_features, data.train_targets)
        whole = [loss + penalty(spec, parameters) for loss, parameters in zip(losses, sets, strict=True)]
        _, metric = reference.score(spec.model, reference.scores_in_pieces(trained[-1], data.test_features), data.test_targets)
        largest = float(np.finfo(spec.training.dtype).max)
        finite = all(np.max(np.abs(parameters.flat()), initial=0.0) < largest for parameters in trained)
        diverges = not finite or not whole[-1] <= LOSS_FACTOR * whole[0]
        hazards = () if diverges else _hazards(exercise, trained)
    return Curve(tuple(whole[1:]), metric, diverges, hazards)


def _hazards(exercise: Exercise, trained: Sequence[Parameters]) -> tuple[Text, ...]:
    spec, data = exercise.spec, exercise.data
    tiny = float(np.finfo(spec.training.dtype).tiny)
    found = []
    if any(np.any((sizes > 0) & (sizes < tiny)) for sizes in (np.abs(parameters.flat()) for parameters in trained)):
        found.append(SUBNORMAL)
    if spec.model == "softmax":
        apart = 0.0
        for piece in pieces(*data.train_features.shape):
            scores = reference.scores(trained[-1], data.train_features[piece].astype(np.float64))  # (rows, outputs)
            apart = max(apart, float(np.max(scores.max(axis=1) - scores.min(axis=1))))
        if apart > -math.log(tiny):
            found.append(SATURATED)
    return tuple(found)
