"""A training begun in one framework and gone on with in another, each as its own tutorial has it.

`python -m tests.frameworks.resuming.NAME begin EXERCISE FILE` trains the first epochs and saves; `go_on EXERCISE FILE TO`
loads what `fairfit port` made of it, trains the others, and writes the parameters after each of them.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Batches = Iterator[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Task:
    """What is trained; `first` epochs are trained before the move. The momentum is 0.9."""

    softmax: bool
    features: np.ndarray
    targets: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    orders: np.ndarray
    rates: np.ndarray
    batch_size: int
    first: int

    def batches(self, epoch: int) -> Batches:
        for begin in range(0, len(self.features), self.batch_size):
            rows = self.orders[epoch][begin : begin + self.batch_size]
            yield self.features[rows], self.targets[rows]


Begin = Callable[[Task, range, str], None]
GoOn = Callable[[Task, range, str], Iterator[tuple[np.ndarray, np.ndarray]]]


def main(begin: Begin, go_on: GoOn) -> None:
    word, exercise, file, *to = sys.argv[1:]
    with np.load(exercise) as held:
        task = Task(**{name: values if values.ndim else values.item() for name, values in held.items()})
    epochs = range(len(task.orders))
    if word == "begin":
        begin(task, epochs[: task.first], file)
    else:
        trained = list(go_on(task, epochs[task.first :], file))
        weights, biases = (np.stack(arrays) for arrays in zip(*trained, strict=True))
        np.savez(Path(to[0]), weights=weights, biases=biases)
