"""An exercise comes back from its files as it was laid out, its data shared and unwritable."""

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
@pytest.mark.parametrize("order", ["rows", "blocks"])
def test_an_exercise_in_files_is_the_one_in_memory(tmp_path: Path, dtype: str, order: str) -> None:
    made = exercises.make(spec_with(dtype=dtype, start="normal", order=order, block_rows=6))
    exercises.lay_out(made.spec, tmp_path / "files")
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


def test_its_data_and_its_orders_are_shared_and_unwritable(tmp_path: Path) -> None:
    opened = exercises.lay_out(spec_with(), tmp_path / "files")
    for array in (opened.data.train_features, opened.orders):
        assert isinstance(array, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_specs_of_the_same_data_share_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = exercises.lay_out(spec_with(), tmp_path / "first")
    monkeypatch.setattr(datasets, "lay_out", lambda *_: pytest.fail("the data were made again"))
    other = spec_with(batch_size=7, start="normal", order_seed=5)
    assert exercises.same_data(first.spec, other)
    second = exercises.lay_out(other, tmp_path / "second", like=tmp_path / "first")
    third = exercises.lay_out(other, tmp_path / "third", like=tmp_path / "second")
    for found in (second, third):
        assert np.array_equal(found.data.train_features, first.data.train_features)
        assert found.spec == other and found.data.outputs == 3
    assert not list((tmp_path / "second").glob("train_*"))


def test_data_of_another_dtype_or_for_another_model_is_not_the_same() -> None:
    assert not exercises.same_data(spec_with(), spec_with(dtype="float64"))
    assert not exercises.same_data(specs.find("digits"), specs.find("article-softmax"))


def test_an_exercise_never_overwrites_another(tmp_path: Path) -> None:
    exercises.lay_out(spec_with(), tmp_path / "files")
    with pytest.raises(FileExistsError):
        exercises.lay_out(spec_with(epochs=2), tmp_path / "files")
