"""The order of the rows: one permutation an epoch, the same for everyone, cut into batches without loss."""

import numpy as np
import pytest

from fairfit.models import spec as specs
from fairfit.models.order import batches, orders


def spec_with(**training: int) -> specs.Spec:
    values = {"model": "linear", "data": {"source": "diabetes"}, "training": {"learning_rate": 0.1} | training}
    return specs.from_mapping(values, "test")


def test_every_epoch_visits_every_row_once() -> None:
    found = orders(spec_with(epochs=4), 37)
    assert found.dtype == np.int32
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(37), (4, 1)))


def test_epochs_differ() -> None:
    found = orders(spec_with(epochs=3), 37)
    assert len({tuple(order) for order in found}) == 3


def test_a_seed_gives_one_order() -> None:
    assert np.array_equal(orders(spec_with(order_seed=5), 37), orders(spec_with(order_seed=5), 37))
    assert not np.array_equal(orders(spec_with(order_seed=5), 37), orders(spec_with(order_seed=6), 37))


def test_more_epochs_continue_the_same_orders() -> None:
    assert np.array_equal(orders(spec_with(epochs=5), 37)[:2], orders(spec_with(epochs=2), 37))


@pytest.mark.parametrize(
    ("rows", "batch_size", "sizes"), [(50, 16, [16, 16, 16, 2]), (48, 16, [16, 16, 16]), (5, 16, [5]), (3, 1, [1, 1, 1])]
)
def test_batches_are_consecutive_and_only_the_last_is_shorter(rows: int, batch_size: int, sizes: list[int]) -> None:
    order = np.arange(rows)[::-1]
    pieces = list(batches(order, batch_size))
    assert [len(piece) for piece in pieces] == sizes
    assert np.array_equal(np.concatenate(pieces), order)
