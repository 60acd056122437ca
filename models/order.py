"""The order in which rows are visited: data shared by all frameworks, not a seed each would use differently."""

from collections.abc import Iterator

import numpy as np

from fairfit.models.spec import Spec


def orders(spec: Spec, rows: int) -> np.ndarray:
    """One permutation of the training rows for each epoch: int32 of shape (epochs, rows)."""
    generator = np.random.default_rng(spec.training.order_seed)
    return np.stack([generator.permutation(rows).astype(np.int32) for _ in range(spec.training.epochs)])


def batches(order: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Consecutive pieces of one order; the last may be shorter."""
    for first in range(0, len(order), batch_size):
        yield order[first : first + batch_size]
