"""What is read from a model file: one dense layer, and the optimizer's state where the file has it."""

from dataclasses import dataclass

import numpy as np

from fairfit.models.text import Text


@dataclass(frozen=True)
class State:
    """What an optimizer keeps between steps, in the unit of the file.

    `weight` and `bias` have one array for `method` "momentum" (the velocity v), two for "adam" (the mean m of the gradients
    and the mean v of their squares), each of the shape of the layer's; `bias` is empty where the layer has none.
    `holds_rate`: the velocity holds the learning rate and the sign, w ← w + v, as in MXNet and Keras; else w ← w − rate · v, as
    in PyTorch. `rate` is the last learning rate and `steps` the number of steps made, None where the file does not say;
    `factor` is that of the momentum.
    """

    method: str
    weight: tuple[np.ndarray, ...]
    bias: tuple[np.ndarray, ...]
    holds_rate: bool
    rate: float | None = None
    steps: int | None = None
    nesterov: bool = False
    factor: float | None = None


@dataclass(frozen=True)
class Layer:
    """One dense layer: scores = features @ weight.T + bias.

    `weight` (outputs, inputs) and `bias` (outputs,), zeros where `has_bias` is False; both float32 or both float64.
    `name` is the layer's, or its weight's, in the file. `ends_in` is "softmax", "scores", or "" where the file cannot say.
    `format` is what the file is, for humans, `framework` the one whose format it is, or empty; `notes` are what a reader of the numbers should know.
    """

    weight: np.ndarray
    bias: np.ndarray
    has_bias: bool
    name: str
    ends_in: str
    format: str
    notes: tuple[Text, ...] = ()
    state: State | None = None
    framework: str = ""

    @property
    def dtype(self) -> str:
        return self.weight.dtype.name
