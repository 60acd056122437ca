"""The article's defects in TensorFlow: what happens, what it costs, and what to write instead."""

import warnings
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from fairfit.frameworks.base import Framework
from fairfit.frameworks.errata import losses, recipes, shorter_batch, trying
from fairfit.frameworks.errata.findings import ConstantBatch, Findings, Raised, SoftmaxTwice, SquaredError
from fairfit.frameworks.errata.recipes import Trained
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """Each defect that applies here, tried on these exercises without momentum and penalty; 'digits' must be among them."""
    exercises = {name: recipes.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return trying.findings(
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


def softmax_as_activation() -> Raised:
    return trying.raised(lambda: keras.layers.Dense(10, activation="softmax")(tf.ones((1, 64))), "keras.layers.Dense(10)")


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> SoftmaxTwice:
    """The recipe in Keras, and on digits the same in TensorFlow's own operators, which keep nothing behind the user's back."""
    of_keras = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    costs = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name, exercise in exercises.items():
            right, twice = train(exercise, of_keras), train(exercise, of_keras, activation="softmax")
            costs[name] = losses.cost_of_second_softmax(exercise, right=right, twice=twice)
    reproduced = losses.shows_second_softmax(exercises, costs)
    right = train(exercises["digits"], of_operators)
    twice = train(exercises["digits"], lambda targets, scores: of_operators(targets, tf.nn.softmax(scores)))
    costs["digits-tf.nn"] = losses.cost_of_second_softmax(exercises["digits"], right=right, twice=twice)
    return SoftmaxTwice(
        reproduced,
        costs,
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(targets, keras.layers.Dense(10)(features))",
        keeps_scores=not reproduced,  # Keras takes those that it keeps beside their softmax; tf.nn keeps none
        warnings=list(dict.fromkeys(str(warning.message).strip('"') for warning in caught)),
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def formula_without_half() -> SquaredError:
    target = tf.constant([[1.0]])
    seen: dict[str, tuple[float, float]] = {}  # value and gradient
    costs = {
        "formula": lambda target, predicted: tf.reduce_mean(tf.square(predicted - target)),
        "loss": keras.losses.MeanSquaredError(),
    }
    for name, cost in costs.items():
        predicted = tf.Variable([[3.0]])
        with tf.GradientTape() as tape:
            value = cost(target, predicted)
        seen[name] = (float(value), float(tape.gradient(value, predicted)[0, 0]))
    return losses.squared_error(
        "keras.losses.MeanSquaredError", **seen, instead="keras.losses.MeanSquaredError()(targets, predicted)"
    )


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> ConstantBatch:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return shorter_batch.shorter_last_batch(
        exercise,
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(targets, scores)",
        true=lambda exercise: train(exercise, loss).parameters[-1],
    )
