"""Synthetic rows around one centre a class: the article's second data set."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.sources.source import Arrays, Source, split_tail


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

    def load(self, data_dir: Path | None) -> Arrays:
        generator = np.random.default_rng(self.seed)
        rows = self.rows + self.test_rows
        centres = self.separation * generator.standard_normal((self.classes, self.features))
        targets = np.arange(rows) % self.classes
        features = centres[targets] + generator.standard_normal((rows, self.features))
        # a class counts even where the rows are too few to have one of it
        return dataclasses.replace(split_tail(features, targets, self.test_rows), classes=self.classes)
