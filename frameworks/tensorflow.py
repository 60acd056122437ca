"""Linear and softmax regression in TensorFlow: variables by hand, Keras, tf.function, a whole epoch under XLA, and fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.order import index_type
from fairfit.models.parameters import Parameters

tf.config.experimental.enable_tensor_float_32_execution(False)  # on a GPU the default is TF32

# -- shared: data, prediction, checkpoints -----------------------------------------------------------------------------


class TensorFlowTrainer(Trainer):
    """What the styles share."""

    weight: tf.Variable  # (inputs, outputs)
    bias: tf.Variable  # (outputs,)

    def transfer(self) -> None:
        keras.config.set_floatx(self.training.dtype)  # Keras's losses and optimizers compute in it
        if self.input == "resident":
            with tf.device(self.device):
                self.features = tf.constant(self.data.train_features)  # (rows, inputs)
                self.targets = tf.constant(self.data.train_targets)  # (rows,)
        else:
            with tf.device("cpu"):
                self.order = tf.Variable(tf.zeros(self.data.rows, index_type(self.data.rows)))
            self.dataset = self.make_dataset()

    def batches(self, order: np.ndarray) -> Iterator[Any]:
        """What `fetch` turns into features and targets, one for each mini-batch; the last may be shorter."""
        batch_size = self.training.batch_size
        if self.input == "resident":
            whole, rest = divmod(len(order), batch_size)
            yield from tf.split(order, [batch_size] * whole + [rest] * (rest > 0))
        else:
            self.order.assign(order)
            yield from self.dataset

    def make_dataset(self) -> tf.data.Dataset:
        """Batches in the order that the variable holds when iteration begins."""
        order = tf.data.Dataset.from_tensors(0).flat_map(lambda _: tf.data.Dataset.from_tensor_slices(self.order))
        order = order.apply(tf.data.experimental.assert_cardinality(self.data.rows))  # flat_map forgets it, and fit asks for it
        return order.batch(self.training.batch_size).map(self.read).prefetch(tf.data.AUTOTUNE)

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """A batch from where the arrays lie: as a tensor, all of them would be copied."""
        features, targets = np.asarray(self.data.train_features), np.asarray(self.data.train_targets)
        types = features.dtype, targets.dtype
        batch = tf.numpy_function(lambda rows: (features[rows], targets[rows]), [index], types, stateful=False)
        return tf.ensure_shape(batch[0], (None, self.data.inputs)), tf.ensure_shape(batch[1], (None,))

    def fetch(self, batch: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Features (batch, inputs) and targets (batch,)."""
        if self.input == "resident":
            return tf.gather(self.features, batch), tf.gather(self.targets, batch)
        return batch

    def synchronize(self) -> None:
        tf.test.experimental.sync_devices()

    def parameters(self) -> Parameters:
        return Parameters(self.weight.numpy().T.copy(), self.bias.numpy().copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        with tf.device(self.device):
            return (tf.constant(features) @ self.weight + self.bias).numpy()

    def save(self, folder: Path) -> None:
        tf.train.Checkpoint(weight=self.weight, bias=self.bias).write(str(folder / "parameters"))

    def load(self, folder: Path) -> None:
        tf.train.Checkpoint(weight=self.weight, bias=self.bias).read(str(folder / "parameters")).assert_consumed()
        self.reset(self.parameters())


# -- arrays ------------------------------------------------------------------------------------------------------------


class VariableTrainer(TensorFlowTrainer):
    """Variables, autograd, own update."""

    def build(self) -> None:
        with tf.device(self.device):
            self.weight = tf.Variable(tf.zeros((self.data.inputs, self.data.outputs), self.training.dtype))
            self.bias = tf.Variable(tf.zeros(self.data.outputs, self.training.dtype))
            self.velocities = (tf.Variable(tf.zeros_like(self.weight)), tf.Variable(tf.zeros_like(self.bias)))

    def reset(self, parameters: Parameters) -> None:
        self.weight.assign(parameters.weight.T)
        self.bias.assign(parameters.bias)
        for velocity in self.velocities:
            velocity.assign(tf.zeros_like(velocity))

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        with tf.device(self.device):
            rate = tf.constant(learning_rate, self.training.dtype)
            for batch in self.batches(order):
                self.step(batch, rate)

    def step(self, batch: Any, rate: tf.Tensor) -> None:
        features, targets = self.fetch(batch)
        with tf.GradientTape() as tape:
            # bias_add: the gradient of + would find out about broadcasting at every step
            loss = self.loss(tf.nn.bias_add(tf.matmul(features, self.weight), self.bias), targets)
            if self.training.l2:
                loss += 0.5 * self.training.l2 * tf.reduce_sum(tf.square(self.weight))
        gradients = tape.gradient(loss, (self.weight, self.bias))
        for value, gradient, velocity in zip((self.weight, self.bias), gradients, self.velocities, strict=True):
            if self.training.momentum:
                gradient = velocity.assign(self.training.momentum * velocity + gradient)
            value.assign_sub(rate * gradient)

    def loss(self, scores: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        if self.model == "linear":
            return 0.5 * tf.reduce_mean(tf.square(tf.squeeze(scores, 1) - targets))
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, scores))


