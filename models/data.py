"""The data of a spec: loaded, split and standardised once, then shared by every process as memory-mapped files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models import fashion_mnist
from fairfit.models.spec import Diabetes, Digits, FashionMnist, Spec, SyntheticClasses, SyntheticLinear

ARRAYS = ("train_features", "train_targets", "test_features", "test_targets")


@dataclass(frozen=True)
class Data:
    """The rows of a regression.

    Features have shape (rows, inputs) in the dtype of the spec. Targets have shape (rows,): values in the dtype of the
    spec for `linear`, class numbers as int32 for `softmax`. `outputs` is 1 for `linear`, the number of classes otherwise.
    """

    train_features: np.ndarray
    train_targets: np.ndarray
    test_features: np.ndarray
    test_targets: np.ndarray
    outputs: int

    @property
    def rows(self) -> int:
        return self.train_features.shape[0]

    @property
    def inputs(self) -> int:
        return self.train_features.shape[1]


def load(spec: Spec, data_dir: Path | None = None) -> Data:
    """Make or read the data of a spec; `data_dir` says where files are looked for first.

    Raises DataError where a file is missing or broken.
    """
    if isinstance(spec.data, SyntheticLinear):
        arrays = _synthetic_linear(spec.data)
    elif isinstance(spec.data, SyntheticClasses):
        arrays = _synthetic_classes(spec.data)
    elif isinstance(spec.data, Diabetes):
        arrays = _diabetes(spec.data)
    elif isinstance(spec.data, Digits):
        arrays = _digits(spec.data)
    elif isinstance(spec.data, FashionMnist):
        arrays = _fashion_mnist(spec.data, data_dir)
    train_features, train_targets, test_features, test_targets = arrays
    target_type = spec.training.dtype if spec.model == "linear" else np.int32
    return Data(
        np.ascontiguousarray(train_features, dtype=spec.training.dtype),
        np.ascontiguousarray(train_targets, dtype=target_type),
        np.ascontiguousarray(test_features, dtype=spec.training.dtype),
        np.ascontiguousarray(test_targets, dtype=target_type),
        outputs=_outputs(spec),
    )


def save(data: Data, folder: Path) -> None:
    """Write the arrays as .npy files that `open_mapped` reads."""
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(data, name), allow_pickle=False)


def open_mapped(folder: Path, outputs: int) -> Data:
    """Open what `save` wrote without copying it: all processes share one copy in the page cache."""
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
    return Data(**arrays, outputs=outputs)


def _outputs(spec: Spec) -> int:
    if spec.model == "linear":
        return 1
    return spec.data.classes if isinstance(spec.data, SyntheticClasses) else 10  # ten digits, ten kinds of clothes


def _synthetic_linear(spec: SyntheticLinear) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(spec.seed)
    rows = spec.rows + spec.test_rows
    features = generator.standard_normal((rows, len(spec.weight)))
    targets = features @ np.array(spec.weight) + spec.bias + spec.noise * generator.standard_normal(rows)
    return _split_tail(features, targets, spec.test_rows)


def _synthetic_classes(spec: SyntheticClasses) -> tuple[np.ndarray, ...]:
    generator = np.random.default_rng(spec.seed)
    rows = spec.rows + spec.test_rows
    centres = spec.separation * generator.standard_normal((spec.classes, spec.features))
    targets = np.arange(rows) % spec.classes
    features = centres[targets] + generator.standard_normal((rows, spec.features))
    return _split_tail(features, targets, spec.test_rows)


def _diabetes(spec: Diabetes) -> tuple[np.ndarray, ...]:
    from sklearn.datasets import load_diabetes  # here: a worker reads arrays, it never needs scikit-learn

    bunch = load_diabetes(scaled=False)
    columns = [bunch.feature_names.index(name) for name in spec.features]
    train_features, train_targets, test_features, test_targets = _split_tail(bunch.data[:, columns], bunch.target, spec.test_rows)
    if spec.scaling == "standard":
        train_features, test_features = _standardise(train_features, test_features)
    return train_features, train_targets, test_features, test_targets


def _digits(spec: Digits) -> tuple[np.ndarray, ...]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    shuffled = np.random.default_rng(spec.seed).permutation(len(bunch.target))
    train_features, train_targets, test_features, test_targets = _split_tail(
        bunch.data[shuffled], bunch.target[shuffled], spec.test_rows
    )
    if spec.scaling == "unit":
        return train_features / 16, train_targets, test_features / 16, test_targets
    train_features, test_features = _standardise(train_features, test_features)
    return train_features, train_targets, test_features, test_targets


def _fashion_mnist(spec: FashionMnist, data_dir: Path | None) -> tuple[np.ndarray, ...]:
    train_images, train_labels, test_images, test_labels = fashion_mnist.load(data_dir)
    train_features = train_images.reshape(len(train_images), -1) / np.float32(255)  # (rows, 784)
    test_features = test_images.reshape(len(test_images), -1) / np.float32(255)
    if spec.scaling == "standard":
        train_features, test_features = _standardise(train_features, test_features)
    return train_features, train_labels, test_features, test_labels


def _split_tail(features: np.ndarray, targets: np.ndarray, test_rows: int) -> tuple[np.ndarray, ...]:
    return features[:-test_rows], targets[:-test_rows], features[-test_rows:], targets[-test_rows:]


def _standardise(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Subtract the mean and divide by the standard deviation of the training rows; a constant column stays at 0."""
    mean = train.mean(axis=0, dtype=np.float64)
    deviation = train.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    return (train - mean) / deviation, (test - mean) / deviation
