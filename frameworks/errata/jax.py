"""The article's defects in JAX, which has no layers and only few losses: what happens, what it costs, and what to write."""

from collections.abc import Mapping

import jax
import numpy as np
from jax import Array
from jax import numpy as jnp

from fairfit.frameworks.base import Framework
from fairfit.frameworks.errata import losses, recipes, shorter_batch, trying
from fairfit.frameworks.errata.findings import ConstantBatch, Findings, SoftmaxTwice
from fairfit.frameworks.errata.recipes import Trained
from fairfit.models.exercise import Exercise
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """Each defect that applies here, tried on these exercises without momentum and penalty; 'digits' must be among them."""
    exercises = {name: recipes.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return trying.findings(
        {
            "X2": lambda: softmax_applied_twice(exercises),
            "X5": lambda: shorter_last_batch(exercises["digits"]),
        }
    )


def train(exercise: Exercise, *, twice: bool = False) -> Trained:
    """Plain gradient descent on cross-entropy by log_softmax; `twice` wrongly gives it the softmax of the scores."""
    data, training = exercise.data, exercise.spec.training
    features, targets = jnp.array(data.train_features), jnp.array(data.train_targets)
    values = jnp.array(exercise.start.weight), jnp.array(exercise.start.bias)

    @jax.jit
    def loss(values: tuple[Array, Array], features: Array, targets: Array) -> Array:
        weight, bias = values
        scores = features @ weight.T + bias
        scores = jax.nn.softmax(scores) if twice else scores
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), targets[:, None], axis=1))

    @jax.jit
    def step(values: tuple[Array, Array], batch: np.ndarray, rate: float) -> tuple[Array, Array]:
        gradients = jax.grad(loss)(values, features[batch], targets[batch])
        return jax.tree.map(lambda value, gradient: value - rate * gradient, values, gradients)

    trained = Trained([], [])
    for order, learning_rate in zip(exercise.orders, training.learning_rates, strict=True):
        for batch in batches(order, training.batch_size):
            values = step(values, batch, learning_rate)
        trained.losses.append(float(loss(values, features, targets)))
        trained.parameters.append(Parameters(*(np.array(value) for value in values)))
    return trained


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> SoftmaxTwice:
    costs = {
        name: losses.cost_of_second_softmax(exercise, right=train(exercise), twice=train(exercise, twice=True))
        for name, exercise in exercises.items()
    }
    return SoftmaxTwice(
        losses.shows_second_softmax(exercises, costs),
        costs,
        "-jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), targets[:, None], axis=1))",
    )


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> ConstantBatch:
    return shorter_batch.shorter_last_batch(
        exercise, "jax.grad(lambda weight: jnp.mean(losses(weight)))", true=lambda exercise: train(exercise).parameters[-1]
    )
