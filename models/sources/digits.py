"""The digits data, embedded in scikit-learn.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits",
UCI Machine Learning Repository, 1998 (the test part).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.sources.source import Arrays, Size, Source, split_tail, standardise


@dataclass(frozen=True)
class Digits(Source):
    """1,797 images of 8×8 pixels, ten classes; after a seeded shuffle the last `test_rows` rows are the test part.

    Pixels are whole numbers from 0 to 16, which the scaling `unit` divides by 16.
    """

    models: ClassVar[tuple[str, ...]] = ("softmax",)

    scaling: str = checked.one_of(("unit", "standard"), "unit")
    test_rows: int = checked.integer(10, 1500, default=360)
    seed: int = checked.integer(0, default=0)

    def load(self, data_dir: Path | None) -> Arrays:
        from sklearn.datasets import load_digits  # here: a worker reads arrays, it never needs scikit-learn

        bunch = load_digits()
        shuffled = np.random.default_rng(self.seed).permutation(len(bunch.target))
        pixels = bunch.data[shuffled] / (16 if self.scaling == "unit" else 1)
        arrays = split_tail(pixels, bunch.target[shuffled], self.test_rows)
        return standardise(arrays) if self.scaling == "standard" else arrays

    def known_size(self) -> Size:
        return Size(1797 - self.test_rows, self.test_rows, 64)
