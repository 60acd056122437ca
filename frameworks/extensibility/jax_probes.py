"""Whether the extensions that are made in JAX hold: how each is run, compiled, exported, differentiated and timed."""

import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax import Array, export
from jax import numpy as jnp
from jax.example_libraries import optimizers, stax

from fairfit.frameworks.base import Framework
from fairfit.frameworks.extensibility import cases, inspection
from fairfit.frameworks.extensibility import jax as extensions
from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.frameworks.extensibility.findings import Findings
from fairfit.frameworks.extensibility.jax import (
    cumulative_sum,
    cumulative_sum_backward,
    cumulative_sum_forward,
    huber,
    initialised,
    nesterov,
    scaled,
    swish,
    swish_backward,
    swish_forward,
)
from fairfit.frameworks.extensibility.probe import CALLED_AS_IT_IS, NO_GRADIENT_OF_OPTIMIZER, Export, Probe, Sides, Way
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

Function = Callable[..., Array]

# -- ways to run them ----------------------------------------------------------------------------------------------------


def layer_of(inputs: Array, weight: Array, bias: Array, scale: Array) -> Array:
    """The layer as a function of arrays alone."""
    return scaled({"weight": weight, "bias": bias, "scale": scale}, inputs)


def differentiate(call: Function, arrays: Sequence[Array]) -> tuple[Array, Sequence[Array]]:
    """The output of `call`, and the gradients of the sum of its squares by all arrays."""

    def total(*arrays: Array) -> tuple[Array, Array]:
        output = call(*arrays)
        return jnp.square(output).sum(), output

    gradients, output = jax.grad(total, argnums=tuple(range(len(arrays))), has_aux=True)(*arrays)
    return output, gradients


