"""Synthetic rows around one centre a class: the article's second data set."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.pieces import pieces
from fairfit.models.sources.source import Arrays, NewArray, Size, Source, put


@dataclass(frozen=True)
class SyntheticClasses(Source):
    """Gaussian clouds of unit variance, one a class, whose centres are drawn from N(0, separation²)."""

    models: ClassVar[tuple[str, ...]] = ("softmax",)

    features: int = checked.integer(1, default=20)
    classes: int = checked.integer(2, default=5)
    separation: float = checked.number(0, default=0.7)
    rows: int = checked.integer(2, default=1000)
    test_rows: int = checked.integer(2, default=1000)
    seed: int = checked.integer(0, default=0)

    def resized(self, *, rows: int | None = None, inputs: int | None = None) -> "SyntheticClasses":
        return dataclasses.replace(self, rows=rows or self.rows, features=inputs or self.features)

    def load(self, data_dir: Path | None) -> Arrays:
        return self.load_into(lambda _, shape: np.empty(shape), data_dir)

    def load_into(self, new: NewArray, data_dir: Path | None) -> Arrays:
        generator = np.random.default_rng(self.seed)
        rows, inputs = self.rows + self.test_rows, self.features
        train, test = new("train_features", (self.rows, inputs)), new("test_features", (self.test_rows, inputs))
        centres = self.separation * generator.standard_normal((self.classes, inputs))
        targets = np.arange(rows) % self.classes
        for piece in pieces(rows, inputs):
            drawn = centres[targets[piece]] + generator.standard_normal((piece.stop - piece.start, inputs))
            put(drawn, piece.start, train, test)
        # a class counts even where the rows are too few to have one of it
        return Arrays(train, targets[: self.rows], test, targets[self.rows :], classes=self.classes)

    def known_size(self) -> Size:
        return Size(self.rows, self.test_rows, self.features)
