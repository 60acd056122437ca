"""The data of a spec: laid out once by its source, in memory-mapped files that every process shares."""

import contextlib
import dataclasses
import errno
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from fairfit.models.errors import DataError
from fairfit.models.pieces import pieces
from fairfit.models.sources.source import Arrays
from fairfit.models.spec import Spec
from fairfit.models.text import Text

ARRAYS = ("train_features", "train_targets", "test_features", "test_targets")


@dataclass(frozen=True)
class Data:
    """The rows of a regression.

    Features have shape (rows, inputs) in the dtype of the spec. Targets have shape (rows,): values in the dtype of the
    spec for `linear`, class numbers as int32 for `softmax`. `outputs` is 1 for `linear`, the number of classes otherwise.
    """

    train_features: np.ndarray
    train_targets: np.ndarray
    test_features: np.ndarray
    test_targets: np.ndarray
    outputs: int

    @property
    def rows(self) -> int:
        return self.train_features.shape[0]

    @property
    def inputs(self) -> int:
        return self.train_features.shape[1]


def load(spec: Spec, data_dir: Path | None = None) -> Data:
    """Make or read the data of a spec into memory; `data_dir` says where files are looked for first.

    Raises DataError where a file is missing or broken, or where its rows do not fit or its targets do not suit the model.
    """
    with _told_where_it_does_not_fit(spec):
        arrays = _rows(spec, data_dir)
        outputs = _outputs(spec, arrays)
        with np.errstate(over="ignore"):  # what the dtype cannot hold becomes infinite, and is named later
            held = {name: np.ascontiguousarray(getattr(arrays, name), _dtype(spec, name)) for name in ARRAYS}
    return Data(**held, outputs=outputs)


def lay_out(spec: Spec, folder: Path, data_dir: Path | None = None) -> int:
    """Make or read the data of a spec into the files that `open_mapped` reads, without a second copy in memory where the source
    can make it in pieces. Returns its outputs. Raises DataError as `load` does."""

    def new(name: str, shape: tuple[int, ...]) -> np.ndarray:
        return new_file(folder / f"{name}.npy", shape, _dtype(spec, name))

    with _told_where_it_does_not_fit(spec), np.errstate(over="ignore"):
        data = spec.data
        whole = None if data.first_rows or data.first_inputs else data.load_into(new, data_dir)
        arrays = whole or _rows(spec, data_dir)
        outputs = _outputs(spec, arrays)
        for name in ARRAYS:
            if not (folder / f"{name}.npy").exists():
                _write(getattr(arrays, name), folder / f"{name}.npy", _dtype(spec, name))
    return outputs


def _rows(spec: Spec, data_dir: Path | None) -> Arrays:
    data, arrays = spec.data, spec.data.arrays(spec.model, spec.training.dtype, data_dir)
    there = dict(zip(("first_rows", "first_inputs"), arrays.train_features.shape, strict=True))
    for name, count in there.items():
        if getattr(data, name) > count:
            raise DataError(
                Text(
                    f"source {spec.source!r}: {name} = {getattr(data, name)}, and there are {count}",
                    f"数据源 {spec.source!r}：{name} = {getattr(data, name)}，而总共只有 {count}",
                )
            )
    rows, inputs = slice(data.first_rows or None), slice(data.first_inputs or None)
    return dataclasses.replace(
        arrays,
        train_features=arrays.train_features[rows, inputs],
        train_targets=arrays.train_targets[rows],
        test_features=arrays.test_features[:, inputs],
    )


def new_file(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """A new .npy file as a mapped array that can be written to. Raises OSError where the disk has no room for it: found out
    later, in the middle of writing, that would end this process."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    if hasattr(os, "posix_fallocate") and array.nbytes:
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def open_mapped(folder: Path, outputs: int) -> Data:
    """Open what `lay_out` wrote without copying it: all processes share one copy in the page cache."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
    return Data(**arrays, outputs=outputs)


def _write(array: np.ndarray, path: Path, dtype: DTypeLike) -> None:
    """Write an array in this dtype, piece by piece; one that lies whole in such a file already is linked to."""
    if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap) and array.dtype == dtype and array.flags.c_contiguous:
        with contextlib.suppress(OSError):  # on another file system
            path.hardlink_to(Path(str(array.filename)))
            return
    written = new_file(path, array.shape, dtype)
    for piece in pieces(len(array), array[:1].size or 1):
        written[piece] = array[piece]


def _dtype(spec: Spec, name: str) -> DTypeLike:
    return np.int32 if name.endswith("_targets") and spec.model == "softmax" else np.dtype(spec.training.dtype)


def _outputs(spec: Spec, arrays: Arrays) -> int:
    return 1 if spec.model == "linear" else _classes(arrays, spec.source)


@contextlib.contextmanager
def _told_where_it_does_not_fit(spec: Spec) -> Iterator[None]:
    try:
        yield
    except (MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise
        where = Text("into memory", "内存") if isinstance(error, MemoryError) else Text("on the disk", "磁盘")
        told = Text("its rows do not fit ", "数据行放不进") + where + Text(": ", "：") + str(error)
        raise DataError(Text(f"source {spec.source!r}: ", f"数据源 {spec.source!r}：") + told) from error


def _classes(arrays: Arrays, source: str) -> int:
    """How many classes there are: as many as the source says, else up to the largest label."""
    labels = np.concatenate([arrays.train_targets, arrays.test_targets])
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        raise DataError(
            Text(
                f"source {source!r}: its targets are no class numbers (0, 1, 2, …), as the model softmax needs them",
                f"数据源 {source!r}：目标值不是 softmax 模型所需的类别编号（0, 1, 2, …）",
            )
        )
    found = int(labels.max()) + 1
    if found > (arrays.classes or found):
        raise DataError(
            Text(
                f"source {source!r}: says that it has {arrays.classes} classes, but a row is of class {found - 1}",
                f"数据源 {source!r}：自称有 {arrays.classes} 个类别，却有一行的类别编号为 {found - 1}",
            )
        )
    return arrays.classes or found
