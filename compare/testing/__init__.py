"""What every adapter must do, as checks that assert: `check(entry)` holds an adapter to all of them, in your repository too.

With pytest: `@pytest.mark.parametrize("case", fairfit.testing.cases(entry), ids=str)` over a test that calls `case()`.
An adapter is trained on the CPU, on problems of 50 rows. Needs no pytest.
"""

import atexit
import contextlib
import functools
import itertools
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.base import INPUTS, Framework, Trainer
from fairfit.frameworks.entry import Entry, Style
from fairfit.measure import scratch
from fairfit.measure.proof import prove
from fairfit.models import data as datasets
from fairfit.models import reference
from fairfit.models import spec as specs
from fairfit.models.errors import Unavailable
from fairfit.models.parameters import Parameters
from fairfit.testing.problems import SOURCES, Problem, problem

# a second run in the same process may add the same numbers up in another order, where threads share the work
REPEATS = {"float32": 1e-6, "float64": 1e-12}  # relative distance
# a score is a sum of at most seven products
SCORES = {"float32": 1e-5, "float64": 1e-12}  # relative to the largest score


@dataclass(frozen=True)
class Cell:
    """A trainer under test, built once, and its problem."""

    trainer: Trainer
    style: Style
    problem: Problem
    orders: np.ndarray  # a copy of its own

    @property
    def dtype(self) -> str:
        return self.problem.spec.training.dtype

    def restart(self) -> Parameters:
        """Reset to a copy of the start, which is returned."""
        start = Parameters(self.problem.start.weight.copy(), self.problem.start.bias.copy())
        self.trainer.reset(start)
        return start

    def train(self, first: int, last: int) -> None:
        """Train the epochs from first up to but not including last."""
        rates = self.problem.spec.training.learning_rates
        for epoch in range(first, last):
            self.trainer.train_epoch(self.orders[epoch], learning_rate=rates[epoch])
        self.trainer.synchronize()

    def test_features(self) -> np.ndarray:
        return np.array(self.problem.data.test_features)


def cell(framework: Framework, style: str, problem: Problem, input: str = "resident") -> Cell:
    trainer = framework.trainer(problem.spec, problem.data, style=style, device="cpu", input=input).prepare()
    return Cell(trainer, framework.entry.styles[style], problem, problem.orders.copy())


CellCheck = Callable[[Cell], None]
FrameworkCheck = Callable[[Framework], None]


# -- checks of a cell ----------------------------------------------------------------------------------------------------


def training_starts_from_the_parameters_given(cell: Cell) -> None:
    start = cell.restart()
    found = cell.trainer.parameters()
    assert (found.weight.shape, found.bias.shape) == (start.weight.shape, start.bias.shape), (
        "reset took other shapes than it was given"
    )
    assert found.weight.dtype == found.bias.dtype == cell.dtype, (
        f"reset changed the dtype: {found.weight.dtype} and {found.bias.dtype}, asked was {cell.dtype}"
    )
    assert np.array_equal(found.flat(), start.flat()), "parameters after reset are not those given"


def epochs_match_the_reference(cell: Cell) -> None:
    cell.restart()
    found = []
    for epoch in range(len(cell.problem.targets)):
        cell.train(epoch, epoch + 1)
        found.append(cell.trainer.parameters())
    proof = prove(found, cell.problem.targets, cell.dtype, cell.style, cell.problem.spec.model)
    assert not proof.refusal, f"{proof.refusal}; after each epoch: {proof.times_rounding}"


def reset_repeats_the_run(cell: Cell) -> None:
    runs = []
    for _ in range(2):
        cell.restart()
        cell.train(0, 2)
        runs.append(cell.trainer.parameters())
    assert runs[1].distance_to(runs[0]) <= REPEATS[cell.dtype], "a second run from the same start ended elsewhere"


def parameters_are_copies(cell: Cell) -> None:
    cell.restart()
    cell.train(0, 1)
    kept = cell.trainer.parameters()
    before = kept.flat()
    cell.train(1, 2)
    assert np.array_equal(kept.flat(), before), "training changed parameters handed out earlier"
    after = cell.trainer.parameters().flat()
    kept.weight[:], kept.bias[:] = 7, 7
    cell.trainer.parameters().weight[:] = 7
    assert np.array_equal(cell.trainer.parameters().flat(), after), "parameters handed out reach into the trainer"


