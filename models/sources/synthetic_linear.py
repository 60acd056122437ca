"""Synthetic rows on a plane with noise: the article's first data set."""

import dataclasses
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.pieces import pieces
from fairfit.models.sources.source import Arrays, NewArray, Size, Source, put


@dataclass(frozen=True)
class SyntheticLinear(Source):
    """y = weight · x + bias + noise · N(0, 1) with x ~ N(0, 1), one x for each value of `weight`."""

    models: ClassVar[tuple[str, ...]] = ("linear",)

    weight: tuple[float, ...] = checked.numbers((2.0, -3.4))
    bias: float = checked.number(default=4.2)
    noise: float = checked.number(0, default=0.01)
    rows: int = checked.integer(1, default=1000)
    test_rows: int = checked.integer(2, default=1000)
    seed: int = checked.integer(0, default=0)

    def resized(self, *, rows: int | None = None, inputs: int | None = None) -> "SyntheticLinear":
        """With as many inputs as are asked for `weight` begins again."""
        weight = itertools.islice(itertools.cycle(self.weight), inputs or len(self.weight))
        return dataclasses.replace(self, rows=rows or self.rows, weight=tuple(weight))

    def load(self, data_dir: Path | None) -> Arrays:
        return self.load_into(lambda _, shape: np.empty(shape), data_dir)

    def load_into(self, new: NewArray, data_dir: Path | None) -> Arrays:
        generator, weight = np.random.default_rng(self.seed), np.array(self.weight)
        rows, inputs = self.rows + self.test_rows, len(self.weight)
        train, test = new("train_features", (self.rows, inputs)), new("test_features", (self.test_rows, inputs))
        targets = np.empty(rows)
        for piece in pieces(rows, inputs):
            drawn = generator.standard_normal((piece.stop - piece.start, inputs))
            targets[piece] = drawn @ weight + self.bias
            put(drawn, piece.start, train, test)
        targets += self.noise * generator.standard_normal(rows)
        return Arrays(train, targets[: self.rows], test, targets[self.rows :])

    def known_size(self) -> Size:
        return Size(self.rows, self.test_rows, len(self.weight))
