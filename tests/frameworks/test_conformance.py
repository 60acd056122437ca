"""Every framework in every style, model, input and dtype passes the conformance suite."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from fairfit import testing as conformance
from fairfit.frameworks import registry
from fairfit.frameworks.base import INPUTS, Framework
from fairfit.models.spec import MODELS
from fairfit.testing import Cell, CellCheck, FrameworkCheck, problems
from tests.frameworks.installed import load

# torch.compile calls a C++ compiler for every cell, seconds each: these two hold every model, input and dtype once
COMPILED_BY_CPP = {("pytorch", "compile"), ("pytorch", "fullgraph")}
ENOUGH_OF_THEM = {("linear", "loader", "float64"), ("softmax", "resident", "float32")}


def cells(dtypes: Iterable[str], of_compiled: set[tuple[str, str, str]]) -> list[Any]:
    """Every possible cell of every framework; of the styles compiled by C++ only these (model, input, dtype)."""
    return [
        pytest.param(
            (entry.name, name, model, input, dtype),
            id=f"{entry.name}-{name}-{model}-{input}-{dtype}",
            marks=pytest.mark.framework(entry.name),
        )
        for entry in registry.FRAMEWORKS
        for name, style in entry.styles.items()
        for model, input, dtype in itertools.product(MODELS, INPUTS, dtypes)
        if style.why_not(input=input) is None
        if (entry.name, name) not in COMPILED_BY_CPP or (model, input, dtype) in of_compiled
    ]


@pytest.fixture(scope="module", params=cells(conformance.REPEATS, ENOUGH_OF_THEM))
def cell(request: pytest.FixtureRequest) -> Cell:
    """One trainer, built and compiled once for all checks."""
    framework, style, model, input, dtype = request.param
    return conformance.cell(load(framework), style, problems.problem(model, dtype), input)


@pytest.mark.parametrize("check", conformance.CELL_CHECKS, ids=lambda check: check.__name__)
def test_cell(cell: Cell, check: CellCheck) -> None:
    check(cell)


@pytest.mark.parametrize("asked", cells(["float32"], set()))
def test_plain_training_on_fewer_rows_than_a_batch_matches_the_reference(asked: tuple[str, str, str, str, str]) -> None:
    framework, style, model, input, dtype = asked
    problem = problems.problem(model, dtype, "plain")
    conformance.epochs_match_the_reference(conformance.cell(load(framework), style, problem, input))


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.framework(name)) for name in registry.names()])
def framework(request: pytest.FixtureRequest) -> Framework:
    return load(request.param)


@pytest.mark.parametrize("check", conformance.FRAMEWORK_CHECKS, ids=lambda check: check.__name__)
def test_framework(framework: Framework, check: FrameworkCheck) -> None:
    check(framework)
