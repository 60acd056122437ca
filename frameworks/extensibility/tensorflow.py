"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in TensorFlow, and whether they hold."""
# mypy: allow-subclassing-any, allow-untyped-decorators

import dataclasses
import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from fairfit.frameworks.extensibility import probe
from fairfit.frameworks.extensibility.probe import Absent, Arrays, Case, Export, Probe, Way
from fairfit.models.exercise import Exercise

# -- layer: scale · (inputs · kernel + bias) -----------------------------------------------------------------------------


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


# -- ways to run them ----------------------------------------------------------------------------------------------------


class Operator(tf.Module):
    """A function as a module: what is compiled and exported."""

    def __init__(self, function: Callable[..., tf.Tensor]) -> None:
        super().__init__()
        self.function = function

    def __call__(self, *inputs: tf.Tensor) -> tf.Tensor:
        return self.function(*inputs)


Module: TypeAlias = keras.layers.Layer | Operator


def place(module: Module, arrays: Arrays) -> list[tf.Tensor]:
    """Put the last arrays into the variables of the module; the others are its inputs."""
    count = len(arrays) - len(module.trainable_variables)
    for variable, array in zip(module.trainable_variables, arrays[count:], strict=True):
        variable.assign(array)
    return [tf.constant(array) for array in arrays[:count]]


