"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in MXNet, and whether they hold."""
# mypy: allow-subclassing-any, allow-untyped-decorators

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import mxnet as mx
from mxnet import autograd, gluon, nd

from fairfit.frameworks.extensibility import probe
from fairfit.frameworks.extensibility.probe import Absent, Arrays, Case, Export, Probe, Way
from fairfit.models.exercise import Exercise

# -- layer: scale · (inputs · weightᵀ + bias) ----------------------------------------------------------------------------


class Scaled(gluon.HybridBlock):
    """A dense layer with a trainable scale."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(outputs, inputs), init=mx.init.Xavier())
            self.bias = self.params.get("bias", shape=(outputs,), init="zeros")
            self.scale = self.params.get("scale", shape=(1,), init="ones")

    def hybrid_forward(self, F: Any, inputs: Any, weight: Any, bias: Any, scale: Any) -> Any:  # noqa: N803
        return F.broadcast_mul(scale, F.FullyConnected(inputs, weight, bias, num_hidden=self.outputs))


# -- loss: Huber's, with delta 1 -----------------------------------------------------------------------------------------


class Huber(gluon.loss.Loss):
    """Half the square of errors below 1, the error less ½ above; the mean over all but the batch, as Gluon's losses are."""

    def __init__(self) -> None:
        super().__init__(weight=None, batch_axis=0)

    def hybrid_forward(self, F: Any, predicted: Any, target: Any) -> Any:  # noqa: N803
        error = F.abs(predicted - target)
        loss = F.where(error < 1, 0.5 * F.square(error), error - 0.5)
        return F.mean(loss, axis=self._batch_axis, exclude=True)


# -- gradient: swish, forward and backward by hand -----------------------------------------------------------------------


class Swish(autograd.Function):
    """inputs · sigmoid(inputs), for imperative use."""

    def forward(self, inputs: nd.NDArray) -> nd.NDArray:
        sigmoid = nd.sigmoid(inputs)
        self.save_for_backward(inputs, sigmoid)
        return inputs * sigmoid

    def backward(self, upstream: nd.NDArray) -> nd.NDArray:
        inputs, sigmoid = self.saved_tensors
        return upstream * sigmoid * (1 + inputs * (1 - sigmoid))


class SwishOperator(mx.operator.CustomOp):
    """The same for hybridised blocks and symbols, which an autograd.Function is not for."""

    def forward(self, is_train: bool, req: list, in_data: list, out_data: list, aux: list) -> None:
        self.assign(out_data[0], req[0], in_data[0] * nd.sigmoid(in_data[0]))

    def backward(self, req: list, out_grad: list, in_data: list, out_data: list, in_grad: list, aux: list) -> None:
        sigmoid = nd.sigmoid(in_data[0])
        self.assign(in_grad[0], req[0], out_grad[0] * sigmoid * (1 + in_data[0] * (1 - sigmoid)))


@mx.operator.register("fairfit_swish")
class SwishProperty(mx.operator.CustomOpProp):
    """One input and one output of its shape: what the base class takes for granted."""

    def create_operator(self, ctx: str, shapes: list, dtypes: list) -> SwishOperator:
        return SwishOperator()


# -- optimizer: Nesterov's momentum --------------------------------------------------------------------------------------


@mx.optimizer.register
class Nesterov(mx.optimizer.Optimizer):
    """velocity ← momentum · velocity + gradient; weight ← weight − rate · (gradient + momentum · velocity)."""

    def __init__(self, momentum: float = 0.9, **settings: Any) -> None:
        super().__init__(**settings)
        self.momentum = momentum

    def create_state(self, index: int, weight: nd.NDArray) -> nd.NDArray:
        return nd.zeros_like(weight)

    def update(self, index: int, weight: nd.NDArray, grad: nd.NDArray, state: nd.NDArray) -> None:
        self._update_count(index)
        gradient = self.rescale_grad * grad
        state[:] = self.momentum * state + gradient
        weight -= self._get_lr(index) * (gradient + self.momentum * state)


