"""In PyTorch: nn.Linear and torch.optim.SGD, saved together as a checkpoint."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from tests.frameworks.resuming import Task, main


def train(task: Task, epochs: range, layer: nn.Linear, optimizer: torch.optim.Optimizer) -> Iterator[None]:
    loss = nn.CrossEntropyLoss() if task.softmax else nn.MSELoss()
    for epoch in epochs:
        for group in optimizer.param_groups:
            group["lr"] = float(task.rates[epoch])
        for features, targets in task.batches(epoch):
            scores, wanted = layer(torch.from_numpy(features)), torch.from_numpy(targets)
            value = loss(scores, wanted.long()) if task.softmax else 0.5 * loss(scores.squeeze(1), wanted)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        yield


def made(task: Task) -> tuple[nn.Linear, torch.optim.Optimizer]:
    layer = nn.Linear(task.weight.shape[1], len(task.bias), dtype=torch.from_numpy(task.weight).dtype)
    return layer, torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)


def begin(task: Task, epochs: range, file: str) -> None:
    layer, optimizer = made(task)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(task.weight))
        layer.bias.copy_(torch.from_numpy(task.bias))
    list(train(task, epochs, layer, optimizer))
    torch.save({"model_state_dict": layer.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, file)


def go_on(task: Task, epochs: range, file: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    layer, optimizer = made(task)
    checkpoint = torch.load(file)
    layer.load_state_dict(checkpoint["model_state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    for _ in train(task, epochs, layer, optimizer):
        yield layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()


if __name__ == "__main__":
    main(begin, go_on)
