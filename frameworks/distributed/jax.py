"""JAX on several processes: one program over the devices of all, whose collective operations are gloo's."""

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import jax
import numpy as np
from jax import Array, lax
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from fairfit.frameworks.base import Framework
from fairfit.frameworks.distributed import processes, two_workers
from fairfit.frameworks.distributed.findings import Findings
from fairfit.frameworks.distributed.processes import Program
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

ENGINE = Text(
    "jax.distributed, jax.shard_map and collective operations of gloo", "jax.distributed、jax.shard_map 与 gloo 的集合通信"
)
Values = tuple[Array, Array]


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """What two workers come to; the exercises are not used, they train a small one of their own."""
    cluster = {"COORDINATOR": f"{processes.HOST}:{processes.free_ports(1)[0]}", "no_grpc_proxy": processes.HOST}
    workers = [Program(("-P", "-m", __name__), {**cluster, "RANK": str(rank)}) for rank in range(two_workers.WORKERS)]
    return two_workers.train_together(ENGINE, workers)


def train(result: Path) -> None:
    """What each worker does."""
    rank, coordinator = int(os.environ["RANK"]), os.environ["COORDINATOR"]
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(coordinator, two_workers.WORKERS, rank, coordinator_bind_address=coordinator)
    mesh = Mesh(np.array(jax.devices()), ("workers",))
    by_rows, whole = PartitionSpec("workers"), PartitionSpec()
    features, targets = (
        jax.make_array_from_process_local_data(NamedSharding(mesh, by_rows), values) for values in two_workers.share(rank)
    )
    everywhere = NamedSharding(mesh, whole)
    values: Values = tuple(
        jax.make_array_from_process_local_data(everywhere, np.zeros(shape, np.float32)) for shape in ((1, 2), (1,))
    )

    def loss(values: Values, features: Array, targets: Array) -> Array:
        weight, bias = values
        return 0.5 * jnp.mean(jnp.square((features @ weight.T + bias)[:, 0] - targets))  # over the rows of this worker

    @jax.jit
    @partial(jax.shard_map, mesh=mesh, in_specs=(whole, by_rows, by_rows), out_specs=whole, check_vma=False)
    def update(values: Values, features: Array, targets: Array) -> Values:
        gradients = lax.pmean(jax.grad(loss)(values, features, targets), "workers")  # all hold as many rows
        return jax.tree.map(lambda value, gradient: value - two_workers.LEARNING_RATE * gradient, values, gradients)

    def step() -> None:
        nonlocal values
        values = update(values, features, targets)

    step_seconds = two_workers.take_steps(step, fence=lambda: jax.block_until_ready(values))
    weight, bias = (np.array(value.addressable_data(0)) for value in values)
    jax.distributed.shutdown()  # waits for the other workers
    two_workers.write(result, Parameters(weight, bias), step_seconds)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
