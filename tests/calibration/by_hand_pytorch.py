"""Softmax regression in PyTorch as one would write it for nothing else: the loops that the adapter is measured against."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairfit.frameworks.pytorch import PyTorch, PyTorchTrainer
from fairfit.models.parameters import Parameters

# -- arrays: tensors, autograd, own update -------------------------------------------------------------------------------


class TensorByHand(PyTorchTrainer):
    def reset(self, parameters: Parameters) -> None:
        self.weight = torch.tensor(parameters.weight, requires_grad=True)
        self.bias = torch.tensor(parameters.bias, requires_grad=True)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias = self.weight, self.bias
        for batch in torch.tensor(order).split(self.training.batch_size):
            features, targets = self.features.index_select(0, batch), self.targets.index_select(0, batch)
            loss = F.cross_entropy(F.linear(features, weight, bias), targets)
            weight_gradient, bias_gradient = torch.autograd.grad(loss, (weight, bias))
            with torch.no_grad():
                weight.sub_(weight_gradient, alpha=learning_rate)
                bias.sub_(bias_gradient, alpha=learning_rate)


# -- layers: the library's layer, loss and optimizer ---------------------------------------------------------------------


class NNByHand(PyTorchTrainer):
    def build(self) -> None:
        self.layer = nn.Linear(self.data.inputs, self.data.outputs)
        self.weight, self.bias = self.layer.weight, self.layer.bias

    def reset(self, parameters: Parameters) -> None:
        with torch.no_grad():
            self.weight.copy_(torch.tensor(parameters.weight))
            self.bias.copy_(torch.tensor(parameters.bias))
        self.optimizer = torch.optim.SGD(self.layer.parameters(), lr=self.training.learning_rates[0])

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        layer, optimizer = self.layer, self.optimizer
        for batch in torch.tensor(order).split(self.training.batch_size):
            features, targets = self.features.index_select(0, batch), self.targets.index_select(0, batch)
            optimizer.zero_grad()
            F.cross_entropy(layer(features), targets).backward()
            optimizer.step()


# -- compiled: the same, from gather to loss compiled --------------------------------------------------------------------


class CompileByHand(NNByHand):
    def build(self) -> None:
        super().build()

        @torch.compile(dynamic=False)
        def batch_loss(features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, batch: Tensor) -> Tensor:
            return F.cross_entropy(F.linear(features.index_select(0, batch), weight, bias), targets.index_select(0, batch))

        self.batch_loss = batch_loss

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        optimizer, batch_loss = self.optimizer, self.batch_loss
        features, targets, weight, bias = self.features, self.targets, self.weight, self.bias
        for batch in torch.tensor(order).split(self.training.batch_size):
            optimizer.zero_grad()
            batch_loss(features, targets, weight, bias, batch).backward()
            optimizer.step()


# -- graph: forward, backward and update compiled as one program ---------------------------------------------------------


class FullGraphByHand(PyTorchTrainer):
    def build(self) -> None:
        rate = self.training.learning_rates[0]

        def batch_loss(weight: Tensor, bias: Tensor, features: Tensor, targets: Tensor) -> Tensor:
            return F.cross_entropy(F.linear(features, weight, bias), targets)

        @torch.compile(fullgraph=True, dynamic=False)
        def step(features: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, batch: Tensor) -> None:
            features, targets = features.index_select(0, batch), targets.index_select(0, batch)
            weight_gradient, bias_gradient = torch.func.grad(batch_loss, argnums=(0, 1))(weight, bias, features, targets)
            weight.sub_(weight_gradient, alpha=rate)
            bias.sub_(bias_gradient, alpha=rate)

        self.step = step

    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = torch.tensor(parameters.weight), torch.tensor(parameters.bias)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        step, features, targets, weight, bias = self.step, self.features, self.targets, self.weight, self.bias
        for batch in torch.tensor(order).split(self.training.batch_size):
            step(features, targets, weight, bias, batch)


# -- the framework -------------------------------------------------------------------------------------------------------


class ByHand(PyTorch):
    trainers = {"tensor": TensorByHand, "nn": NNByHand, "compile": CompileByHand, "fullgraph": FullGraphByHand}


FRAMEWORK = ByHand
