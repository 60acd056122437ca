"""In Keras: a Dense layer compiled with SGD, saved as a .keras file."""

from collections.abc import Iterator

import keras
import numpy as np

from tests.frameworks.resuming import Task, main


def half_squared(targets: keras.KerasTensor, predicted: keras.KerasTensor) -> keras.KerasTensor:
    return 0.5 * keras.ops.square(keras.ops.squeeze(predicted, -1) - keras.ops.squeeze(targets, -1))


def train(task: Task, epochs: range, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if task.softmax else half_squared
    model.compile(optimizer, loss)
    for epoch in epochs:
        optimizer.learning_rate = float(task.rates[epoch])
        for features, targets in task.batches(epoch):
            model.train_on_batch(features, targets[:, None])
        yield


def begin(task: Task, epochs: range, file: str) -> None:
    dtype = task.weight.dtype.name
    layers = [keras.Input((task.weight.shape[1],), dtype=dtype), keras.layers.Dense(len(task.bias), dtype=dtype)]
    model = keras.Sequential(layers)
    model.set_weights([task.weight.T, task.bias])
    list(train(task, epochs, model, keras.optimizers.SGD(0.1, momentum=0.9)))
    model.save(file)


def go_on(task: Task, epochs: range, file: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    model = keras.saving.load_model(file)
    for _ in train(task, epochs, model, model.optimizer):
        kernel, bias = model.get_weights()
        yield kernel.T, bias


if __name__ == "__main__":
    main(begin, go_on)
