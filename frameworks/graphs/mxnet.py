"""MXNet's graphs: the Symbol as it was written, and what its executor runs for forward and backward."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fairfit.frameworks.base import Framework
from fairfit.frameworks.graphs.findings import Findings, Graph, Graphs, Node
from fairfit.models.exercise import Exercise
from fairfit.models.text import Text

DECLARED = Text("Symbol.tojson of the style symbol", "symbol 写法的 Symbol.tojson")
EXECUTED = Text(
    "Executor.debug_str of the same: forward and backward; the update is called apart",
    "同一写法的 Executor.debug_str：前向与反向；更新另行调用",
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The graphs of each exercise by its model."""
    return Findings({exercise.spec.model: graphs(framework, exercise) for exercise in exercises.values()})


def graphs(framework: Framework, exercise: Exercise) -> Graphs:
    trainer: Any = framework.trainer(exercise.spec, exercise.data, style="symbol", device="cpu", input="resident").prepare()
    listing = trainer.executors[exercise.spec.training.batch_size].debug_str()
    return Graphs(
        forward=Graph(declared(trainer.symbol().tojson()), DECLARED),
        step=Graph(executed(listing), EXECUTED),
    )


def declared(description: str) -> list[Node]:
    """The nodes of a Symbol; its variables have the operator 'null'."""
    nodes = json.loads(description)["nodes"]
    return [
        Node(
            name=node["name"],
            op="" if node["op"] == "null" else node["op"],
            inputs=[nodes[number]["name"] for number, *_ in node["inputs"]],
        )
        for node in nodes
    ]


def executed(listing: str) -> list[Node]:
    """The nodes of an executor, from lines like 'Variable:features' and 'Op:FullyConnected, Name=scores', after which 'Inputs:'
    and 'arg[0]=features(0) version=0' follow."""
    nodes = []
    for variable, operator, name, inputs in re.findall(
        r"^(?:Variable:(\S+)|Op:(\S+), Name=(\S+)\nInputs:\n((?:\targ.*\n)*))", listing, re.MULTILINE
    ):
        nodes.append(Node(variable or name, operator, re.findall(r"arg\[\d+\]=(\w+)", inputs)))
    return nodes
