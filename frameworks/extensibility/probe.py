"""What the probes of all frameworks share: inputs and references in NumPy, checks, reloading, overhead, lines of code.

No framework is imported here.
"""

import ast
import dataclasses
import functools
import inspect
import io
import math
import re
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FRAMEWORKS = Path(__file__).resolve().parents[1]

# -- what is asked of a framework ----------------------------------------------------------------------------------------

Arrays = list[np.ndarray]
Evaluate = Callable[[Arrays], tuple[np.ndarray, Arrays]]
"""From inputs and parameters to the output, and to the gradients of the sum of its squares by each of them (none for an
optimizer, whose output is the path of the weights)."""
Reload = Callable[[Path, Arrays], np.ndarray]
"""From what was exported into a folder, and inputs, to the output. Its source alone is run, so it imports what it needs."""
Sides = tuple[Callable[[], object], Callable[[], object]]
"""One training step with what was made, and the same with the built-in."""


@dataclass(frozen=True)
class Case:
    """What a probe computes with, in float64, and what must come out."""

    inputs: Arrays
    expected: np.ndarray
    parameters: Arrays = dataclasses.field(default_factory=list)

    @property
    def arrays(self) -> Arrays:
        return [*self.inputs, *self.parameters]


@dataclass(frozen=True)
class Way:
    """One way to run what was made; `how` names it in words."""

    how: str
    evaluate: Evaluate


@dataclass(frozen=True)
class Export:
    """The framework's format for deployment: `save` writes into a folder what a process without our source can run."""

    how: str
    save: Callable[[Path], object]


@dataclass(frozen=True)
class Absent:
    """A check that cannot be asked of this framework, and why."""

    reason: str


@dataclass(frozen=True)
class Probe:
    """Something made in a framework: `definitions` names the source that makes it, in the order of its file.

    `gradient` says how the framework differentiates. `sides` makes what is timed, with the built-in that `against` names.
    """

    what: str
    definitions: tuple[str, ...]
    case: Case
    imperative: Way
    compiled: Way | Absent
    compiled_whole: Way | Absent
    export: Export | Way
    gradient: str | Absent
    sides: Callable[[], Sides]
    against: str


# -- inputs, and references in NumPy -------------------------------------------------------------------------------------

INPUTS, OUTPUTS = 5, 3
STEPS = 10
LEARNING_RATE, MOMENTUM = 0.125, 0.75  # sums of powers of two: exact in float32 too, in which some optimizers hold them
TIMED_ROWS, TIMED_INPUTS, TIMED_OUTPUTS = 256, 784, 10


def cases() -> dict[str, Case]:
    """What every framework is asked to compute, by probe."""
    random = np.random.default_rng(7)
    inputs = random.normal(size=(4, INPUTS))  # (batch, inputs)
    weight, bias, scale = random.normal(size=(OUTPUTS, INPUTS)), random.normal(size=OUTPUTS), np.array([1.5])
    target = random.normal(size=(4, OUTPUTS))  # (batch, outputs)
    # errors on both sides of 1, and none so near that a finite difference would step over it
    predicted = target + np.linspace(-2.3, 2.6, target.size).reshape(target.shape)
    start, curvature = random.normal(size=6), np.linspace(0.5, 2.0, 6)
    return {
        "layer": Case([inputs], dense(inputs, weight, bias, scale), [weight, bias, scale]),
        "loss": Case([predicted, target], huber(predicted, target)),
        "gradient": Case([inputs], swish(inputs)),
        "optimizer": Case([start, curvature], nesterov(start, curvature)),
        "numpy": Case([inputs], cumulative_sum(inputs)),
    }


