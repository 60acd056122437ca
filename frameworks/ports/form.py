"""What a framework's file in this folder offers for each of its formats: FORMS, by the names that stand in `forms`."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models.parameters import Parameters


@dataclass(frozen=True)
class Momentum:
    """The state of an optimizer with momentum: the `velocity` v ← factor · v + gradient, which holds no learning rate, and the
    `rate` of the next step: w ← w − rate · v."""

    velocity: Parameters
    factor: float
    rate: float


@dataclass(frozen=True)
class Carried:
    """What is carried from one framework to another; both parts in the dtype of the parameters."""

    parameters: Parameters
    momentum: Momentum | None = None


Model = Callable[[np.ndarray], np.ndarray]  # features (rows, inputs) → raw scores (rows, outputs)


class Form(ABC):
    """One format. `read` and `open` are for files that `write` has just made: what others made is read by
    `fairfit.frameworks.files`, since the frameworks' own readers may run code that a file brings."""

    @abstractmethod
    def write(self, carried: Carried, path: Path) -> None:
        """Write it with the framework's own calls; `path` ends as `forms` says, and nothing is there yet."""

    @abstractmethod
    def read(self, path: Path) -> Carried:
        """What was written, by the framework's own calls."""

    @abstractmethod
    def open(self, path: Path) -> Model:
        """The model in the file, ready to predict."""
