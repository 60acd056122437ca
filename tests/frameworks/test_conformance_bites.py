"""The conformance suite rejects every adapter that is wrong on purpose, by the check that one would expect."""

from collections.abc import Callable

import pytest

from fairfit import testing as conformance
from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework, Trainer
from fairfit.measure.proof import ALLOWED
from fairfit.models.spec import MODELS
from fairfit.testing import problems
from tests.frameworks import installed
from tests.frameworks import wrong_adapters as wrong

WRONG_TRAINERS = [  # (what is wrong, the model and the dtype where it shows, the check that rejects it)
    (wrong.SquareWithoutHalf, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.SumForMean, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.SumForMean, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.ConstantDivisor, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.ConstantDivisor, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.SoftmaxAppliedTwice, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.OrderIgnored, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.LastBatchDropped, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.LoaderFollowsAnOldOrder, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.LoaderDropsTheLastBatch, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.BiasDecayed, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.BiasDecayed, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.PenaltyWithoutHalf, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.VelocityHoldsTheRate, "linear", "float32", conformance.epochs_match_the_reference),
    (wrong.FirstRateForEver, "softmax", "float32", conformance.epochs_match_the_reference),
    (wrong.ComputedInSinglePrecision, "linear", "float64", conformance.epochs_match_the_reference),
    (wrong.ComputedInSinglePrecision, "softmax", "float64", conformance.epochs_match_the_reference),
    (wrong.KeptInSinglePrecision, "softmax", "float64", conformance.training_starts_from_the_parameters_given),
    (wrong.WeightTransposed, "linear", "float32", conformance.training_starts_from_the_parameters_given),
    (wrong.ParametersAsViews, "linear", "float32", conformance.parameters_are_copies),
    (wrong.ResetKeepsVelocity, "linear", "float32", conformance.reset_repeats_the_run),
    (wrong.ResetTakesTheArraysThemselves, "linear", "float32", conformance.training_leaves_its_inputs_alone),
    (wrong.OrderSortedInPlace, "linear", "float32", conformance.training_leaves_its_inputs_alone),
    (wrong.PredictGivesProbabilities, "softmax", "float32", conformance.predict_gives_raw_scores),
    (wrong.PredictTrains, "linear", "float32", conformance.predict_changes_nothing),
    (wrong.PredictForgetsVelocity, "linear", "float32", conformance.predict_changes_nothing),
    (wrong.LoadIgnoresTheFile, "linear", "float32", conformance.a_checkpoint_brings_the_parameters_back),
    (wrong.SaveKeepsNoBias, "linear", "float32", conformance.a_checkpoint_brings_the_parameters_back),
]
WRONG_FRAMEWORKS = [
    (wrong.StyleFallsBack, conformance.what_does_not_exist_is_refused_by_name),
    (wrong.DeviceFallsBack, conformance.what_does_not_exist_is_refused_by_name),
    (wrong.RefusalSaysNothing, conformance.what_does_not_exist_is_refused_by_name),
    (wrong.RefusalSaysNothing, conformance.impossible_inputs_are_refused_with_the_registry_s_reason),
    (wrong.ImpossibleInputAccepted, conformance.impossible_inputs_are_refused_with_the_registry_s_reason),
    (wrong.StyleUnknownToTheRegistry, conformance.styles_are_those_of_the_registry),
    (wrong.VersionMadeUp, conformance.the_version_is_the_installed_one),
    (wrong.NoProcessor, conformance.the_first_device_is_the_cpu),
    (wrong.SettingsAreArrays, conformance.settings_survive_json),
]


def named(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("trainer", "model", "dtype", "check"), WRONG_TRAINERS, ids=named)
def test_a_wrong_trainer_is_rejected(trainer: type[Trainer], model: str, dtype: str, check: conformance.CellCheck) -> None:
    cell = conformance.cell(wrong.RightFramework(trainer), "numpy", problems.problem(model, dtype))
    with pytest.raises(AssertionError):
        check(cell)


@pytest.mark.parametrize(("framework", "check"), WRONG_FRAMEWORKS, ids=named)
def test_a_wrong_framework_is_rejected(framework: Callable[[], Framework], check: conformance.FrameworkCheck) -> None:
    with pytest.raises(AssertionError):
        check(framework())


