"""In a worker: one regression written in a form of its framework, read again, and predicted with."""

import importlib
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.ports.form import Carried, Form, Momentum
from fairfit.measure.protocol import Ported, PortJob
from fairfit.models import exercise, predictions
from fairfit.models.errors import UserError
from fairfit.models.hard_rows import hard_rows
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

ULPS = 2  # a velocity that holds the learning rate is multiplied by it and divided again


def port(job: PortJob) -> Ported:
    """Raises UserError where what is read again is not what was written, with the first number that differs."""
    framework = registry.load(job.entry)
    form: Form = importlib.import_module(f"fairfit.frameworks.ports.{job.entry.adapter.rpartition('.')[2]}").FORMS[job.form]
    carried, to = unpacked(Path(job.carried)), Path(job.to)
    form.write(carried, to)
    again = form.read(to)
    for what, written, read, ulps in _pairs(carried, again):
        _check(what, written, read, ulps)
    own = {}
    if job.rows:
        data = exercise.open_mapped(Path(job.rows)).data
        own = {"your rows for training": data.train_features, "your rows for testing": data.test_features}
    (outputs, inputs), dtype = carried.parameters.weight.shape, carried.parameters.weight.dtype.name
    judged = predictions.judge(form.open(to), carried.parameters, hard_rows(inputs, outputs, dtype, own))
    return Ported(framework.version, registry.imported_from(job.entry), judged)


def pack(carried: Carried, path: Path) -> None:
    """Into a file for a worker."""
    arrays: dict[str, np.ndarray] = {"weight": carried.parameters.weight, "bias": carried.parameters.bias}
    if (momentum := carried.momentum) is not None:
        velocity = {"weight_velocity": momentum.velocity.weight, "bias_velocity": momentum.velocity.bias}
        arrays |= velocity | {"factor": np.array(momentum.factor), "rate": np.array(momentum.rate)}
    np.savez(path, **arrays)


def unpacked(path: Path) -> Carried:
    """What `pack` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        parameters = Parameters(arrays["weight"], arrays["bias"])
        if "rate" not in arrays:
            return Carried(parameters)
        velocity = Parameters(arrays["weight_velocity"], arrays["bias_velocity"])
        return Carried(parameters, Momentum(velocity, float(arrays["factor"]), float(arrays["rate"])))


def _pairs(carried: Carried, again: Carried) -> list[tuple[str, np.ndarray, np.ndarray, int]]:
    """What was written and what was read, with the units in the last place by which they may differ."""
    one, other = carried.parameters, again.parameters
    pairs = [("weight", one.weight, other.weight, 0), ("bias", one.bias, other.bias, 0)]
    if carried.momentum is not None and again.momentum is not None:
        here, there = carried.momentum.velocity, again.momentum.velocity
        pairs += [("weight's velocity", here.weight, there.weight, ULPS), ("bias's velocity", here.bias, there.bias, ULPS)]
    return pairs


def _check(what: str, written: np.ndarray, read: np.ndarray, ulps: int) -> None:
    if (written.shape, written.dtype) != (read.shape, read.dtype):
        shapes = f"{written.shape} {written.dtype}", f"{read.shape} {read.dtype}"
        raise UserError(
            Text(f"{what}: written as {shapes[0]}, read again as {shapes[1]}", f"{what}：写入为 {shapes[0]}，读回为 {shapes[1]}")
        )
    differs = written.view(f"u{written.itemsize}") != read.view(f"u{read.itemsize}")
    if ulps:
        differs = ~(np.abs(written - read) <= ulps * np.spacing(np.abs(written)))
    if np.any(differs):
        at = tuple(int(number) for number in np.argwhere(differs)[0])
        values = f"{written[at]!r}", f"{read[at]!r}"
        raise UserError(
            Text(
                f"{what}{list(at)}: written {values[0]}, read again {values[1]}",
                f"{what}{list(at)}：写入 {values[0]}，读回 {values[1]}",
            )
        )
