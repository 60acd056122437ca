"""The digits data: its split and its scaling."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.models.sources import load


def test_digits_are_split_without_losing_or_doubling_a_row() -> None:
    found, raw = load("digits", scaling="unit", test_rows=100), load_digits()
    rows = np.vstack(
        [
            np.column_stack([found.train_features * 16, found.train_targets]),
            np.column_stack([found.test_features * 16, found.test_targets]),
        ]
    )
    expected = np.column_stack([raw.data, raw.target])
    assert len(found.test_targets) == 100
    assert np.array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])


def test_a_constant_column_stays_at_zero() -> None:
    found, raw = load("digits", scaling="standard"), load("digits", scaling="unit")
    constant = raw.train_features.std(axis=0) == 0
    assert constant.any()
    assert not found.train_features[:, constant].any()
    assert found.train_features[:, ~constant].std(axis=0) == pytest.approx(1)
