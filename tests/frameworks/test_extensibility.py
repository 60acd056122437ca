"""One's own layer, loss, gradient, optimizer and NumPy layer: that the checks bite, and what each framework answers."""

import functools
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.extensibility import probe
from fairfit.frameworks.extensibility.probe import Absent, Arrays, Case, Export, Probe, Way
from fairfit.measure import environment
from tests.frameworks.installed import load

# -- references ----------------------------------------------------------------------------------------------------------


def test_the_references_on_values_known_by_hand() -> None:
    assert probe.dense(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([5.0]), np.array([2.0])) == 32.0
    assert probe.huber(np.array([3.0, 0.5]), np.zeros(2)) == (2.5 + 0.125) / 2
    assert probe.swish(np.array([math.log(3.0)])) == pytest.approx(0.75 * math.log(3.0))
    assert probe.cumulative_sum(np.array([[1.0, 2.0, 3.0]])).tolist() == [[1.0, 3.0, 6.0]]


def test_nesterov_s_first_two_steps_by_hand() -> None:
    path = probe.nesterov(np.array([8.0]), np.array([1.0]))
    first = 8 - 0.125 * (8 + 0.75 * 8)  # velocity 8
    second = first - 0.125 * (first + 0.75 * (0.75 * 8 + first))
    assert path[:2, 0].tolist() == [first, second]
    assert len(path) == probe.STEPS


def test_no_error_is_so_near_to_1_that_a_finite_difference_steps_over_huber_s_kink() -> None:
    predicted, target = probe.cases()["loss"].inputs
    error = np.abs(predicted - target)
    assert error.min() < 1 < error.max()
    assert np.abs(error - 1).min() > 100 * probe.STEP


# -- a check records what happened ---------------------------------------------------------------------------------------


def fail(error: Exception) -> float:
    raise error


def test_a_small_error_works() -> None:
    assert probe.check("somehow", lambda: 1e-9, 1e-8) == probe.Check(works=True, reason="", how="somehow", error=1e-9)


def test_a_large_error_does_not_work_and_is_told() -> None:
    found = probe.check("somehow", lambda: 1e-3, 1e-8)
    assert (found.works, found.reason, found.error) == (False, "off by 1.0e-03, 1e-08 is allowed", 1e-3)


@pytest.mark.parametrize("error", [math.nan, math.inf])
def test_what_is_not_finite_does_not_work_and_is_no_number(error: float) -> None:
    found = probe.check("somehow", lambda: error, 1e-8)
    assert (found.works, found.reason, found.error) == (False, "the values are not finite", None)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such layer\n  and more"), "ValueError: no such layer"),
        (RuntimeError("backend='this' raised:\nKeyError: 'that'\n"), "RuntimeError: backend='this' raised: KeyError: 'that'"),
        (TypeError("Traceback (most recent call last):\n  File x.cc\nTypeError: no number"), "TypeError: no number"),
        (
            RuntimeError("Graph error:\n\nDetected (most recent call last):\n<none>\nValueError: no callback\nTraceback"),
            "RuntimeError: ValueError: no callback",
        ),
        (AssertionError(), "AssertionError:"),
        (probe.Failed("KeyError: told already"), "KeyError: told already"),
    ],
)  # fmt: skip
def test_an_error_is_told_by_its_type_and_its_first_line_that_says_something(error: Exception, told: str) -> None:
    assert probe.check("somehow", lambda: fail(error), 1e-8).reason == told


def test_values_of_another_shape_do_not_pass_by_broadcasting() -> None:
    with pytest.raises(ValueError, match=r"values have shape \(3,\), expected are \(2, 3\)"):
        probe.distance(np.ones(3), np.ones((2, 3)))


def test_one_value_is_one_value_with_or_without_an_axis() -> None:
    assert probe.distance(np.array([2.0]), np.array(2.0)) == 0


# -- the checks bite: a framework of NumPy, right and wrong --------------------------------------------------------------


def cube(arrays: Arrays, *, gradient_factor: float = 1.0, output_factor: float = 1.0) -> tuple[np.ndarray, Arrays]:
    """The third power, and the gradient of the sum of its squares; both can be made wrong."""
    (inputs,) = arrays
    return output_factor * inputs**3, [gradient_factor * 6 * inputs**5]


