"""The graphs that each framework makes of both models: the operators that must be there, and how they hang together.

What a graph is read from (a listing of MXNet's executor, Dynamo's backend of PyTorch, TensorFlow's concrete functions) is no
stable interface of any of them: the expectations are frozen so that a change of it is seen here, not in a report.
"""

from types import ModuleType

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.graphs.findings import Findings, Graph, Graphs
from tests.frameworks.expected import known
from tests.frameworks.inspected import inspected, looked_into

EACH = [(name, model) for name in looked_into("graphs") for model in ("linear", "softmax")]
each = pytest.mark.parametrize(("name", "model"), EACH)


def found(name: str, model: str) -> Graphs:
    findings: Findings = inspected("graphs", name)
    assert set(findings.models) == {"linear", "softmax"}
    return findings.models[model]


def frozen(name: str) -> ModuleType:
    """What is known of its graphs; skips the test where they are those of another version."""
    version, installed = getattr(known(name), "GRAPHS_OF", None), registry.installed_version(registry.find(name))
    if version not in (None, installed):
        pytest.skip(f"the graphs of {name} {version} are known, not those of {installed}")
    return known(name)


def in_order(wanted: list[str], operators: list[str]) -> bool:
    """Whether the wanted ones are there in this order, others between them."""
    rest = iter(operators)
    return all(operator in rest for operator in wanted)


@each
def test_what_is_declared(name: str, model: str) -> None:
    assert found(name, model).forward.operators == frozen(name).DECLARED[model]


@each
def test_a_step_goes_forward_and_backward(name: str, model: str) -> None:
    graph = found(name, model).step
    backward = frozen(name).BACKWARD[model]
    assert in_order(backward, graph.operators)
    if name == "mxnet":  # the executor runs the very operators that were declared
        assert graph.operators == frozen(name).DECLARED[model] + backward


@each
def test_a_step_ends_with_the_update_where_it_holds_one(name: str, model: str) -> None:
    operators, update = found(name, model).step.operators, frozen(name).UPDATE
    assert operators[len(operators) - len(update) :] == update


@each
def test_a_step_begins_with_the_gather_where_it_holds_one(name: str, model: str) -> None:
    operator, counts = frozen(name).GATHERS
    assert found(name, model).step.operators.count(operator) == counts[model]


def check_connected(graph: Graph) -> None:
    """Every input is a node before the one that it flows into; what flows in has no inputs; operators have names of their own."""
    before: set[str] = set()
    for node in graph.nodes:
        assert set(node.inputs) <= before, node
        assert node.op or not node.inputs
        assert node.name and node.name not in before
        before.add(node.name)


@each
def test_graphs_hang_together(name: str, model: str) -> None:
    graphs = found(name, model)
    check_connected(graphs.forward)
    check_connected(graphs.step)


@each
def test_the_loss_is_made_of_all_that_flows_in(name: str, model: str) -> None:
    graph = found(name, model).forward
    inputs = {node.name: node.inputs for node in graph.nodes}
    reached, waiting = set(), [graph.nodes[-1].name]
    while waiting:
        reached.add(one := waiting.pop())
        waiting += inputs[one]
    named = {node for node in reached if not inputs[node]}
    assert named >= known(name).FLOWS_IN


@each
def test_both_languages_say_where_a_graph_is_taken_from(name: str, model: str) -> None:
    for graph in (found(name, model).forward, found(name, model).step):
        assert graph.taken_from.en and graph.taken_from.zh != graph.taken_from.en
