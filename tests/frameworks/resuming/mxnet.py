"""In MXNet: gluon.nn.Dense and a Trainer, saved as .params and .states."""

from collections.abc import Iterator
from pathlib import Path

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import numpy as np
from mxnet import autograd, gluon, nd

from tests.frameworks.resuming import Task, main


def train(task: Task, epochs: range, layer: gluon.nn.Dense, trainer: gluon.Trainer) -> Iterator[None]:
    loss = gluon.loss.SoftmaxCrossEntropyLoss() if task.softmax else gluon.loss.L2Loss()
    for epoch in epochs:
        trainer.set_learning_rate(float(task.rates[epoch]))
        for features, targets in task.batches(epoch):
            with autograd.record():
                value = loss(layer(nd.array(features, dtype=features.dtype)), nd.array(targets, dtype=targets.dtype))
            value.backward()
            trainer.step(len(features))
        yield


def made(task: Task) -> tuple[gluon.nn.Dense, gluon.Trainer]:
    layer = gluon.nn.Dense(len(task.bias), in_units=task.weight.shape[1], dtype=task.weight.dtype.name)
    layer.initialize()
    return layer, gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})


def begin(task: Task, epochs: range, file: str) -> None:
    layer, trainer = made(task)
    layer.weight.set_data(nd.array(task.weight, dtype=task.weight.dtype))
    layer.bias.set_data(nd.array(task.bias, dtype=task.bias.dtype))
    list(train(task, epochs, layer, trainer))
    layer.save_parameters(file)
    trainer.save_states(str(Path(file).with_suffix(".states")))


def go_on(task: Task, epochs: range, file: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    layer, trainer = made(task)
    layer.load_parameters(file)
    trainer.load_states(str(Path(file).with_suffix(".states")))
    for _ in train(task, epochs, layer, trainer):
        yield layer.weight.data().asnumpy(), layer.bias.data().asnumpy()


if __name__ == "__main__":
    main(begin, go_on)
