"""The order in which rows are visited: data shared by all frameworks, not a seed each would use differently."""

import os
from collections.abc import Iterator

import numpy as np

from fairfit.models.errors import SpecError
from fairfit.models.spec import Spec
from fairfit.models.text import Text

VARIATIONS = (1, 2, 3)
"""Of a training: they take turns from sample to sample, so that what is timed cannot be what is remembered."""


def orders(spec: Spec, rows: int) -> np.ndarray:
    """One permutation of the training rows for each epoch: int32 of shape (epochs, rows). Raises SpecError where they do not
    fit into memory."""
    generator = np.random.default_rng(spec.training.order_seed)
    epochs, size = spec.training.epochs, 4 * rows * spec.training.epochs
    if size > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2:
        raise SpecError(
            Text(
                f"spec {spec.name!r}: epochs = {epochs} is more than this machine can hold: the order of {rows} rows in each "
                f"takes {size / 1e9:,.0f} GB; lower epochs",
                f"规格 {spec.name!r}：epochs = {epochs} 超出本机所能容纳：每轮 {rows} 行的顺序共需 {size / 1e9:,.0f} GB；"
                "请减小 epochs",
            )
        )
    return np.stack([generator.permutation(rows).astype(np.int32) for _ in range(epochs)])


def batches(order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Consecutive pieces of one order; the last may be shorter."""
    for first in range(0, len(order), batch_size):
        yield order[first : first + batch_size]


def shuffled_within_batches(order: np.ndarray, batch_size: int, generator: np.random.Generator) -> np.ndarray:
    """The same batches with their rows in another order: the same training, but for rounding."""
    return np.concatenate([generator.permutation(batch) for batch in batches(order, batch_size)])


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
    full = len(order) // spec.training.batch_size * spec.training.batch_size  # a shorter last batch stays the last
    blocks = generator.permutation(order[:full].reshape(-1, spec.training.batch_size))
    return np.concatenate([blocks.ravel(), order[full:]]), float(np.float32(rate * generator.uniform(0.5, 1.0)))
