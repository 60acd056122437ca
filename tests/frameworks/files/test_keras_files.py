"""Files that Keras's and TensorFlow's own calls write are read to the bit, and no model is built."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.reading import read
from tests.frameworks.files.keras_ways import (
    dense,
    every_way,
    exported,
    keras_archive,
    legacy,
    saved_model,
    some_noise,
    weights,
)
from tests.frameworks.files.made import INPUTS, arrays, every_layer, refused, same

pytestmark = pytest.mark.framework("tensorflow")


@every_layer
@every_way
@some_noise
def test_every_way_to_save(tmp_path: Path, outputs: int, dtype: str, save: Any) -> None:
    layer = read(save(dense(outputs, dtype), tmp_path))
    same(layer, *arrays(outputs, dtype))
    assert layer.ends_in == ("" if save is weights else "scores")


@every_way
@some_noise
def test_softmax_at_the_end_is_told(tmp_path: Path, save: Any) -> None:
    layer = read(save(dense(10, activation="softmax"), tmp_path))
    same(layer, *arrays(10))
    assert layer.ends_in == ("" if save is weights else "softmax")


@every_way
@some_noise
def test_a_layer_without_a_bias_and_one_behind_others(tmp_path: Path, save: Any) -> None:
    import keras

    layer = read(save(dense(10, use_bias=False), tmp_path))
    same(layer, arrays(10)[0], None)
    inputs = keras.Input((1, INPUTS))
    inner = keras.Sequential([keras.Input((INPUTS,)), keras.layers.Dense(10, name="own")])
    model = keras.Model(inputs, inner(keras.layers.Dropout(0.5)(keras.layers.Flatten()(inputs))))
    inner.layers[-1].set_weights([arrays(10)[0].T, arrays(10)[1]])
    (tmp_path / "inner").mkdir()
    same(read(save(model, tmp_path / "inner")), *arrays(10))


# -- the optimizer -----------------------------------------------------------------------------------------------------------


def fitted(optimizer: Any, outputs: int = 10) -> Any:
    model = dense(outputs)
    model.compile(optimizer, "mse")
    model.fit(np.linspace(0, 1, 8 * INPUTS).reshape(8, INPUTS), np.ones((8, outputs)), batch_size=4, verbose=0)
    return model


@pytest.mark.parametrize("save", [keras_archive, legacy])
@some_noise
def test_momentum(tmp_path: Path, save: Any) -> None:
    import keras

    model = fitted(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True))
    state = read(save(model, tmp_path)).state
    assert state is not None
    assert (state.method, state.holds_rate, state.steps, state.nesterov) == ("momentum", True, 2, True)
    assert state.rate == pytest.approx(0.01)  # Keras keeps it in float32
    kernel, bias = model.optimizer.variables[2:]
    assert np.array_equal(state.weight[0], np.asarray(kernel).T) and np.array_equal(state.bias[0], np.asarray(bias))


@pytest.mark.parametrize("save", [keras_archive, legacy])
@some_noise
def test_adam(tmp_path: Path, save: Any) -> None:
    model = fitted("adam")
    state = read(save(model, tmp_path)).state
    assert state is not None and (state.method, state.holds_rate, state.steps) == ("adam", False, 2)
    by_name = {variable.path.rpartition("/")[2]: np.asarray(variable) for variable in model.optimizer.variables}
    for part, kept in (("kernel", state.weight), ("bias", state.bias)):
        mean, square = (
            next(value for name, value in by_name.items() if part in name and name.endswith(kind))
            for kind in ("momentum", "velocity")
        )
        assert np.array_equal(kept[0], mean.T) and np.array_equal(kept[1], square.T)


@some_noise
def test_the_state_of_another_optimizer_is_told_and_not_read(tmp_path: Path) -> None:
    layer = read(keras_archive(fitted("rmsprop"), tmp_path))
    assert layer.state is None and "'RMSprop'" in layer.notes[-1].en
    layer = read(saved_model(fitted("adam"), tmp_path))
    assert layer.state is None and "not read" in layer.notes[-1].en


# -- Keras 2, whose files are made by hand as it wrote them -------------------------------------------------------------------


@every_layer
def test_the_h5_of_keras_2(tmp_path: Path, outputs: int, dtype: str) -> None:
    import h5py

    weight, bias = arrays(outputs, dtype)
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        {"class_name": "Dense", "config": {"name": "scores", "dtype": dtype, "units": outputs, "activation": "softmax", "use_bias": True}}]}}  # fmt: skip
    for name, root in (("model.h5", "model_weights"), ("weights.h5", "/")):
        with h5py.File(tmp_path / name, "w") as file:
            group = file.require_group(root)
            group.attrs["layer_names"] = [b"scores"]
            own = group.create_group("scores")
            own.attrs["weight_names"] = [b"scores/kernel:0", b"scores/bias:0"]
            own["scores/kernel:0"], own["scores/bias:0"] = weight.T, bias
            if root != "/":
                file.attrs["model_config"] = json.dumps(config)
        layer = read(tmp_path / name)
        same(layer, weight, bias)
        assert (layer.name, layer.ends_in) == ("scores", "softmax" if name == "model.h5" else "")


# -- refused by name ---------------------------------------------------------------------------------------------------------


def others() -> dict[str, Callable[[Any], Any]]:
    """Layers that change what goes in or comes out, by what a refusal must name."""
    return {
        "rescaling": lambda keras: keras.layers.Rescaling(1 / 255),
        "normalization": lambda keras: keras.layers.Normalization(mean=1.0, variance=4.0),
        "batch_normalization": lambda keras: keras.layers.BatchNormalization(),
        "layer_normalization": lambda keras: keras.layers.LayerNormalization(),
        "activation": lambda keras: keras.layers.Activation("relu"),
        "re_lu": lambda keras: keras.layers.ReLU(),
        "lambda": lambda keras: keras.layers.Lambda(lambda x: x * 2),
        "my_own": lambda keras: keras.layers.Dense(INPUTS, name="my_own"),
    }


@pytest.mark.parametrize("name", others())
@pytest.mark.parametrize("save", [keras_archive, weights, legacy])
@some_noise
def test_a_layer_that_changes_the_inputs_is_refused_by_name(tmp_path: Path, name: str, save: Any) -> None:
    import keras

    keras.backend.clear_session()  # names are counted anew
    model = keras.Sequential([keras.Input((INPUTS,)), others()[name](keras), keras.layers.Dense(10, name="scores")])
    if save is legacy and name in ("re_lu",):
        assert "re_lu" in refused(save(model, tmp_path))
        return
    assert name in refused(save(model, tmp_path))


@pytest.mark.parametrize("name", ["rescaling", "batch_normalization", "activation"])
@pytest.mark.parametrize("save", [exported, saved_model])
@some_noise
def test_a_saved_model_that_computes_more_is_refused(tmp_path: Path, name: str, save: Any) -> None:
    import keras

    model = keras.Sequential([keras.Input((INPUTS,)), others()[name](keras), keras.layers.Dense(10, name="scores")])
    refused(save(model, tmp_path))


@some_noise
def test_two_dense_layers_are_named_and_chosen_from(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential(
        [keras.Input((INPUTS,)), keras.layers.Dense(5, "relu", name="first"), keras.layers.Dense(10, "softmax", name="last")]
    )
    kernel, bias = model.layers[-1].get_weights()
    for save in (keras_archive, weights, legacy):
        path = save(model, tmp_path)
        assert "'first', 'last'" in refused(path)
        layer = read(path, layer="last")
        same(layer, kernel.T, bias)
        assert layer.ends_in == ("" if save is weights else "softmax")
    assert "'relu'" in refused(keras_archive(model, tmp_path), layer="first")
    refused(exported(model, tmp_path))


@some_noise
def test_what_rounds_its_weights_is_refused(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((INPUTS,)), keras.layers.Dense(10, name="scores", dtype="mixed_float16")])
    for save in (keras_archive, legacy):
        assert "'mixed_float16'" in refused(save(model, tmp_path))
    model = dense(10)
    model.quantize("int8")
    assert "'scores'" in refused(keras_archive(model, tmp_path))
    assert "int8" in refused(weights(model, tmp_path))


@some_noise
@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_halves_are_widened_and_told(tmp_path: Path, half: str) -> None:
    import keras

    model = keras.Sequential([keras.Input((INPUTS,)), keras.layers.Dense(10, name="scores", dtype=half)])
    kernel = np.asarray(model.layers[-1].kernel.numpy()).astype(np.float32)
    layer = read(keras_archive(model, tmp_path))
    same(layer, kernel.T, np.zeros(10, np.float32))
    assert any(half in note.en for note in layer.notes)
    assert "'Cast'" in refused(saved_model(model, tmp_path))  # which rounds what goes in


@some_noise
def test_a_class_that_is_called_like_one_of_keras(tmp_path: Path) -> None:
    import keras

    class Dense(keras.layers.Dense):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return super().call(inputs) * 2

    model = keras.Sequential([keras.Input((INPUTS,)), Dense(10, name="scores")])
    assert "'scores'" in refused(keras_archive(model, tmp_path))


@some_noise
def test_a_model_of_a_class_of_its_own_says_that_it_cannot_say(tmp_path: Path) -> None:
    import keras

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = keras.layers.Dense(10)

        def call(self, inputs: Any) -> Any:
            return self.fc(inputs)

    model = Net()
    model(np.ones((2, INPUTS), np.float32))
    layer = read(keras_archive(model, tmp_path))
    same(layer, model.fc.get_weights()[0].T, model.fc.get_weights()[1])
    assert layer.ends_in == "" and "'Net'" in layer.notes[0].en


def test_a_module_of_tensorflow_itself(tmp_path: Path) -> None:
    import tensorflow as tf

    weight, bias = arrays(10)

    class Regression(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.w, self.b = tf.Variable(weight.T), tf.Variable(bias)

        @tf.function(input_signature=[tf.TensorSpec((None, INPUTS), name="x")])  # type: ignore[untyped-decorator]
        def scores(self, x: Any) -> Any:
            return x @ self.w + self.b

    tf.saved_model.save(Regression(), str(tmp_path / "m"))
    layer = read(tmp_path / "m")
    same(layer, weight, bias)
    assert layer.name == "w" and layer.ends_in == "scores"
