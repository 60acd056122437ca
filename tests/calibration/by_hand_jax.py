"""Softmax regression in JAX as one would write it for nothing else: the loops that the adapter is measured against."""

from functools import partial

import jax
import numpy as np
from jax import Array
from jax import numpy as jnp

from fairfit.frameworks.jax import Jax, JaxTrainer
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters


def loss(weight: Array, bias: Array, features: Array, targets: Array) -> Array:
    scores = features @ weight.T + bias
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), targets[:, None], axis=1))


class ByHandTrainer(JaxTrainer):
    def reset(self, parameters: Parameters) -> None:
        super().reset(parameters)
        self.weight, self.bias = self.state[0]

    def synchronize(self) -> None:
        jax.block_until_ready((self.features, self.targets, getattr(self, "weight", None), getattr(self, "bias", None)))

    def parameters(self) -> Parameters:
        return Parameters(np.array(self.weight), np.array(self.bias))

    def predict(self, features: np.ndarray) -> np.ndarray:
        return np.array(self.put(features) @ self.weight.T + self.bias)


# -- arrays: jax.numpy, jax.grad, own update -----------------------------------------------------------------------------


class JnpByHand(ByHandTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias = self.weight, self.bias
        for batch in batches(order, self.training.batch_size):
            weight_gradient, bias_gradient = jax.grad(loss, (0, 1))(weight, bias, self.features[batch], self.targets[batch])
            weight, bias = weight - learning_rate * weight_gradient, bias - learning_rate * bias_gradient
        self.weight, self.bias = weight, bias


# -- compiled: the step --------------------------------------------------------------------------------------------------


@partial(jax.jit, donate_argnums=(0, 1))
def step(weight: Array, bias: Array, features: Array, targets: Array, batch: Array, rate: float) -> tuple[Array, Array]:
    weight_gradient, bias_gradient = jax.grad(loss, (0, 1))(weight, bias, features[batch], targets[batch])
    return weight - rate * weight_gradient, bias - rate * bias_gradient


class JitByHand(ByHandTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias, features, targets = self.weight, self.bias, self.features, self.targets
        for batch in batches(order, self.training.batch_size):
            weight, bias = step(weight, bias, features, targets, batch, learning_rate)
        self.weight, self.bias = weight, bias


# -- graph: a whole epoch as one program ---------------------------------------------------------------------------------


@partial(jax.jit, static_argnames="size", donate_argnums=(0, 1))
def epoch(
    weight: Array, bias: Array, features: Array, targets: Array, order: Array, rate: float, size: int
) -> tuple[Array, Array]:
    def one(values: tuple[Array, Array], batch: Array) -> tuple[tuple[Array, Array], None]:
        weight, bias = values
        weight_gradient, bias_gradient = jax.grad(loss, (0, 1))(weight, bias, features[batch], targets[batch])
        return (weight - rate * weight_gradient, bias - rate * bias_gradient), None

    full = len(order) // size * size
    values, _ = jax.lax.scan(one, (weight, bias), order[:full].reshape(-1, size))
    return one(values, order[full:])[0] if full < len(order) else values


class ScanByHand(ByHandTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.weight, self.bias = epoch(
            self.weight, self.bias, self.features, self.targets, order, learning_rate, size=self.training.batch_size
        )


# -- the framework -------------------------------------------------------------------------------------------------------


class ByHand(Jax):
    trainers = {"jnp": JnpByHand, "jit": JitByHand, "scan": ScanByHand}


FRAMEWORK = ByHand
