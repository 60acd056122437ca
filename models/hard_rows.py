"""Rows on which predictions of the same weights are compared: ordinary ones, and those that show a fault."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from fairfit.models.pieces import CACHED_VALUES, pieces
from fairfit.models.text import Text

HUGE = 1e30
MANY, MOST_VALUES = 1_000_000, 100_000_000  # rows, and features or scores of all of them: wide layers get fewer
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


def hard_rows(inputs: int, outputs: int, dtype: str, own: Mapping[str, np.ndarray]) -> list[Rows]:
    """For a layer of these inputs and outputs. `own` are features of the user by name, each (rows, inputs); they come first. A
    piece is no larger than memory bears, its scores included."""
    width = max(inputs, outputs)
    generator = np.random.default_rng(SEED)
    small = {
        "one row": generator.standard_normal((1, inputs)),
        "zeros": np.zeros((3, inputs)),
        "one number at a time": np.eye(max(1, min(inputs, CACHED_VALUES // width)), inputs),
        f"±{HUGE:g}": HUGE * generator.choice([-1.0, 1.0], (64, inputs)),
    }
    many = max(1, min(MANY, MOST_VALUES // width))
    return [
        *(Rows(name, len(features), functools.partial(_pieces, features, width)) for name, features in own.items()),
        *(Rows(name, len(rows), functools.partial(_pieces, rows.astype(dtype), width)) for name, rows in small.items()),
        Rows(f"{many:,} rows", many, functools.partial(_many, many, inputs, width, dtype)),
    ]


def _pieces(features: np.ndarray, width: int) -> Iterator[np.ndarray]:
    return (np.array(features[piece]) for piece in pieces(len(features), width, most_rows=len(features)))


def _many(rows: int, inputs: int, width: int, dtype: str) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(SEED)
    for piece in pieces(rows, width, most_rows=rows):
        yield generator.standard_normal((piece.stop - piece.start, inputs), np.dtype(dtype).type)
