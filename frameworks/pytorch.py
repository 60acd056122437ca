"""Linear and softmax regression in PyTorch: tensors by hand, torch.nn, torch.compile of the loss, and of the whole step."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.order import InOrder
from fairfit.models.parameters import Parameters

# -- shared: data, prediction, checkpoints -----------------------------------------------------------------------------


class PyTorchTrainer(Trainer):
    """What the styles share."""

    weight: Tensor  # (outputs, inputs)
    bias: Tensor  # (outputs,)

    def transfer(self) -> None:
        self.place = torch.device(self.device.replace("gpu", "cuda"))
        targets = torch.tensor(self.data.train_targets)  # (rows,)
        targets = targets if self.model == "linear" else targets.long()
        if self.input == "resident":
            self.features = torch.tensor(self.data.train_features, device=self.place)  # (rows, inputs)
            self.targets = targets.to(self.place)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the file is mapped for reading alone: nothing writes to it
                features = torch.from_numpy(self.data.train_features)  # where it lies: nothing is copied
            self.order = InOrder()
            self.loader = DataLoader(TensorDataset(features, targets), self.training.batch_size, sampler=self.order)

    def batches(self, order: np.ndarray) -> Iterator[Any]:
        """What `fetch` turns into features and targets, one for each mini-batch; the last may be shorter."""
        if self.input == "resident":
            yield from torch.tensor(order, device=self.place).split(self.training.batch_size)
        else:
            self.order.rows = order
            for features, targets in self.loader:
                yield features.to(self.place), targets.to(self.place)

    def fetch(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Features (batch, inputs) and targets (batch,)."""
        if self.input == "resident":
            return self.features.index_select(0, batch), self.targets.index_select(0, batch)
        return batch

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        if self.model == "linear":
            return 0.5 * F.mse_loss(scores[:, 0], targets)  # mse_loss has no ½
        return F.cross_entropy(scores, targets)  # expects raw scores

    def synchronize(self) -> None:
        if self.place.type == "cuda":
            torch.cuda.synchronize(self.place)

    def parameters(self) -> Parameters:
        return Parameters(*(value.detach().cpu().numpy().copy() for value in (self.weight, self.bias)))

    def predict(self, features: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return F.linear(torch.tensor(features, device=self.place), self.weight, self.bias).cpu().numpy()

    def save(self, folder: Path) -> None:
        torch.save({"weight": self.weight.detach(), "bias": self.bias.detach()}, folder / "parameters.pt")

    def load(self, folder: Path) -> None:
        state = torch.load(folder / "parameters.pt", weights_only=True, map_location="cpu")
        self.reset(Parameters(state["weight"].numpy(), state["bias"].numpy()))


# -- arrays ------------------------------------------------------------------------------------------------------------


class TensorTrainer(PyTorchTrainer):
    """Tensors, autograd, own update."""

    def reset(self, parameters: Parameters) -> None:
        self.weight = torch.tensor(parameters.weight, device=self.place, requires_grad=True)
        self.bias = torch.tensor(parameters.bias, device=self.place, requires_grad=True)
        self.velocities = (torch.zeros_like(self.weight), torch.zeros_like(self.bias))

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        momentum, l2 = self.training.momentum, self.training.l2
        values = (self.weight, self.bias)
        for batch in self.batches(order):
            features, targets = self.fetch(batch)
            loss = self.loss(F.linear(features, self.weight, self.bias), targets)
            if l2:
                loss = loss + 0.5 * l2 * self.weight.square().sum()
            gradients = torch.autograd.grad(loss, values)
            with torch.no_grad():
                for value, gradient, velocity in zip(values, gradients, self.velocities, strict=True):
                    if momentum:
                        gradient = velocity.mul_(momentum).add_(gradient)
                    value.sub_(gradient, alpha=learning_rate)


# -- layers ------------------------------------------------------------------------------------------------------------


class NNTrainer(PyTorchTrainer):
    """The library's layer, loss and optimizer."""

    def build(self) -> None:
        self.layer = nn.Linear(self.data.inputs, self.data.outputs, device=self.place, dtype=getattr(torch, self.training.dtype))
        self.weight, self.bias = self.layer.weight, self.layer.bias

    def reset(self, parameters: Parameters) -> None:
        with torch.no_grad():
            self.weight.copy_(torch.tensor(parameters.weight))
            self.bias.copy_(torch.tensor(parameters.bias))
        groups: list[dict[str, Any]] = [
            {"params": [self.weight], "weight_decay": self.training.l2},
            {"params": [self.bias]},  # not penalised
        ]
        self.optimizer = torch.optim.SGD(groups, lr=1.0, momentum=self.training.momentum)  # the rate is set by every epoch

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        for batch in self.batches(order):
            self.optimizer.zero_grad()
            self.objective(batch).backward()
            self.optimizer.step()

    def objective(self, batch: Any) -> Tensor:
        features, targets = self.fetch(batch)
        return self.loss(self.layer(features), targets)


# -- compiled ----------------------------------------------------------------------------------------------------------


class CompileTrainer(NNTrainer):
    """The same; from gather to loss compiled."""

    def build(self) -> None:
        super().build()
        torch.compiler.reset()  # programs of an earlier trainer in this process do not count against the limit
        # dynamic=False: one program for full batches and one for the shorter last batch
        self.objective = torch.compile(self.objective, dynamic=False)  # type: ignore[method-assign]


# -- graph -------------------------------------------------------------------------------------------------------------


class FullGraphTrainer(PyTorchTrainer):
    """Forward, backward and update compiled as one program."""

    def build(self) -> None:
        torch.compiler.reset()
        self.step = torch.compile(self.step, fullgraph=True, dynamic=False)  # type: ignore[method-assign]

    def reset(self, parameters: Parameters) -> None:
        self.weight = torch.tensor(parameters.weight, device=self.place)
        self.bias = torch.tensor(parameters.bias, device=self.place)
        self.velocities = (torch.zeros_like(self.weight), torch.zeros_like(self.bias))

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        rate = torch.tensor(learning_rate, device=self.place, dtype=self.weight.dtype)  # a tensor: no new program for a new rate
        values = (self.weight, self.bias)
        for batch in self.batches(order):
            self.step(batch, values, self.velocities, rate)

    def step(self, batch: Any, values: tuple[Tensor, Tensor], velocities: tuple[Tensor, Tensor], rate: Tensor) -> None:
        features, targets = self.fetch(batch)
        gradients = torch.func.grad(self.objective)(values, features, targets)
        for value, gradient, velocity in zip(values, gradients, velocities, strict=True):
            if self.training.momentum:
                gradient = velocity.mul_(self.training.momentum).add_(gradient)
            value.sub_(rate * gradient)

    def objective(self, values: tuple[Tensor, Tensor], features: Tensor, targets: Tensor) -> Tensor:
        weight, bias = values
        loss = self.loss(F.linear(features, weight, bias), targets)
        return loss + 0.5 * self.training.l2 * weight.square().sum() if self.training.l2 else loss


# -- fit ---------------------------------------------------------------------------------------------------------------

# None: PyTorch has no training call of its own. Its users write the loop, or take a library on top of it.


# -- the framework -----------------------------------------------------------------------------------------------------


class PyTorch(Framework):
    trainers = {"tensor": TensorTrainer, "nn": NNTrainer, "compile": CompileTrainer, "fullgraph": FullGraphTrainer}
    version = torch.__version__

    def devices(self) -> list[str]:
        return ["cpu", *(f"gpu:{number}" for number in range(torch.cuda.device_count()))]

    def settings(self) -> dict[str, Any]:
        return {
            "threads": torch.get_num_threads(),
            "onednn": torch.backends.mkldnn.is_available(),
            "tf32": torch.backends.cuda.matmul.allow_tf32,
        }


FRAMEWORK = PyTorch
