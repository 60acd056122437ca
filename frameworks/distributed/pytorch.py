"""PyTorch on several processes: collective operations of gloo, through DistributedDataParallel."""

import sys
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.distributed.nn.functional  # binds the process group that there is as a default argument: import it before
from torch import distributed, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from fairfit.frameworks.base import Framework
from fairfit.frameworks.distributed import processes, two_workers
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

ENGINE = Text("collective operations of gloo, DistributedDataParallel", "gloo 的集合通信，DistributedDataParallel")


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What two workers come to; the exercises are not used, they train a small one of their own."""
    cluster = {
        "MASTER_ADDR": processes.HOST,  # where the workers meet; the store there listens on every interface all the same
        "MASTER_PORT": str(processes.free_ports(1)[0]),
        "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
        "WORLD_SIZE": str(two_workers.WORKERS),
    }
    workers = [Program(("-P", "-m", __name__), {**cluster, "RANK": str(rank)}) for rank in range(two_workers.WORKERS)]
    return two_workers.train_together(ENGINE, workers)


def train(result: Path) -> None:
    """What each worker does. The result is written last: a worker that has written has also left in order."""
    distributed.init_process_group("gloo")
    parameters, step_seconds = take_part(distributed.get_rank())
    distributed.barrier()  # nobody leaves while another still needs it
    distributed.destroy_process_group()  # frees the group, as nothing else holds it: gloo's threads end here
    two_workers.write(result, parameters, step_seconds)


def take_part(rank: int) -> tuple[Parameters, list[float]]:
    """Take all steps; what holds on to the process group is gone when this returns."""
    features, targets = (torch.tensor(values) for values in two_workers.share(rank))
    layer = nn.Linear(2, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    network = DistributedDataParallel(layer)
    optimizer = torch.optim.SGD(network.parameters(), lr=two_workers.LEARNING_RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss = 0.5 * F.mse_loss(network(features)[:, 0], targets)  # the mean over the rows of this worker
        loss.backward()  # averages the gradients of all workers: all hold as many rows
        optimizer.step()

    step_seconds = two_workers.take_steps(step, fence=lambda: None)  # on a CPU nothing returns before it is done
    weight, bias = (value.detach().numpy() for value in (layer.weight, layer.bias))
    return Parameters(weight, bias), step_seconds


if __name__ == "__main__":
    train(Path(sys.argv[1]))
