"""Adapters that are wrong on purpose, each in one thing that ports get wrong: the conformance suite must reject them all."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework, Trainer
from fairfit.models.data import Data
from fairfit.models.errors import Unavailable
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec


class RightTrainer(Trainer):
    """Right in everything, cut into pieces so that each wrong trainer replaces one."""

    def transfer(self) -> None:
        self.features, self.targets = np.array(self.data.train_features), np.array(self.data.train_targets)

    def build(self) -> None:
        shape = (self.data.outputs, self.data.inputs)
        self.weight_velocity, self.bias_velocity = np.zeros(shape), np.zeros(self.data.outputs)

    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = parameters.weight.copy(), parameters.bias.copy()
        self.weight_velocity, self.bias_velocity = np.zeros_like(self.weight), np.zeros_like(self.bias)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for index in self.batches(order):
            features, targets = self.features[index], self.targets[index]
            slope = self.slope(features @ self.weight.T + self.bias, targets) / self.divisor(len(index))
            self.update(slope.T @ features + self.training.l2 * self.weight, slope.sum(axis=0), learning_rate)

    def batches(self, order: np.ndarray) -> Iterable[np.ndarray]:
        return batches(order, self.training.batch_size)

    def slope(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The derivative of every row's loss with respect to its scores; shape (batch, outputs)."""
        if self.model == "linear":
            return scores - targets[:, None]
        return softmax(scores) - np.eye(self.data.outputs, dtype=scores.dtype)[targets]

    def divisor(self, batch_size: int) -> int:
        return batch_size

    def update(self, weight_gradient: np.ndarray, bias_gradient: np.ndarray, learning_rate: float) -> None:
        self.weight_velocity = self.training.momentum * self.weight_velocity + weight_gradient
        self.bias_velocity = self.training.momentum * self.bias_velocity + bias_gradient
        self.weight -= learning_rate * self.weight_velocity
        self.bias -= learning_rate * self.bias_velocity

    def synchronize(self) -> None:
        pass

    def parameters(self) -> Parameters:
        return Parameters(self.weight.copy(), self.bias.copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        return features @ self.weight.T + self.bias

    def save(self, folder: Path) -> None:
        np.savez(folder / "parameters.npz", weight=self.weight, bias=self.bias)

    def load(self, folder: Path) -> None:
        with np.load(folder / "parameters.npz", allow_pickle=False) as arrays:
            self.reset(Parameters(arrays["weight"], arrays["bias"]))


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class RightFramework(Framework):
    """Stands in for NumPy, whose row of the registry it fills; `trainer_class` is what it makes."""

    version = np.__version__

    def __init__(self, trainer_class: type[Trainer] = RightTrainer) -> None:
        super().__init__(registry.find("numpy"))
        self.trainers = {"numpy": trainer_class}  # type: ignore[misc]

    def devices(self) -> list[str]:
        return ["cpu"]


class RightLoader(RightTrainer):
    """With a loader: it is made once and walks over the order that an epoch hands to it."""

    def transfer(self) -> None:
        super().transfer()
        self.loader = Loader(self.features, self.targets, self.training.batch_size)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.loader.order = order
        for features, targets in self.loader:
            slope = self.slope(features @ self.weight.T + self.bias, targets) / len(features)
            self.update(slope.T @ features + self.training.l2 * self.weight, slope.sum(axis=0), learning_rate)


class LoaderWhereAsked(RightLoader):
    """On resident arrays there is no loader."""

    def transfer(self) -> None:
        if self.input == "loader":
            super().transfer()
        else:
            RightTrainer.transfer(self)


class Loader:
    """Stands in for a framework's own; `order` are the rows of the next pass."""

    def __init__(self, features: np.ndarray, targets: np.ndarray, batch_size: int) -> None:
        self.features, self.targets, self.batch_size = features, targets, batch_size
        self.order = np.arange(0)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for index in batches(self.order, self.batch_size):
            yield self.features[index], self.targets[index]


# -- wrong loaders -------------------------------------------------------------------------------------------------------


class LoaderFollowsAnOldOrder(RightLoader):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.first_order = getattr(self, "first_order", order.copy())
        super().train_epoch(self.first_order, learning_rate=learning_rate)


class LoaderDropsTheLastBatch(RightLoader):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        super().train_epoch(
            order[: len(order) // self.training.batch_size * self.training.batch_size], learning_rate=learning_rate
        )


class LoaderMadeAndNotRead(LoaderWhereAsked):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        RightTrainer.train_epoch(self, order, learning_rate=learning_rate)


# -- wrong arithmetic ----------------------------------------------------------------------------------------------------


class SquareWithoutHalf(RightTrainer):
    def slope(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return 2 * super().slope(scores, targets)


class SumForMean(RightTrainer):
    def divisor(self, batch_size: int) -> int:
        return 1


class ConstantDivisor(RightTrainer):
    def divisor(self, batch_size: int) -> int:
        return self.training.batch_size


class SoftmaxAppliedTwice(RightTrainer):
    def slope(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        probabilities = softmax(scores)
        inner = super().slope(probabilities, targets)
        return probabilities * (inner - (inner * probabilities).sum(axis=1, keepdims=True))


class OrderIgnored(RightTrainer):
    def batches(self, order: np.ndarray) -> Iterable[np.ndarray]:
        return super().batches(np.arange(len(order)))


class LastBatchDropped(RightTrainer):
    def batches(self, order: np.ndarray) -> Iterable[np.ndarray]:
        return [index for index in super().batches(order) if len(index) == self.training.batch_size]


class BiasDecayed(RightTrainer):
    def update(self, weight_gradient: np.ndarray, bias_gradient: np.ndarray, learning_rate: float) -> None:
        super().update(weight_gradient, bias_gradient + self.training.l2 * self.bias, learning_rate)


class PenaltyWithoutHalf(RightTrainer):
    def update(self, weight_gradient: np.ndarray, bias_gradient: np.ndarray, learning_rate: float) -> None:
        super().update(weight_gradient + self.training.l2 * self.weight, bias_gradient, learning_rate)


class VelocityHoldsTheRate(RightTrainer):
    def update(self, weight_gradient: np.ndarray, bias_gradient: np.ndarray, learning_rate: float) -> None:
        super().update(learning_rate * weight_gradient, learning_rate * bias_gradient, 1.0)


class FirstRateForEver(RightTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        super().train_epoch(order, learning_rate=self.training.learning_rates[0])


class ComputedInSinglePrecision(RightTrainer):
    def update(self, weight_gradient: np.ndarray, bias_gradient: np.ndarray, learning_rate: float) -> None:
        super().update(weight_gradient.astype(np.float32), bias_gradient.astype(np.float32), learning_rate)


# -- wrong state ---------------------------------------------------------------------------------------------------------


class KeptInSinglePrecision(RightTrainer):
    def reset(self, parameters: Parameters) -> None:
        super().reset(Parameters(parameters.weight.astype(np.float32), parameters.bias.astype(np.float32)))


class WeightTransposed(RightTrainer):
    def parameters(self) -> Parameters:
        return Parameters(self.weight.T.copy(), self.bias.copy())


class ParametersAsViews(RightTrainer):
    def parameters(self) -> Parameters:
        return Parameters(self.weight, self.bias)


class ResetKeepsVelocity(RightTrainer):
    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = parameters.weight.copy(), parameters.bias.copy()


class ResetTakesTheArraysThemselves(RightTrainer):
    def reset(self, parameters: Parameters) -> None:
        super().reset(parameters)
        self.weight, self.bias = parameters.weight, parameters.bias


class OrderSortedInPlace(RightTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        super().train_epoch(order, learning_rate=learning_rate)
        order.sort()


class PredictGivesProbabilities(RightTrainer):
    def predict(self, features: np.ndarray) -> np.ndarray:
        return softmax(super().predict(features))


class PredictTrains(RightTrainer):
    def predict(self, features: np.ndarray) -> np.ndarray:
        self.train_epoch(np.arange(self.data.rows), learning_rate=0.1)
        return super().predict(features)


class PredictForgetsVelocity(RightTrainer):
    def predict(self, features: np.ndarray) -> np.ndarray:
        self.reset(self.parameters())
        return super().predict(features)


class LoadIgnoresTheFile(RightTrainer):
    def load(self, folder: Path) -> None:
        self.reset(self.parameters())


class SaveKeepsNoBias(RightTrainer):
    def save(self, folder: Path) -> None:
        np.savez(folder / "parameters.npz", weight=self.weight, bias=np.zeros_like(self.bias))


# -- wrong frameworks ----------------------------------------------------------------------------------------------------


class StyleFallsBack(RightFramework):
    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        return super().trainer(spec, data, style="numpy", device=device, input=input)


class DeviceFallsBack(RightFramework):
    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        return super().trainer(spec, data, style=style, device="cpu", input=input)


class RefusalSaysNothing(RightFramework):
    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        try:
            return super().trainer(spec, data, style=style, device=device, input=input)
        except Unavailable as error:
            raise Unavailable("not available", error.what) from error


class ImpossibleInputAccepted(RightFramework):
    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        return super().trainer(spec, data, style=style, device=device, input="resident" if input == "loader" else input)


class StyleUnknownToTheRegistry(RightFramework):
    def __init__(self) -> None:
        super().__init__()
        self.trainers = {"numpy": RightTrainer, "vectorised": RightTrainer}  # type: ignore[misc]


class VersionMadeUp(RightFramework):
    version = "2.0"


class NoProcessor(RightFramework):
    def devices(self) -> list[str]:
        return ["gpu:0", "cpu"]


class SettingsAreArrays(RightFramework):
    def settings(self) -> dict[str, Any]:
        return {"threads": (1, 2)}
