"""A spec made ready to be worked on: data, start, orders and reference, as arrays here and as files for the workers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compare.runfiles import SpecRecord
from models import data as datasets
from models import order, parameters, reference
from models.parameters import Parameters
from models.spec import Spec, to_json


@dataclass(frozen=True)
class Task:
    """`folder` holds the files that workers read; `exact_features` are the training features in float64, for scoring."""

    spec: Spec
    data: datasets.Data
    exact_features: np.ndarray
    reference: list[Parameters]
    folder: Path


def prepare(spec: Spec, folder: Path, data_dir: Path | None) -> Task:
    """Load the data, make start and orders, train the reference, lay out the files.

    Raises DataError where the data is missing or broken, SpecError where training diverges.
    """
    data = datasets.load(spec, data_dir)
    start = parameters.start(spec, data.inputs, data.outputs)
    orders = order.orders(spec, data.rows)
    trajectory = reference.trajectory(spec, data, start, orders)
    folder.mkdir(parents=True)
    datasets.save(data, folder)
    np.save(folder / "start_weight.npy", start.weight)
    np.save(folder / "start_bias.npy", start.bias)
    np.save(folder / "orders.npy", orders)
    return Task(spec, data, data.train_features.astype(np.float64), trajectory, folder)


def record(task: Task) -> SpecRecord:
    """What the report needs to know of the spec, its data and its reference."""
    losses = [train_loss(task, here) for here in task.reference]
    _, metric = reference.score(
        task.spec.model, reference.scores(task.reference[-1], task.data.test_features), task.data.test_targets
    )
    spec, data = task.spec, task.data
    return SpecRecord(to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric)


def train_loss(task: Task, here: Parameters) -> float:
    """The loss on all training rows, in float64."""
    return reference.loss(task.spec.model, reference.scores(here, task.exact_features), task.data.train_targets)
