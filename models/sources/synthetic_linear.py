"""Synthetic rows on a plane with noise: the article's first data set."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.sources.source import Arrays, Source, split_tail


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

    def load(self, data_dir: Path | None) -> Arrays:
        generator = np.random.default_rng(self.seed)
        rows = self.rows + self.test_rows
        features = generator.standard_normal((rows, len(self.weight)))
        targets = features @ np.array(self.weight) + self.bias + self.noise * generator.standard_normal(rows)
        return split_tail(features, targets, self.test_rows)
