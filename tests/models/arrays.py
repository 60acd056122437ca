"""Exercises of given arrays, for what depends on the data alone."""

import dataclasses
from typing import Any

import numpy as np

from fairfit.models import exercise as exercises
from fairfit.models import order, parameters
from fairfit.models import spec as specs
from fairfit.models.data import Data
from fairfit.models.exercise import Exercise

SOURCES = {"linear": "synthetic-linear", "softmax": "synthetic-classes"}


def of_arrays(model: str, features: Any, targets: Any, outputs: int = 0, **training: Any) -> Exercise:
    """An exercise whose rows are these, for training and for the test."""
    content = {"model": model, "data": {"source": SOURCES[model]}, "training": {"learning_rate": 0.1} | training}
    made = exercises.make(specs.from_mapping(content, "arrays"))
    dtype = made.spec.training.dtype
    rows = np.ascontiguousarray(features, dtype)
    values = np.ascontiguousarray(targets, dtype if model == "linear" else np.int32)
    data = Data(rows, values, rows, values, outputs or (1 if model == "linear" else int(values.max()) + 1))
    start = parameters.start(made.spec, data.inputs, data.outputs)
    return dataclasses.replace(made, data=data, start=start, orders=order.orders(made.spec, data.rows))


def a_table(rows: int = 300, inputs: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features and a linear target with noise."""
    generator = np.random.default_rng(seed)
    features = generator.standard_normal((rows, inputs))
    return features, features @ np.arange(1.0, inputs + 1) + 3 + generator.standard_normal(rows)
