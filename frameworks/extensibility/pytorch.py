"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in PyTorch, and whether they hold."""

import functools
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fairfit.frameworks.extensibility import probe
from fairfit.frameworks.extensibility.probe import Absent, Arrays, Case, Export, Probe, Way
from fairfit.models.exercise import Exercise

# -- layer: scale · (inputs · weightᵀ + bias) ----------------------------------------------------------------------------


class Scaled(nn.Module):
    """A dense layer with a trainable scale."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = nn.Parameter(torch.ones(1))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.scale * nn.functional.linear(inputs, self.weight, self.bias)


# -- loss: Huber's, with delta 1 -----------------------------------------------------------------------------------------


class Huber(nn.Module):
    """Half the square of errors below 1, the error less ½ above; the mean over all."""

    def forward(self, predicted: Tensor, target: Tensor) -> Tensor:
        error = (predicted - target).abs()
        return torch.where(error < 1, 0.5 * error.square(), error - 0.5).mean()


# -- gradient: swish, forward and backward by hand -----------------------------------------------------------------------


class Swish(torch.autograd.Function):
    """inputs · sigmoid(inputs)."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(inputs)
        ctx.save_for_backward(inputs, sigmoid)
        return inputs * sigmoid

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        inputs, sigmoid = ctx.saved_tensors
        return upstream * sigmoid * (1 + inputs * (1 - sigmoid))


# -- optimizer: Nesterov's momentum --------------------------------------------------------------------------------------