def dense(inputs: np.ndarray, weight: np.ndarray, bias: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return scale * (inputs @ weight.T + bias)  # (batch, outputs)


def huber(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Half the square of errors below 1, the error less ½ above; the mean over all."""
    error = np.abs(predicted - target)
    return np.mean(np.where(error < 1, 0.5 * error**2, error - 0.5))


def swish(inputs: np.ndarray) -> np.ndarray:
    return inputs / (1 + np.exp(-inputs))


def nesterov(start: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """The weights after each of ten steps down ½ Σ curvature · weight², of shape (steps, weights)."""
    weight, velocity, path = start, np.zeros_like(start), []
    for _ in range(STEPS):
        gradient = curvature * weight
        velocity = MOMENTUM * velocity + gradient
        weight = weight - LEARNING_RATE * (gradient + MOMENTUM * velocity)
        path.append(weight)
    return np.stack(path)


def cumulative_sum(inputs: np.ndarray) -> np.ndarray:
    return np.cumsum(inputs, axis=1)


def timed_arrays() -> dict[str, np.ndarray]:
    """What is timed: float32 of the size of a batch of Fashion-MNIST."""
    random = np.random.default_rng(7)
    shapes = {
        "inputs": (TIMED_ROWS, TIMED_INPUTS),
        "target": (TIMED_ROWS, TIMED_INPUTS),
        "weight": (TIMED_OUTPUTS, TIMED_INPUTS),
        "bias": (TIMED_OUTPUTS,),
    }
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


# -- checks --------------------------------------------------------------------------------------------------------------

VALUES_TOLERANCE = 1e-11  # float64 throughout: about 1e-15 is seen; anything that goes through float32 is off by 1e-8
GRADIENT_TOLERANCE = 1e-7  # a step of 1e-5 leaves about 1e-10 of truncation and of rounding each; a wrong term leaves 1e-2
STEP = 1e-5


class Failed(Exception):
    """A failure that is described already: type and first line of what another process met."""


@dataclass(frozen=True)
class Check:
    """The outcome of a check: `works` is None where it cannot be asked, `error` the relative error where one was measured."""

    works: bool | None
    reason: str
    how: str
    error: float | None


def check(how: str, measure: Callable[[], float], tolerance: float) -> Check:
    """Measure an error; whatever the framework raises is the answer."""
    try:
        error = measure()
    except Exception as failure:
        return Check(works=False, reason=described(failure), how=how, error=None)
    if not math.isfinite(error):
        return Check(works=False, reason="the values are not finite", how=how, error=None)
    if error > tolerance:
        return Check(works=False, reason=f"off by {error:.1e}, {tolerance:.0e} is allowed", how=how, error=error)
    return Check(works=True, reason="", how=how, error=error)


def described(failure: Exception) -> str:
    """Type and first line of an error; where that only leads on to a traceback, the line in which the error is named."""
    if isinstance(failure, Failed):
        return str(failure)
    text, kind = str(failure).strip(), f"{type(failure).__name__}:"
    first, _, rest = text.partition("\n")
    if "(most recent call last)" in text:
        named = re.search(r"^\w*(?:Error|Exception|Warning): .*", text, re.MULTILINE)
        first = named[0] if named else first
    elif first.endswith(":"):
        first = f"{first} {rest.strip().partition(chr(10))[0]}"
    return f"{kind} {first.removeprefix(kind).strip()}".strip()


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference relative to the largest expected value. Raises ValueError where the sizes differ.

    Axes of length one do not count: MXNet's smallest array has one axis, the others' none.
    """
    found, expected = np.squeeze(found), np.squeeze(expected)
    if found.shape != expected.shape:
        raise ValueError(f"values have shape {found.shape}, expected are {expected.shape}")
    return float(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))


def differences(evaluate: Evaluate, arrays: Arrays) -> Arrays:
    """Central finite differences of the sum of the output's squares, by every element of every array."""

    def objective(number: int, place: tuple[int, ...], step: float) -> float:
        moved = [array.copy() for array in arrays]
        moved[number][place] += step
        return float(np.sum(np.square(evaluate(moved)[0])))

    gradients = [np.zeros_like(array) for array in arrays]
    for number, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            gradient[place] = (objective(number, place, STEP) - objective(number, place, -STEP)) / (2 * STEP)
    return gradients


def disagreement(one: Evaluate, other: Evaluate, arrays: Arrays) -> float:
    """The largest distance between two ways to evaluate, gradients included."""
    output, gradients = one(arrays)
    expected, expected_gradients = other(arrays)
    pairs = zip([output, *gradients], [expected, *expected_gradients], strict=True)
    return largest(distance(found, right) for found, right in pairs)


def gradient_error(evaluate: Evaluate, arrays: Arrays) -> float:
    """The largest distance of the framework's gradients from finite differences."""
    pairs = zip(evaluate(arrays)[1], differences(evaluate, arrays), strict=True)
    return largest(distance(found, right) for found, right in pairs)


def largest(errors: Iterable[float]) -> float:
    """NaN where one of them is: Python's own max may pass over it."""
    return float(np.max(list(errors)))


def examine(probe: Probe, reloaded: Callable[[], np.ndarray]) -> dict[str, Check]:
    """All checks of one probe; `reloaded` gives the output of what was exported, or raises what went wrong."""
    case, evaluate = probe.case, probe.imperative.evaluate

    def same(way: Way | Absent, tolerance: float = VALUES_TOLERANCE) -> Check:
        if isinstance(way, Absent):
            return Check(works=None, reason=way.reason, how="", error=None)
        return check(way.how, lambda: disagreement(way.evaluate, evaluate, case.arrays), tolerance)

    def exported() -> Check:
        if isinstance(probe.export, Way):
            return same(probe.export, tolerance=0.0)  # to go on exactly as without the interruption
        return check(probe.export.how, lambda: distance(reloaded(), evaluate(case.arrays)[0]), VALUES_TOLERANCE)

    def gradient() -> Check:
        if isinstance(probe.gradient, Absent):
            return same(probe.gradient)
        how = f"{probe.gradient}, against central differences in float64"
        return check(how, lambda: gradient_error(evaluate, case.arrays), GRADIENT_TOLERANCE)

    return {
        "imperative": check(probe.imperative.how, lambda: distance(evaluate(case.arrays)[0], case.expected), VALUES_TOLERANCE),
        "compiled": same(probe.compiled),
        "compiled_whole": same(probe.compiled_whole),
        "export": exported(),
        "gradient": gradient(),
    }


# -- reloading in a process that has not our source ----------------------------------------------------------------------

FRESH = """
import sys
from pathlib import Path
import numpy as np
from fairfit.frameworks.extensibility.probe import run_exported
{source}
run_exported({name}, Path(sys.argv[1]))
"""


def export_and_reload(probes: Mapping[str, Probe], reload: Reload, folder: Path) -> dict[str, Callable[[], np.ndarray]]:
    """Export what can be, then run all of it in one fresh process; gives for each its output, or raises why there is none."""
    failures: dict[str, Exception] = {}
    for name, probe in probes.items():
        if isinstance(probe.export, Export):
            (folder / name).mkdir()
            try:
                probe.export.save(folder / name)
                np.savez(folder / name / "inputs.npz", *probe.case.inputs)
            except Exception as failure:
                failures[name] = failure
    program = FRESH.format(source=inspect.getsource(reload), name=reload.__name__)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )

    def output(name: str) -> np.ndarray:
        if name in failures:
            raise failures[name]
        if (error := folder / name / "error.txt").exists():
            raise Failed(error.read_text(encoding="utf-8"))
        if not (values := folder / name / "output.npy").exists():
            last = (done.stderr.strip().splitlines() or [""])[-1]
            raise Failed(f"the process that reloads ended with status {done.returncode}: {last}")
        return np.load(values)

    return {name: functools.partial(output, name) for name in probes}


