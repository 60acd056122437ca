"""The contract between the harness and a framework: what an adapter must offer.

An adapter decides nothing that affects the result: start, order, rates and scoring come from the harness.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fairfit.frameworks.entry import Entry
from fairfit.models.data import Data
from fairfit.models.errors import Unavailable
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text, listed

INPUTS = ("resident", "loader")


class Trainer(ABC):
    """One regression in one style on one device, ready to train.

    Constructing it does nothing yet: `transfer`, then `build`, then `reset`, and it can train. `input` is 'resident' (all
    rows on the device, batches gathered by index) or 'loader' (the framework's own data loader over the same order, which reads
    `data` where it lies: mapped files that cannot be written to). Where `untimed` says why, what was trained can be proven, but an
    epoch of it cannot be timed.
    """

    untimed: Text | str = ""

    def __init__(self, spec: Spec, data: Data, *, device: str, input: str) -> None:
        self.model = spec.model
        self.training = spec.training
        self.data = data
        self.device = device
        self.input = input

    @abstractmethod
    def transfer(self) -> None:
        """Move the training rows to the device, or make the loader that will; may return before the device is done."""

    def build(self) -> None:  # noqa: B027  # where nothing is built there is nothing to do
        """Make the model, and compile what can be compiled before training."""

    def prepare(self) -> "Trainer":
        """Everything before the first `reset`."""
        self.transfer()
        self.build()
        return self

    @abstractmethod
    def reset(self, parameters: Parameters) -> None:
        """Start again from these parameters with zero velocity; keep what was compiled."""

    def announce(self, epochs: Iterable[tuple[np.ndarray, float]]) -> None:  # noqa: B027  # who trains epoch by epoch need not know
        """Told after `reset`: order and learning rate of every epoch that follows, before the first is asked for."""

    @abstractmethod
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        """Train one pass over the rows in `order`, int32 (int64 from 2³¹ rows on) of shape (rows,); may return before the device is done."""

    @abstractmethod
    def synchronize(self) -> None:
        """Block until the device has done all that was asked of it."""

    @abstractmethod
    def parameters(self) -> Parameters:
        """Copies of the parameters as they are now."""

    @abstractmethod
    def predict(self, features: np.ndarray) -> np.ndarray:
        """Raw scores (softmax) or values (linear) of shape (rows, outputs) for features of shape (rows, inputs)."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the parameters into `folder` in the framework's own checkpoint format."""

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Take over the parameters that `save` wrote into `folder`."""


class Framework(ABC):
    """One installed framework; `entry` is its row of the registry."""

    trainers: ClassVar[Mapping[str, type[Trainer]]]  # style → its trainer

    def __init__(self, entry: Entry) -> None:
        self.entry = entry

    @property
    @abstractmethod
    def version(self) -> str:
        """The installed version."""

    @abstractmethod
    def devices(self) -> list[str]:
        """The devices usable now: 'cpu', then 'gpu:0' and so on."""

    def settings(self) -> dict[str, Any]:
        """Settings that bear on speed or rounding, as the framework itself reports them."""
        return {}

    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        """Make a trainer, not yet prepared. Raises Unavailable as `check` does; never falls back."""
        self.check(style=style, device=device, input=input)
        return self.trainers[style](spec, data, device=device, input=input)

    def check(self, *, style: str, device: str, input: str) -> None:
        """Raises Unavailable that names what was asked and what there is."""
        for what, asked, allowed in (
            (Text("style", "写法"), style, list(self.trainers)),
            (Text("device", "设备"), device, self.devices()),
            (Text("input", "输入"), input, list(INPUTS)),
        ):
            if asked not in allowed:
                name = self.entry.name
                lacks = Text(f"{name} has no {what} {asked!r} here; it has ", f"{name} 在此没有{what.zh} {asked!r}；它有 ")
                raise Unavailable(lacks + listed(allowed), what.en)
        if reason := self.entry.styles[style].why_not(input=input):
            raise Unavailable(reason, "input")