def way(how: Text | str, evaluate: Callable[[Sequence[Array]], tuple[Array, Sequence[Array]]]) -> Way:
    def in_numpy(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        output, gradients = evaluate([jnp.array(array) for array in arrays])
        return np.array(output), [np.array(gradient) for gradient in gradients]

    return Way(how, in_numpy)


def save(function: Function, case: Case, folder: Path) -> None:
    """The program of the layer with its parameters inside, for inputs of this shape."""
    inputs, parameters = ([jnp.array(array) for array in arrays] for arrays in (case.inputs, case.parameters))
    exported = export.export(jax.jit(lambda *inputs: function(*inputs, *parameters)))(*inputs)
    (folder / "model.stablehlo").write_bytes(exported.serialize())


def reload(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import jax
    import numpy as np
    from jax import export

    jax.config.update("jax_enable_x64", True)
    program = export.deserialize(bytearray((folder / "model.stablehlo").read_bytes()))
    return np.array(program.call(*inputs))


def training_step(call: Function, arrays: Sequence[Any], by: Sequence[int]) -> Callable[[], object]:
    """Forward and backward as one compiled program; gives the gradients."""

    @jax.jit
    def step(upstream: Array, *arrays: Array) -> list[Array]:
        gradients = jax.vjp(call, *arrays)[1](upstream)
        return [gradients[number] for number in by]

    upstream = jnp.ones_like(call(*arrays))  # an input: what it multiplies is not folded into a constant
    return lambda: jax.block_until_ready(step(upstream, *arrays))


# -- the probes ----------------------------------------------------------------------------------------------------------


def differentiable(
    what: Text, definitions: tuple[Callable[..., object], ...], function: Function, case: Case, sides: Callable[[], Sides],
    against: str,
) -> Probe:  # fmt: skip
    """A probe of what jax.grad differentiates."""
    return Probe(
        what,
        definitions,
        case,
        imperative=way(CALLED_AS_IT_IS, functools.partial(differentiate, function)),
        compiled=way("jax.jit", functools.partial(differentiate, jax.jit(function))),
        compiled_whole=way(
            Text("jax.jit of function and gradient", "对函数及其梯度使用 jax.jit"),
            jax.jit(functools.partial(differentiate, function)),
        ),
        export=Export(
            Text("jax.export, serialised as StableHLO", "jax.export，序列化为 StableHLO"),
            functools.partial(save, function, case),
        ),
        gradient="jax.grad",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = jnp.array(cases.timed_arrays()["inputs"])
        custom = initialised(jax.random.key(0), cases.TIMED_INPUTS, cases.TIMED_OUTPUTS)
        create, builtin = stax.Dense(cases.TIMED_OUTPUTS)
        _, parameters = create(jax.random.key(0), inputs.shape)
        return training_step(scaled, [custom, inputs], [0]), training_step(builtin, [parameters, inputs], [0])

    return differentiable(
        Text("A dense layer with a trainable scale, as a function of parameters and inputs.",
             "带可训练缩放系数的全连接层，写成参数与输入的函数。"),
        (initialised, scaled), layer_of, case, sides, "jax.example_libraries.stax.Dense",
    )  # fmt: skip


def loss(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        arrays = [jnp.array(timed["inputs"]), jnp.array(timed["target"])]

        def builtin(predicted: Array, target: Array) -> Array:  # the gradient of Huber's loss is the error, clipped
            error = predicted - target
            clipped = jnp.clip(error, -1, 1)
            return (clipped * (error - 0.5 * clipped)).mean()

        return training_step(huber, arrays, [0]), training_step(builtin, arrays, [0])

    return differentiable(
        Text("Huber's loss with delta 1, as a function.", "delta 为 1 的 Huber 损失，写成函数。"),
        (huber,), huber, case, sides, "jnp.clip",
    )  # fmt: skip


def gradient(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = jnp.array(cases.timed_arrays()["inputs"])
        return training_step(swish, [inputs], [0]), training_step(jax.nn.silu, [inputs], [0])

    return differentiable(
        Text("Swish with its gradient by hand, as a jax.custom_vjp.", "手写梯度的 Swish，写成 jax.custom_vjp。"),
        (swish, swish_forward, swish_backward), swish, case, sides, "jax.nn.silu",
    )  # fmt: skip


def numpy(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = jnp.array(cases.timed_arrays()["inputs"])
        return training_step(cumulative_sum, [inputs], [0]), training_step(functools.partial(jnp.cumsum, axis=1), [inputs], [0])

    return differentiable(
        Text("The cumulative sum by NumPy, its gradient too, by jax.pure_callback in a jax.custom_vjp.",
             "用 NumPy 计算的累积和及其梯度，由 jax.custom_vjp 中的 jax.pure_callback 完成。"),
        (cumulative_sum, cumulative_sum_forward, cumulative_sum_backward), cumulative_sum, case, sides, "jnp.cumsum",
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------

Step = Callable[[Array, Array, Array], tuple[Array, Array]]  # weight, velocity and gradient to weight and velocity


def descend(step: Step, weight: Array, velocity: Array, curvature: Array, steps: int) -> tuple[list[Array], Array]:
    """The weights after each step down ½ Σ curvature · weight², and the last velocity."""
    slope = jax.grad(lambda weight: 0.5 * jnp.sum(curvature * jnp.square(weight)))
    path = []
    for _ in range(steps):
        weight, velocity = step(weight, velocity, slope(weight))
        path.append(weight)
    return path, velocity


def ours(weight: Array, velocity: Array, gradient: Array) -> tuple[Array, Array]:
    return nesterov(weight, velocity, gradient, cases.LEARNING_RATE, cases.MOMENTUM)


def train(step: Step, arrays: Sequence[Array]) -> tuple[Array, list[Array]]:
    """All steps."""
    weight, curvature = arrays
    return jnp.stack(descend(step, weight, jnp.zeros_like(weight), curvature, cases.STEPS)[0]), []


def train_as_one_program(arrays: Sequence[Array]) -> tuple[Array, list[Array]]:
    return jax.jit(functools.partial(train, ours))(arrays)


def train_interrupted(arrays: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Half of the steps, a checkpoint, and the other half with what is read from it."""
    weight, curvature = arrays
    before, velocity = descend(ours, weight, jnp.zeros_like(weight), curvature, cases.STEPS // 2)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/checkpoint.npz", weight=before[-1], velocity=velocity)
        with np.load(f"{folder}/checkpoint.npz") as checkpoint:
            weight, velocity = jnp.array(checkpoint["weight"]), jnp.array(checkpoint["velocity"])
    after, _ = descend(ours, weight, velocity, curvature, cases.STEPS - cases.STEPS // 2)
    return jnp.stack(before + after), []


def optimizer(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        weights = {name: jnp.array(timed[name]) for name in ("weight", "bias")}
        gradients = {name: jnp.full_like(weight, 1e-6) for name, weight in weights.items()}
        velocities = {name: jnp.zeros_like(weight) for name, weight in weights.items()}
        create, update, _ = optimizers.nesterov(0.01, 0.9)
        state: Any = create(weights)
        custom, builtin = jax.jit(nesterov), jax.jit(update)
        return (
            lambda: jax.block_until_ready(custom(weights, velocities, gradients)),
            lambda: jax.block_until_ready(builtin(0, gradients, state)),
        )

    return Probe(
        Text("SGD with Nesterov's momentum, as a function of weights, velocities and gradients.",
             "带 Nesterov 动量的 SGD，写成权重、速度与梯度的函数。"),
        (nesterov,),
        case,
        imperative=way(CALLED_AS_IT_IS, functools.partial(train, ours)),
        compiled=way(Text("jax.jit of a step", "对单步使用 jax.jit"), functools.partial(train, jax.jit(ours))),
        compiled_whole=way(Text("jax.jit of all steps", "对全部步骤使用 jax.jit"), train_as_one_program),
        export=way(Text("arrays, saved and loaded half-way by NumPy", "数组，中途由 NumPy 保存并载入"), train_interrupted),
        gradient=NO_GRADIENT_OF_OPTIMIZER,
        sides=sides,
        against="jax.example_libraries.optimizers.nesterov",
    )  # fmt: skip


# -- all of them ---------------------------------------------------------------------------------------------------------


MAKERS = inspection.Makers(layer=layer, loss=loss, gradient=gradient, optimizer=optimizer, numpy=numpy)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What one's own layer, loss, gradient, optimizer and NumPy layer do; neither argument is needed."""
    return inspection.findings(MAKERS, Path(extensions.__file__), reload=reload, synchronize=lambda: None)