def run_exported(reload: Reload, folder: Path) -> None:
    """What the fresh process does: run each export on its inputs, and keep the output or the error beside it."""
    for inputs in sorted(folder.glob("*/inputs.npz")):
        arrays = list(np.load(inputs).values())
        try:
            np.save(inputs.parent / "output.npy", reload(inputs.parent, arrays))
        except Exception as failure:
            (inputs.parent / "error.txt").write_text(described(failure), encoding="utf-8")


# -- overhead ------------------------------------------------------------------------------------------------------------

PAIRS = 71
SAMPLE_SECONDS = 0.001  # so many calls make a sample: long for the clock and the fence, short for a scheduler to cut in two


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, and the order statistics that hold it with at least 95 % confidence."""

    value: float
    low: float
    high: float


def overhead(custom: Callable[[], object], builtin: Callable[[], object], synchronize: Callable[[], object]) -> Ratio:
    """The time of one call of `custom` divided by that of `builtin`: pairs side by side, the order changed from pair to pair."""

    def seconds(step: Callable[[], object], calls: int) -> float:
        """Of one call."""
        synchronize()
        begin = time.perf_counter()
        for _ in range(calls):
            step()
        synchronize()
        return (time.perf_counter() - begin) / calls

    def sample_size(step: Callable[[], object]) -> int:
        shortest = min(seconds(step, 1) for _ in range(5))  # the first calls also allocate and choose kernels
        return max(1, round(SAMPLE_SECONDS / shortest))

    custom_calls, builtin_calls = sample_size(custom), sample_size(builtin)
    ratios = []
    for pair in range(PAIRS):
        if pair % 2:
            custom_seconds = seconds(custom, custom_calls)
            builtin_seconds = seconds(builtin, builtin_calls)
        else:
            builtin_seconds = seconds(builtin, builtin_calls)
            custom_seconds = seconds(custom, custom_calls)
        ratios.append(custom_seconds / builtin_seconds)
    return median(ratios)


def median(ratios: Sequence[float]) -> Ratio:
    """The median, and its distribution-free interval: the k-th smallest and the k-th largest value.

    The median lies outside with twice the probability that fewer than k of n fair coins show heads; k is the largest for
    which that is at most 5 % (W. J. Conover, "Practical Nonparametric Statistics", 1999, section 3.2).
    """
    ordered, count = sorted(ratios), len(ratios)
    rank = 0
    while 2 * sum(math.comb(count, heads) for heads in range(rank + 1)) <= 0.05 * 2**count:
        rank += 1
    if rank == 0:
        raise ValueError(f"{count} ratios are too few for an interval of 95 %")
    return Ratio(float(np.median(ordered)), ordered[rank - 1], ordered[-rank])


# -- lines of code -------------------------------------------------------------------------------------------------------

LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where a piece of source stands; `lines` counts those that are neither blank nor only comment or docstring."""

    file: str
    first_line: int
    last_line: int
    lines: int


