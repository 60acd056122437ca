"""Linear and softmax regression in JAX: jax.numpy op by op, a jitted step, and a whole epoch as one lax.scan program."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax import Array
from jax import numpy as jnp

from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters

jax.config.update("jax_enable_x64", True)  # else float64 becomes float32 without a word; float32 stays float32
jax.config.update("jax_default_matmul_precision", "highest")  # on a GPU the default is TF32

Pair = tuple[Array, Array]  # weight (outputs, inputs) and bias (outputs,), or what belongs to them
State = tuple[Pair, Pair]  # what a step changes: values and velocities

# -- shared: data, prediction, checkpoints -----------------------------------------------------------------------------


class JaxTrainer(Trainer):
    """What the styles share."""

    state: State

    def transfer(self) -> None:
        kind, _, number = self.device.partition(":")
        self.place = jax.devices(kind)[int(number or 0)]
        self.features = self.put(self.data.train_features)  # (rows, inputs)
        self.targets = self.put(self.data.train_targets)  # (rows,)

    def put(self, values: np.ndarray) -> Array:
        """A copy on the device; without `np.array` it would share NumPy's memory on a CPU."""
        return jax.device_put(np.array(values), self.place)

    def reset(self, parameters: Parameters) -> None:
        weight, bias = parameters.weight, parameters.bias
        zeros = np.zeros_like
        self.state = (self.put(weight), self.put(bias)), (self.put(zeros(weight)), self.put(zeros(bias)))

    def step(self, state: State, index: Any, features: Array, targets: Array, learning_rate: Any) -> State:
        """One update from the rows in `index`, of shape (batch,)."""
        momentum = self.training.momentum
        values, velocities = state
        gradients = jax.grad(self.objective)(values, features[index], targets[index])
        if momentum:
            gradients = velocities = jax.tree.map(lambda velocity, new: momentum * velocity + new, velocities, gradients)
        return jax.tree.map(lambda value, gradient: value - learning_rate * gradient, values, gradients), velocities

    def objective(self, values: Pair, features: Array, targets: Array) -> Array:
        weight, bias = values
        scores = features @ weight.T + bias  # (batch, outputs)
        if self.model == "linear":
            loss = 0.5 * jnp.mean(jnp.square(scores[:, 0] - targets))
        else:
            loss = -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(scores), targets[:, None], axis=1))
        return loss + 0.5 * self.training.l2 * jnp.sum(jnp.square(weight)) if self.training.l2 else loss

    def synchronize(self) -> None:
        jax.block_until_ready((self.features, self.targets, getattr(self, "state", None)))  # JAX has no fence for a device

    def parameters(self) -> Parameters:
        return Parameters(*(np.array(value) for value in self.state[0]))

    def predict(self, features: np.ndarray) -> np.ndarray:
        weight, bias = self.state[0]
        return np.array(self.put(features) @ weight.T + bias)

    def save(self, folder: Path) -> None:  # JAX has no format of its own; its arrays are saved as NumPy's
        weight, bias = self.state[0]
        np.savez(folder / "parameters.npz", weight=np.asarray(weight), bias=np.asarray(bias))

    def load(self, folder: Path) -> None:
        with np.load(folder / "parameters.npz") as arrays:
            self.reset(Parameters(arrays["weight"], arrays["bias"]))


# -- arrays ------------------------------------------------------------------------------------------------------------


class JnpTrainer(JaxTrainer):
    """Arrays, autograd, own update."""

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for index in batches(order, self.training.batch_size):
            self.state = self.step(self.state, index, self.features, self.targets, learning_rate)


# -- layers ------------------------------------------------------------------------------------------------------------

# None: JAX has no layers, optimizers and loaders of its own. Its users take libraries on top of it, as Flax and Optax.


# -- compiled ----------------------------------------------------------------------------------------------------------


class JitTrainer(JnpTrainer):
    """The same; from gather to update compiled."""

    def build(self) -> None:
        self.step = jax.jit(self.step, donate_argnums=0)  # type: ignore[method-assign]


# -- graph -------------------------------------------------------------------------------------------------------------


class ScanTrainer(JaxTrainer):
    """A whole epoch compiled as one program."""

    def build(self) -> None:
        self.epoch = jax.jit(self.epoch, donate_argnums=0)  # type: ignore[method-assign]

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.state = self.epoch(self.state, order, self.features, self.targets, learning_rate)

    def epoch(self, state: State, order: Any, features: Array, targets: Array, learning_rate: Any) -> State:
        def step(state: State, index: Array) -> tuple[State, None]:
            return self.step(state, index, features, targets, learning_rate), None

        size = self.training.batch_size
        full = len(order) // size * size
        state, _ = jax.lax.scan(step, state, order[:full].reshape(-1, size))
        if full < len(order):
            state, _ = step(state, order[full:])
        return state


# -- fit ---------------------------------------------------------------------------------------------------------------

# None: JAX has no training call of its own.


# -- the framework -----------------------------------------------------------------------------------------------------


class Jax(Framework):
    trainers = {"jnp": JnpTrainer, "jit": JitTrainer, "scan": ScanTrainer}
    version = jax.__version__

    def devices(self) -> list[str]:
        gpus = [device for device in jax.devices() if device.platform == "gpu"]
        return ["cpu", *(f"gpu:{number}" for number, _ in enumerate(gpus))]

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = jax.config.values
        return {"x64": settings["jax_enable_x64"], "matmul_precision": settings["jax_default_matmul_precision"]}


FRAMEWORK = Jax
