"""One's own layer, loss, gradient, optimizer and NumPy layer: what each framework answers."""

import re
from pathlib import Path

import pytest

from fairfit.frameworks.extensibility import checks
from fairfit.frameworks.extensibility.findings import CHECKS, EXTENSIONS, Check, Findings
from fairfit.models.text import Text
from tests.frameworks.expected import known
from tests.frameworks.inspected import in_a_process, inspected, looked_into

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=looked_into("extensibility"))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found(name: str) -> Findings:
    findings: Findings = inspected("extensibility", name)
    return findings


def every_check(found: Findings) -> dict[tuple[str, str], Check]:
    return {(name, check): found.extensions[name].checks[check] for name in EXTENSIONS for check in CHECKS}


def test_every_extension_has_every_check(found: Findings) -> None:
    assert tuple(found.extensions) == EXTENSIONS
    for extension in found.extensions.values():
        assert tuple(extension.checks) == CHECKS
        assert extension.what.en.endswith(".") and extension.what.zh.endswith("。")


def test_what_works_and_what_does_not(name: str, found: Findings) -> None:
    fails = {place: check.reason for place, check in every_check(found).items() if check.works is False}
    assert {place for place, check in every_check(found).items() if check.works is None} == known(name).CANNOT_BE_ASKED
    assert fails.keys() == known(name).DOES_NOT_WORK.keys(), fails


def test_a_failure_is_told_in_the_framework_s_own_words(name: str, found: Findings) -> None:
    for place, words in known(name).DOES_NOT_WORK.items():
        reason = every_check(found)[place].reason
        assert isinstance(reason, str)
        assert re.match(words, reason), reason
        assert "\n" not in reason


def test_what_works_has_its_error_and_no_reason(found: Findings) -> None:
    for (_, name), check in every_check(found).items():
        if check.works:
            tolerance = checks.GRADIENT_TOLERANCE if name == "gradient" else checks.VALUES_TOLERANCE
            assert check.error is not None and 0 <= check.error <= tolerance
            assert check.how and not check.reason
        else:
            assert check.reason


def test_words_of_ours_are_in_both_languages(found: Findings) -> None:
    for check in every_check(found).values():
        if check.works is None:
            assert isinstance(check.reason, Text)
        if isinstance(check.how, str):  # a name of the framework's: code
            assert re.fullmatch(r"[\w.]*(\([\w=]*\))?", check.how), check.how
        else:
            assert check.how.en and check.how.zh != check.how.en


def test_the_interval_of_the_overhead_holds_its_value(found: Findings) -> None:
    for extension in found.extensions.values():
        assert extension.overhead is not None
        assert 0 < extension.overhead.low <= extension.overhead.value <= extension.overhead.high
        assert extension.overhead.against and not extension.overhead_reason


def test_the_lines_are_those_of_the_source(name: str, found: Findings) -> None:
    """Counted again in the plainest way: every docstring there is one line."""
    for extension in found.extensions.values():
        assert extension.file == f"frameworks/extensibility/{name}.py"
        text = (ROOT / extension.file).read_text(encoding="utf-8").splitlines()
        cut = [line.strip() for line in text[extension.first_line - 1 : extension.last_line]]
        assert cut[0].startswith(("class ", "def ", "@"))
        assert cut[-1] and not any(text[extension.last_line : extension.last_line + 1])
        assert extension.lines == sum(bool(line) and not line.startswith(("#", '"""')) for line in cut)


# -- what is timed is the same work --------------------------------------------------------------------------------------

APART = """
import importlib, json, sys
import numpy as np
from fairfit.frameworks.extensibility.checks import distance

probes = importlib.import_module(f"fairfit.frameworks.extensibility.{sys.argv[1]}_probes").MAKERS.probes()

def values(gradients):
    (gradient,) = gradients
    return gradient.asnumpy() if hasattr(gradient, "asnumpy") else np.asarray(gradient)

print(json.dumps([distance(*(values(step()) for step in probes[name].sides())) for name in ("loss", "gradient", "numpy")]))
"""


def test_what_is_timed_computes_what_the_built_in_does(name: str) -> None:
    distances = in_a_process(name, APART, name)
    assert all(distance < 1e-5 for distance in distances), distances  # float32


# the optimizers that ours are timed against take the same steps
BEFORE = """
import json
from fairfit.frameworks.extensibility.cases import LEARNING_RATE, MOMENTUM, STEPS, cases, nesterov
from fairfit.frameworks.extensibility.checks import distance
start, curvature = cases()["optimizer"].inputs
"""
AFTER = """
print(json.dumps(distance(last, nesterov(*cases()["optimizer"].inputs)[-1])))
"""


def test_the_built_in_optimizer_takes_the_same_steps(name: str) -> None:
    assert in_a_process(name, BEFORE + known(name).BUILT_IN_NESTEROV + AFTER) < checks.VALUES_TOLERANCE


# -- what is said of the frameworks, in the words of the answers ---------------------------------------------------------

HYBRIDISED = """
import json
from fairfit.frameworks.extensibility.mxnet import Swish
import mxnet as mx

block, inputs = mx.gluon.nn.HybridLambda(lambda _, inputs: Swish()(inputs)), mx.nd.ones((2, 3))
before = block(inputs).shape
block.hybridize()
try:
    block(inputs)
except AssertionError as error:
    print(json.dumps([before, str(error)]))
"""
EXPORTED = """
import json
import torch
from fairfit.frameworks.extensibility.pytorch import CumulativeSum
from fairfit.frameworks.extensibility.pytorch_probes import Operator

program = torch.export.export(Operator(CumulativeSum.apply), (torch.ones(2, 3),), strict=True)
print(json.dumps([str(node.target) for node in program.graph.nodes]))
"""


def test_mxnet_s_autograd_function_does_not_hybridise() -> None:
    shape, error = in_a_process("mxnet", HYBRIDISED)
    assert shape == [2, 3]
    assert "must have NDArray type, but got <Symbol" in error


def test_pytorch_s_compiler_puts_its_own_cumsum_in_the_place_of_numpy_s() -> None:
    assert "aten.cumsum.default" in in_a_process("pytorch", EXPORTED)