def source(path: Path, definitions: Sequence[str]) -> Source:
    """From the first to the last of these top-level definitions of a file, decorators included; they must be neighbours."""
    text = path.read_text(encoding="utf-8")
    all_nodes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    names = [node.name for node in all_nodes]
    begin = names.index(definitions[0]) if definitions[0] in names else len(names)
    if names[begin : begin + len(definitions)] != list(definitions):
        raise ValueError(f"{path.name} does not define {', '.join(definitions)} one after the other")
    nodes = all_nodes[begin : begin + len(definitions)]
    first = min([nodes[0].lineno, *(decorator.lineno for decorator in nodes[0].decorator_list)])
    last = max(node.end_lineno or node.lineno for node in nodes)
    code = code_lines(text) & set(range(first, last + 1))
    return Source((Path("frameworks") / path.resolve().relative_to(FRAMEWORKS)).as_posix(), first, last, len(code))


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that are neither blank nor only comment or docstring."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


# -- all of it -----------------------------------------------------------------------------------------------------------


def report(
    probes: Mapping[str, Probe], *, path: Path, reload: Reload, synchronize: Callable[[], object]
) -> dict[str, dict[str, Any]]:
    """What the probes of one framework, made in the file at `path`, show: plain values by name."""
    with tempfile.TemporaryDirectory() as folder:
        reloaded = export_and_reload(probes, reload, Path(folder))
        checks = {name: examine(probe, reloaded[name]) for name, probe in probes.items()}
    found = {}
    for name, probe in probes.items():
        ratio, reason = None, ""
        try:
            ratio = dataclasses.asdict(overhead(*probe.sides(), synchronize)) | {"against": probe.against}
        except Exception as failure:
            reason = described(failure)
        found[name] = {
            "what": probe.what,
            **dataclasses.asdict(source(path, probe.definitions)),
            "checks": {check_name: dataclasses.asdict(outcome) for check_name, outcome in checks[name].items()},
            "overhead": ratio,
            "overhead_reason": reason,
        }
    return found
