"""Whether the extensions that are made in MXNet hold: how each is run, compiled, exported, differentiated and timed."""
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

from fairfit.frameworks.base import Framework
from fairfit.frameworks.extensibility import cases, inspection
from fairfit.frameworks.extensibility import mxnet as extensions
from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.frameworks.extensibility.findings import Findings
from fairfit.frameworks.extensibility.probe import (
    CALLED_AS_IT_IS,
    NO_GRADIENT_OF_OPTIMIZER,
    Absent,
    Export,
    Probe,
    Sides,
    Way,
    noted,
)
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

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
    return Way(CALLED_AS_IT_IS, functools.partial(differentiate, block, call))


def hybridised(block: gluon.HybridBlock, note: Text | None) -> Way:
    block.hybridize()
    return Way(noted("hybridize()", note), functools.partial(differentiate, block, block))


def symbolic(block: gluon.HybridBlock, note: Text | None) -> Way:
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

    return Way(noted(Text("the Symbol executor", "Symbol 执行器"), note), evaluate)


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


RELOADED = Text("HybridBlock.export, reloaded by SymbolBlock.imports", "HybridBlock.export，由 SymbolBlock.imports 重新载入")
OF_THE_CUSTOM_OP = Text(
    "of the CustomOp, as an autograd.Function takes nothing but NDArrays",
    "用 CustomOp，因为 autograd.Function 只接受 NDArray",
)


def differentiable(
    what: Text, definitions: tuple[Callable[..., object], ...], make: Callable[[], gluon.HybridBlock], case: Case,
    sides: Callable[[], Sides], against: str,
    *, function: type[autograd.Function] | None = None, note: Text | None = None,
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
        export=Export(noted(RELOADED, note), functools.partial(export, ready(make()), case)),
        gradient="mxnet.autograd",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = nd.array(cases.timed_arrays()["inputs"])
        custom = extensions.Scaled(cases.TIMED_INPUTS, cases.TIMED_OUTPUTS)
        builtin = gluon.nn.Dense(cases.TIMED_OUTPUTS, in_units=cases.TIMED_INPUTS)
        custom.initialize()
        builtin.initialize()
        return training_step(custom, [inputs], []), training_step(builtin, [inputs], [])

    return differentiable(
        Text("A dense layer with a trainable scale, as a subclass of gluon.HybridBlock.",
             "带可训练缩放系数的全连接层，写成 gluon.HybridBlock 的子类。"),
        (extensions.Scaled,), lambda: extensions.Scaled(cases.INPUTS, cases.OUTPUTS), case, sides, "gluon.nn.Dense",
    )  # fmt: skip


def loss(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        predicted, target = nd.array(timed["inputs"]), nd.array(timed["target"])
        return (
            training_step(extensions.Huber(), [predicted, target], [predicted]),
            training_step(gluon.loss.HuberLoss(), [predicted, target], [predicted]),
        )

    return differentiable(
        Text("Huber's loss with delta 1, as a subclass of gluon.loss.Loss.",
             "delta 为 1 的 Huber 损失，写成 gluon.loss.Loss 的子类。"),
        (extensions.Huber,), lambda: Mean(extensions.Huber()), case, sides, "gluon.loss.HuberLoss",
    )  # fmt: skip


def gradient(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = nd.array(cases.timed_arrays()["inputs"])
        return (
            training_step(lambda inputs: extensions.Swish()(inputs), [inputs], [inputs]),
            training_step(gluon.nn.Swish(), [inputs], [inputs]),
        )

    return differentiable(
        Text("Swish with its gradient by hand, as a subclass of autograd.Function, and once more as a CustomOp, which hybridises.",
             "手写梯度的 Swish，写成 autograd.Function 的子类，再写成可以 hybridize 的 CustomOp。"),
        (extensions.Swish, extensions.SwishOperator, extensions.SwishProperty),
        lambda: operator("fairfit_swish"), case, sides, "gluon.nn.Swish",
        function=extensions.Swish, note=OF_THE_CUSTOM_OP,
    )  # fmt: skip


def numpy(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = nd.array(cases.timed_arrays()["inputs"])
        return (
            training_step(functools.partial(nd.Custom, op_type="fairfit_cumulative_sum"), [inputs], [inputs]),
            training_step(functools.partial(nd.cumsum, axis=1), [inputs], [inputs]),
        )

    return differentiable(
        Text("The cumulative sum by NumPy, its gradient too, as a subclass of mx.operator.CustomOp.",
             "用 NumPy 计算的累积和及其梯度，写成 mx.operator.CustomOp 的子类。"),
        (extensions.CumulativeSum, extensions.CumulativeSumProperty),
        lambda: operator("fairfit_cumulative_sum"), case, sides, "nd.cumsum",
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------

NOT_COMPILED = Absent(
    Text(
        "MXNet compiles blocks and symbols; an optimizer's update is called operator by operator",
        "MXNet 编译的是 block 与 symbol；优化器的更新逐个算子调用",
    )
)


def new_trainer(weight: gluon.Parameter) -> gluon.Trainer:
    settings = {"learning_rate": cases.LEARNING_RATE, "momentum": cases.MOMENTUM}
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
    return np.stack(descend(cases.STEPS, weight, curvature, new_trainer(weight))), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another trainer reads from it."""
    weight, curvature = new_weight(arrays[0]), nd.array(arrays[1], dtype=arrays[1].dtype)
    trainer = new_trainer(weight)
    before = descend(cases.STEPS // 2, weight, curvature, trainer)
    with tempfile.TemporaryDirectory() as folder:
        nd.save(f"{folder}/weight.params", [weight.data()])
        trainer.save_states(f"{folder}/trainer.states")
        weight = new_weight(nd.load(f"{folder}/weight.params")[0].asnumpy())
        trainer = new_trainer(weight)
        trainer.load_states(f"{folder}/trainer.states")
    after = descend(cases.STEPS - cases.STEPS // 2, weight, curvature, trainer)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        weights = [nd.array(timed[name]) for name in ("weight", "bias")]
        gradients = [nd.full(weight.shape, 1e-6) for weight in weights]  # too small to lead anywhere in the steps timed

        def update(optimizer: mx.optimizer.Optimizer) -> Callable[[], object]:
            updater = mx.optimizer.get_updater(optimizer)
            return lambda: [updater(index, gradients[index], weight) for index, weight in enumerate(weights)]

        return update(extensions.Nesterov(momentum=0.9)), update(mx.optimizer.NAG(momentum=0.9))

    return Probe(
        Text(
            "SGD with Nesterov's momentum, as a registered subclass of mx.optimizer.Optimizer.",
            "带 Nesterov 动量的 SGD，写成 mx.optimizer.Optimizer 的子类并注册。",
        ),
        (extensions.Nesterov,),
        case,
        imperative=Way("gluon.Trainer.step", train),
        compiled=NOT_COMPILED,
        compiled_whole=NOT_COMPILED,
        export=Way(
            Text("Trainer.save_states, loaded by another trainer half-way", "Trainer.save_states，中途由另一个 Trainer 载入"),
            train_interrupted,
        ),
        gradient=NO_GRADIENT_OF_OPTIMIZER,
        sides=sides,
        against="mx.optimizer.NAG",
    )


# -- all of them ---------------------------------------------------------------------------------------------------------


MAKERS = inspection.Makers(layer=layer, loss=loss, gradient=gradient, optimizer=optimizer, numpy=numpy)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What one's own layer, loss, gradient, optimizer and NumPy layer do; neither argument is needed."""
    return inspection.findings(MAKERS, Path(extensions.__file__), reload=reload, synchronize=nd.waitall)
