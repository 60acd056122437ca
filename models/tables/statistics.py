"""Mean, spread and range of the columns of many rows, in float64, taken in pieces."""

from collections.abc import Iterable

import numpy as np


class Moments:
    """Of columns side by side; NaN counts as no value. Pieces are merged by the update of T. Chan, G. Golub and R. LeVeque,
    "Updating formulae and a pairwise algorithm for computing sample variances", 1979, about a value that stands in the column.
    """

    def __init__(self, columns: int) -> None:
        self.count = np.zeros(columns)
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self._origin: np.ndarray | None = None
        self._mean, self._squares = np.zeros(columns), np.zeros(columns)

    def add(self, rows: np.ndarray, *, gaps: bool) -> None:
        """Rows of shape (rows, columns); `gaps` says that a value may be missing."""
        if not len(rows):
            return
        least, most = (np.fmin.reduce(rows), np.fmax.reduce(rows)) if gaps else (rows.min(axis=0), rows.max(axis=0))
        self.low, self.high = np.fmin(self.low, least), np.fmax(self.high, most)
        if self._origin is None:
            self._origin = np.nan_to_num(rows[0])
        with np.errstate(over="ignore", invalid="ignore"):
            apart = rows - self._origin
            if gaps:
                given = ~np.isnan(apart)
                count = given.sum(axis=0, dtype=np.float64)
                mean = np.where(given, apart, 0).sum(axis=0) / np.maximum(count, 1)
                squares = (np.where(given, apart - mean, 0) ** 2).sum(axis=0)
            else:
                count = np.full(rows.shape[1], float(len(rows)))
                mean = apart.mean(axis=0)
                apart -= mean
                squares = np.einsum("ij,ij->j", apart, apart)
            total = self.count + count
            share = count / np.maximum(total, 1)
            step = mean - self._mean
            self._squares += squares + step**2 * self.count * share
            self._mean += step * share
            self.count = total

    @property
    def mean(self) -> np.ndarray:
        return self._mean if self._origin is None else self._origin + self._mean

    @property
    def deviation(self) -> np.ndarray:
        """The square root of the mean squared distance from the mean."""
        return np.sqrt(self._squares / np.maximum(self.count, 1))


def of(pieces: Iterable[np.ndarray], columns: int, *, gaps: bool) -> Moments:
    """Of all pieces."""
    moments = Moments(columns)
    for piece in pieces:
        moments.add(piece, gaps=gaps)
    return moments
