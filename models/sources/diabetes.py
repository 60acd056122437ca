"""The diabetes data, embedded in scikit-learn.

Source: B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least Angle Regression", Annals of Statistics 32, 2004.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from fairfit.models import checked
from fairfit.models.sources.source import Arrays, Size, Source, split_tail, standardise

FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


@dataclass(frozen=True)
class Diabetes(Source):
    """442 patients, 10 features, disease progression after a year; the last `test_rows` rows are the test part."""

    models: ClassVar[tuple[str, ...]] = ("linear",)

    features: tuple[str, ...] = checked.names_out_of(FEATURES, FEATURES)
    scaling: str = checked.one_of(("none", "standard"), "standard")
    test_rows: int = checked.integer(2, 400, default=20)

    def load(self, data_dir: Path | None) -> Arrays:
        from sklearn.datasets import load_diabetes  # here: a worker reads arrays, it never needs scikit-learn

        bunch = load_diabetes(scaled=False)
        columns = [bunch.feature_names.index(name) for name in self.features]
        arrays = split_tail(bunch.data[:, columns], bunch.target, self.test_rows)
        return standardise(arrays) if self.scaling == "standard" else arrays

    def known_size(self) -> Size:
        return Size(442 - self.test_rows, self.test_rows, len(self.features))