# -- layers ------------------------------------------------------------------------------------------------------------


class HalfSquaredError(keras.losses.Loss):
    """Keras's mean squared error has no ½."""

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        return 0.5 * keras.losses.mean_squared_error(y_true[:, None], y_pred)  # (batch,)


class KerasTrainer(TensorFlowTrainer):
    """The library's layer, loss and optimizer."""

    def build(self) -> None:
        with tf.device(self.device):
            penalty = keras.regularizers.L2(self.training.l2 / 2) if self.training.l2 else None  # Keras's L2 has no ½
            self.layer = keras.layers.Dense(self.data.outputs, kernel_regularizer=penalty, dtype=self.training.dtype)
            self.network = keras.Sequential([keras.Input((self.data.inputs,)), self.layer])
            linear = self.model == "linear"
            self.loss = HalfSquaredError() if linear else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            self.optimizer = keras.optimizers.SGD(1.0, momentum=self.training.momentum)  # the rate is set by every epoch
            self.optimizer.build(self.layer.trainable_variables)
        self.weight, self.bias = self.layer.kernel.value, self.layer.bias.value

    def reset(self, parameters: Parameters) -> None:
        self.weight.assign(parameters.weight.T)
        self.bias.assign(parameters.bias)
        self.scale_velocities(0.0)

    def scale_velocities(self, factor: float) -> None:
        for velocity in self.optimizer.momentums if self.training.momentum else ():
            velocity.assign(velocity * factor)

    def set_learning_rate(self, learning_rate: float) -> None:
        self.scale_velocities(learning_rate / float(self.optimizer.learning_rate))  # Keras's velocity holds the rate
        self.optimizer.learning_rate.assign(learning_rate)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        with tf.device(self.device):
            self.set_learning_rate(learning_rate)
            for batch in self.batches(order):
                self.step(batch)

    def step(self, batch: Any) -> None:
        features, targets = self.fetch(batch)
        with tf.GradientTape() as tape:
            loss = self.loss(targets, self.layer(features))
            if self.training.l2:
                loss += self.layer.losses[0]
        variables = self.layer.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)


# -- compiled ----------------------------------------------------------------------------------------------------------


class FunctionTrainer(KerasTrainer):
    """The same; the step compiled."""

    def build(self) -> None:
        super().build()
        self.step = tf.function(self.step)  # type: ignore[method-assign]


# -- graph -------------------------------------------------------------------------------------------------------------


class XLATrainer(VariableTrainer):
    """A whole epoch compiled as one program."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        with tf.device(self.device):
            self.epoch(tf.constant(order), tf.constant(learning_rate, self.training.dtype))

    @tf.function(jit_compile=True)
    def epoch(self, order: tf.Tensor, rate: tf.Tensor) -> None:
        batch_size = self.training.batch_size
        whole = order.shape[0] // batch_size * batch_size
        if whole:
            for batch in tf.reshape(order[:whole], (-1, batch_size)):
                self.step(batch, rate)
        if whole < order.shape[0]:
            self.step(order[whole:], rate)


# -- fit ---------------------------------------------------------------------------------------------------------------


class FitTrainer(KerasTrainer):
    """`Model.fit`."""

    def build(self) -> None:
        super().build()
        with tf.device(self.device):
            self.network.compile(optimizer=self.optimizer, loss=self.loss)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        with tf.device(self.device):
            self.set_learning_rate(learning_rate)
            if self.input == "resident":
                features, targets = self.fetch(tf.constant(order))
                self.network.fit(features, targets, batch_size=self.training.batch_size, shuffle=False, verbose=0)
            else:
                self.order.assign(order)
                self.network.fit(self.dataset, verbose=0)


# -- the framework -----------------------------------------------------------------------------------------------------


class TensorFlow(Framework):
    trainers = {
        "variable": VariableTrainer,
        "keras": KerasTrainer,
        "function": FunctionTrainer,
        "xla": XLATrainer,
        "fit": FitTrainer,
    }
    version = tf.__version__

    def devices(self) -> list[str]:
        return ["cpu", *(f"gpu:{number}" for number, _ in enumerate(tf.config.list_physical_devices("GPU")))]

    def settings(self) -> dict[str, Any]:
        return {
            "keras": keras.__version__,
            "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
            "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        }


FRAMEWORK = TensorFlow
