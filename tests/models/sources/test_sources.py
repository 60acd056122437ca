"""What holds for every source: its shapes and dtypes, and that a seed gives one data set."""

from typing import Any

import numpy as np
import pytest

from fairfit.models import data as datasets
from tests.models.sources import load


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("source", "data", "rows", "test_rows", "inputs", "outputs"),
    [
        ("synthetic-linear", {"weight": [1.0, 2.0, 3.0], "rows": 30, "test_rows": 7}, 30, 7, 3, 1),
        ("synthetic-classes", {"features": 6, "classes": 4, "rows": 30, "test_rows": 7}, 30, 7, 6, 4),
        ("diabetes", {}, 422, 20, 10, 1),
        ("digits", {"test_rows": 360}, 1437, 360, 64, 10),
    ],
)
def test_a_source_has_its_shapes_and_the_dtype_of_the_spec(
    source: str, data: dict[str, Any], rows: int, test_rows: int, inputs: int, outputs: int, dtype: str
) -> None:
    found = load(source, dtype, **data)
    assert (found.rows, found.inputs, found.outputs) == (rows, inputs, outputs)
    assert (found.train_features.shape, found.train_targets.shape) == ((rows, inputs), (rows,))
    assert (found.test_features.shape, found.test_targets.shape) == ((test_rows, inputs), (test_rows,))
    assert found.train_features.dtype == found.test_features.dtype == dtype
    assert found.train_targets.dtype == found.test_targets.dtype == (dtype if outputs == 1 else "int32")
    assert all(getattr(found, name).flags.c_contiguous for name in datasets.ARRAYS)


@pytest.mark.parametrize("source", ["synthetic-linear", "synthetic-classes", "digits"])
def test_a_seed_gives_one_data_set(source: str) -> None:
    assert np.array_equal(load(source, seed=5).train_features, load(source, seed=5).train_features)
    assert not np.array_equal(load(source, seed=5).train_features, load(source, seed=6).train_features)
