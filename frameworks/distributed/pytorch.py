"""PyTorch on several processes: collective operations of gloo, through DistributedDataParallel."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

ENGINE = "collective operations of gloo, DistributedDataParallel"


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """What `processes.train_together` finds; the exercises are not used, two workers train a small one of their own."""
    cluster = {
        "MASTER_ADDR": processes.HOST,  # where the workers meet; the store there listens on every interface all the same
        "MASTER_PORT": str(processes.free_ports(1)[0]),
        "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
        "WORLD_SIZE": str(processes.WORKERS),
    }
    workers = [Program(("-P", "-m", __name__), {**cluster, "RANK": str(rank)}) for rank in range(processes.WORKERS)]
    return processes.train_together(ENGINE, workers)


def train(result: Path) -> None:
    """What each worker does."""
    distributed.init_process_group("gloo")
    features, targets = (torch.tensor(values) for values in processes.share(distributed.get_rank()))
    layer = nn.Linear(2, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    network = DistributedDataParallel(layer)
    optimizer = torch.optim.SGD(network.parameters(), lr=processes.LEARNING_RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss = 0.5 * F.mse_loss(network(features)[:, 0], targets)  # the mean over the rows of this worker
        loss.backward()  # averages the gradients of all workers: all hold as many rows
        optimizer.step()

    step_seconds = processes.take_steps(step, fence=lambda: None)  # on a CPU nothing returns before it is done
    weight, bias = (value.detach().numpy() for value in (layer.weight, layer.bias))
    processes.write(result, Parameters(weight, bias), step_seconds)
    distributed.destroy_process_group()


if __name__ == "__main__":
    train(Path(sys.argv[1]))
