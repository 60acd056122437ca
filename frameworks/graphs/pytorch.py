"""PyTorch's graphs: what torch.export made of scores and loss, and what torch.compile hands to its compiler for a step."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._dynamo.backends.common import aot_autograd

from fairfit.frameworks.pytorch import FRAMEWORK
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """By model two graphs, 'forward' (scores and loss) and 'step', each a list of nodes with name, op and names of inputs."""
    return {exercise.spec.model: _graphs(exercise) for exercise in exercises.values()}


class Objective(nn.Module):
    """The layer and the loss of a trainer as one module."""

    def __init__(self, trainer: Any) -> None:
        super().__init__()
        self.layer, self.loss = trainer.layer, trainer.loss

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.layer(features), targets)


def _graphs(exercise: Exercise) -> dict[str, Any]:
    batch = torch.arange(exercise.spec.training.batch_size)
    layered: Any = FRAMEWORK.trainer(exercise.spec, exercise.data, style="nn", device="cpu", input="resident").prepare()
    forward = torch.export.export(Objective(layered), layered.fetch(batch)).graph

    trainer: Any = FRAMEWORK.trainer(exercise.spec, exercise.data, style="fullgraph", device="cpu", input="resident").prepare()
    trainer.reset(Parameters(exercise.start.weight, exercise.start.bias))
    handed_over: list[fx.Graph] = []

    def keep(module: fx.GraphModule, _: Any) -> Any:
        handed_over.append(module.graph)
        return module.forward

    step = torch.compile(trainer._step, fullgraph=True, dynamic=False, backend=aot_autograd(fw_compiler=keep))
    step(batch, (trainer.weight, trainer.bias), trainer.velocities, torch.tensor(1.0, dtype=trainer.weight.dtype))
    return {
        "forward": _nodes(forward),
        "forward_from": "torch.export of layer and loss",
        "step": _nodes(handed_over[0]),
        "step_from": "what torch.compile hands to its compiler: gather, forward, backward and update",
    }


def _nodes(graph: fx.Graph) -> list[dict[str, Any]]:
    """Placeholders have no operator: they are what flows in; the output node is left out."""
    return [
        {
            "name": node.name,
            "op": "" if node.op == "placeholder" else getattr(node.target, "__name__", str(node.target)),
            "inputs": [child.name for child in node.all_input_nodes],
        }
        for node in graph.nodes
        if node.op != "output"
    ]
