"""An exercise comes back from its files as it was laid out, its data shared and unwritable."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.models import data as datasets
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs


def spec_with(**training: Any) -> specs.Spec:
    values = {
        "description": {"en": "three classes", "zh": "三个类别"},
        "model": "softmax",
        "data": {"source": "synthetic-classes", "classes": 3, "rows": 20, "test_rows": 5},
        "training": {"learning_rate": [0.2, 0.1], "epochs": 2} | training,
    }
    return specs.from_mapping(values, "mine")


def test_an_exercise_holds_a_start_and_an_order_for_each_epoch() -> None:
    made = exercises.make(spec_with())
    assert (made.start.weight.shape, made.start.bias.shape) == ((3, 20), (3,))
    assert made.orders.shape == (2, 20)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_exercise_comes_back_from_its_files(tmp_path: Path, dtype: str) -> None:
    made = exercises.make(spec_with(dtype=dtype, start="normal"))
    exercises.save(made, tmp_path / "files")
    opened = exercises.open_mapped(tmp_path / "files")
    assert opened.spec == made.spec
    assert opened.spec.digest == made.spec.digest
    assert opened.data.outputs == made.data.outputs == 3
    for place, names in (("data", datasets.ARRAYS), ("start", ("weight", "bias"))):
        for name in names:
            expected, found = (getattr(getattr(item, place), name) for item in (made, opened))
            assert found.dtype == expected.dtype
            assert np.array_equal(found, expected)
    assert opened.orders.dtype == np.int32
    assert np.array_equal(opened.orders, made.orders)


def test_its_data_is_shared_and_unwritable(tmp_path: Path) -> None:
    exercises.save(exercises.make(spec_with()), tmp_path / "files")
    opened = exercises.open_mapped(tmp_path / "files")
    assert isinstance(opened.data.train_features, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        opened.data.train_features[0, 0] = 1


def test_an_exercise_never_overwrites_another(tmp_path: Path) -> None:
    made = exercises.make(spec_with())
    exercises.save(made, tmp_path / "files")
    with pytest.raises(FileExistsError):
        exercises.save(dataclasses.replace(made, spec=spec_with(epochs=2)), tmp_path / "files")