def differentiate(module: Module, call: Callable[..., tf.Tensor], arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """The output of `call`, and the gradients of the sum of its squares by inputs and variables."""
    inputs = place(module, arrays)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = call(*inputs)
        total = tf.reduce_sum(tf.square(output))
    gradients = tape.gradient(total, [*inputs, *module.trainable_variables])
    return output.numpy(), [gradient.numpy() for gradient in gradients]


def imperative(module: Module) -> Way:
    return Way("called as it is", functools.partial(differentiate, module, module))


def compiled(module: Module, how: str, *, xla: bool) -> Way:
    return Way(how, functools.partial(differentiate, module, tf.function(module, jit_compile=xla)))


def export(module: Module, case: Case, folder: Path) -> None:
    inputs = place(module, case.arrays)
    exported = tf.Module()
    exported.module = module  # so that its variables are saved
    exported.serve = tf.function(module, input_signature=[tf.TensorSpec(value.shape, value.dtype) for value in inputs])
    tf.saved_model.save(exported, str(folder / "model"))


def reload(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import tensorflow as tf

    exported = tf.saved_model.load(str(folder / "model"))
    return exported.serve(*(tf.constant(array) for array in inputs)).numpy()


def training_step(call: Callable[..., tf.Tensor], inputs: list[tf.Tensor], by: list[Any]) -> Callable[[], object]:
    """Forward and backward; gives the gradients."""

    def step() -> object:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            output = call(*inputs)
        return tape.gradient(output, by)

    return step


# -- the probes ----------------------------------------------------------------------------------------------------------


def differentiable(
    what: str, definition: str, module: Module, case: Case, sides: Callable[[], probe.Sides], against: str,
) -> Probe:  # fmt: skip
    """A probe of what a tape differentiates."""
    return Probe(
        what,
        (definition,),
        case,
        imperative=imperative(module),
        compiled=compiled(module, "tf.function", xla=False),
        compiled_whole=compiled(module, "tf.function(jit_compile=True)", xla=True),
        export=Export("tf.saved_model.save, reloaded by tf.saved_model.load", functools.partial(export, module, case)),
        gradient="tf.GradientTape",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = tf.constant(probe.timed_arrays()["inputs"])
        custom, builtin = Scaled(probe.TIMED_OUTPUTS), keras.layers.Dense(probe.TIMED_OUTPUTS)
        custom.build(inputs.shape)
        builtin.build(inputs.shape)
        return (
            training_step(custom, [inputs], custom.trainable_variables),
            training_step(builtin, [inputs], builtin.trainable_variables),
        )

    module = Scaled(probe.OUTPUTS, dtype="float64")
    module.build((None, probe.INPUTS))
    weight, *others = case.parameters
    case = dataclasses.replace(case, parameters=[weight.T, *others])  # a kernel is (inputs, outputs)
    return differentiable(
        "A dense layer with a trainable scale, as a subclass of keras.layers.Layer.",
        "Scaled", module, case, sides, "keras.layers.Dense",
    )  # fmt: skip


def loss(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        predicted, target = tf.constant(timed["inputs"]), tf.constant(timed["target"])
        return (
            training_step(Huber(), [target, predicted], [predicted]),
            training_step(keras.losses.Huber(), [target, predicted], [predicted]),
        )

    custom = Huber(dtype="float64")
    return differentiable(
        "Huber's loss with delta 1, as a subclass of keras.losses.Loss.",
        "Huber", Operator(lambda predicted, target: custom(target, predicted)), case, sides, "keras.losses.Huber",
    )  # fmt: skip


def gradient(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = tf.constant(probe.timed_arrays()["inputs"])
        return training_step(swish, [inputs], [inputs]), training_step(tf.nn.silu, [inputs], [inputs])

    return differentiable(
        "Swish with its gradient by hand, as a function under tf.custom_gradient.",
        "swish", Operator(swish), case, sides, "tf.nn.silu",
    )  # fmt: skip


def numpy(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = tf.constant(probe.timed_arrays()["inputs"])
        return (
            training_step(cumulative_sum, [inputs], [inputs]),
            training_step(functools.partial(tf.cumsum, axis=1), [inputs], [inputs]),
        )

    return differentiable(
        "The cumulative sum by NumPy, its gradient too, as tf.numpy_function under tf.custom_gradient.",
        "cumulative_sum", Operator(cumulative_sum), case, sides, "tf.cumsum",
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------


def new_optimizer(weight: tf.Variable) -> Nesterov:
    optimizer = Nesterov(probe.LEARNING_RATE, probe.MOMENTUM)
    optimizer.build([weight])
    return optimizer


def descend(
    steps: int, weight: tf.Variable, curvature: tf.Tensor, optimizer: Nesterov, compiler: Callable[[Any], Any]
) -> list[np.ndarray]:
    """The weights after each step down ½ Σ curvature · weight²."""

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(0.5 * curvature * tf.square(weight))
        optimizer.apply(tape.gradient(loss, [weight]), [weight])

    step, path = compiler(step), []
    for _ in range(steps):
        step()
        path.append(weight.numpy())
    return path


def train(compiler: Callable[[Any], Any], arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """All steps, each put through `compiler`."""
    weight, curvature = tf.Variable(arrays[0]), tf.constant(arrays[1])
    return np.stack(descend(probe.STEPS, weight, curvature, new_optimizer(weight), compiler)), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another optimizer reads from it."""
    weight, curvature = tf.Variable(arrays[0]), tf.constant(arrays[1])
    optimizer = new_optimizer(weight)
    before = descend(probe.STEPS // 2, weight, curvature, optimizer, lambda step: step)
    with tempfile.TemporaryDirectory() as folder:
        tf.train.Checkpoint(weight=weight, optimizer=optimizer).write(f"{folder}/checkpoint")
        weight = tf.Variable(tf.zeros_like(weight))
        optimizer = new_optimizer(weight)
        tf.train.Checkpoint(weight=weight, optimizer=optimizer).read(f"{folder}/checkpoint").assert_consumed()
    after = descend(probe.STEPS - probe.STEPS // 2, weight, curvature, optimizer, lambda step: step)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        weights = [tf.Variable(timed[name]) for name in ("weight", "bias")]
        gradients = [tf.fill(weight.shape, 1e-6) for weight in weights]  # too small to lead anywhere in the steps timed
        custom, builtin = Nesterov(momentum=0.9), keras.optimizers.SGD(momentum=0.9, nesterov=True)
        return lambda: custom.apply(gradients, weights), lambda: builtin.apply(gradients, weights)

    return Probe(
        "SGD with Nesterov's momentum, as a subclass of keras.optimizers.Optimizer.",
        ("Nesterov",),
        case,
        imperative=Way("optimizer.apply", functools.partial(train, lambda step: step)),
        compiled=Way("the step under tf.function", functools.partial(train, tf.function)),
        compiled_whole=Way(
            "the step under tf.function(jit_compile=True)",
            functools.partial(train, functools.partial(tf.function, jit_compile=True)),
        ),
        export=Way("tf.train.Checkpoint, read by another optimizer half-way", train_interrupted),
        gradient=Absent("an optimizer has no gradient"),
        sides=sides,
        against="keras.optimizers.SGD(nesterov=True)",
    )


# -- all of them ---------------------------------------------------------------------------------------------------------


def probes() -> dict[str, Probe]:
    cases = probe.cases()
    return {
        "layer": layer(cases["layer"]),
        "loss": loss(cases["loss"]),
        "gradient": gradient(cases["gradient"]),
        "optimizer": optimizer(cases["optimizer"]),
        "numpy": numpy(cases["numpy"]),
    }


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """What one's own layer, loss, gradient, optimizer and NumPy layer do in TensorFlow; needs no exercise."""
    synchronize = tf.test.experimental.sync_devices
    with tf.device("cpu"):  # as the others
        return {"probes": probe.report(probes(), path=Path(__file__), reload=reload, synchronize=synchronize)}