CUBE_CASE = Case([np.array([[0.5, -1.0, 2.0]])], np.array([[0.125, -1.0, 8.0]]))
RIGHT = Way("in NumPy", cube)
WRONG_GRADIENT = Way("in NumPy", functools.partial(cube, gradient_factor=1.001))
WRONG_OUTPUT = Way("in NumPy", functools.partial(cube, output_factor=1 + 1e-8))  # what float32 would make of it
NAN_GRADIENT = Way("in NumPy", functools.partial(cube, gradient_factor=math.nan))


def nothing(*arguments: object) -> None:
    """Stands in for what a test does not look at."""


def made(
    *,
    case: Case = CUBE_CASE,
    imperative: Way = RIGHT,
    compiled: Way = RIGHT,
    export: Export | Way = RIGHT,
    gradient: str | Absent = "by hand",
    sides: Callable[[], probe.Sides] = lambda: (nothing, nothing),
) -> Probe:
    absent = Absent("there is none")
    return Probe("A cube.", ("cube",), case, imperative, compiled, absent, export, gradient, sides, against="itself")


def examined(**parts: Any) -> dict[str, probe.Check]:
    return probe.examine(made(**parts), reloaded=lambda: CUBE_CASE.expected)


def test_what_is_right_passes_every_check_that_can_be_asked() -> None:
    assert {name: check.works for name, check in examined().items()} == {
        "imperative": True, "compiled": True, "compiled_whole": None, "export": True, "gradient": True,
    }  # fmt: skip


def test_a_check_that_cannot_be_asked_says_why() -> None:
    assert examined()["compiled_whole"] == probe.Check(works=None, reason="there is none", how="", error=None)
    assert examined(gradient=Absent("it has none"))["gradient"].reason == "it has none"


def test_a_gradient_wrong_by_a_thousandth_is_found_by_finite_differences() -> None:
    found = examined(imperative=WRONG_GRADIENT)
    assert found["gradient"].works is False
    assert found["gradient"].error == pytest.approx(1e-3, rel=1e-3)
    assert found["imperative"].works is True


def test_values_that_went_through_float32_are_found() -> None:
    assert examined(imperative=WRONG_OUTPUT)["imperative"].works is False


@pytest.mark.parametrize("wrong", [WRONG_GRADIENT, WRONG_OUTPUT, NAN_GRADIENT])
def test_a_compiled_way_that_differs_in_values_or_gradients_is_found(wrong: Way) -> None:
    assert examined(compiled=wrong)["compiled"].works is False


def test_a_compiled_way_without_gradients_is_found() -> None:
    found = examined(compiled=Way("in NumPy", lambda arrays: (cube(arrays)[0], [])))["compiled"]
    assert (found.works, found.reason.partition(":")[0]) == (False, "ValueError")


def test_training_that_goes_on_almost_as_before_has_not_gone_on() -> None:
    almost = Way("in NumPy", functools.partial(cube, output_factor=1 + 1e-15))
    assert examined(export=almost)["export"].works is False


