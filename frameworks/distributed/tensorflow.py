"""TensorFlow on several processes: collective operations over gRPC, through MultiWorkerMirroredStrategy."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import keras
import tensorflow as tf

from fairfit.frameworks.base import Framework
from fairfit.frameworks.distributed import processes, two_workers
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

ENGINE = Text(
    "collective operations over gRPC, MultiWorkerMirroredStrategy, by a step of one's own in tf.function",
    "基于 gRPC 的集合通信，MultiWorkerMirroredStrategy，训练步自行写在 tf.function 中",
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What two workers come to; the exercises are not used, they train a small one of their own."""
    # where the workers reach each other; their servers listen on every interface all the same
    cluster = {"worker": [f"{processes.HOST}:{port}" for port in processes.free_ports(two_workers.WORKERS)]}
    places = [{"cluster": cluster, "task": {"type": "worker", "index": rank}} for rank in range(two_workers.WORKERS)]
    direct = {"no_grpc_proxy": processes.HOST}  # a proxy that the environment names is asked even for this machine
    workers = [Program(("-P", "-m", __name__), {**direct, "TF_CONFIG": json.dumps(place)}) for place in places]
    return two_workers.train_together(ENGINE, workers)


def train(result: Path) -> None:
    """What each worker does."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before all else: it connects the workers
    features, targets = (tf.constant(values) for values in two_workers.share(strategy.cluster_resolver.task_id))
    with strategy.scope():
        layer = keras.layers.Dense(1, kernel_initializer="zeros")
        layer.build((None, 2))
        optimizer = keras.optimizers.SGD(two_workers.LEARNING_RATE)

    def replica_step() -> None:
        with tf.GradientTape() as tape:
            losses = 0.5 * tf.square(layer(features)[:, 0] - targets)
            loss = tf.reduce_sum(losses) / two_workers.ROWS  # a share of the mean over the rows of all workers
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)  # sums the gradients of all workers (all_reduce)

    @tf.function
    def step() -> None:
        strategy.run(replica_step)

    # reading a value is the fence: sync_devices fails under this strategy
    step_seconds = two_workers.take_steps(step, fence=layer.bias.numpy)
    two_workers.write(result, Parameters(layer.kernel.numpy().T, layer.bias.numpy()), step_seconds)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
