"""Linear and softmax regression in NumPy, the gradient by hand: the baseline every framework is measured against."""

from pathlib import Path

import numpy as np

from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters

# -- arrays ------------------------------------------------------------------------------------------------------------


class ArrayTrainer(Trainer):
    """Gradient and update by hand."""

    def transfer(self) -> None:
        self.features = np.array(self.data.train_features)  # (rows, inputs)
        self.targets = np.array(self.data.train_targets)  # (rows,)

    def reset(self, parameters: Parameters) -> None:
        self.weight = parameters.weight.copy()  # (outputs, inputs)
        self.bias = parameters.bias.copy()  # (outputs,)
        self.weight_velocity = np.zeros_like(self.weight)
        self.bias_velocity = np.zeros_like(self.bias)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        momentum, l2 = self.training.momentum, self.training.l2
        for index in batches(order, self.training.batch_size):
            features, targets = self.features[index], self.targets[index]
            residual = features @ self.weight.T + self.bias  # (batch, outputs)
            if self.model == "linear":
                residual[:, 0] -= targets
            else:
                residual -= residual.max(axis=1, keepdims=True)
                np.exp(residual, out=residual)
                residual /= residual.sum(axis=1, keepdims=True)
                residual[np.arange(len(targets)), targets] -= 1
            residual /= len(targets)
            weight_gradient = residual.T @ features
            bias_gradient = residual.sum(axis=0)
            if l2:
                weight_gradient += l2 * self.weight
            if momentum:
                weight_gradient += momentum * self.weight_velocity
                bias_gradient += momentum * self.bias_velocity
                self.weight_velocity, self.bias_velocity = weight_gradient, bias_gradient
            self.weight -= learning_rate * weight_gradient
            self.bias -= learning_rate * bias_gradient

    def synchronize(self) -> None:
        pass  # NumPy returns when the work is done

    def parameters(self) -> Parameters:
        return Parameters(self.weight.copy(), self.bias.copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        return features @ self.weight.T + self.bias

    def save(self, folder: Path) -> None:
        np.savez(folder / "parameters.npz", weight=self.weight, bias=self.bias)

    def load(self, folder: Path) -> None:
        with np.load(folder / "parameters.npz", allow_pickle=False) as arrays:
            self.reset(Parameters(arrays["weight"], arrays["bias"]))


# -- the framework -----------------------------------------------------------------------------------------------------


class NumPy(Framework):
    trainers = {"numpy": ArrayTrainer}
    version = np.__version__

    def devices(self) -> list[str]:
        return ["cpu"]


FRAMEWORK = NumPy
