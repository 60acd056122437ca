"""Training begun in one framework, carried by `fairfit port`, gone on with in another: it stays on the trajectory.

That is the one on which the first would have gone on: where its velocity holds the learning rate, a change of the rate means
something else than in the reference.
"""

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fairfit
from fairfit.frameworks import registry
from fairfit.frameworks.files import reading
from fairfit.frameworks.files.layer import Layer
from fairfit.measure import environment, scratch
from fairfit.measure.proof import most_allowed
from fairfit.models import exercise
from fairfit.models import spec as specs
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules, trajectory
from fairfit.models.targets import Targets
from tests.required import require
from tests.workbench import ROOT

FILES = {"mxnet": "model.params", "tensorflow": "model.keras", "pytorch": "model.pt"}
LAYERS = {"mxnet": "gluon", "tensorflow": "keras", "pytorch": "nn"}  # the style that a program here trains in
PAIRS = list(itertools.permutations(FILES, 2))
BATCH, FIRST, RATES = 32, 2, (0.1, 0.05, 0.03, 0.03)  # the rate changes before the training is moved, and at the move
KINDS = {
    "softmax-float32": ("article-softmax", "float32"), "linear-float64": ("article-linear", "float64"),
    "softmax-float64": ("article-softmax", "float64"), "linear-float32": ("article-linear", "float32"),
}  # fmt: skip
GONE_ON_WITH = list(KINDS)[:2]


def made(kind: str) -> Exercise:
    name, dtype = KINDS[kind]
    values = specs.to_json(specs.find(name))
    training = {"learning_rate": list(RATES), "epochs": len(RATES), "momentum": 0.9, "batch_size": BATCH, "dtype": dtype}
    values["training"] = {key: value for key, value in values["training"].items() if key not in training} | training
    return exercise.make(specs.from_mapping(values, name))


def call(framework: str, folder: Path, *arguments: str) -> None:
    program = [sys.executable, "-m", f"tests.frameworks.resuming.{framework}", *arguments]
    with scratch.temporary() as own:
        variables = environment.of_worker(registry.find(framework), "1", own)
        variables["PYTHONPATH"] += f":{ROOT}"
        done = subprocess.run(program, env=variables, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Exercise, Path, Path]]:
    """The exercise of a kind, its file, and the folder in which this framework has trained the first epochs; each once."""
    known: dict[tuple[str, str], tuple[Exercise, Path, Path]] = {}

    def of(kind: str, framework: str) -> tuple[Exercise, Path, Path]:
        require(framework)
        if (kind, framework) not in known:
            folder, task = tmp_path_factory.mktemp(f"{kind}-{framework}"), made(kind)
            np.savez(
                folder / "task.npz", softmax=task.spec.model == "softmax", features=task.data.train_features,
                targets=task.data.train_targets, weight=task.start.weight, bias=task.start.bias, orders=task.orders,
                rates=np.array(RATES), batch_size=BATCH, first=FIRST,
            )  # fmt: skip
            call(framework, folder, "begin", "task.npz", FILES[framework])
            known[kind, framework] = task, folder / "task.npz", folder
        return known[kind, framework]

    return of


@pytest.mark.parametrize("kind", GONE_ON_WITH)
@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-to-".join(pair) for pair in PAIRS])
def test_training_stays_on_the_trajectory(
    source: str, target: str, kind: str, begun: Callable[[str, str], tuple[Exercise, Path, Path]], tmp_path: Path
) -> None:
    require(target)
    task, file, folder = begun(kind, source)
    states = folder / "model.states" if source == "mxnet" else None
    ported = fairfit.port(folder / FILES[source], target, states=states, out=tmp_path / FILES[target], rate=RATES[FIRST])
    assert ported.status.name == "OK"
    assert same_bits(reading.read(folder / FILES[source]), reading.read(tmp_path / FILES[target]))
    call(target, tmp_path, "go_on", str(file), FILES[target], "trained.npz")
    with np.load(tmp_path / "trained.npz") as arrays:
        found = [Parameters(weight, bias) for weight, bias in zip(arrays["weights"], arrays["biases"], strict=True)]
    targets = Targets(task).planned()[FIRST:]
    wanted = list(trajectory(task, Rules(velocity_holds_rate=source != "pytorch")))[FIRST:]
    times = [
        goal.times_rounding(Parameters(goal.exact.weight + here.weight - there.weight, goal.exact.bias + here.bias - there.bias))
        for here, there, goal in zip(found, wanted, targets, strict=True)
    ]
    assert len(times) == len(RATES) - FIRST and max(times) <= allowed(task, source, target), times


OTHERS = [
    (source, target, kind)
    for source, target, kind in itertools.product(FILES, FILES, KINDS)
    if source == target or kind not in GONE_ON_WITH
]


@pytest.mark.parametrize(("source", "target", "kind"), OTHERS, ids=["-".join(case) for case in OTHERS])
def test_a_trained_model_is_carried_bit_by_bit(
    source: str, target: str, kind: str, begun: Callable[[str, str], tuple[Exercise, Path, Path]], tmp_path: Path
) -> None:
    """From a file of the framework's own calls; the pairs that are missing here are those of the test above."""
    require(target)
    _, _, folder = begun(kind, source)
    ported = fairfit.port(folder / FILES[source], target, out=tmp_path / FILES[target])
    assert ported.status.name == "OK"
    here, there = reading.read(folder / FILES[source]), reading.read(tmp_path / FILES[target])
    assert same_bits(here, there) and here.dtype == KINDS[kind][1]


def same_bits(one: Layer, other: Layer) -> bool:
    return one.weight.tobytes() == other.weight.tobytes() and one.bias.tobytes() == other.bias.tobytes()


def allowed(task: Exercise, *frameworks: str) -> float:
    """Times rounding: what the coarsest of these frameworks is allowed (MXNet's log_softmax, its optimizer in float64)."""
    spec = task.spec
    styles = [registry.find(framework).styles[LAYERS[framework]] for framework in frameworks]
    return max(most_allowed(spec.training.dtype, style, spec.model) for style in styles)
