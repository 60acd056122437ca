"""Rows in pieces: what is done with all rows of a data set is done piece by piece, so that it needs no second copy of them."""

from collections.abc import Iterator

CACHED_ROWS, CACHED_VALUES = 4096, 2**22  # of one piece: few enough for what is made of them to stay near the processor
HELD_VALUES = 2**24  # of one piece that a framework is handed, or that a float64 copy is made of: 128 MB


def pieces(rows: int, inputs: int, *, most_rows: int = CACHED_ROWS, values: int = CACHED_VALUES) -> Iterator[slice]:
    """Consecutive slices of all rows, each of so many rows and values at the most, and of at least one row."""
    size = max(1, min(most_rows, values // inputs))
    for first in range(0, rows, size):
        yield slice(first, min(rows, first + size))


def large_pieces(rows: int, inputs: int) -> Iterator[slice]:
    """The same, but bounded by memory alone: one piece for all but large data."""
    return pieces(rows, inputs, most_rows=rows, values=HELD_VALUES)
