"""The order in which rows are visited: data shared by all frameworks, not a seed each would use differently."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from fairfit.models.data import new_file
from fairfit.models.errors import SpecError
from fairfit.models.spec import Spec
from fairfit.models.text import Text

LEAST_MOVED = 16  # pieces of an order that a variation moves, where it has so many batches
VARIATIONS = (1, 2, 3)
"""Of a training: they take turns from sample to sample, so that what is timed cannot be what is remembered."""


def orders(spec: Spec, rows: int) -> np.ndarray:
    """One order of the training rows for each epoch, of shape (epochs, rows). Raises SpecError where there are more than this
    machine can hold."""
    check_size(spec, rows)
    return np.stack(list(_each(spec, rows)))


def lay_out(spec: Spec, rows: int, path: Path) -> None:
    """Write the same into a .npy file, one epoch at a time. Raises SpecError as `orders` does."""
    check_size(spec, rows)
    written = new_file(path, (spec.training.epochs, rows), index_type(rows))
    for epoch, order in enumerate(_each(spec, rows)):
        written[epoch] = order


def same(one: Spec, other: Spec) -> bool:
    """Whether two specs that have the same rows visit them in the same orders."""
    names = ("epochs", "order_seed", "order", "block_rows")
    return all(getattr(one.training, name) == getattr(other.training, name) for name in names)


def index_type(rows: int) -> DTypeLike:
    """What holds the numbers of so many rows."""
    return np.int32 if rows < 2**31 else np.int64


def _each(spec: Spec, rows: int) -> Iterator[np.ndarray]:
    """The order of one epoch after another: a permutation of the rows; or of blocks of rows, which follow each other as they
    lie, so that memory and disk are read in one go."""
    training = spec.training
    generator = np.random.default_rng(training.order_seed)
    for _ in range(training.epochs):
        if training.order == "rows":
            order = generator.permutation(rows)
        else:
            size = min(training.block_rows, rows)
            blocks = generator.permutation(-(-rows // size))
            order = (size * blocks[:, None] + np.arange(size)).ravel()
            order = order[order < rows]  # the last rows may be a smaller block
        yield order.astype(index_type(rows))


def check_size(spec: Spec, rows: int) -> None:
    """Raises SpecError where the orders of all epochs are more than this machine can hold."""
    epochs, size = spec.training.epochs, np.dtype(index_type(rows)).itemsize * rows * spec.training.epochs
    if size > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2:
        raise SpecError(
            Text(
                f"spec {spec.name!r}: epochs = {epochs} is more than this machine can hold: the order of {rows} rows in each "
                f"takes {size / 1e9:,.0f} GB; lower epochs",
                f"规格 {spec.name!r}：epochs = {epochs} 超出本机所能容纳：每轮 {rows} 行的顺序共需 {size / 1e9:,.0f} GB；"
                "请减小 epochs",
            )
        )


def batches(order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Consecutive pieces of one order; the last may be shorter."""
    for first in range(0, len(order), batch_size):
        yield order[first : first + batch_size]


class InOrder:
    """The numbers of the rows one by one, as a data loader takes them; every epoch sets `rows` anew."""

    rows = np.empty(0, np.int32)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[int]:
        for window in batches(self.rows, 4096):  # all of them as Python's integers would be as large as the data
            yield from window.tolist()


def anew(spec: Spec, order: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The same batches with their rows in another order: the same training, but for rounding. Rows that come in blocks begin
    elsewhere in their batch, and follow each other still."""
    if spec.training.order == "rows":
        return np.concatenate([generator.permutation(batch) for batch in batches(order, spec.training.batch_size)])
    return np.concatenate([np.roll(batch, generator.integers(len(batch))) for batch in batches(order, spec.training.batch_size)])


def varied(spec: Spec, planned: np.ndarray, variation: int, epoch: int) -> tuple[np.ndarray, float]:
    """Order and learning rate of an epoch, counted from 0, of one variation of the training.

    Variation 0 is the training as planned, begun again where it is longer. Each other one visits the full batches in
    another sequence, at rates that are lower by up to a half: what comes out is known from the reference, and cannot be had
    by remembering what came out before. Those rates are numbers that float32 holds.
    """
    turn = epoch % len(planned)
    order, rate = planned[turn], spec.training.learning_rates[turn]
    if variation == 0:
        return order, rate
    generator = np.random.default_rng([spec.training.order_seed, variation, epoch])
    size = spec.training.batch_size * _together(spec, len(order))
    full = len(order) // size * size  # a shorter last batch stays the last
    moved = generator.permutation(order[:full].reshape(-1, size))
    return np.concatenate([moved.ravel(), order[full:]]), float(np.float32(rate * generator.uniform(0.5, 1.0)))


def _together(spec: Spec, rows: int) -> int:
    """How many batches keep together where batches are moved: one; those of a block, where blocks are there for their rows to
    lie near each other, but never so many that there is little to move."""
    if spec.training.order == "rows":
        return 1
    return max(1, min(spec.training.block_rows // spec.training.batch_size, rows // spec.training.batch_size // LEAST_MOVED))
