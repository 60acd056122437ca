"""The article's defects in TensorFlow: what happens, what it costs, and what to write instead."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from fairfit.frameworks.errata import erratum
from fairfit.frameworks.errata.erratum import Finding, Trained
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    exercises = {name: erratum.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return erratum.findings(
        {
            "X1": softmax_as_activation,
            "X2": lambda: softmax_applied_twice(exercises),
            "X3": formula_without_half,
            "X5": lambda: shorter_last_batch(exercises["digits"]),
        }
    )


Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # from targets and what the layer gives to the mean over the batch


def train(exercise: Exercise, loss: Loss, *, activation: str | None = None) -> Trained:
    """Plain gradient descent on a Keras layer, every step compiled by tf.function."""
    data, training = exercise.data, exercise.spec.training
    features, targets = tf.constant(data.train_features), tf.constant(data.train_targets)
    layer = keras.layers.Dense(data.outputs, activation=activation)
    layer.build((None, data.inputs))
    layer.set_weights([exercise.start.weight.T, exercise.start.bias])
    optimizer = keras.optimizers.SGD(1.0)  # the rate is set by every epoch
    optimizer.build(layer.trainable_variables)

    def step(batch: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            value = loss(tf.gather(targets, batch), layer(tf.gather(features, batch)))
        optimizer.apply(tape.gradient(value, layer.trainable_variables), layer.trainable_variables)

    compiled, trained = tf.function(step), Trained([], [])
    for order, learning_rate in zip(exercise.orders, training.learning_rates, strict=True):
        optimizer.learning_rate.assign(learning_rate)
        for first in range(0, len(order), training.batch_size):
            compiled(tf.constant(order[first : first + training.batch_size]))
        trained.losses.append(float(loss(targets, layer(features))))
        weight, bias = layer.get_weights()  # (inputs, outputs), (outputs,)
        trained.parameters.append(Parameters(weight.T.copy(), bias.copy()))
    return trained


def of_operators(targets: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy on raw scores by TensorFlow's own operator."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, scores))


# -- X1: softmax as the activation of a layer ----------------------------------------------------------------------------


def softmax_as_activation() -> Finding:
    error = erratum.error_of(lambda: keras.layers.Dense(10, activation="softmax")(tf.ones((1, 64))))
    happens = erratum.in_words(error) if error else "works here: Keras has that activation"
    return Finding(error is not None, happens, "keras.layers.Dense(10)  # and from_logits=True in the loss")


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> Finding:
    """The recipe in Keras, and on digits the same in TensorFlow's own operators, which keep nothing behind the user's back."""
    of_keras = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    numbers = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name, exercise in exercises.items():
            right, twice = train(exercise, of_keras), train(exercise, of_keras, activation="softmax")
            numbers[name] = erratum.cost_of_second_softmax(exercise, right, twice)
    reproduced = erratum.shows_second_softmax(exercises, numbers)
    right = train(exercises["digits"], of_operators)
    twice = train(exercises["digits"], lambda targets, scores: of_operators(targets, tf.nn.softmax(scores)))
    numbers["digits-tf.nn"] = erratum.cost_of_second_softmax(exercises["digits"], right, twice)
    happens = erratum.second_softmax_in_words(numbers)
    if not reproduced:
        happens = f"Keras takes the raw scores that it keeps beside their softmax, tf.nn does not: {happens}"
    for warning in dict.fromkeys(str(warning.message).strip('"') for warning in caught):
        happens += f"; Keras warns: {warning}"
    return Finding(
        reproduced,
        happens,
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(targets, keras.layers.Dense(10)(features))",
        numbers,
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def formula_without_half() -> Finding:
    target = tf.constant([[1.0]])
    numbers: dict[str, float] = {}
    costs = {
        "formula": lambda target, predicted: tf.reduce_mean(tf.square(predicted - target)),
        "loss": keras.losses.MeanSquaredError(),
    }
    for name, cost in costs.items():
        predicted = tf.Variable([[3.0]])
        with tf.GradientTape() as tape:
            value = cost(target, predicted)
        numbers |= {f"{name}_value": float(value), f"{name}_gradient": float(tape.gradient(value, predicted)[0, 0])}
    return erratum.squared_error("keras.losses.MeanSquaredError", numbers, "keras.losses.MeanSquaredError()(targets, predicted)")


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> Finding:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return erratum.shorter_last_batch(
        exercise,
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(targets, scores)",
        true=lambda exercise: train(exercise, loss).parameters[-1],
    )
