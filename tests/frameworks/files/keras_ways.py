"""The ways in which Keras and TensorFlow save a layer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.files.made import INPUTS, arrays

WAYS: dict[str, Callable[[Any, Path], Path]] = {}


def way(save: Callable[[Any, Path], Path]) -> Callable[[Any, Path], Path]:
    WAYS[save.__name__] = save
    return save


@way
def keras_archive(model: Any, folder: Path) -> Path:
    model.save(folder / "model.keras")
    return folder / "model.keras"


@way
def weights(model: Any, folder: Path) -> Path:
    model.save_weights(folder / "model.weights.h5")
    return folder / "model.weights.h5"


@way
def legacy(model: Any, folder: Path) -> Path:
    model.save(folder / "model.h5")
    return folder / "model.h5"


@way
def exported(model: Any, folder: Path) -> Path:
    model.export(folder / "exported", verbose=False)
    return folder / "exported"


@way
def saved_model(model: Any, folder: Path) -> Path:
    import tensorflow as tf

    tf.saved_model.save(model, folder / "saved")
    return folder / "saved"


def dense(outputs: int, dtype: str = "float32", **settings: Any) -> Any:
    import keras

    model = keras.Sequential(
        [keras.Input((INPUTS,), dtype=dtype), keras.layers.Dense(outputs, name="scores", dtype=dtype, **settings)]
    )
    weight, bias = arrays(outputs, dtype)
    model.layers[-1].set_weights([weight.T, bias][: len(model.layers[-1].get_weights())])
    return model


every_way = pytest.mark.parametrize("save", WAYS.values(), ids=WAYS)
some_noise = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
