"""A small adapter: linear and softmax regression in NumPy, standing in for a framework of one's own.

Its row of the registry, which with this file is all that fairfit needs:

    Entry("tiny", "Tiny", "tiny", "numpy", ("numpy",), "", {"loop": Style("layers", Text("nothing", "无"))})
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters

# -- layers --------------------------------------------------------------------------------------------------------------


class Loader:
    """Batches of rows in the order that was set last; the last batch may be shorter."""

    def __init__(self, features: np.ndarray, targets: np.ndarray, batch_size: int) -> None:
        self.features, self.targets, self.batch_size = features, targets, batch_size
        self.order = np.arange(len(targets))

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in batches(self.order, self.batch_size):
            yield self.features[index], self.targets[index]


class LoopTrainer(Trainer):
    """A loop over batches, the gradient by hand."""

    def transfer(self) -> None:
        self.features = np.array(self.data.train_features)  # (rows, inputs)
        self.targets = np.array(self.data.train_targets)  # (rows,)
        if self.input == "loader":
            self.loader = Loader(self.features, self.targets, self.training.batch_size)

    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = parameters.weight.copy(), parameters.bias.copy()
        self.weight_velocity, self.bias_velocity = np.zeros_like(self.weight), np.zeros_like(self.bias)

    def batches(self, order: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        if self.input == "loader":
            self.loader.order = order
            yield from self.loader
        else:
            for index in batches(order, self.training.batch_size):
                yield self.features[index], self.targets[index]

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for features, targets in self.batches(order):
            slope = self.slope(features @ self.weight.T + self.bias, targets) / len(targets)  # (batch, outputs)
            weight_gradient = slope.T @ features + self.training.l2 * self.weight  # the bias is not penalised
            self.weight_velocity = self.training.momentum * self.weight_velocity + weight_gradient
            self.bias_velocity = self.training.momentum * self.bias_velocity + slope.sum(axis=0)
            self.weight -= learning_rate * self.weight_velocity
            self.bias -= learning_rate * self.bias_velocity

    def slope(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivative of each row's loss by its scores."""
        if self.model == "linear":
            return scores - targets[:, None]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True) - np.eye(self.data.outputs, dtype=scores.dtype)[targets]

    def synchronize(self) -> None:
        """NumPy returns when the work is done."""

    def parameters(self) -> Parameters:
        return Parameters(self.weight.copy(), self.bias.copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        return features @ self.weight.T + self.bias

    def save(self, folder: Path) -> None:
        np.savez(folder / "parameters.npz", weight=self.weight, bias=self.bias)

    def load(self, folder: Path) -> None:
        with np.load(folder / "parameters.npz", allow_pickle=False) as arrays:
            self.reset(Parameters(arrays["weight"], arrays["bias"]))


# -- the framework -------------------------------------------------------------------------------------------------------


class Tiny(Framework):
    trainers = {"loop": LoopTrainer}
    version = np.__version__

    def devices(self) -> list[str]:
        return ["cpu"]


FRAMEWORK = Tiny
