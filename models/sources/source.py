"""What every data source is: checked fields, the models that it suits, and how its rows are had."""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.checked import Checked, file_fields
from fairfit.models.errors import DataError
from fairfit.models.tables.understanding import Understanding
from fairfit.models.text import Text


@dataclass(frozen=True)
class Arrays:
    """The rows of a source, scaled and split.

    Features have shape (rows, inputs), targets (rows,): values for `linear`, the integers from 0 on for `softmax`.
    `classes` is their number where the source knows more than its rows show: else it is the largest of them and one.
    """

    train_features: np.ndarray
    train_targets: np.ndarray
    test_features: np.ndarray
    test_targets: np.ndarray
    classes: int | None = None


NewArray = Callable[[str, tuple[int, ...]], np.ndarray]  # field of Arrays, shape → an array to be filled, in whatever dtype


@dataclass(frozen=True)
class Size:
    """What can be said of the rows of a source before they are had; both parts together have `train_rows + test_rows` of them."""

    train_rows: int
    test_rows: int
    inputs: int

    @property
    def values(self) -> int:
        """Of the training features."""
        return self.train_rows * self.inputs


@dataclass(frozen=True)
class Source(Checked):
    """A base of frozen dataclasses whose fields are the keys of [data] in a spec.

    `models` are those that the source suits, one or more. Of the training rows only the `first_rows` are taken, of the inputs
    the `first_inputs`; 0 is all of them.
    """

    models: ClassVar[tuple[str, ...]]

    _: KW_ONLY  # so that sources may have fields without a default
    first_rows: int = checked.integer(0, default=0)
    first_inputs: int = checked.integer(0, default=0)

    def resized(self, *, rows: int | None = None, inputs: int | None = None) -> "Source":
        """The same with so many training rows or inputs: the first of them; a source that makes its rows overrides it."""
        return dataclasses.replace(self, first_rows=rows or self.first_rows, first_inputs=inputs or self.first_inputs)

    @property
    def size(self) -> Size | None:
        """`known_size`, less what is not taken."""
        known = self.known_size()
        if known is None:
            return None
        rows, inputs = self.first_rows or known.train_rows, self.first_inputs or known.inputs
        return dataclasses.replace(known, train_rows=min(rows, known.train_rows), inputs=min(inputs, known.inputs))

    def load(self, data_dir: Path | None) -> Arrays:
        """Make or read the rows; `data_dir` is the folder that the user named with --data-dir.

        Raises DataError where files are missing or broken.
        """
        raise NotImplementedError

    def arrays(self, model: str, dtype: str, data_dir: Path | None) -> Arrays:
        """The rows as one model and dtype need them; a source that prepares them for these overrides it, others `load`."""
        return self.load(data_dir)

    def understood(self, model: str, dtype: str) -> Understanding | None:
        """What is to be told of rows that were prepared for this model and dtype; None where there is nothing."""
        return None

    def load_into(self, new: NewArray, data_dir: Path | None) -> Arrays | None:
        """The same in arrays that `new` makes, which may lie in files, by a source that can fill them piece by piece; None where
        it cannot, and is to be loaded into memory."""
        return None

    def known_size(self) -> Size | None:
        """How large all of the data is, told without making or reading it; None where that cannot be."""
        return None

    def content(self) -> str:
        """What the digest of a spec knows of the files that its fields name: their SHA-256; empty where they name none.

        Raises DataError where a file cannot be read.
        """
        return " ".join(_sha256(getattr(self, name)) for name in file_fields(self))


def put(rows: np.ndarray, first: int, train: np.ndarray, test: np.ndarray) -> None:
    """Write consecutive rows where they belong; `first` is the number of the first of them, and the training part comes first."""
    cut = min(len(rows), max(0, len(train) - first))
    train[first : first + cut] = rows[:cut]
    begin = first + cut - len(train)
    test[begin : begin + len(rows) - cut] = rows[cut:]


def split_tail(features: np.ndarray, targets: np.ndarray, test_rows: int) -> Arrays:
    """The last `test_rows` rows are the test part, all others the training part."""
    return Arrays(features[:-test_rows], targets[:-test_rows], features[-test_rows:], targets[-test_rows:])


def standardise(arrays: Arrays) -> Arrays:
    """Subtract the mean and divide by the standard deviation of the training rows; a constant column stays at 0."""
    mean = arrays.train_features.mean(axis=0, dtype=np.float64)
    deviation = arrays.train_features.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    return dataclasses.replace(
        arrays,
        train_features=(arrays.train_features - mean) / deviation,
        test_features=(arrays.test_features - mean) / deviation,
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise DataError(Text(f"{path}: cannot be read: ", f"{path}：无法读取：") + str(error.strerror)) from error
