"""The data of a spec: checked against its model, and its way through files."""

from pathlib import Path

import numpy as np
import pytest

from fairfit.models import data as datasets
from fairfit.models.errors import DataError
from tests.models.sources import load


def test_rows_that_do_not_fit_into_memory_are_told() -> None:
    with pytest.raises(DataError, match="source 'synthetic-linear': its rows do not fit into memory: Unable to allocate"):
        load("synthetic-linear", rows=2**55)


def test_saved_data_comes_back_equal_mapped_and_unwritable(tmp_path: Path) -> None:
    made = load("synthetic-classes", "float32", rows=20, test_rows=5)
    datasets.save(made, tmp_path)
    opened = datasets.open_mapped(tmp_path, made.outputs)
    assert opened.outputs == made.outputs
    for name in datasets.ARRAYS:
        array = getattr(opened, name)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        assert array.dtype == getattr(made, name).dtype
        assert np.array_equal(array, getattr(made, name))


def test_files_never_hold_pickles(tmp_path: Path) -> None:
    made = load("synthetic-classes", rows=20, test_rows=5)
    objects = np.array([{}], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        datasets.save(datasets.Data(objects, objects, objects, objects, outputs=1), tmp_path)
    datasets.save(made, tmp_path)
    np.save(tmp_path / "test_targets.npy", objects, allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        datasets.open_mapped(tmp_path, made.outputs)
