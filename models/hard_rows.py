"""Rows on which predictions of the same weights are compared: ordinary ones, and those that show a fault."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fairfit.models.pieces import large_pieces, pieces
from fairfit.models.text import Text

HUGE = 1e30
MANY, MOST_VALUES = 1_000_000, 100_000_000  # rows, and values in all of them: wide data gets fewer
SEED = 20


NAMES = {
    "your rows for training": "你的训练行",
    "your rows for testing": "你的测试行",
    "one row": "一行",
    "zeros": "全零",
    "one number at a time": "每次一个数",
}


@dataclass(frozen=True)
class Rows:
    """Rows under a `name`, so many in all; `features` gives them piece by piece, each (rows, inputs)."""

    name: str
    count: int
    features: Callable[[], Iterator[np.ndarray]]


def told(name: str) -> Text:
    """The name of a set of rows."""
    return Text(name, NAMES.get(name) or name.replace(" rows", " 行"))


def hard_rows(inputs: int, dtype: str, own: Mapping[str, np.ndarray]) -> list[Rows]:
    """`own` are features of the user by name, each (rows, inputs); they come first."""
    generator = np.random.default_rng(SEED)
    small = {
        "one row": generator.standard_normal((1, inputs)),
        "zeros": np.zeros((3, inputs)),
        "one number at a time": np.eye(inputs)[: 2**22 // inputs],
        f"±{HUGE:g}": HUGE * generator.choice([-1.0, 1.0], (64, inputs)),
    }
    many = max(1, min(MANY, MOST_VALUES // inputs))
    return [
        *(Rows(name, len(features), functools.partial(_pieces, features)) for name, features in own.items()),
        *(Rows(name, len(rows), functools.partial(_pieces, rows.astype(dtype))) for name, rows in small.items()),
        Rows(f"{many:,} rows", many, functools.partial(_many, many, inputs, dtype)),
    ]


def _pieces(features: np.ndarray) -> Iterator[np.ndarray]:
    return (np.array(features[piece]) for piece in large_pieces(*features.shape))


def _many(rows: int, inputs: int, dtype: str) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(SEED)
    for piece in pieces(rows, inputs, most_rows=rows):
        yield generator.standard_normal((piece.stop - piece.start, inputs), np.dtype(dtype).type)
