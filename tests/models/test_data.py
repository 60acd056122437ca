"""The data of a spec: checked against its model, and its way through files."""

import dataclasses
import errno
import functools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.models import data as datasets
from fairfit.models import spec as specs
from fairfit.models.errors import DataError
from fairfit.models.pieces import pieces
from fairfit.models.sources.source import Arrays
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from tests.models.contents import build
from tests.models.sources import load


def test_rows_that_do_not_fit_into_memory_are_told() -> None:
    with pytest.raises(DataError, match="source 'synthetic-linear': its rows do not fit into memory: Unable to allocate"):
        load("synthetic-linear", rows=2**55)


@pytest.mark.parametrize("source", ["synthetic-linear", "synthetic-classes", "digits", "diabetes"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_in_files_is_that_in_memory_mapped_and_unwritable(source: str, dtype: str, tmp_path: Path) -> None:
    spec = spec_of(source, dtype)
    held = datasets.load(spec)
    outputs = datasets.lay_out(spec, tmp_path)
    opened = datasets.open_mapped(tmp_path, outputs)
    assert outputs == held.outputs
    for name in datasets.ARRAYS:
        array = getattr(opened, name)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        assert array.dtype == getattr(held, name).dtype
        assert np.array_equal(array, getattr(held, name))


@pytest.mark.parametrize("source", ["synthetic-linear", "synthetic-classes"])
def test_what_is_made_does_not_depend_on_the_pieces(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(source, "float64", rows=999, test_rows=333)
    at_once = datasets.load(spec)
    module = "synthetic_linear" if source == "synthetic-linear" else "synthetic_classes"
    small = functools.partial(pieces, most_rows=100)
    monkeypatch.setattr(f"fairfit.models.sources.{module}.pieces", small)
    datasets.lay_out(spec, tmp_path)
    opened = datasets.open_mapped(tmp_path, at_once.outputs)
    for name in datasets.ARRAYS:
        np.testing.assert_allclose(getattr(opened, name), getattr(at_once, name), rtol=1e-14)


def test_what_lies_in_a_file_already_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of("synthetic-classes", "float32", rows=20, test_rows=5)
    (tmp_path / "cached").mkdir()
    cached = datasets.open_mapped(tmp_path / "cached", datasets.lay_out(spec, tmp_path / "cached"))
    arrays = Arrays(**{name: getattr(cached, name) for name in datasets.ARRAYS}, classes=5)
    monkeypatch.setattr(SyntheticClasses, "load_into", lambda *_: arrays)
    datasets.lay_out(spec, tmp_path)
    for name in datasets.ARRAYS:
        assert (tmp_path / f"{name}.npy").samefile(tmp_path / "cached" / f"{name}.npy")
    half = dataclasses.replace(arrays, train_features=cached.train_features[:10], train_targets=cached.train_targets[:10])
    monkeypatch.setattr(SyntheticClasses, "load_into", lambda *_: half)
    (tmp_path / "half").mkdir()
    datasets.lay_out(spec, tmp_path / "half")
    assert np.array_equal(datasets.open_mapped(tmp_path / "half", 5).train_features, cached.train_features[:10])


def test_a_full_disk_is_told_before_anything_is_written_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DataError, match=r"source 'digits': its rows do not fit on the disk: .*No space left on device"):
        datasets.lay_out(spec_of("digits"), tmp_path)


def test_files_never_hold_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of("synthetic-classes", rows=20, test_rows=5)
    outputs = datasets.lay_out(spec, tmp_path)
    np.save(tmp_path / "test_targets.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        datasets.open_mapped(tmp_path, outputs)


def spec_of(source: str, dtype: str = "float32", **fields: Any) -> specs.Spec:
    return build(source, dtype=dtype, **fields)