def test_an_optimizer_that_loses_its_state_is_found() -> None:
    def train(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        return probe.nesterov(*arrays), []

    def train_forgetful(arrays: Arrays) -> tuple[np.ndarray, Arrays]:
        start, curvature = arrays
        before = probe.nesterov(start, curvature)[:5]
        return np.concatenate([before, probe.nesterov(before[-1], curvature)[: probe.STEPS - 5]]), []

    optimizer = made(case=probe.cases()["optimizer"], imperative=Way("in NumPy", train), export=Way("forgotten", train_forgetful))
    found = probe.examine(optimizer, reloaded=lambda: np.zeros(0))
    assert found["imperative"].works is True
    assert found["export"].works is False


# -- export, and reloading without our source ----------------------------------------------------------------------------


def save_power(folder: Path) -> None:
    np.save(folder / "power.npy", 3)


def run_power(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    return inputs[0] ** np.load(folder / "power.npy")


def run_what_is_here(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    return cube(inputs)[0]


def run_and_die(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import os

    os._exit(7)


def export_check(save: Callable[[Path], object], reload: probe.Reload, folder: Path) -> probe.Check:
    probes = {"it": made(export=Export("to a file", save))}
    return probe.examine(probes["it"], probe.export_and_reload(probes, reload, folder)["it"])["export"]


def test_what_is_exported_runs_in_another_process(tmp_path: Path) -> None:
    assert export_check(save_power, run_power, tmp_path) == probe.Check(works=True, reason="", how="to a file", error=0.0)


def test_other_outputs_after_reloading_are_found(tmp_path: Path) -> None:
    assert export_check(lambda folder: np.save(folder / "power.npy", 2), run_power, tmp_path).works is False


def test_a_failing_export_is_told_with_its_error(tmp_path: Path) -> None:
    found = export_check(lambda folder: fail(NotImplementedError("cannot be written")), run_power, tmp_path)
    assert (found.works, found.reason) == (False, "NotImplementedError: cannot be written")


def test_what_does_not_reload_is_told_with_its_error(tmp_path: Path) -> None:
    found = export_check(nothing, run_power, tmp_path)
    assert (found.works, found.reason.partition(":")[0]) == (False, "FileNotFoundError")


def test_what_needs_our_source_does_not_reload(tmp_path: Path) -> None:
    found = export_check(save_power, run_what_is_here, tmp_path)
    assert (found.works, found.reason) == (False, "NameError: name 'cube' is not defined")


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    found = export_check(save_power, run_and_die, tmp_path)
    assert (found.works, found.reason) == (False, "the process that reloads ended with status 7: ")


# -- overhead ------------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that moves when work is done; work is queued, and done when the fence is passed."""

    def __init__(self) -> None:
        self.now, self.queued = 0.0, 0.0

    def perf_counter(self) -> float:
        return self.now

    def synchronize(self) -> None:
        self.now, self.queued = self.now + self.queued, 0.0

    def work(self, seconds: float) -> Callable[[], None]:
        def step() -> None:
            self.queued += seconds

        return step


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(probe.time, "perf_counter", clock.perf_counter)
    return clock


@pytest.mark.parametrize(("custom", "builtin"), [(3e-5, 1e-5), (1e-2, 2e-2)])
def test_overhead_is_the_fenced_time_of_one_call_over_that_of_the_other(clock: Clock, custom: float, builtin: float) -> None:
    found = probe.overhead(clock.work(custom), clock.work(builtin), clock.synchronize)
    assert [found.low, found.value, found.high] == pytest.approx([custom / builtin] * 3)


def test_the_interval_of_fifteen_ratios_is_from_the_fourth_to_the_twelfth() -> None:
    assert probe.median([float(number) for number in range(15, 0, -1)]) == probe.Ratio(8.0, 4.0, 12.0)


def test_too_few_ratios_have_no_interval() -> None:
    with pytest.raises(ValueError, match="5 ratios are too few"):
        probe.median([1.0] * 5)


def test_overhead_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    broken = made(sides=lambda: (lambda: fail(KeyError("no such kernel")), nothing))
    found = probe.report({"it": broken}, path=Path(__file__), reload=run_power, synchronize=nothing)["it"]
    assert (found["overhead"], found["overhead_reason"]) == (None, "KeyError: 'no such kernel'")


# -- lines of code -------------------------------------------------------------------------------------------------------

SAMPLE = '''"""Module."""

import math  # counted, but not a definition

@decorated
def one(a,
        b):
    """Docstring
    of two lines."""
    # a comment

    text = """no docstring,

    three lines"""
    return text  # with a comment


class Two:
    """Docstring."""

    def method(self): ...
'''


@pytest.mark.parametrize(
    ("definitions", "expected"), [(("one",), (5, 15, 7)), (("Two",), (18, 21, 2)), (("one", "Two"), (5, 21, 9))]
)
def test_lines_are_those_of_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, definitions: tuple[str, ...], expected: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(probe, "ROOT", tmp_path)
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    assert probe.source(tmp_path / "sample.py", definitions) == probe.Source("sample.py", *expected)


@pytest.mark.parametrize("definitions", [("nobody",), ("Two", "one"), ("one", "nobody")])
def test_definitions_that_are_not_neighbours_are_refused(tmp_path: Path, definitions: tuple[str, ...]) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(ValueError, match=r"sample\.py does not define"):
        probe.source(tmp_path / "sample.py", definitions)


# -- what each framework answers -----------------------------------------------------------------------------------------

INSPECT = """
import importlib, json, sys
import numpy as np
from fairfit.frameworks.extensibility import probe

module = importlib.import_module(f"fairfit.frameworks.extensibility.{sys.argv[1]}")
found = module.inspect({})

def values(gradients):
    (gradient,) = gradients
    return gradient.asnumpy() if hasattr(gradient, "asnumpy") else gradient.numpy()

apart = {}
for name in ("loss", "gradient", "numpy"):
    custom, builtin = module.probes()[name].sides()
    apart[name] = probe.distance(values(custom()), values(builtin()))
print(json.dumps({"found": found, "apart": apart}, allow_nan=False))
"""

FRAMEWORKS = ("mxnet", "tensorflow", "pytorch")
PROBES = ("layer", "loss", "gradient", "optimizer", "numpy")
CHECKS = ("imperative", "compiled", "compiled_whole", "export", "gradient")

CANNOT_BE_ASKED = {
    "mxnet": {("optimizer", "compiled"), ("optimizer", "compiled_whole"), ("optimizer", "gradient")},
    "tensorflow": {("optimizer", "gradient")},
    "pytorch": {("optimizer", "gradient")},
}
DOES_NOT_WORK = {
    "mxnet": {  # a CustomOp is its Python class, which the process that reloads has not
        ("gradient", "export"): "MXNetError: .*Cannot find custom operator fairfit_swish",
        ("numpy", "export"): "MXNetError: .*Cannot find custom operator fairfit_cumulative_sum",
    },
    "tensorflow": {  # tf.numpy_function calls back into the process that made it
        ("numpy", "compiled_whole"): "InvalidArgumentError: Detected unsupported operations .*PyFunc",
        ("numpy", "export"): "InvalidArgumentError: ValueError: Could not find callback",
    },
    "pytorch": {},
}


class Answer:
    """What a framework's file answered in a process of its own, and the files that this left."""

    def __init__(self, name: str, scratch: Path) -> None:
        load(name)
        entry, self.name = registry.find(name), name
        temporary = scratch / "temporary"
        temporary.mkdir()
        done = subprocess.run(
            [sys.executable, "-P", "-W", "ignore", "-c", INSPECT, name],
            env=environment.of_worker(entry, "1", scratch / "cache") | {"TMPDIR": str(temporary)},
            cwd=temporary,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        answer = json.loads(done.stdout.splitlines()[-1])
        self.found, self.apart = answer["found"], answer["apart"]
        self.left = [str(path.relative_to(temporary)) for path in temporary.rglob("*")]

    def checks(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(name, check): self.found["probes"][name]["checks"][check] for name in PROBES for check in CHECKS}


@pytest.fixture(scope="module", params=FRAMEWORKS)
def answer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return Answer(request.param, tmp_path_factory.mktemp(request.param))


def test_the_answer_keeps_to_the_schema(answer: Answer) -> None:
    assert list(answer.found) == ["probes"]
    assert tuple(answer.found["probes"]) == PROBES
    for found in answer.found["probes"].values():
        assert {name: type(value) for name, value in found.items()} == {
            "what": str, "file": str, "first_line": int, "last_line": int, "lines": int,
            "checks": dict, "overhead": dict, "overhead_reason": str,
        }  # fmt: skip
        assert tuple(found["checks"]) == CHECKS
        for check in found["checks"].values():
            assert list(check) == ["works", "reason", "how", "error"]
            assert check["works"] in (True, False, None)
            assert isinstance(check["reason"], str)
            assert isinstance(check["how"], str)
            assert check["error"] is None or isinstance(check["error"], float)
        assert {name: type(value) for name, value in found["overhead"].items()} == {
            "value": float, "low": float, "high": float, "against": str,
        }  # fmt: skip


def test_what_works_and_what_does_not(answer: Answer) -> None:
    fails = {place: check["reason"] for place, check in answer.checks().items() if check["works"] is False}
    assert {place for place, check in answer.checks().items() if check["works"] is None} == CANNOT_BE_ASKED[answer.name]
    assert fails.keys() == DOES_NOT_WORK[answer.name].keys(), fails


def test_a_failure_is_told_in_the_framework_s_own_words(answer: Answer) -> None:
    for place, words in DOES_NOT_WORK[answer.name].items():
        reason = answer.checks()[place]["reason"]
        assert re.match(words, reason), reason
        assert "\n" not in reason


def test_what_works_has_its_error_and_no_reason(answer: Answer) -> None:
    for (_, name), check in answer.checks().items():
        if check["works"]:
            tolerance = probe.GRADIENT_TOLERANCE if name == "gradient" else probe.VALUES_TOLERANCE
            assert 0 <= check["error"] <= tolerance
            assert check["how"] and not check["reason"]
        else:
            assert check["reason"]


def test_what_is_timed_computes_what_the_built_in_does(answer: Answer) -> None:
    assert all(distance < 1e-5 for distance in answer.apart.values()), answer.apart  # float32


def test_the_interval_of_the_overhead_holds_its_value(answer: Answer) -> None:
    for found in answer.found["probes"].values():
        assert 0 < found["overhead"]["low"] <= found["overhead"]["value"] <= found["overhead"]["high"]
        assert found["overhead"]["against"] and not found["overhead_reason"]


def test_the_lines_are_those_of_the_source(answer: Answer) -> None:
    """Counted again in the plainest way: every docstring there is one line."""
    for name, found in answer.found["probes"].items():
        assert found["file"] == f"frameworks/extensibility/{answer.name}.py"
        text = (probe.ROOT / found["file"]).read_text(encoding="utf-8").splitlines()
        cut = [line.strip() for line in text[found["first_line"] - 1 : found["last_line"]]]
        assert cut[0].startswith(("class ", "def ", "@")), name
        assert cut[-1] and not text[found["last_line"]], name
        assert found["lines"] == sum(bool(line) and not line.startswith(("#", '"""')) for line in cut), name


def test_no_files_are_left_but_what_the_compilers_keep(answer: Answer) -> None:
    assert [name for name in answer.left if not name.startswith(("__pycache__", "torchinductor"))] == []


# -- what is said of the frameworks, in the words of the answers ---------------------------------------------------------


def test_mxnet_s_autograd_function_does_not_hybridise() -> None:
    load("mxnet")
    import mxnet as mx

    from fairfit.frameworks.extensibility.mxnet import Swish

    block, inputs = mx.gluon.nn.HybridLambda(lambda _, inputs: Swish()(inputs)), mx.nd.ones((2, 3))
    assert block(inputs).shape == (2, 3)
    block.hybridize()
    with pytest.raises(AssertionError, match="must have NDArray type, but got <Symbol"):
        block(inputs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dynamo meets torch's own deprecated parts
def test_pytorch_s_compiler_puts_its_own_cumsum_in_the_place_of_numpy_s() -> None:
    load("pytorch")
    import torch

    from fairfit.frameworks.extensibility.pytorch import CumulativeSum, Operator

    program = torch.export.export(Operator(CumulativeSum.apply), (torch.ones(2, 3),), strict=True)
    assert torch.ops.aten.cumsum.default in {node.target for node in program.graph.nodes}


# -- the optimizers that ours are timed against take the same steps ------------------------------------------------------

START, CURVATURE = probe.cases()["optimizer"].inputs
LAST = probe.nesterov(START, CURVATURE)[-1]


def test_mxnet_s_nag_takes_the_same_steps() -> None:
    load("mxnet")
    import mxnet as mx

    updater = mx.optimizer.get_updater(mx.optimizer.NAG(learning_rate=probe.LEARNING_RATE, momentum=probe.MOMENTUM))
    weight, curvature = mx.nd.array(START, dtype="float64"), mx.nd.array(CURVATURE, dtype="float64")
    for _ in range(probe.STEPS):
        updater(0, curvature * weight, weight)
    assert probe.distance(weight.asnumpy(), LAST) < probe.VALUES_TOLERANCE


def test_keras_s_sgd_with_nesterov_takes_the_same_steps() -> None:
    load("tensorflow")
    import tensorflow as tf

    optimizer = tf.keras.optimizers.SGD(probe.LEARNING_RATE, momentum=probe.MOMENTUM, nesterov=True)
    weight = tf.Variable(START)
    for _ in range(probe.STEPS):
        optimizer.apply([tf.constant(CURVATURE) * weight], [weight])
    assert probe.distance(weight.numpy(), LAST) < probe.VALUES_TOLERANCE


def test_pytorch_s_sgd_with_nesterov_takes_the_same_steps() -> None:
    load("pytorch")
    import torch

    weight = torch.tensor(START, requires_grad=True)
    optimizer = torch.optim.SGD([weight], probe.LEARNING_RATE, momentum=probe.MOMENTUM, nesterov=True)
    for _ in range(probe.STEPS):
        weight.grad = torch.tensor(CURVATURE) * weight.detach()
        optimizer.step()
    assert probe.distance(weight.detach().numpy(), LAST) < probe.VALUES_TOLERANCE
