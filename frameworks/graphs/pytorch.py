"""PyTorch's graphs: what torch.export made of scores and loss, and what torch.compile hands to its compiler for a step."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._dynamo.backends.common import aot_autograd

from fairfit.frameworks.base import Framework
from fairfit.frameworks.graphs.findings import Findings, Graph, Graphs, Node
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

DECLARED = Text("torch.export of layer and loss", "层与损失的 torch.export")
EXECUTED = Text(
    "what torch.compile hands to its compiler: gather, forward, backward and update",
    "torch.compile 交给其编译器的图：取批、前向、反向与更新",
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The graphs of each exercise by its model."""
    return Findings({exercise.spec.model: graphs(framework, exercise) for exercise in exercises.values()})


class Objective(nn.Module):
    """The layer and the loss of a trainer as one module."""

    def __init__(self, trainer: Any) -> None:
        super().__init__()
        self.layer, self.loss = trainer.layer, trainer.loss

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.layer(features), targets)


def graphs(framework: Framework, exercise: Exercise) -> Graphs:
    spec, data, start = exercise.spec, exercise.data, exercise.start
    batch = torch.arange(spec.training.batch_size)
    layered: Any = framework.trainer(spec, data, style="nn", device="cpu", input="resident").prepare()
    forward = torch.export.export(Objective(layered), layered.fetch(batch)).graph

    trainer: Any = framework.trainer(spec, data, style="fullgraph", device="cpu", input="resident")
    trainer.transfer()  # and no `build`, which would compile the step already
    trainer.reset(start)
    handed_over: list[fx.Graph] = []

    def keep(module: fx.GraphModule, _: Any) -> Any:
        handed_over.append(module.graph)
        return module.forward

    step = torch.compile(trainer.step, fullgraph=True, dynamic=False, backend=aot_autograd(fw_compiler=keep))
    step(batch, (trainer.weight, trainer.bias), trainer.velocities, torch.tensor(1.0, dtype=trainer.weight.dtype))
    return Graphs(forward=Graph(nodes(forward), DECLARED), step=Graph(nodes(handed_over[0]), EXECUTED))


def nodes(graph: fx.Graph) -> list[Node]:
    """Placeholders have no operator: they are what flows in; the output node is left out."""
    return [
        Node(
            name=node.name,
            op="" if node.op == "placeholder" else getattr(node.target, "__name__", str(node.target)),
            inputs=[child.name for child in node.all_input_nodes],
        )
        for node in graph.nodes
        if node.op != "output"
    ]
