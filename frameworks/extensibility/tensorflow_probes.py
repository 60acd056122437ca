"""Whether the extensions that are made in TensorFlow hold: how each is run, compiled, exported, differentiated and timed."""
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

from fairfit.frameworks.base import Framework
from fairfit.frameworks.extensibility import cases, inspection
from fairfit.frameworks.extensibility import tensorflow as extensions
from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.frameworks.extensibility.findings import Findings
from fairfit.frameworks.extensibility.probe import CALLED_AS_IT_IS, NO_GRADIENT_OF_OPTIMIZER, Export, Probe, Sides, Way
from fairfit.frameworks.extensibility.tensorflow import Huber, Nesterov, Scaled, cumulative_sum, swish
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

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
    return Way(CALLED_AS_IT_IS, functools.partial(differentiate, module, module))


def compiled(module: Module, how: Text | str, *, xla: bool) -> Way:
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
    what: Text, definition: Callable[..., object], module: Module, case: Case, sides: Callable[[], Sides], against: str,
) -> Probe:  # fmt: skip
    """A probe of what a tape differentiates."""
    return Probe(
        what,
        (definition,),
        case,
        imperative=imperative(module),
        compiled=compiled(module, "tf.function", xla=False),
        compiled_whole=compiled(module, "tf.function(jit_compile=True)", xla=True),
        export=Export(
            Text("tf.saved_model.save, reloaded by tf.saved_model.load", "tf.saved_model.save，由 tf.saved_model.load 重新载入"),
            functools.partial(export, module, case),
        ),
        gradient="tf.GradientTape",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = tf.constant(cases.timed_arrays()["inputs"])
        custom, builtin = Scaled(cases.TIMED_OUTPUTS), keras.layers.Dense(cases.TIMED_OUTPUTS)
        custom.build(inputs.shape)
        builtin.build(inputs.shape)
        return (
            training_step(custom, [inputs], custom.trainable_variables),
            training_step(builtin, [inputs], builtin.trainable_variables),
        )

    module = Scaled(cases.OUTPUTS, dtype="float64")
    module.build((None, cases.INPUTS))
    weight, *others = case.parameters
    case = dataclasses.replace(case, parameters=[weight.T, *others])  # a kernel is (inputs, outputs)
    return differentiable(
        Text("A dense layer with a trainable scale, as a subclass of keras.layers.Layer.",
             "带可训练缩放系数的全连接层，写成 keras.layers.Layer 的子类。"),
        Scaled, module, case, sides, "keras.layers.Dense",
    )  # fmt: skip


def loss(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        predicted, target = tf.constant(timed["inputs"]), tf.constant(timed["target"])
        return (
            training_step(Huber(), [target, predicted], [predicted]),
            training_step(keras.losses.Huber(), [target, predicted], [predicted]),
        )

    custom = Huber(dtype="float64")
    return differentiable(
        Text("Huber's loss with delta 1, as a subclass of keras.losses.Loss.",
             "delta 为 1 的 Huber 损失，写成 keras.losses.Loss 的子类。"),
        Huber, Operator(lambda predicted, target: custom(target, predicted)), case, sides, "keras.losses.Huber",
    )  # fmt: skip


def gradient(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = tf.constant(cases.timed_arrays()["inputs"])
        return training_step(swish, [inputs], [inputs]), training_step(tf.nn.silu, [inputs], [inputs])

    return differentiable(
        Text("Swish with its gradient by hand, as a function under tf.custom_gradient.",
             "手写梯度的 Swish，写成 tf.custom_gradient 下的函数。"),
        swish, Operator(swish), case, sides, "tf.nn.silu",
    )  # fmt: skip


def numpy(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = tf.constant(cases.timed_arrays()["inputs"])
        return (
            training_step(cumulative_sum, [inputs], [inputs]),
            training_step(functools.partial(tf.cumsum, axis=1), [inputs], [inputs]),
        )

    return differentiable(
        Text("The cumulative sum by NumPy, its gradient too, as tf.numpy_function under tf.custom_gradient.",
             "用 NumPy 计算的累积和及其梯度，写成 tf.custom_gradient 下的 tf.numpy_function。"),
        cumulative_sum, Operator(cumulative_sum), case, sides, "tf.cumsum",
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------


def new_optimizer(weight: tf.Variable) -> Nesterov:
    optimizer = Nesterov(cases.LEARNING_RATE, cases.MOMENTUM)
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
    return np.stack(descend(cases.STEPS, weight, curvature, new_optimizer(weight), compiler)), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another optimizer reads from it."""
    weight, curvature = tf.Variable(arrays[0]), tf.constant(arrays[1])
    optimizer = new_optimizer(weight)
    before = descend(cases.STEPS // 2, weight, curvature, optimizer, lambda step: step)
    with tempfile.TemporaryDirectory() as folder:
        tf.train.Checkpoint(weight=weight, optimizer=optimizer).write(f"{folder}/checkpoint")
        weight = tf.Variable(tf.zeros_like(weight))
        optimizer = new_optimizer(weight)
        tf.train.Checkpoint(weight=weight, optimizer=optimizer).read(f"{folder}/checkpoint").assert_consumed()
    after = descend(cases.STEPS - cases.STEPS // 2, weight, curvature, optimizer, lambda step: step)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        weights = [tf.Variable(timed[name]) for name in ("weight", "bias")]
        gradients = [tf.fill(weight.shape, 1e-6) for weight in weights]  # too small to lead anywhere in the steps timed
        custom, builtin = Nesterov(momentum=0.9), keras.optimizers.SGD(momentum=0.9, nesterov=True)
        return lambda: custom.apply(gradients, weights), lambda: builtin.apply(gradients, weights)

    return Probe(
        Text(
            "SGD with Nesterov's momentum, as a subclass of keras.optimizers.Optimizer.",
            "带 Nesterov 动量的 SGD，写成 keras.optimizers.Optimizer 的子类。",
        ),
        (Nesterov,),
        case,
        imperative=Way("optimizer.apply", functools.partial(train, lambda step: step)),
        compiled=Way(Text("the step under tf.function", "tf.function 下的训练步"), functools.partial(train, tf.function)),
        compiled_whole=Way(
            Text("the step under tf.function(jit_compile=True)", "tf.function(jit_compile=True) 下的训练步"),
            functools.partial(train, functools.partial(tf.function, jit_compile=True)),
        ),
        export=Way(
            Text("tf.train.Checkpoint, read by another optimizer half-way", "tf.train.Checkpoint，中途由另一个优化器读取"),
            train_interrupted,
        ),
        gradient=NO_GRADIENT_OF_OPTIMIZER,
        sides=sides,
        against="keras.optimizers.SGD(nesterov=True)",
    )


# -- all of them ---------------------------------------------------------------------------------------------------------


MAKERS = inspection.Makers(layer=layer, loss=loss, gradient=gradient, optimizer=optimizer, numpy=numpy)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What one's own layer, loss, gradient, optimizer and NumPy layer do; neither argument is needed."""
    synchronize = tf.test.experimental.sync_devices
    with tf.device("cpu"):  # as the others
        return inspection.findings(MAKERS, Path(extensions.__file__), reload=reload, synchronize=synchronize)
