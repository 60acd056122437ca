"""An exercise: a spec with its data, its start and its orders, all that training needs; kept as files for other processes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.models import data as datasets
from fairfit.models import order, parameters
from fairfit.models.data import Data
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, from_mapping, to_json


@dataclass(frozen=True)
class Exercise:
    """`orders` has shape (epochs, rows): the order of the training rows in each epoch; int32, int64 for 2³¹ rows and more."""

    spec: Spec
    data: Data
    start: Parameters
    orders: np.ndarray

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-self.data.rows // self.spec.training.batch_size)


def make(spec: Spec, data_dir: Path | None = None) -> Exercise:
    """Load the data of a spec into memory, make start and orders. Raises DataError where the data is missing or broken."""
    data = datasets.load(spec, data_dir)
    return Exercise(spec, data, parameters.start(spec, data.inputs, data.outputs), order.orders(spec, data.rows))


def lay_out(spec: Spec, folder: Path, data_dir: Path | None = None, like: Path | None = None) -> Exercise:
    """The same in files, in a new folder that `open_mapped` reads: all processes share them, and none holds a copy.

    `like` is the folder of an exercise whose spec has the same data: they are used, and its orders where they are the same, not
    made again.
    """
    folder.mkdir(parents=True)
    known = _values(like) if like is not None else None
    if like is None or known is None:
        place, outputs = ".", datasets.lay_out(spec, folder, data_dir)
    else:
        place, outputs = str((like / known["data"]).absolute()), known["outputs"]
    data = datasets.open_mapped(folder / place, outputs)
    start = parameters.start(spec, data.inputs, data.outputs)
    np.save(folder / "start_weight.npy", start.weight)
    np.save(folder / "start_bias.npy", start.bias)
    orders = "orders.npy"
    if like is not None and known is not None and order.same(from_mapping(known["spec"], ""), spec):
        orders = str((like / known["orders"]).absolute())
    else:
        order.lay_out(spec, data.rows, folder / orders)
    values = {"spec": to_json(spec), "data": place, "outputs": outputs, "orders": orders}
    (folder / "exercise.json").write_text(json.dumps(values))
    return open_mapped(folder)


def save(made: Exercise, folder: Path) -> None:
    """Write an exercise whose arrays are at hand, whatever its spec says of them, in a new folder that `open_mapped` reads."""
    folder.mkdir(parents=True)
    for name in datasets.ARRAYS:
        np.save(folder / f"{name}.npy", getattr(made.data, name))
    np.save(folder / "start_weight.npy", made.start.weight)
    np.save(folder / "start_bias.npy", made.start.bias)
    np.save(folder / "orders.npy", made.orders)
    values = {"spec": to_json(made.spec), "data": ".", "outputs": made.data.outputs, "orders": "orders.npy"}
    (folder / "exercise.json").write_text(json.dumps(values))


def same_data(one: Spec, other: Spec) -> bool:
    """Whether the data of both specs are the same arrays."""
    return (one.model, one.source, one.data, one.training.dtype) == (other.model, other.source, other.data, other.training.dtype)


def open_mapped(folder: Path) -> Exercise:
    """Open what `lay_out` wrote."""
    values = _values(folder)
    start = Parameters(np.load(folder / "start_weight.npy"), np.load(folder / "start_bias.npy"))
    data = datasets.open_mapped(folder / values["data"], values["outputs"])
    return Exercise(from_mapping(values["spec"], ""), data, start, np.load(folder / values["orders"], mmap_mode="r"))


def _values(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "exercise.json").read_text())
    return values
