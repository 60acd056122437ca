"""Mean and covariance of the training features, summed in float64 over pieces of the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairfit.models.data import Data
from fairfit.models.pieces import pieces

CONSTANT = 1e-12  # a column that scatters by less of its mean is constant, but for how sums are rounded


def in_float64(data: Data) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training features in float64, of shape (some rows, inputs), with their targets: never a copy of all."""
    for rows in pieces(data.rows, data.inputs):
        yield data.train_features[rows].astype(np.float64), data.train_targets[rows]


@dataclass(frozen=True)
class Moments:
    """`mean` has shape (inputs,), `covariance` (inputs, inputs)."""

    mean: np.ndarray
    covariance: np.ndarray

    def with_bias(self) -> np.ndarray:
        """The mean of x xᵀ over the rows, where x ends with a 1 for the bias: (inputs + 1, inputs + 1)."""
        mean = np.append(self.mean, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.outer(mean, mean) + np.pad(self.covariance, (0, 1))


def of(data: Data) -> Moments:
    """In two passages through the rows: squares around 0 would lose what is small beside its mean. Not finite where float64
    cannot hold the squares."""
    mean, covariance = np.zeros(data.inputs), np.zeros((data.inputs, data.inputs))
    with np.errstate(over="ignore", invalid="ignore"):
        for features, _ in in_float64(data):
            mean += features.sum(axis=0) / data.rows
        for features, _ in in_float64(data):
            features -= mean
            covariance += features.T @ features / data.rows
    constant = np.sqrt(np.diag(covariance)) <= CONSTANT * np.abs(mean)
    covariance[constant] = covariance[:, constant] = 0.0
    return Moments(mean, covariance)
