"""Softmax regression in TensorFlow as one would write it for nothing else: the loops that the adapter is measured against."""

import keras
import numpy as np
import tensorflow as tf

from fairfit.frameworks.tensorflow import TensorFlow, TensorFlowTrainer
from fairfit.models.parameters import Parameters

# -- arrays: variables, autograd, own update -----------------------------------------------------------------------------


class VariableByHand(TensorFlowTrainer):
    def build(self) -> None:
        self.weight = tf.Variable(tf.zeros((self.data.inputs, self.data.outputs)))
        self.bias = tf.Variable(tf.zeros(self.data.outputs))

    def reset(self, parameters: Parameters) -> None:
        self.weight.assign(parameters.weight.T)
        self.bias.assign(parameters.bias)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias, rate = self.weight, self.bias, tf.constant(learning_rate)
        whole, rest = divmod(len(order), self.training.batch_size)
        for batch in tf.split(order, [self.training.batch_size] * whole + [rest] * (rest > 0)):
            features, targets = tf.gather(self.features, batch), tf.gather(self.targets, batch)
            with tf.GradientTape() as tape:
                scores = tf.nn.bias_add(tf.matmul(features, weight), bias)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, scores))
            weight_gradient, bias_gradient = tape.gradient(loss, (weight, bias))
            weight.assign_sub(rate * weight_gradient)
            bias.assign_sub(rate * bias_gradient)


# -- layers: the library's layer, loss and optimizer ---------------------------------------------------------------------


class KerasByHand(TensorFlowTrainer):
    def build(self) -> None:
        self.layer = keras.layers.Dense(self.data.outputs)
        self.layer.build((None, self.data.inputs))
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.optimizer = keras.optimizers.SGD(self.training.learning_rate)
        self.optimizer.build(self.layer.trainable_variables)
        self.weight, self.bias = self.layer.kernel.value, self.layer.bias.value

    def reset(self, parameters: Parameters) -> None:
        self.weight.assign(parameters.weight.T)
        self.bias.assign(parameters.bias)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        layer, cross_entropy, optimizer = self.layer, self.loss, self.optimizer
        variables = layer.trainable_variables
        whole, rest = divmod(len(order), self.training.batch_size)
        for batch in tf.split(order, [self.training.batch_size] * whole + [rest] * (rest > 0)):
            features, targets = tf.gather(self.features, batch), tf.gather(self.targets, batch)
            with tf.GradientTape() as tape:
                loss = cross_entropy(targets, layer(features))
            optimizer.apply(tape.gradient(loss, variables), variables)


# -- compiled: the same, the step compiled -------------------------------------------------------------------------------


class FunctionByHand(KerasByHand):
    def build(self) -> None:
        super().build()
        layer, cross_entropy, optimizer, variables = self.layer, self.loss, self.optimizer, self.layer.trainable_variables
        all_features, all_targets = self.features, self.targets

        @tf.function
        def step(batch: tf.Tensor) -> None:
            features, targets = tf.gather(all_features, batch), tf.gather(all_targets, batch)
            with tf.GradientTape() as tape:
                loss = cross_entropy(targets, layer(features))
            optimizer.apply(tape.gradient(loss, variables), variables)

        self.step = step

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        step = self.step
        whole, rest = divmod(len(order), self.training.batch_size)
        for batch in tf.split(order, [self.training.batch_size] * whole + [rest] * (rest > 0)):
            step(batch)


# -- graph: a whole epoch compiled as one program ------------------------------------------------------------------------


class XLAByHand(VariableByHand):
    def build(self) -> None:
        super().build()
        all_features, all_targets, weight, bias = self.features, self.targets, self.weight, self.bias
        size, rate = self.training.batch_size, self.training.learning_rate

        def step(batch: tf.Tensor) -> None:
            features, targets = tf.gather(all_features, batch), tf.gather(all_targets, batch)
            with tf.GradientTape() as tape:
                scores = tf.nn.bias_add(tf.matmul(features, weight), bias)
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, scores))
            weight_gradient, bias_gradient = tape.gradient(loss, (weight, bias))
            weight.assign_sub(rate * weight_gradient)
            bias.assign_sub(rate * bias_gradient)

        @tf.function(jit_compile=True)
        def epoch(order: tf.Tensor) -> None:
            whole = self.data.rows // size
            batches = tf.reshape(order[: whole * size], (whole, size))
            for number in tf.range(whole):
                step(batches[number])
            if whole * size < self.data.rows:
                step(order[whole * size :])

        self.epoch = epoch

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.epoch(tf.constant(order))


# -- fit: the library's own training call --------------------------------------------------------------------------------


class FitByHand(KerasByHand):
    def build(self) -> None:
        super().build()
        self.network = keras.Sequential([keras.Input((self.data.inputs,)), self.layer])
        self.network.compile(optimizer=self.optimizer, loss=self.loss)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        features, targets = tf.gather(self.features, order), tf.gather(self.targets, order)
        self.network.fit(features, targets, batch_size=self.training.batch_size, shuffle=False, verbose=0)


# -- the framework -------------------------------------------------------------------------------------------------------


class ByHand(TensorFlow):
    trainers = {
        "variable": VariableByHand,
        "keras": KerasByHand,
        "function": FunctionByHand,
        "xla": XLAByHand,
        "fit": FitByHand,
    }


FRAMEWORK = ByHand
