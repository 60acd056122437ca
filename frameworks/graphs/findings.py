"""The graphs that a framework makes of a regression."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairfit.models.text import Text


@dataclass(frozen=True)
class Node:
    """`op` is the operator's name as the framework spells it, empty for what merely flows in; `inputs` are names of nodes."""

    name: str
    op: str
    inputs: list[str]


@dataclass(frozen=True)
class Graph:
    """Nodes in their order, and where in the framework they were taken from."""

    nodes: list[Node]
    taken_from: Text

    @property
    def operators(self) -> list[str]:
        """The operators in their order, without what merely flows in."""
        return [node.op for node in self.nodes if node.op]


@dataclass(frozen=True)
class Graphs:
    """Of one model: scores and loss as declared, and what runs for a whole training step."""

    forward: Graph
    step: Graph


@dataclass(frozen=True)
class Findings:
    """By model: 'linear', 'softmax'."""

    models: Mapping[str, Graphs]
