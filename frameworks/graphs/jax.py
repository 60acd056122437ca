"""JAX's graphs: the jaxpr of scores and loss, and that of a whole step, which jit hands to XLA."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal

from fairfit.frameworks.base import Framework
from fairfit.frameworks.graphs.findings import Findings, Graph, Graphs, Node
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

DECLARED = Text("the jaxpr of the loss", "损失的 jaxpr")
EXECUTED = Text(
    "the jaxpr that jit hands to XLA: gather, forward, backward and update",
    "jit 交给 XLA 的 jaxpr：取批、前向、反向与更新",
)
VALUES = ["weight", "bias"]


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The graphs of each exercise by its model."""
    return Findings({exercise.spec.model: graphs(framework, exercise) for exercise in exercises.values()})


def graphs(framework: Framework, exercise: Exercise) -> Graphs:
    spec = exercise.spec
    trainer: Any = framework.trainer(spec, exercise.data, style="jnp", device="cpu", input="resident").prepare()
    trainer.reset(exercise.start)
    batch, features, targets = np.arange(spec.training.batch_size), trainer.features, trainer.targets
    forward = jax.make_jaxpr(trainer.objective)(trainer.state[0], features[batch], targets[batch])
    step = jax.make_jaxpr(trainer.step)(trainer.state, batch, features, targets, 1.0)
    velocities = [f"velocity of {name}" for name in VALUES]
    return Graphs(
        forward=Graph(nodes(forward, [*VALUES, "features", "targets"]), DECLARED),
        step=Graph(nodes(step, [*VALUES, *velocities, "batch", "features", "targets", "learning rate"]), EXECUTED),
    )


def nodes(closed: ClosedJaxpr, names: Sequence[str]) -> list[Node]:
    """What flows in, by these names, then the operators; programs within the program are laid open, numbers are left out."""
    found = [Node(name, "", []) for name in names]

    def walk(inner: ClosedJaxpr, given: Sequence[str | None]) -> list[str | None]:
        """Add the operators of `inner`; from the nodes that are its arguments to those that are its results."""
        known: dict[Any, str | None] = dict(zip(inner.jaxpr.invars, given, strict=True))

        def node(variable: Any) -> str | None:
            return None if isinstance(variable, Literal) else known.get(variable)

        for equation in inner.jaxpr.eqns:
            arguments = [node(variable) for variable in equation.invars]
            program = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
            if isinstance(program, ClosedJaxpr):
                results = walk(program, arguments)
            else:
                name = f"{equation.primitive.name} {len(found)}"
                found.append(Node(name, equation.primitive.name, [argument for argument in arguments if argument is not None]))
                results = [name] * len(equation.outvars)
            known.update(zip(equation.outvars, results, strict=True))
        return [node(variable) for variable in inner.jaxpr.outvars]

    walk(closed, names)
    return found