@pytest.mark.parametrize("check", conformance.CELL_CHECKS, ids=named)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("model", MODELS)
def test_the_right_trainer_passes(model: str, dtype: str, check: conformance.CellCheck) -> None:
    check(conformance.cell(wrong.RightFramework(), "numpy", problems.problem(model, dtype)))


@pytest.mark.parametrize("check", conformance.CELL_CHECKS, ids=named)
def test_the_right_loader_passes(check: conformance.CellCheck) -> None:
    check(conformance.cell(wrong.RightFramework(wrong.RightLoader), "numpy", problems.problem("softmax", "float32")))


def with_loader(trainer: type[Trainer]) -> conformance.Cell:
    problem = problems.problem("linear", "float32")
    made = trainer(problem.spec, problem.data, device="cpu", input="loader").prepare()
    return conformance.Cell(made, registry.find("numpy").styles["numpy"], problem, problem.orders.copy())


def test_a_loader_that_is_asked_for_and_not_made_is_rejected() -> None:
    conformance.transfer_makes_the_loader(with_loader(wrong.LoaderWhereAsked))
    with pytest.raises(AssertionError, match="makes the same as with 'resident'"):
        conformance.transfer_makes_the_loader(with_loader(wrong.RightTrainer))


def test_a_loader_that_is_made_and_not_read_is_rejected() -> None:
    conformance.training_reads_the_loader(with_loader(wrong.LoaderWhereAsked))
    with pytest.raises(AssertionError, match="does not read the loader"):
        conformance.training_reads_the_loader(with_loader(wrong.LoaderMadeAndNotRead))


@pytest.mark.parametrize("check", conformance.FRAMEWORK_CHECKS, ids=named)
def test_the_right_framework_passes(check: conformance.FrameworkCheck) -> None:
    check(wrong.RightFramework())


def test_every_check_rejects_something() -> None:
    rejecting = {check for *_, check in WRONG_TRAINERS} | {check for _, check in WRONG_FRAMEWORKS}
    rejecting |= {conformance.transfer_makes_the_loader, conformance.training_reads_the_loader}  # by the tests above
    assert rejecting == {*conformance.CELL_CHECKS, *conformance.FRAMEWORK_CHECKS}


def test_wrong_arithmetic_stands_far_outside_every_tolerance_of_the_registry() -> None:
    """No rounding that the registry excuses hides one of these: the nearest is five times as far."""
    widest = max(
        ALLOWED * rounding.times
        for entry in registry.FRAMEWORKS
        for style in entry.styles.values()
        for rounding in style.roundings
        if rounding.dtype == "float32"
    )
    for trainer, model, dtype, check in WRONG_TRAINERS:
        if check is conformance.epochs_match_the_reference and dtype == "float32":
            cell = conformance.cell(wrong.RightFramework(trainer), "numpy", problems.problem(model, dtype))
            cell.restart()
            cell.train(0, 3)
            found = cell.problem.targets[-1].times_rounding(cell.trainer.parameters())
            assert found > 5 * widest, f"{trainer.__name__} on {model}"


def test_a_missing_framework_is_skipped_with_the_way_to_install_it_or_fails_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "installed_version", lambda entry: None)
    for required, outcome in (("", pytest.skip.Exception), ("1", pytest.fail.Exception)):
        monkeypatch.setenv("FAIRFIT_REQUIRE_FRAMEWORKS", required)
        with pytest.raises(outcome, match="pytorch is not installed: pip install"):
            installed.load("pytorch")


# -- the suite as a stranger calls it ------------------------------------------------------------------------------------


def test_the_baseline_passes_all_of_its_cases() -> None:
    entry = registry.find("numpy")
    conformance.check(entry)
    names = [str(case) for case in conformance.cases(entry)]
    assert len(set(names)) == len(names) == len(conformance.FRAMEWORK_CHECKS) + 4 * len(conformance.CELL_CHECKS)


def test_a_wrong_adapter_is_told_the_check_that_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda entry: wrong.RightFramework(wrong.SumForMean))
    with pytest.raises(AssertionError, match="numpy-numpy-linear-resident-float32-epochs_match_the_reference: "):
        conformance.check(registry.find("numpy"))