def training_leaves_its_inputs_alone(cell: Cell) -> None:
    start = cell.restart()
    cell.train(0, 2)
    assert np.array_equal(start.flat(), cell.problem.start.flat()), "training changed the start it was given"
    assert np.array_equal(cell.orders, cell.problem.orders), "training changed the order it was given"


def predict_gives_raw_scores(cell: Cell) -> None:
    cell.restart()
    cell.train(0, 2)
    predicted = cell.trainer.predict(cell.test_features())
    expected = reference.scores(cell.trainer.parameters(), cell.problem.data.test_features.astype(np.float64))
    assert predicted.shape == expected.shape, f"predict gave the shape {predicted.shape}, asked was {expected.shape}"
    assert predicted.dtype == cell.dtype, f"predict gave {predicted.dtype}, asked was {cell.dtype}"
    assert np.abs(predicted - expected).max() <= SCORES[cell.dtype] * np.abs(expected).max(), (
        "predict did not give raw scores of these parameters"
    )


def predict_changes_nothing(cell: Cell) -> None:
    cell.restart()
    cell.train(0, 2)
    undisturbed = cell.trainer.parameters()
    cell.restart()
    cell.train(0, 1)
    before, features = cell.trainer.parameters(), cell.test_features()
    first, second = cell.trainer.predict(features), cell.trainer.predict(features)
    assert np.array_equal(first, second), "predict gave other scores the second time"
    assert np.array_equal(features, cell.problem.data.test_features), "predict changed its features"
    assert np.array_equal(cell.trainer.parameters().flat(), before.flat()), "predict changed the parameters"
    cell.train(1, 2)
    assert cell.trainer.parameters().distance_to(undisturbed) <= REPEATS[cell.dtype], "predict changed how training goes on"


def a_checkpoint_brings_the_parameters_back(cell: Cell) -> None:
    cell.restart()
    cell.train(0, 1)
    saved, predicted = cell.trainer.parameters(), cell.trainer.predict(cell.test_features())
    with tempfile.TemporaryDirectory() as folder:
        cell.trainer.save(Path(folder))
        cell.train(1, 2)  # must neither reach the file nor survive the load
        assert not np.array_equal(cell.trainer.parameters().flat(), saved.flat()), (
            "training after save changed nothing: load cannot be judged"
        )
        cell.trainer.load(Path(folder))
    assert np.array_equal(cell.trainer.parameters().flat(), saved.flat()), "load brought other parameters than were saved"
    assert np.array_equal(cell.trainer.predict(cell.test_features()), predicted), "after load predict gives other scores"


def transfer_makes_the_loader(cell: Cell) -> None:
    """Weights do not show whether a loader was used: after `transfer` a trainer with one must hold something that a trainer
    on resident arrays does not."""
    if cell.trainer.input == "loader":
        assert _held(cell, "loader") - _held(cell, "resident"), "with input='loader' transfer makes the same as with 'resident'"


def training_reads_the_loader(cell: Cell) -> None:
    """With what `transfer` made for the loader taken away, one thing at a time, an epoch must fail at least once."""
    made = {name for name, _ in _held(cell, "loader") - _held(cell, "resident")} if cell.trainer.input == "loader" else set()
    failed = False
    for name in sorted(made):
        kept = getattr(cell.trainer, name)
        cell.restart()
        setattr(cell.trainer, name, None)
        try:
            cell.train(0, 1)
        except Exception:  # of whatever kind: nothing can be read from None
            failed = True
        finally:
            setattr(cell.trainer, name, kept)
    assert failed or not made, f"training goes on without {', '.join(sorted(made))}: it does not read the loader"


def _held(cell: Cell, input: str) -> set[tuple[str, type]]:
    """Names and types of what a new trainer of this cell holds after `transfer`."""
    trainer = type(cell.trainer)(cell.problem.spec, cell.problem.data, device=cell.trainer.device, input=input)
    trainer.transfer()
    return {(name, type(value)) for name, value in vars(trainer).items()}


CELL_CHECKS: tuple[CellCheck, ...] = (
    training_starts_from_the_parameters_given,
    epochs_match_the_reference,
    reset_repeats_the_run,
    parameters_are_copies,
    training_leaves_its_inputs_alone,
    predict_gives_raw_scores,
    predict_changes_nothing,
    a_checkpoint_brings_the_parameters_back,
    transfer_makes_the_loader,
    training_reads_the_loader,
)


# -- checks of a framework -----------------------------------------------------------------------------------------------


