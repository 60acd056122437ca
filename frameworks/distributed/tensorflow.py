"""TensorFlow on several processes: collective operations over gRPC, through MultiWorkerMirroredStrategy."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from fairfit.frameworks.distributed import processes
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

ENGINE = "collective operations over gRPC, MultiWorkerMirroredStrategy, by a step of one's own in tf.function"


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """What `processes.train_together` finds; the exercises are not used, two workers train a small one of their own."""
    # where the workers reach each other; their servers listen on every interface all the same
    cluster = {"worker": [f"{processes.HOST}:{port}" for port in processes.free_ports(processes.WORKERS)]}
    places = [{"cluster": cluster, "task": {"type": "worker", "index": rank}} for rank in range(processes.WORKERS)]
    direct = {"no_grpc_proxy": processes.HOST}  # a proxy that the environment names is asked even for this machine
    workers = [Program(("-P", "-m", __name__), {**direct, "TF_CONFIG": json.dumps(place)}) for place in places]
    return processes.train_together(ENGINE, workers)


def train(result: Path) -> None:
    """What each worker does."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before all else: it connects the workers
    features, targets = (tf.constant(values) for values in processes.share(strategy.cluster_resolver.task_id))
    with strategy.scope():
        layer = keras.layers.Dense(1, kernel_initializer="zeros")
        layer.build((None, 2))
        optimizer = keras.optimizers.SGD(processes.LEARNING_RATE)

    def replica_step() -> None:
        with tf.GradientTape() as tape:
            losses = 0.5 * tf.square(layer(features)[:, 0] - targets)
            loss = tf.reduce_sum(losses) / processes.ROWS  # a share of the mean over the rows of all workers
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)  # sums the gradients of all workers (all_reduce)

    @tf.function
    def step() -> None:
        strategy.run(replica_step)

    # reading a value is the fence: sync_devices fails under this strategy
    step_seconds = processes.take_steps(step, fence=layer.bias.numpy)
    processes.write(result, Parameters(layer.kernel.numpy().T, layer.bias.numpy()), step_seconds)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
