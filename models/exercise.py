"""An exercise: a spec with its data, its start and its orders, all that training needs; kept as files for other processes."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models import data as datasets
from fairfit.models import order, parameters
from fairfit.models.data import Data
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, from_mapping, to_json


@dataclass(frozen=True)
class Exercise:
    """`orders` is int32 of shape (epochs, rows): the order of the training rows in each epoch."""

    spec: Spec
    data: Data
    start: Parameters
    orders: np.ndarray

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-self.data.rows // self.spec.training.batch_size)


def make(spec: Spec, data_dir: Path | None = None) -> Exercise:
    """Load the data of a spec, make start and orders. Raises DataError where the data is missing or broken."""
    data = datasets.load(spec, data_dir)
    return Exercise(spec, data, parameters.start(spec, data.inputs, data.outputs), order.orders(spec, data.rows))


def save(exercise: Exercise, folder: Path) -> None:
    """Lay it out in a new folder that `open_mapped` reads."""
    folder.mkdir(parents=True)
    datasets.save(exercise.data, folder)
    np.save(folder / "start_weight.npy", exercise.start.weight)
    np.save(folder / "start_bias.npy", exercise.start.bias)
    np.save(folder / "orders.npy", exercise.orders)
    values = {"spec": to_json(exercise.spec), "outputs": exercise.data.outputs}
    (folder / "exercise.json").write_text(json.dumps(values))


def open_mapped(folder: Path) -> Exercise:
    """Open what `save` laid out; the data is shared with all processes that do."""
    values = json.loads((folder / "exercise.json").read_text())
    start = Parameters(np.load(folder / "start_weight.npy"), np.load(folder / "start_bias.npy"))
    data = datasets.open_mapped(folder, values["outputs"])
    return Exercise(from_mapping(values["spec"], ""), data, start, np.load(folder / "orders.npy"))
