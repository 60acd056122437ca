"""The order of the rows: one permutation an epoch, the same for everyone, cut into batches without loss."""

import numpy as np
import pytest

from fairfit.models import spec as specs
from fairfit.models.order import InOrder, anew, batches, index_type, orders, varied


def spec_with(**training: int | str) -> specs.Spec:
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


# -- in blocks


@pytest.mark.parametrize("rows", [1, 7, 8, 37, 40])
def test_every_epoch_in_blocks_visits_every_row_once(rows: int) -> None:
    found = orders(spec_with(epochs=4, order="blocks", block_rows=8), rows)
    assert found.dtype == np.int32
    assert np.array_equal(np.sort(found, axis=1), np.tile(np.arange(rows), (4, 1)))


def test_rows_of_a_block_follow_each_other_and_blocks_are_shuffled() -> None:
    blocks = orders(spec_with(epochs=1, order="blocks", block_rows=8), 80)[0].reshape(-1, 8)
    assert all(list(block) == list(range(block[0], block[0] + 8)) for block in blocks)
    assert sorted(int(block[0]) for block in blocks) == list(range(0, 80, 8))
    assert [int(block[0]) for block in blocks] != list(range(0, 80, 8))


@pytest.mark.parametrize("order", ["rows", "blocks"])
def test_the_same_batches_have_their_rows_in_another_order(order: str) -> None:
    spec = spec_with(epochs=1, order=order, block_rows=8, batch_size=8)
    planned = orders(spec, 83)[0]
    found = anew(spec, planned, np.random.default_rng(0))
    assert not np.array_equal(found, planned)
    for before, after in zip(batches(planned, 8), batches(found, 8), strict=True):
        assert sorted(before) == sorted(after)
        if order == "blocks":
            assert np.count_nonzero(np.diff(after) != 1) <= 1 + np.count_nonzero(np.diff(before) != 1)


def test_a_variation_keeps_rows_that_lie_near_each_other_together() -> None:
    spec = spec_with(epochs=1, order="blocks", block_rows=64, batch_size=8)
    planned = orders(spec, 64 * 32 + 5)[0]
    order, _ = varied(spec, planned[None], 1, 0)
    assert np.array_equal(np.sort(order), np.arange(len(planned)))
    assert not np.array_equal(order, planned)
    assert np.array_equal(order[-5:], planned[-5:])  # a shorter last batch stays the last
    runs = [tuple(batch) for batch in planned[: 64 * 32].reshape(-1, 64)]
    assert all(tuple(batch) in runs for batch in order[: 64 * 32].reshape(-1, 64))


def test_a_variation_of_few_rows_has_something_to_move() -> None:
    spec = spec_with(epochs=1, order="blocks", block_rows=4096, batch_size=8)
    planned = orders(spec, 200)[0]
    assert not np.array_equal(varied(spec, planned[None], 1, 0)[0], planned)


# -- as loaders take it


def test_a_loader_is_given_one_number_after_another() -> None:
    order = InOrder()
    assert (len(order), list(order)) == (0, [])
    order.rows = np.arange(10_000, dtype=np.int32)[::-1]
    assert len(order) == 10_000
    assert list(order) == list(range(10_000))[::-1]
    assert {type(number) for number in order} == {int}


def test_numbers_of_rows_are_held_by_32_bits_as_long_as_they_can_be() -> None:
    assert index_type(2**31 - 1) == np.int32
    assert index_type(2**31) == np.int64


@pytest.mark.parametrize(
    ("rows", "batch_size", "sizes"), [(50, 16, [16, 16, 16, 2]), (48, 16, [16, 16, 16]), (5, 16, [5]), (3, 1, [1, 1, 1])]
)
def test_batches_are_consecutive_and_only_the_last_is_shorter(rows: int, batch_size: int, sizes: list[int]) -> None:
    order = np.arange(rows)[::-1]
    pieces = list(batches(order, batch_size))
    assert [len(piece) for piece in pieces] == sizes
    assert np.array_equal(np.concatenate(pieces), order)
