"""Our training in PyTorch: torch.nn, torch.optim, a loader over the order that is given."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    rows = TensorDataset(torch.from_numpy(features), torch.from_numpy(targets).long())
    layer = nn.Linear(features.shape[1], len(bias))
    layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    groups = [{"params": [layer.weight], "weight_decay": l2}, {"params": [layer.bias]}]
    optimizer = torch.optim.SGD(groups, lr=learning_rates[0], momentum=momentum)
    yield  # all is ready
    for order, rate in zip(orders, learning_rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for x, y in DataLoader(rows, batch_size, sampler=order.tolist()):
            optimizer.zero_grad()
            nn.functional.cross_entropy(layer(x), y).backward()
            optimizer.step()
        yield layer.weight, layer.bias
