"""What every framework is asked to compute by its extensions, and what must come out: references in NumPy."""

import dataclasses
from dataclasses import dataclass

import numpy as np

Arrays = list[np.ndarray]

STEPS = 10
LEARNING_RATE, MOMENTUM = 0.125, 0.75  # sums of powers of two: exact in float32 too, in which some optimizers hold them
INPUTS, OUTPUTS = 5, 3
TIMED_ROWS, TIMED_INPUTS, TIMED_OUTPUTS = 256, 784, 10


@dataclass(frozen=True)
class Case:
    """What an extension computes with, in float64, and what must come out."""

    inputs: Arrays
    expected: np.ndarray
    parameters: Arrays = dataclasses.field(default_factory=list)

    @property
    def arrays(self) -> Arrays:
        return [*self.inputs, *self.parameters]


def cases() -> dict[str, Case]:
    """What every framework is asked to compute, by name of the extension."""
    random = np.random.default_rng(7)
    inputs = random.normal(size=(4, INPUTS))  # (batch, inputs)
    weight, bias, scale = random.normal(size=(OUTPUTS, INPUTS)), random.normal(size=OUTPUTS), np.array([1.5])
    target = random.normal(size=(4, OUTPUTS))  # (batch, outputs)
    # errors on both sides of 1, and none so near that a finite difference would step over it
    predicted = target + np.linspace(-2.3, 2.6, target.size).reshape(target.shape)
    start, curvature = random.normal(size=6), np.linspace(0.5, 2.0, 6)
    return {
        "layer": Case([inputs], dense(inputs, weight, bias, scale), [weight, bias, scale]),
        "loss": Case([predicted, target], huber(predicted, target)),
        "gradient": Case([inputs], swish(inputs)),
        "optimizer": Case([start, curvature], nesterov(start, curvature)),
        "numpy": Case([inputs], cumulative_sum(inputs)),
    }


def dense(inputs: np.ndarray, weight: np.ndarray, bias: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return scale * (inputs @ weight.T + bias)  # (batch, outputs)


def huber(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Half the square of errors below 1, the error less ½ above; the mean over all."""
    error = np.abs(predicted - target)
    return np.mean(np.where(error < 1, 0.5 * error**2, error - 0.5))


def swish(inputs: np.ndarray) -> np.ndarray:
    return inputs / (1 + np.exp(-inputs))


def nesterov(start: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """The weights after each of ten steps down ½ Σ curvature · weight², of shape (steps, weights)."""
    weight, velocity, path = start, np.zeros_like(start), []
    for _ in range(STEPS):
        gradient = curvature * weight
        velocity = MOMENTUM * velocity + gradient
        weight = weight - LEARNING_RATE * (gradient + MOMENTUM * velocity)
        path.append(weight)
    return np.stack(path)


def cumulative_sum(inputs: np.ndarray) -> np.ndarray:
    return np.cumsum(inputs, axis=1)


def timed_arrays() -> dict[str, np.ndarray]:
    """What is timed: float32 of the size of a batch of Fashion-MNIST."""
    random = np.random.default_rng(7)
    shapes = {
        "inputs": (TIMED_ROWS, TIMED_INPUTS),
        "target": (TIMED_ROWS, TIMED_INPUTS),
        "weight": (TIMED_OUTPUTS, TIMED_INPUTS),
        "bias": (TIMED_OUTPUTS,),
    }
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
