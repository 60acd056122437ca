"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in TensorFlow."""
# mypy: allow-subclassing-any, allow-untyped-decorators

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# -- layer: scale · (inputs · weightᵀ + bias) ----------------------------------------------------------------------------


class Scaled(keras.layers.Layer):
    """A dense layer with a trainable scale."""

    def __init__(self, outputs: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.outputs = outputs

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], self.outputs), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(self.outputs,), initializer="zeros")
        self.scale = self.add_weight(shape=(1,), initializer="ones")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.scale * (keras.ops.matmul(inputs, self.kernel) + self.bias)


# -- loss: Huber's, with delta 1 -----------------------------------------------------------------------------------------


class Huber(keras.losses.Loss):
    """Half the square of errors below 1, the error less ½ above; the mean over each sample, which Keras averages."""

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        error = keras.ops.abs(y_pred - y_true)
        return keras.ops.mean(keras.ops.where(error < 1, 0.5 * keras.ops.square(error), error - 0.5), axis=-1)


# -- gradient: swish, forward and backward by hand -----------------------------------------------------------------------


@tf.custom_gradient
def swish(inputs: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """inputs · sigmoid(inputs)."""
    sigmoid = tf.sigmoid(inputs)

    def backward(upstream: tf.Tensor) -> tf.Tensor:
        return upstream * sigmoid * (1 + inputs * (1 - sigmoid))

    return inputs * sigmoid, backward


# -- optimizer: Nesterov's momentum --------------------------------------------------------------------------------------


class Nesterov(keras.optimizers.Optimizer):
    """velocity ← momentum · velocity + gradient; weight ← weight − rate · (gradient + momentum · velocity)."""

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9, **settings: Any) -> None:
        super().__init__(learning_rate=learning_rate, **settings)
        self.momentum = momentum

    def build(self, variables: list[keras.Variable]) -> None:
        if not self.built:
            super().build(variables)
            self.velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        velocity = self.velocities[self._get_variable_index(variable)]
        self.assign(velocity, self.momentum * velocity + gradient)
        rate = keras.ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, rate * (gradient + self.momentum * velocity))


# -- numpy: the cumulative sum along the features ------------------------------------------------------------------------


@tf.custom_gradient
def cumulative_sum(inputs: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """NumPy forward, NumPy backward."""

    def forward(values: np.ndarray) -> np.ndarray:
        return np.cumsum(values, axis=1)

    def reversed_sum(values: np.ndarray) -> np.ndarray:
        return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]

    def backward(upstream: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(tf.numpy_function(reversed_sum, [upstream], upstream.dtype), upstream.shape)

    return tf.ensure_shape(tf.numpy_function(forward, [inputs], inputs.dtype), inputs.shape), backward
