"""Whether the extensions that are made in PyTorch hold: how each is run, compiled, exported, differentiated and timed."""

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairfit.frameworks.base import Framework
from fairfit.frameworks.extensibility import cases, inspection
from fairfit.frameworks.extensibility import pytorch as extensions
from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.frameworks.extensibility.findings import Findings
from fairfit.frameworks.extensibility.probe import CALLED_AS_IT_IS, NO_GRADIENT_OF_OPTIMIZER, Export, Probe, Sides, Way, noted
from fairfit.frameworks.extensibility.pytorch import CumulativeSum, Huber, Nesterov, Scaled, Swish
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

# -- ways to run them ----------------------------------------------------------------------------------------------------


class Operator(nn.Module):
    """A function as a module: what is compiled and exported."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(inputs)


def place(module: nn.Module, arrays: Arrays) -> list[Tensor]:
    """Put the last arrays into the parameters of the module; the others are its inputs."""
    parameters = list(module.parameters())
    count = len(arrays) - len(parameters)
    with torch.no_grad():
        for parameter, array in zip(parameters, arrays[count:], strict=True):
            parameter.copy_(torch.tensor(array))
    return [torch.tensor(array) for array in arrays[:count]]


def differentiate(module: nn.Module, call: Callable[..., Tensor], arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """The output of `call`, and the gradients of the sum of its squares by inputs and parameters."""
    inputs = [value.requires_grad_() for value in place(module, arrays)]
    output = call(*inputs)
    gradients = torch.autograd.grad(output.square().sum(), [*inputs, *module.parameters()])
    return output.detach().numpy(), [gradient.numpy() for gradient in gradients]


def imperative(module: nn.Module) -> Way:
    return Way(CALLED_AS_IT_IS, functools.partial(differentiate, module, module))


def compiled(module: nn.Module, how: Text | str, *, fullgraph: bool) -> Way:
    def evaluate(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        torch.compiler.reset()  # what another way has compiled must not serve here
        return differentiate(module, torch.compile(module, fullgraph=fullgraph, dynamic=False), arrays)

    return Way(how, evaluate)


def export(module: nn.Module, case: Case, folder: Path, *, strict: bool) -> None:
    inputs = place(module, case.arrays)
    torch.export.save(torch.export.export(module, tuple(inputs), strict=strict), folder / "model.pt2")


def reload(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import torch

    program = torch.export.load(folder / "model.pt2").module()
    return program(*(torch.tensor(array) for array in inputs)).detach().numpy()


def synchronize() -> None:
    """PyTorch returns when the work on a CPU is done."""


def training_step(call: Callable[..., Tensor], inputs: list[Tensor], by: list[Tensor]) -> Callable[[], object]:
    """Forward and backward; gives the gradients."""

    def step() -> object:
        output = call(*inputs)
        return torch.autograd.grad(output, by, torch.ones_like(output))

    return step


# -- the probes ----------------------------------------------------------------------------------------------------------


IN_THE_PLACE_OF_NUMPY = Text(
    "Dynamo puts torch.cumsum in the place of NumPy's",
    "Dynamo 用 torch.cumsum 代替了 NumPy 的",
)


def differentiable(
    what: Text, definition: type, module: nn.Module, case: Case, sides: Callable[[], Sides], against: str,
    *, note: Text | None = None, strict: bool = False,
) -> Probe:  # fmt: skip
    """A probe of what autograd differentiates; `note` says what the compiler makes of it, `strict` how it is exported."""
    exporter = "torch.export(strict=True)" if strict else "torch.export"
    return Probe(
        what,
        (definition,),
        case,
        imperative=imperative(module),
        compiled=compiled(module, noted("torch.compile", note), fullgraph=False),
        compiled_whole=compiled(module, noted("torch.compile(fullgraph=True)", note), fullgraph=True),
        export=Export(
            noted(Text(f"{exporter} to a .pt2 file", f"{exporter}，写入 .pt2 文件"), note),
            functools.partial(export, module, case, strict=strict),
        ),
        gradient="torch.autograd.grad",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = torch.tensor(cases.timed_arrays()["inputs"])
        custom = Scaled(cases.TIMED_INPUTS, cases.TIMED_OUTPUTS)
        builtin = nn.Linear(cases.TIMED_INPUTS, cases.TIMED_OUTPUTS)
        return (
            training_step(custom, [inputs], list(custom.parameters())),
            training_step(builtin, [inputs], list(builtin.parameters())),
        )

    module = Scaled(cases.INPUTS, cases.OUTPUTS).double()
    return differentiable(
        Text(
            "A dense layer with a trainable scale, as a subclass of nn.Module.",
            "带可训练缩放系数的全连接层，写成 nn.Module 的子类。",
        ),
        Scaled,
        module,
        case,
        sides,
        "nn.Linear",
    )


def loss(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        predicted, target = torch.tensor(timed["inputs"], requires_grad=True), torch.tensor(timed["target"])
        return (
            training_step(Huber(), [predicted, target], [predicted]),
            training_step(nn.HuberLoss(), [predicted, target], [predicted]),
        )

    return differentiable(
        Text(
            "Huber's loss with delta 1, as a subclass of nn.Module.",
            "delta 为 1 的 Huber 损失，写成 nn.Module 的子类。",
        ),
        Huber,
        Huber(),
        case,
        sides,
        "nn.HuberLoss",
    )


def gradient(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = torch.tensor(cases.timed_arrays()["inputs"], requires_grad=True)
        return training_step(Swish.apply, [inputs], [inputs]), training_step(nn.SiLU(), [inputs], [inputs])

    return differentiable(
        Text("Swish with its gradient by hand, as a subclass of torch.autograd.Function.",
             "手写梯度的 Swish，写成 torch.autograd.Function 的子类。"),
        Swish, Operator(Swish.apply), case, sides, "nn.SiLU",
    )  # fmt: skip


def numpy(case: Case) -> Probe:

    def sides() -> Sides:
        inputs = torch.tensor(cases.timed_arrays()["inputs"], requires_grad=True)
        return (
            training_step(CumulativeSum.apply, [inputs], [inputs]),
            training_step(functools.partial(torch.cumsum, dim=1), [inputs], [inputs]),
        )

    return differentiable(
        Text("The cumulative sum by NumPy, its gradient too, as a subclass of torch.autograd.Function.",
             "用 NumPy 计算的累积和及其梯度，写成 torch.autograd.Function 的子类。"),
        CumulativeSum, Operator(CumulativeSum.apply), case, sides, "torch.cumsum",
        note=IN_THE_PLACE_OF_NUMPY, strict=True,
    )  # fmt: skip


# -- the optimizer: trained, not differentiated --------------------------------------------------------------------------


def descend(steps: int, weight: Tensor, curvature: Tensor, step: Callable[[], object]) -> list[np.ndarray]:
    """The weights after each step down ½ Σ curvature · weight²."""
    path = []
    for _ in range(steps):
        weight.grad = None
        (0.5 * curvature * weight.square()).sum().backward()
        step()
        path.append(weight.detach().numpy().copy())
    return path


def train(compiler: Callable[[Any], Any], arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """All steps, the step of the optimizer put through `compiler`."""
    torch.compiler.reset()
    weight, curvature = torch.tensor(arrays[0], requires_grad=True), torch.tensor(arrays[1])
    optimizer = Nesterov([weight], cases.LEARNING_RATE, cases.MOMENTUM)
    return np.stack(descend(cases.STEPS, weight, curvature, compiler(optimizer.step))), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another optimizer reads from it."""
    weight, curvature = torch.tensor(arrays[0], requires_grad=True), torch.tensor(arrays[1])
    optimizer = Nesterov([weight], cases.LEARNING_RATE, cases.MOMENTUM)
    before = descend(cases.STEPS // 2, weight, curvature, optimizer.step)
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"weight": weight.detach(), "optimizer": optimizer.state_dict()}, f"{folder}/checkpoint.pt")
        checkpoint = torch.load(f"{folder}/checkpoint.pt", weights_only=True)
    weight = checkpoint["weight"].requires_grad_()
    optimizer = Nesterov([weight])
    optimizer.load_state_dict(checkpoint["optimizer"])
    after = descend(cases.STEPS - cases.STEPS // 2, weight, curvature, optimizer.step)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:

    def sides() -> Sides:
        timed = cases.timed_arrays()
        weights = [torch.tensor(timed[name], requires_grad=True) for name in ("weight", "bias")]
        for weight in weights:
            weight.grad = torch.full_like(weight, 1e-6)  # too small to lead anywhere in the steps that are timed
        return Nesterov(weights, momentum=0.9).step, torch.optim.SGD(weights, 0.01, momentum=0.9, nesterov=True).step

    return Probe(
        Text(
            "SGD with Nesterov's momentum, as a subclass of torch.optim.Optimizer.",
            "带 Nesterov 动量的 SGD，写成 torch.optim.Optimizer 的子类。",
        ),
        (Nesterov,),
        case,
        imperative=Way("optimizer.step", functools.partial(train, lambda step: step)),
        compiled=Way(
            Text("torch.compile of optimizer.step", "对 optimizer.step 使用 torch.compile"),
            functools.partial(train, torch.compile),
        ),
        compiled_whole=Way(
            Text("torch.compile(fullgraph=True) of optimizer.step", "对 optimizer.step 使用 torch.compile(fullgraph=True)"),
            functools.partial(train, functools.partial(torch.compile, fullgraph=True)),
        ),
        export=Way(
            Text("state_dict, saved and loaded by another optimizer half-way", "state_dict，保存后中途由另一个优化器载入"),
            train_interrupted,
        ),
        gradient=NO_GRADIENT_OF_OPTIMIZER,
        sides=sides,
        against="torch.optim.SGD(nesterov=True)",
    )


# -- all of them ---------------------------------------------------------------------------------------------------------


MAKERS = inspection.Makers(layer=layer, loss=loss, gradient=gradient, optimizer=optimizer, numpy=numpy)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What one's own layer, loss, gradient, optimizer and NumPy layer do; neither argument is needed."""
    return inspection.findings(MAKERS, Path(extensions.__file__), reload=reload, synchronize=synchronize)
