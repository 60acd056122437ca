"""Synthetic rows on a plane: without noise they lie on it, with noise as far off as asked for."""

import numpy as np
import pytest

from tests.models.sources import load


def test_linear_data_without_noise_lies_on_the_plane() -> None:
    found = load("synthetic-linear", weight=[2.0, -3.4], bias=4.2, noise=0)
    # float64 rounds a sum of three terms below 20
    assert found.test_targets == pytest.approx(found.test_features @ np.array([2.0, -3.4]) + 4.2, abs=1e-14)


def test_noise_has_the_deviation_asked_for() -> None:
    found = load("synthetic-linear", weight=[2.0], bias=0, noise=0.5, rows=10_000)
    residual = found.train_targets - 2.0 * found.train_features[:, 0]
    assert residual.std() == pytest.approx(0.5, rel=0.05)  # 10,000 draws know it to 0.7 %