class Nesterov(torch.optim.Optimizer):
    """velocity ← momentum · velocity + gradient; weight ← weight − rate · (gradient + momentum · velocity)."""

    def __init__(self, params: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["velocity"] = torch.zeros_like(weight)
                velocity = state["velocity"].mul_(group["momentum"]).add_(weight.grad)
                weight.sub_(group["lr"] * (weight.grad + group["momentum"] * velocity))


# -- numpy: the cumulative sum along the features ------------------------------------------------------------------------


class CumulativeSum(torch.autograd.Function):
    """NumPy forward, NumPy backward."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor) -> Tensor:
        return torch.from_numpy(np.cumsum(inputs.detach().numpy(), axis=1))

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        reversed_sum = np.cumsum(upstream.numpy()[:, ::-1], axis=1)[:, ::-1]
        return torch.from_numpy(reversed_sum.copy())  # a tensor has no negative strides


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
    return Way("called as it is", functools.partial(differentiate, module, module))


def compiled(module: nn.Module, how: str, *, fullgraph: bool) -> Way:
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


def differentiable(
    what: str, definition: type, module: nn.Module, case: Case, sides: Callable[[], probe.Sides], against: str,
    *, note: str = "", strict: bool = False,
) -> Probe:  # fmt: skip
    """A probe of what autograd differentiates; `note` says what the compiler makes of it, `strict` how it is exported."""
    return Probe(
        what,
        (definition.__name__,),
        case,
        imperative=imperative(module),
        compiled=compiled(module, f"torch.compile{note}", fullgraph=False),
        compiled_whole=compiled(module, f"torch.compile(fullgraph=True){note}", fullgraph=True),
        export=Export(
            f"torch.export{'(strict=True)' if strict else ''} to a .pt2 file{note}",
            functools.partial(export, module, case, strict=strict),
        ),
        gradient="torch.autograd.grad",
        sides=sides,
        against=against,
    )


def layer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = torch.tensor(probe.timed_arrays()["inputs"])
        custom = Scaled(probe.TIMED_INPUTS, probe.TIMED_OUTPUTS)
        builtin = nn.Linear(probe.TIMED_INPUTS, probe.TIMED_OUTPUTS)
        return (
            training_step(custom, [inputs], list(custom.parameters())),
            training_step(builtin, [inputs], list(builtin.parameters())),
        )

    module = Scaled(probe.INPUTS, probe.OUTPUTS).double()
    return differentiable(
        "A dense layer with a trainable scale, as a subclass of nn.Module.", Scaled, module, case, sides, "nn.Linear"
    )


def loss(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        predicted, target = torch.tensor(timed["inputs"], requires_grad=True), torch.tensor(timed["target"])
        return (
            training_step(Huber(), [predicted, target], [predicted]),
            training_step(nn.HuberLoss(), [predicted, target], [predicted]),
        )

    return differentiable("Huber's loss with delta 1, as a subclass of nn.Module.", Huber, Huber(), case, sides, "nn.HuberLoss")


def gradient(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = torch.tensor(probe.timed_arrays()["inputs"], requires_grad=True)
        return training_step(Swish.apply, [inputs], [inputs]), training_step(nn.SiLU(), [inputs], [inputs])

    return differentiable(
        "Swish with its gradient by hand, as a subclass of torch.autograd.Function.",
        Swish, Operator(Swish.apply), case, sides, "nn.SiLU",
    )  # fmt: skip


def numpy(case: Case) -> Probe:
    def sides() -> probe.Sides:
        inputs = torch.tensor(probe.timed_arrays()["inputs"], requires_grad=True)
        return (
            training_step(CumulativeSum.apply, [inputs], [inputs]),
            training_step(functools.partial(torch.cumsum, dim=1), [inputs], [inputs]),
        )

    return differentiable(
        "The cumulative sum by NumPy, its gradient too, as a subclass of torch.autograd.Function.",
        CumulativeSum, Operator(CumulativeSum.apply), case, sides, "torch.cumsum",
        note="; Dynamo puts torch.cumsum in the place of NumPy's", strict=True,
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
    optimizer = Nesterov([weight], probe.LEARNING_RATE, probe.MOMENTUM)
    return np.stack(descend(probe.STEPS, weight, curvature, compiler(optimizer.step))), []


def train_interrupted(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
    """Half of the steps, a checkpoint, and the other half with what another optimizer reads from it."""
    weight, curvature = torch.tensor(arrays[0], requires_grad=True), torch.tensor(arrays[1])
    optimizer = Nesterov([weight], probe.LEARNING_RATE, probe.MOMENTUM)
    before = descend(probe.STEPS // 2, weight, curvature, optimizer.step)
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"weight": weight.detach(), "optimizer": optimizer.state_dict()}, f"{folder}/checkpoint.pt")
        checkpoint = torch.load(f"{folder}/checkpoint.pt", weights_only=True)
    weight = checkpoint["weight"].requires_grad_()
    optimizer = Nesterov([weight])
    optimizer.load_state_dict(checkpoint["optimizer"])
    after = descend(probe.STEPS - probe.STEPS // 2, weight, curvature, optimizer.step)
    return np.stack(before + after), []


def optimizer(case: Case) -> Probe:
    def sides() -> probe.Sides:
        timed = probe.timed_arrays()
        weights = [torch.tensor(timed[name], requires_grad=True) for name in ("weight", "bias")]
        for weight in weights:
            weight.grad = torch.full_like(weight, 1e-6)  # too small to lead anywhere in the steps that are timed
        return Nesterov(weights, momentum=0.9).step, torch.optim.SGD(weights, 0.01, momentum=0.9, nesterov=True).step

    return Probe(
        "SGD with Nesterov's momentum, as a subclass of torch.optim.Optimizer.",
        ("Nesterov",),
        case,
        imperative=Way("optimizer.step", functools.partial(train, lambda step: step)),
        compiled=Way("torch.compile of optimizer.step", functools.partial(train, torch.compile)),
        compiled_whole=Way(
            "torch.compile(fullgraph=True) of optimizer.step",
            functools.partial(train, functools.partial(torch.compile, fullgraph=True)),
        ),
        export=Way("state_dict, saved and loaded by another optimizer half-way", train_interrupted),
        gradient=Absent("an optimizer has no gradient"),
        sides=sides,
        against="torch.optim.SGD(nesterov=True)",
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
    """What one's own layer, loss, gradient, optimizer and NumPy layer do in PyTorch; needs no exercise."""
    return {"probes": probe.report(probes(), path=Path(__file__), reload=reload, synchronize=synchronize)}