# -- numpy: the cumulative sum along the features ------------------------------------------------------------------------


class CumulativeSum(mx.operator.CustomOp):
    """NumPy forward, NumPy backward."""

    def forward(self, is_train: bool, req: list, in_data: list, out_data: list, aux: list) -> None:
        self.assign(out_data[0], req[0], np.cumsum(in_data[0].asnumpy(), axis=1))

    def backward(self, req: list, out_grad: list, in_data: list, out_data: list, in_grad: list, aux: list) -> None:
        reversed_sum = np.cumsum(out_grad[0].asnumpy()[:, ::-1], axis=1)[:, ::-1]
        self.assign(in_grad[0], req[0], reversed_sum)


@mx.operator.register("fairfit_cumulative_sum")
class CumulativeSumProperty(mx.operator.CustomOpProp):
    """One input and one output of its shape: what the base class takes for granted."""

    def create_operator(self, ctx: str, shapes: list, dtypes: list) -> CumulativeSum:
        return CumulativeSum()


# -- ways to run them ----------------------------------------------------------------------------------------------------


class Mean(gluon.HybridBlock):
    """A loss as one value: the mean of those of the samples."""

    def __init__(self, loss: gluon.loss.Loss) -> None:
        super().__init__()
        self.loss = loss

    def hybrid_forward(self, F: Any, predicted: Any, target: Any) -> Any:  # noqa: N803
        return F.mean(self.loss(predicted, target))


def operator(name: str) -> gluon.HybridBlock:
    """A CustomOp as a block: what is hybridised and exported."""
    return gluon.nn.HybridLambda(lambda F, inputs: F.Custom(inputs, op_type=name))  # noqa: N803


def ready(block: gluon.HybridBlock) -> gluon.HybridBlock:
    """With parameters in float64."""
    block.initialize()
    block.cast("float64")
    return block


def parameters(block: gluon.HybridBlock) -> list[gluon.Parameter]:
    return list(block.collect_params().values())


def place(block: gluon.HybridBlock, arrays: Arrays) -> list[nd.NDArray]:
    """Put the last arrays into the parameters of the block; the others are its inputs."""
    count = len(arrays) - len(parameters(block))
    for parameter, array in zip(parameters(block), arrays[count:], strict=True):
        parameter.set_data(nd.array(array, dtype=array.dtype))
    return [nd.array(array, dtype=array.dtype) for array in arrays[:count]]


