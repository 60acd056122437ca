"""Synthetic rows around centres: every class as often, around its own centre, and counted even where it has no row."""

import numpy as np

from tests.models.sources import load


def test_classes_are_as_frequent_as_each_other() -> None:
    found = load("synthetic-classes", classes=5, rows=1000)
    assert np.bincount(found.train_targets).tolist() == [200] * 5


def test_classes_lie_around_their_own_centres() -> None:
    found = load("synthetic-classes", features=20, classes=3, separation=10, rows=300)
    centres = np.stack([found.train_features[found.train_targets == number].mean(axis=0) for number in range(3)])
    distances = np.linalg.norm(found.test_features[:, None] - centres, axis=2)  # (rows, classes)
    assert np.array_equal(distances.argmin(axis=1), found.test_targets)


def test_outputs_are_all_classes_even_where_the_rows_are_fewer() -> None:
    assert load("synthetic-classes", classes=5, rows=2, test_rows=2).outputs == 5
