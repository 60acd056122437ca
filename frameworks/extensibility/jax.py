"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in JAX: functions of arrays."""

from typing import Any

import jax
import numpy as np
from jax import Array
from jax import numpy as jnp

# -- layer: scale · (inputs · weightᵀ + bias) ----------------------------------------------------------------------------


def initialised(key: Array, inputs: int, outputs: int) -> dict[str, Array]:
    """The parameters of `scaled`."""
    weight = jax.nn.initializers.glorot_uniform()(key, (outputs, inputs))
    return {"weight": weight, "bias": jnp.zeros(outputs), "scale": jnp.ones(1)}


def scaled(parameters: dict[str, Array], inputs: Array) -> Array:
    """A dense layer with a trainable scale."""
    return parameters["scale"] * (inputs @ parameters["weight"].T + parameters["bias"])


# -- loss: Huber's, with delta 1 -----------------------------------------------------------------------------------------


def huber(predicted: Array, target: Array) -> Array:
    """Half the square of errors below 1, the error less ½ above; the mean over all."""
    error = jnp.abs(predicted - target)
    return jnp.where(error < 1, 0.5 * jnp.square(error), error - 0.5).mean()


# -- gradient: swish, forward and backward by hand -----------------------------------------------------------------------


@jax.custom_vjp
def swish(inputs: Array) -> Array:
    """inputs · sigmoid(inputs)."""
    return inputs * jax.nn.sigmoid(inputs)


def swish_forward(inputs: Array) -> tuple[Array, tuple[Array, Array]]:
    sigmoid = jax.nn.sigmoid(inputs)
    return inputs * sigmoid, (inputs, sigmoid)


def swish_backward(saved: tuple[Array, Array], upstream: Array) -> tuple[Array]:
    inputs, sigmoid = saved
    return (upstream * sigmoid * (1 + inputs * (1 - sigmoid)),)


swish.defvjp(swish_forward, swish_backward)

# -- optimizer: Nesterov's momentum --------------------------------------------------------------------------------------


def nesterov(weights: Any, velocities: Any, gradients: Any, rate: float = 0.01, momentum: float = 0.9) -> tuple[Any, Any]:
    """velocity ← momentum · velocity + gradient; weight ← weight − rate · (gradient + momentum · velocity)."""
    velocities = jax.tree.map(lambda velocity, gradient: momentum * velocity + gradient, velocities, gradients)
    weights = jax.tree.map(
        lambda weight, gradient, velocity: weight - rate * (gradient + momentum * velocity), weights, gradients, velocities
    )
    return weights, velocities


# -- numpy: the cumulative sum along the features ------------------------------------------------------------------------


@jax.custom_vjp
def cumulative_sum(inputs: Array) -> Array:
    """NumPy forward, NumPy backward."""
    return jax.pure_callback(lambda values: np.cumsum(values, axis=1), jax.ShapeDtypeStruct(inputs.shape, inputs.dtype), inputs)


def cumulative_sum_forward(inputs: Array) -> tuple[Array, None]:
    return cumulative_sum(inputs), None


def cumulative_sum_backward(_: None, upstream: Array) -> tuple[Array]:
    shape = jax.ShapeDtypeStruct(upstream.shape, upstream.dtype)
    return (jax.pure_callback(lambda values: np.cumsum(values[:, ::-1], axis=1)[:, ::-1], shape, upstream),)


cumulative_sum.defvjp(cumulative_sum_forward, cumulative_sum_backward)
