"""The data of every source: its shapes and dtypes, its split, its scaling, and its way through files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from fairfit.models import data as datasets
from fairfit.models import fashion_mnist
from fairfit.models import spec as specs


def load(source: str, dtype: str = "float64", **data: Any) -> datasets.Data:
    values = {
        "model": specs.SOURCES[source][1],
        "data": {"source": source} | data,
        "training": {"learning_rate": 0.1, "dtype": dtype},
    }
    return datasets.load(specs.from_mapping(values, "test"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("source", "data", "rows", "test_rows", "inputs", "outputs"),
    [
        ("synthetic-linear", {"weight": [1.0, 2.0, 3.0], "rows": 30, "test_rows": 7}, 30, 7, 3, 1),
        ("synthetic-classes", {"features": 6, "classes": 4, "rows": 30, "test_rows": 7}, 30, 7, 6, 4),
        ("diabetes", {}, 422, 20, 10, 1),
        ("digits", {"test_rows": 360}, 1437, 360, 64, 10),
    ],
)
def test_a_source_has_its_shapes_and_the_dtype_of_the_spec(
    source: str, data: dict[str, Any], rows: int, test_rows: int, inputs: int, outputs: int, dtype: str
) -> None:
    found = load(source, dtype, **data)
    assert (found.rows, found.inputs, found.outputs) == (rows, inputs, outputs)
    assert (found.train_features.shape, found.train_targets.shape) == ((rows, inputs), (rows,))
    assert (found.test_features.shape, found.test_targets.shape) == ((test_rows, inputs), (test_rows,))
    assert found.train_features.dtype == found.test_features.dtype == dtype
    assert found.train_targets.dtype == found.test_targets.dtype == (dtype if outputs == 1 else "int32")
    assert all(getattr(found, name).flags.c_contiguous for name in datasets.ARRAYS)


# -- synthetic -----------------------------------------------------------------------------------------------------------


def test_linear_data_without_noise_lies_on_the_plane() -> None:
    found = load("synthetic-linear", weight=[2.0, -3.4], bias=4.2, noise=0)
    # float64 rounds a sum of three terms below 20
    assert found.test_targets == pytest.approx(found.test_features @ np.array([2.0, -3.4]) + 4.2, abs=1e-14)


def test_noise_has_the_deviation_asked_for() -> None:
    found = load("synthetic-linear", weight=[2.0], bias=0, noise=0.5, rows=10_000)
    residual = found.train_targets - 2.0 * found.train_features[:, 0]
    assert residual.std() == pytest.approx(0.5, rel=0.05)  # 10,000 draws know it to 0.7 %


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


@pytest.mark.parametrize("source", ["synthetic-linear", "synthetic-classes", "digits"])
def test_a_seed_gives_one_data_set(source: str) -> None:
    assert np.array_equal(load(source, seed=5).train_features, load(source, seed=5).train_features)
    assert not np.array_equal(load(source, seed=5).train_features, load(source, seed=6).train_features)


# -- embedded ------------------------------------------------------------------------------------------------------------


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


def test_standardising_uses_the_training_rows_only() -> None:
    found, raw = load("diabetes", scaling="standard", test_rows=200), load("diabetes", scaling="none", test_rows=200)
    mean, deviation = raw.train_features.mean(axis=0), raw.train_features.std(axis=0)
    assert found.train_features == pytest.approx((raw.train_features - mean) / deviation, rel=1e-12, abs=1e-12)
    assert found.test_features == pytest.approx((raw.test_features - mean) / deviation, rel=1e-12, abs=1e-12)


def test_a_constant_column_stays_at_zero() -> None:
    found, raw = load("digits", scaling="standard"), load("digits", scaling="unit")
    constant = raw.train_features.std(axis=0) == 0
    assert constant.any()
    assert not found.train_features[:, constant].any()
    assert found.train_features[:, ~constant].std(axis=0) == pytest.approx(1)


@pytest.mark.parametrize("scaling", ["unit", "standard"])
def test_fashion_mnist_is_flattened_row_by_row_and_scaled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scaling: str) -> None:
    generator, asked = np.random.default_rng(0), []
    images, labels = generator.integers(0, 256, (12, 28, 28), dtype=np.uint8), (np.arange(12) % 10).astype(np.uint8)

    def four_files(data_dir: Path | None) -> tuple[np.ndarray, ...]:
        asked.append(data_dir)
        return images[:8], labels[:8], images[8:], labels[8:]

    monkeypatch.setattr(fashion_mnist, "load", four_files)
    values = {
        "model": "softmax",
        "data": {"source": "fashion-mnist", "scaling": scaling},
        "training": {"learning_rate": 0.1, "dtype": "float64"},
    }
    found = datasets.load(specs.from_mapping(values, "test"), tmp_path)
    train, test = images[:8].reshape(8, 784) / 255, images[8:].reshape(4, 784) / 255
    if scaling == "standard":
        deviation = train.std(axis=0)
        train, test = (train - train.mean(axis=0)) / deviation, (test - train.mean(axis=0)) / deviation
    assert asked == [tmp_path]
    # pixels are divided in float32, which rounds to 6e-8; a small deviation can enlarge that a hundredfold
    assert found.train_features == pytest.approx(train, abs=1e-5)
    assert found.test_features == pytest.approx(test, abs=1e-5)
    assert np.array_equal(found.train_targets, labels[:8])
    assert np.array_equal(found.test_targets, labels[8:])


# -- files ---------------------------------------------------------------------------------------------------------------


def test_saved_data_comes_back_equal_mapped_and_unwritable(tmp_path: Path) -> None:
    made = load("synthetic-classes", "float32", rows=20, test_rows=5)
    datasets.save(made, tmp_path)
    opened = datasets.open_mapped(tmp_path, made.outputs)
    assert opened.outputs == made.outputs
    for name in datasets.ARRAYS:
        array = getattr(opened, name)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        assert array.dtype == getattr(made, name).dtype
        assert np.array_equal(array, getattr(made, name))


def test_files_never_hold_pickles(tmp_path: Path) -> None:
    made = load("synthetic-classes", rows=20, test_rows=5)
    objects = np.array([{}], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        datasets.save(datasets.Data(objects, objects, objects, objects, outputs=1), tmp_path)
    datasets.save(made, tmp_path)
    np.save(tmp_path / "test_targets.npy", objects, allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        datasets.open_mapped(tmp_path, made.outputs)
