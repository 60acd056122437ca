"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in PyTorch."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

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
