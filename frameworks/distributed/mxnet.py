"""MXNet on several processes: the parameter server ps-lite, through Gluon's Trainer."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import mxnet as mx  # as server or scheduler (DMLC_ROLE) it serves while it is imported, and then exits
from mxnet import autograd, gluon, nd

from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

ENGINE = "parameter server ps-lite (a scheduler, one server, the workers), kvstore dist_sync, by Gluon's Trainer"


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """What `processes.train_together` finds; the exercises are not used, two workers train a small one of their own."""
    cluster = {
        "DMLC_PS_ROOT_URI": processes.HOST,
        "DMLC_PS_ROOT_PORT": str(processes.free_ports(1)[0]),
        "DMLC_INTERFACE": "lo",  # MXNet has wheels for Linux alone
        "DMLC_NUM_SERVER": "1",
        "DMLC_NUM_WORKER": str(processes.WORKERS),
    }
    worker, server, scheduler = (
        Program(("-P", "-m", __name__), {**cluster, "DMLC_ROLE": role}) for role in ("worker", "server", "scheduler")
    )
    return processes.train_together(ENGINE, workers=[worker] * processes.WORKERS, helpers=[server, scheduler])


def train(result: Path) -> None:
    """What each worker does."""
    kvstore = mx.kv.create("dist_sync")
    features, targets = (nd.array(values) for values in processes.share(kvstore.rank))
    network = gluon.nn.Dense(1, in_units=2)
    network.initialize(mx.init.Zero())
    loss = gluon.loss.L2Loss()  # has the ½
    trainer = gluon.Trainer(network.collect_params(), "sgd", {"learning_rate": processes.LEARNING_RATE}, kvstore=kvstore)

    def step() -> None:
        with autograd.record():
            losses = loss(network(features), targets)
        losses.backward()
        trainer.step(processes.ROWS)  # the server sums the gradients of all workers: divided by the rows of all

    step_seconds = processes.take_steps(step, fence=nd.waitall)
    processes.write(result, Parameters(network.weight.data().asnumpy(), network.bias.data().asnumpy()), step_seconds)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
