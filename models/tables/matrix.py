"""What was read of a table, float64 of shape (records, columns) in a file: read again in pieces, so that it need not fit into memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

AT_ONCE = 1 << 18  # values that are worked on at once: they stay in the cache


class Matrix:
    """Rows lie one behind another."""

    def __init__(self, path: Path, records: int, columns: int) -> None:
        self.path, self.records, self.columns = path, records, columns

    def pieces(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All rows, some at a time, and which they are."""
        step = max(1, AT_ONCE // self.columns)
        with self.path.open("rb") as opened:
            for first in range(0, self.records, step):
                rows = np.fromfile(opened, np.float64, min(step, self.records - first) * self.columns)
                yield slice(first, first + step), rows.reshape(-1, self.columns)

    def rows(self, places: np.ndarray) -> np.ndarray:
        """A few rows; a mapped file would bring their whole neighbourhood into memory."""
        found = np.empty((len(places), self.columns))
        with self.path.open("rb") as opened:
            for row, place in zip(found, places, strict=True):
                opened.seek(int(place) * row.nbytes)
                opened.readinto(row.data)
        return found