def styles_are_those_of_the_registry(framework: Framework) -> None:
    assert list(framework.trainers) == list(framework.entry.styles), (
        f"styles are {list(framework.trainers)}, in the row {list(framework.entry.styles)}"
    )


def the_version_is_the_installed_one(framework: Framework) -> None:
    """A build's own suffix may be missing in the metadata: PyTorch's 2.13.0+cu130 is installed as 2.13.0."""
    assert registry.installed_version(framework.entry) in (framework.version, framework.version.partition("+")[0]), (
        f"version {framework.version} is not installed"
    )


def the_first_device_is_the_cpu(framework: Framework) -> None:
    assert framework.devices()[0] == "cpu", f"the first device is {framework.devices()[0]!r}, not 'cpu'"


def settings_survive_json(framework: Framework) -> None:
    settings = framework.settings()
    assert json.loads(json.dumps(settings)) == settings, "settings do not survive JSON"


def what_does_not_exist_is_refused_by_name(framework: Framework) -> None:
    here = {"style": list(framework.trainers), "device": framework.devices(), "input": list(INPUTS)}
    spec, data = problem("linear", "float32").spec, problem("linear", "float32").data
    for what, wrong in (("style", "stile"), ("device", "gpu:99"), ("input", "loadre")):
        asked = {name: names[0] for name, names in here.items()} | {what: wrong}
        assert_refused(framework, spec, data, asked, what, f"no {what} '{wrong}'", ", ".join(here[what]))


def impossible_inputs_are_refused_with_the_registry_s_reason(framework: Framework) -> None:
    spec, data = problem("linear", "float32").spec, problem("linear", "float32").data
    for name, style in framework.entry.styles.items():
        for item in style.impossible:
            asked = {"style": name, "device": "cpu", "input": "resident"} | {item.what: item.value}
            assert_refused(framework, spec, data, asked, item.what, item.reason.en)


def assert_refused(
    framework: Framework, spec: specs.Spec, data: datasets.Data, asked: dict[str, str], what: str, *said: str
) -> None:
    """No trainer for what is asked, but Unavailable that says what, and all of these words."""
    try:
        trainer = framework.trainer(spec, data, **asked)
    except Unavailable as error:
        assert error.what == what, f"what was refused is {error.what!r}, not {what!r}"
        assert all(words in str(error) for words in said), f"{error} does not say {said}"
    else:
        raise AssertionError(f"{framework.entry.name} made {trainer} for {asked}")


FRAMEWORK_CHECKS: tuple[FrameworkCheck, ...] = (
    styles_are_those_of_the_registry,
    the_version_is_the_installed_one,
    the_first_device_is_the_cpu,
    settings_survive_json,
    what_does_not_exist_is_refused_by_name,
    impossible_inputs_are_refused_with_the_registry_s_reason,
)


@functools.cache
def own_folder() -> Path:
    """What frameworks keep goes here, and none of the user's settings is found here; removed as this process ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(scratch.temporary())


# -- all of them, for one adapter ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One check of one framework, or of one of its cells: (style, model, input, dtype). Called, it asserts."""

    entry: Entry
    check: CellCheck | FrameworkCheck
    of_cell: tuple[str, str, str, str] | None = None

    def __str__(self) -> str:
        return "-".join((self.entry.name, *(self.of_cell or ()), self.check.__name__))

    def __call__(self) -> None:
        os.environ.update(self.entry.variables(own_folder()))  # as a worker has them
        framework = registry.load(self.entry)
        if self.of_cell is None:
            self.check(framework)  # type: ignore[arg-type]
        else:
            style, model, input, dtype = self.of_cell
            self.check(cell(framework, style, problem(model, dtype), input))  # type: ignore[arg-type]


def cases(entry: Entry) -> list[Case]:
    """All checks of a framework: those of itself, and those of every cell that its row of the registry does not exclude."""
    return [Case(entry, one) for one in FRAMEWORK_CHECKS] + [
        Case(entry, one, (name, model, input, dtype))
        for name, style in entry.styles.items()
        for model, input, dtype in itertools.product(SOURCES, INPUTS, REPEATS)
        if style.why_not(input=input) is None
        for one in CELL_CHECKS
    ]


def check(entry: Entry) -> None:
    """Run all checks. Raises AssertionError with the name of the first that fails, the cause chained."""
    for case in cases(entry):
        try:
            case()
        except Exception as error:
            raise AssertionError(f"{case}: {error}") from error
