"""MXNet on several processes: the parameter server ps-lite, through Gluon's Trainer."""

import sys
from collections.abc import Mapping
from pathlib import Path

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import mxnet as mx  # as server or scheduler (DMLC_ROLE) it serves while it is imported, and then exits
from mxnet import autograd, gluon, nd

from fairfit.frameworks.base import Framework
from fairfit.frameworks.distributed import processes, two_workers
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

ENGINE = Text(
    "parameter server ps-lite (a scheduler, one server, the workers), kvstore dist_sync, by Gluon's Trainer",
    "参数服务器 ps-lite（一个调度进程、一个服务进程与各工作进程），kvstore dist_sync，经 Gluon 的 Trainer",
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What two workers come to; the exercises are not used, they train a small one of their own."""
    cluster = {
        "DMLC_PS_ROOT_URI": processes.HOST,
        "DMLC_PS_ROOT_PORT": str(processes.free_ports(1)[0]),
        "DMLC_INTERFACE": "lo",  # MXNet has wheels for Linux alone
        "DMLC_NUM_SERVER": "1",
        "DMLC_NUM_WORKER": str(two_workers.WORKERS),
    }
    worker, server, scheduler = (
        Program(("-P", "-m", __name__), {**cluster, "DMLC_ROLE": role}) for role in ("worker", "server", "scheduler")
    )
    return two_workers.train_together(ENGINE, workers=[worker] * two_workers.WORKERS, helpers=[server, scheduler])


def train(result: Path) -> None:
    """What each worker does."""
    kvstore = mx.kv.create("dist_sync")
    features, targets = (nd.array(values) for values in two_workers.share(kvstore.rank))
    network = gluon.nn.Dense(1, in_units=2)
    network.initialize(mx.init.Zero())
    loss = gluon.loss.L2Loss()  # has the ½
    trainer = gluon.Trainer(network.collect_params(), "sgd", {"learning_rate": two_workers.LEARNING_RATE}, kvstore=kvstore)

    def step() -> None:
        with autograd.record():
            losses = loss(network(features), targets)
        losses.backward()
        trainer.step(two_workers.ROWS)  # the server sums the gradients of all workers: divided by the rows of all

    step_seconds = two_workers.take_steps(step, fence=nd.waitall)
    two_workers.write(result, Parameters(network.weight.data().asnumpy(), network.bias.data().asnumpy()), step_seconds)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
