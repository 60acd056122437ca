"""The data of a spec: loaded once from its source, then shared by every process as memory-mapped files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models.errors import DataError
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
    """Make or read the data of a spec; `data_dir` says where files are looked for first.

    Raises DataError where a file is missing or broken, or where its rows do not fit into memory or its targets do not suit the
    model.
    """
    try:
        arrays = spec.data.arrays(spec.model, spec.training.dtype, data_dir)
    except MemoryError as error:
        told = Text("its rows do not fit into memory: ", "数据行放不进内存：") + str(error)
        raise DataError(Text(f"source {spec.source!r}: ", f"数据源 {spec.source!r}：") + told) from error
    target_type = spec.training.dtype if spec.model == "linear" else np.int32
    with np.errstate(over="ignore"):  # what the dtype cannot hold becomes infinite, and is named later
        return Data(
            np.ascontiguousarray(arrays.train_features, dtype=spec.training.dtype),
            np.ascontiguousarray(arrays.train_targets, dtype=target_type),
            np.ascontiguousarray(arrays.test_features, dtype=spec.training.dtype),
            np.ascontiguousarray(arrays.test_targets, dtype=target_type),
            outputs=1 if spec.model == "linear" else _classes(arrays, spec.source),
        )


def save(data: Data, folder: Path) -> None:
    """Write the arrays as .npy files that `open_mapped` reads."""
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(data, name), allow_pickle=False)


def open_mapped(folder: Path, outputs: int) -> Data:
    """Open what `save` wrote without copying it: all processes share one copy in the page cache."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
    return Data(**arrays, outputs=outputs)


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
