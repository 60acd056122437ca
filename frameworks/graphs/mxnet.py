"""MXNet's graphs: the Symbol as it was written, and what its executor runs for forward and backward."""

import json
import re
from collections.abc import Mapping
from typing import Any

from fairfit.frameworks.mxnet import FRAMEWORK
from fairfit.models.exercise import Exercise


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """By model two graphs, 'forward' (scores and loss) and 'step', each a list of nodes with name, op and names of inputs."""
    return {exercise.spec.model: _graphs(exercise) for exercise in exercises.values()}


def _graphs(exercise: Exercise) -> dict[str, Any]:
    trainer: Any = FRAMEWORK.trainer(exercise.spec, exercise.data, style="symbol", device="cpu", input="resident").prepare()
    nodes = json.loads(trainer.symbol().tojson())["nodes"]
    listing = trainer.executors[exercise.spec.training.batch_size].debug_str()
    return {
        "forward": [
            {"name": node["name"], "op": "" if node["op"] == "null" else node["op"],
             "inputs": [nodes[number]["name"] for number, *_ in node["inputs"]]}
            for node in nodes
        ],
        "forward_from": "Symbol.tojson of the style symbol",
        "step": [
            {"name": name, "op": operator, "inputs": re.findall(r"arg\[\d+\]=(\w+)", inputs)}
            for operator, name, inputs in re.findall(r"Op:(\S+), Name=(\S+)\nInputs:\n((?:\targ.*\n)*)", listing)
        ],
        "step_from": "Executor.debug_str of the same: forward and backward; the update is called apart",
    }  # fmt: skip
