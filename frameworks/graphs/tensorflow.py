"""TensorFlow's graphs: what tf.function traced of scores and loss, and of a whole step."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from fairfit.frameworks.base import Framework
from fairfit.frameworks.graphs.findings import Findings, Graph, Graphs, Node
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

DECLARED = Text("the concrete function of tf.function(loss)", "tf.function(loss) 的具体函数")
EXECUTED = Text(
    "the concrete function of tf.function(step): gather, forward, backward and update",
    "tf.function(step) 的具体函数：取批、前向、反向与更新",
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The graphs of each exercise by its model."""
    return Findings({exercise.spec.model: graphs(framework, exercise) for exercise in exercises.values()})


def graphs(framework: Framework, exercise: Exercise) -> Graphs:
    spec, data = exercise.spec, exercise.data
    trainer: Any = framework.trainer(spec, data, style="variable", device="cpu", input="resident").prepare()
    batch = tf.range(spec.training.batch_size)
    features, targets = trainer.fetch(batch)

    @tf.function
    def loss(features: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        return trainer.loss(tf.nn.bias_add(tf.matmul(features, trainer.weight), trainer.bias), targets)

    forward = loss.get_concrete_function(features, targets).graph
    step = tf.function(trainer.step).get_concrete_function(batch, tf.constant(1.0, spec.training.dtype)).graph
    return Graphs(forward=Graph(nodes(forward), DECLARED), step=Graph(nodes(step), EXECUTED))


def nodes(graph: tf.Graph) -> list[Node]:
    """Placeholders and constants have no operator: they are what flows in. What does nothing is left out."""
    return [
        Node(
            name=operation.name,
            op="" if operation.type in ("Placeholder", "Const") else operation.type,
            inputs=[tensor.op.name for tensor in operation.inputs],
        )
        for operation in graph.get_operations()
        if operation.type not in ("NoOp", "Identity")
    ]
