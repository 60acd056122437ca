"""TensorFlow's graphs: what tf.function traced of scores and loss, and of a whole step."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from fairfit.frameworks.tensorflow import FRAMEWORK
from fairfit.models.exercise import Exercise


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """By model two graphs, 'forward' (scores and loss) and 'step', each a list of nodes with name, op and names of inputs."""
    return {exercise.spec.model: _graphs(exercise) for exercise in exercises.values()}


def _graphs(exercise: Exercise) -> dict[str, Any]:
    trainer: Any = FRAMEWORK.trainer(exercise.spec, exercise.data, style="variable", device="cpu", input="resident").prepare()
    batch = tf.range(exercise.spec.training.batch_size)
    features, targets = trainer.fetch(batch)

    @tf.function
    def loss(features: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        return trainer.loss(tf.nn.bias_add(tf.matmul(features, trainer.weight), trainer.bias), targets)

    step = tf.function(trainer.step).get_concrete_function(batch, tf.constant(1.0, exercise.spec.training.dtype))
    return {
        "forward": _nodes(loss.get_concrete_function(features, targets).graph),
        "forward_from": "the concrete function of tf.function(loss)",
        "step": _nodes(step.graph),
        "step_from": "the concrete function of tf.function(step): gather, forward, backward and update",
    }


def _nodes(graph: tf.Graph) -> list[dict[str, Any]]:
    """Placeholders and constants have no operator: they are what flows in. What does nothing is left out."""
    return [
        {
            "name": operation.name,
            "op": "" if operation.type in ("Placeholder", "Const") else operation.type,
            "inputs": [tensor.op.name for tensor in operation.inputs],
        }
        for operation in graph.get_operations()
        if operation.type not in ("NoOp", "Identity")
    ]