def differentiate(block: gluon.HybridBlock, call: Callable[..., nd.NDArray], arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """The output of `call`, and the gradients of the sum of its squares by inputs and parameters."""
    inputs = place(block, arrays)
    for value in inputs:
        value.attach_grad()
    with autograd.record():
        output = call(*inputs)
        total = nd.square(output).sum()
    total.backward()
    gradients = [value.grad for value in inputs] + [parameter.grad() for parameter in parameters(block)]
    return output.asnumpy(), [gradient.asnumpy() for gradient in gradients]


def imperative(block: gluon.HybridBlock, call: Callable[..., nd.NDArray]) -> Way:
    return Way("called as it is", functools.partial(differentiate, block, call))


def hybridised(block: gluon.HybridBlock, note: str) -> Way:
    block.hybridize()
    return Way(f"hybridize(){note}", functools.partial(differentiate, block, block))


def symbolic(block: gluon.HybridBlock, note: str) -> Way:
    """By the Symbol executor: forward and backward of the whole graph."""

    def evaluate(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        values = place(block, arrays)
        names = [f"data{number}" for number, _ in enumerate(values)]
        output = block(*(mx.sym.var(name, dtype="float64") for name in names))
        arguments = dict(zip(names, values, strict=True)) | {item.name: item.data() for item in parameters(block)}
        gradients = {name: nd.zeros_like(value) for name, value in arguments.items()}
        executor = output.bind(mx.cpu(), args=arguments, args_grad=gradients)
        (found,) = executor.forward(is_train=True)
        executor.backward(2 * found)
        return found.asnumpy(), [gradient.asnumpy() for gradient in gradients.values()]

    return Way(f"the Symbol executor{note}", evaluate)


def export(block: gluon.HybridBlock, case: Case, folder: Path) -> None:
    inputs = place(block, case.arrays)
    block.hybridize()
    block(*inputs)  # what is exported is the graph of this call
    block.export(str(folder / "model"))


def reload(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import fairfit.frameworks.mxnet  # noqa: F401, F811

    # isort: split
    from mxnet import gluon, nd

    names = ["data"] if len(inputs) == 1 else [f"data{number}" for number, _ in enumerate(inputs)]
    block = gluon.SymbolBlock.imports(str(folder / "model-symbol.json"), names, str(folder / "model-0000.params"))
    return block(*(nd.array(array, dtype=array.dtype) for array in inputs)).asnumpy()


def training_step(call: Callable[..., nd.NDArray], inputs: list[nd.NDArray], by: list[nd.NDArray]) -> Callable[[], object]:
    """Forward and backward; gives the gradients by these inputs, those by parameters are in the parameters."""
    for value in by:
        value.attach_grad()

    def step() -> list[nd.NDArray]:
        with autograd.record():
            output = call(*inputs)
        output.backward()
        return [value.grad for value in by]

    return step


# -- the probes ----------------------------------------------------------------------------------------------------------


def differentiable(
    what: str, definitions: tuple[str, ...], make: Callable[[], gluon.HybridBlock], case: Case,
    sides: Callable[[], probe.Sides], against: str,
    *, function: type[autograd.Function] | None = None, note: str = "",
) -> Probe:  # fmt: skip
    """A probe of what autograd differentiates.

    `function` is used in place of the block where nothing is compiled; `note` says so.
    """
    block = ready(make())
    call = block if function is None else lambda inputs: function()(inputs)
    return Probe(
        what,
        definitions,
        case,
        imperative=imperative(block, call),
        compiled=hybridised(ready(make()), note),
        compiled_whole=symbolic(ready(make()), note),
        export=Export(
            f"HybridBlock.export, reloaded by SymbolBlock.imports{note}",
            functools.partial(export, ready(make()), case),
        ),
        gradient="mxnet.autograd",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = nd.array(probe.timed_arrays()["inputs"])
        custom = Scaled(probe.TIMED_INPUTS, probe.TIMED_OUTPUTS)
        builtin = gluon.nn.Dense(probe.TIMED_OUTPUTS, in_units=probe.TIMED_INPUTS)
        custom.initialize()
        builtin.initialize()
        return training_step(custom, [inputs], []), training_step(builtin, [inputs], [])

    return differentiable(
        "A dense layer with a trainable scale, as a subclass of gluon.HybridBlock.",
        ("Scaled",), lambda: Scaled(probe.INPUTS, probe.OUTPUTS), case, sides, "gluon.nn.Dense",
    )  # fmt: skip


def loss(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        predicted, target = nd.array(timed["inputs"]), nd.array(timed["target"])
        return (
            training_step(Huber(), [predicted, target], [predicted]),
            training_step(gluon.loss.HuberLoss(), [predicted, target], [predicted]),
        )

    return differentiable(
        "Huber's loss with delta 1, as a subclass of gluon.loss.Loss.",
        ("Huber",), lambda: Mean(Huber()), case, sides, "gluon.loss.HuberLoss",
    )  # fmt: skip


def gradient(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = nd.array(probe.timed_arrays()["inputs"])
        return (
            training_step(lambda inputs: Swish()(inputs), [inputs], [inputs]),
            training_step(gluon.nn.Swish(), [inputs], [inputs]),
        )

    return differentiable(
        "Swish with its gradient by hand, as a subclass of autograd.Function, and once more as a CustomOp, which hybridises.",
        ("Swish", "SwishOperator", "SwishProperty"), lambda: operator("fairfit_swish"), case, sides, "gluon.nn.Swish",
        function=Swish, note="; of the CustomOp, as an autograd.Function takes nothing but NDArrays",
    )  # fmt: skip


def numpy(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = nd.array(probe.timed_arrays()["inputs"])
        return (
            training_step(functools.partial(nd.Custom, op_type="fairfit_cumulative_sum"), [inputs], [inputs]),
            training_step(functools.partial(nd.cumsum, axis=1), [inputs], [inputs]),
        )

    return differentiable(
        "The cumulative sum by NumPy, its gradient too, as a subclass of mx.operator.CustomOp.",
        ("CumulativeSum", "CumulativeSumProperty"), lambda: operator("fairfit_cumulative_sum"), case, sides, "nd.cumsum",
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------

NOT_COMPILED = "MXNet compiles blocks and symbols; an optimizer's update is called operator by operator"


def new_trainer(weight: gluon.Parameter) -> gluon.Trainer:
    settings = {"learning_rate": probe.LEARNING_RATE, "momentum": probe.MOMENTUM}
    return gluon.Trainer([weight], "nesterov", settings)


def new_weight(values: np.ndarray) -> gluon.Parameter:
    weight = gluon.Parameter("weight", shape=values.shape, dtype=values.dtype)
    weight.initialize()
    weight.set_data(nd.array(values, dtype=values.dtype))
    return weight


def descend(steps: int, weight: gluon.Parameter, curvature: nd.NDArray, trainer: gluon.Trainer) -> list[np.ndarray]:
    """The weights after each step down ½ Σ curvature · weight²."""
    path = []
    for _ in range(steps):
        with autograd.record():
            loss = (0.5 * curvature * nd.square(weight.data())).sum()
        loss.backward()
        trainer.step(1)
        path.append(weight.data().asnumpy())
    return path


def train(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """All steps."""
    weight, curvature = new_weight(arrays[0]), nd.array(arrays[1], dtype=arrays[1].dtype)
    return np.stack(descend(probe.STEPS, weight, curvature, new_trainer(weight))), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another trainer reads from it."""
    weight, curvature = new_weight(arrays[0]), nd.array(arrays[1], dtype=arrays[1].dtype)
    trainer = new_trainer(weight)
    before = descend(probe.STEPS // 2, weight, curvature, trainer)
    with tempfile.TemporaryDirectory() as folder:
        nd.save(f"{folder}/weight.params", [weight.data()])
        trainer.save_states(f"{folder}/trainer.states")
        weight = new_weight(nd.load(f"{folder}/weight.params")[0].asnumpy())
        trainer = new_trainer(weight)
        trainer.load_states(f"{folder}/trainer.states")
    after = descend(probe.STEPS - probe.STEPS // 2, weight, curvature, trainer)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        weights = [nd.array(timed[name]) for name in ("weight", "bias")]
        gradients = [nd.full(weight.shape, 1e-6) for weight in weights]  # too small to lead anywhere in the steps timed

        def update(optimizer: mx.optimizer.Optimizer) -> Callable[[], object]:
            updater = mx.optimizer.get_updater(optimizer)
            return lambda: [updater(index, gradients[index], weight) for index, weight in enumerate(weights)]

        return update(Nesterov(momentum=0.9)), update(mx.optimizer.NAG(momentum=0.9))

    return Probe(
        "SGD with Nesterov's momentum, as a registered subclass of mx.optimizer.Optimizer.",
        ("Nesterov",),
        case,
        imperative=Way("gluon.Trainer.step", train),
        compiled=Absent(NOT_COMPILED),
        compiled_whole=Absent(NOT_COMPILED),
        export=Way("Trainer.save_states, loaded by another trainer half-way", train_interrupted),
        gradient=Absent("an optimizer has no gradient"),
        sides=sides,
        against="mx.optimizer.NAG",
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
    """What one's own layer, loss, gradient, optimizer and NumPy layer do in MXNet; needs no exercise."""
    return {"probes": probe.report(probes(), path=Path(__file__), reload=reload, synchronize=nd.waitall)}
