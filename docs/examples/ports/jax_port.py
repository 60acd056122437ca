"""Our training in JAX: the loss differentiated, the step compiled."""

from functools import partial

import jax
from jax import numpy as jnp


def loss(parameters, x, y, l2):
    weight, bias = parameters
    likelihood = jnp.take_along_axis(jax.nn.log_softmax(x @ weight.T + bias), y[:, None], axis=1)
    return -likelihood.mean() + l2 / 2 * jnp.sum(weight**2)


@partial(jax.jit, static_argnames=["momentum", "l2"])
def step(parameters, velocity, features, targets, batch, rate, momentum, l2):
    gradient = jax.grad(loss)(parameters, features[batch], targets[batch], l2)
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradient)
    return jax.tree.map(lambda p, v: p - rate * v, parameters, velocity), velocity


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    features, targets = jnp.asarray(features), jnp.asarray(targets)
    parameters = (jnp.asarray(weight), jnp.asarray(bias))
    velocity = jax.tree.map(jnp.zeros_like, parameters)
    yield  # all is ready
    for order, rate in zip(orders, learning_rates, strict=True):
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            parameters, velocity = step(parameters, velocity, features, targets, batch, rate, momentum, l2)
        yield parameters
