"""What an adapter is trained on when it is held to the contract: two problems of 50 rows, plain and with everything."""

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.models import data as datasets
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.parameters import Parameters
from fairfit.models.targets import Target, Targets

SOURCES: dict[str, dict[str, Any]] = {
    "linear": {"source": "synthetic-linear", "weight": [2.0, -3.4, 0.5], "rows": 50, "test_rows": 10},
    "softmax": {"source": "synthetic-classes", "features": 6, "classes": 3, "rows": 50, "test_rows": 10},
}
TRAININGS: dict[str, dict[str, Any]] = {
    # everything that frameworks do differently: a last batch of 2, momentum under a changing rate, a penalty, a start
    "everything": {
        "learning_rate": [0.1, 0.02, 0.05], "batch_size": 16, "epochs": 3, "momentum": 0.9, "l2": 0.05,
        "start": "normal", "start_scale": 0.1,
    },
    # nothing of it, and fewer rows than a batch
    "plain": {"learning_rate": 0.5, "batch_size": 64, "epochs": 2},
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What the harness hands to an adapter, and where its training must lead."""

    spec: specs.Spec
    data: datasets.Data
    start: Parameters
    orders: np.ndarray
    targets: list[Target]


@functools.cache
def problem(model: str, dtype: str, training: str = "everything") -> Problem:
    values = {"model": model, "data": SOURCES[model], "training": TRAININGS[training] | {"dtype": dtype}}
    spec = specs.from_mapping(values, training)
    with tempfile.TemporaryDirectory() as folder:  # mapped and unwritable, as a worker has them
        made = exercises.lay_out(spec, Path(folder) / "exercise")
    return Problem(spec, made.data, made.start, np.array(made.orders), Targets(made).planned())
