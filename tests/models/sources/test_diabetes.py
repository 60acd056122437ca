"""The diabetes data: its columns, its split, its scaling."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from tests.models.sources import load


def test_diabetes_ends_with_its_test_rows() -> None:
    found, raw = load("diabetes", scaling="none", test_rows=50), load_diabetes(scaled=False)
    assert np.array_equal(found.train_features, raw.data[:-50])
    assert np.array_equal(found.train_targets, raw.target[:-50])
    assert np.array_equal(found.test_features, raw.data[-50:])
    assert np.array_equal(found.test_targets, raw.target[-50:])


def test_diabetes_has_the_columns_asked_for_in_the_order_asked_for() -> None:
    found, raw = load("diabetes", features=["s5", "bmi"], scaling="none"), load_diabetes(scaled=False)
    columns = [raw.feature_names.index("s5"), raw.feature_names.index("bmi")]
    assert np.array_equal(found.test_features, raw.data[-20:, columns])


def test_standardising_uses_the_training_rows_only() -> None:
    found, raw = load("diabetes", scaling="standard", test_rows=200), load("diabetes", scaling="none", test_rows=200)
    mean, deviation = raw.train_features.mean(axis=0), raw.train_features.std(axis=0)
    assert found.train_features == pytest.approx((raw.train_features - mean) / deviation, rel=1e-12, abs=1e-12)
    assert found.test_features == pytest.approx((raw.test_features - mean) / deviation, rel=1e-12, abs=1e-12)
