"""What a training differs by is named: one convention, two, none; and what cannot be seen under a spec is said, not guessed."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fairfit.measure import proof
from fairfit.models import explanation, reference, rules
from fairfit.models.conventions import CONVENTIONS, Convention
from fairfit.models.exercise import Exercise
from fairfit.models.explanation import explain
from fairfit.models.fits import NOTHING, UNKNOWN, Explanation, Fit
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules
from fairfit.models.targets import Target, Targets
from fairfit.models.text import Text
from tests.models.trained import DATA, made, random_exercise, trained


def test_what_fits_is_what_would_be_proven() -> None:
    assert explanation.ALLOWED == proof.ALLOWED


# -- one convention

CASES = [
    (model, dtype, convention)
    for model in DATA
    for dtype in ["float64" if model == "linear" else "float32"]
    for convention in CONVENTIONS
    if convention.concerns(made(model, dtype=dtype).spec)
]


@pytest.mark.parametrize(
    ("model", "dtype", "convention"), CASES, ids=lambda value: getattr(value, "told", value) and str(value)[:60]
)
def test_each_is_named_where_it_is_followed(model: str, dtype: str, convention: Convention) -> None:
    """Trained in the dtype of the spec, so that it is away by rounding too."""
    exercise = made(model, dtype=dtype)
    explained = explain(exercise, trained(exercise, convention.rules))
    assert explained.told() == Text("likely cause: ", "可能的原因：") + convention.told
    assert explained.sets[0].left <= 1e-4 * explained.away or dtype == "float32"


def test_every_convention_is_tried_above() -> None:
    assert {convention.told.en for _, _, convention in CASES} == {convention.told.en for convention in CONVENTIONS}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_coarser_dtype_is_named(dtype: str) -> None:
    exercise = made("softmax", dtype="float64")
    explained = explain(exercise, trained(exercise, Rules(), dtype))
    assert explained.told().en == f"likely cause: it is computed in {dtype}"


def test_a_coarser_dtype_is_named_beside_what_else_is_wrong() -> None:
    exercise = made("linear")
    explained = explain(exercise, trained(exercise, Rules(divide_by="nothing", momentum_factor=0.0), "float16"))
    assert parts(explained.sets[0]) == {
        "the loss of a batch is summed, not averaged", "there is no momentum", "it is computed in float16",
    }  # fmt: skip


# -- two


def pairs(seeds: range) -> Iterator[tuple[int, Exercise, set[str], list[Parameters]]]:
    """Random exercises, each with two conventions neither of which is hidden by the other, or by rounding."""
    for seed in seeds:
        choice, visible = random.Random(seed), False
        while not visible:
            exercise = random_exercise(choice)
            one, other = choice.sample([each for each in CONVENTIONS if each.concerns(exercise.spec)], 2)
            both = rules.together(one.rules, other.rules)
            if both is not None:
                found = trained(exercise, both)
                visible = all(np.isfinite(here.flat()).all() for here in found) and all(
                    far_apart(exercise, trained(exercise, each, "float64"), found) for each in (Rules(), one.rules, other.rules)
                )
        yield seed, exercise, {one.told.en, other.told.en}, found


def far_apart(exercise: Exercise, here: list[Parameters], there: list[Parameters]) -> bool:
    """By more than a hundred times what the dtype holds."""
    unit = np.finfo(exercise.spec.training.dtype).eps
    return any(one.distance_to(other) > 100 * unit for one, other in zip(here, there, strict=True))


def test_the_right_two_are_named() -> None:
    """Where mathematics leaves more than one set, the right one is among those that are told as the same."""
    missed = []
    for seed, exercise, wanted, found in pairs(range(20)):
        explained = explain(exercise, found)
        if not explained.likely or not any(wanted in sets_of(fit) for fit in explained.likely):
            missed.append((seed, wanted, explained.told().en))
    assert missed == []


def test_the_part_that_explains_more_comes_first() -> None:
    exercise = made("linear", l2=0.001)
    (fit,) = explain(exercise, trained(exercise, Rules(loss_factor=2.0, penalise_bias=True))).likely
    first, second = fit.parts
    assert (
        first.told.en.startswith("the squared loss is taken without ½") and second.told.en == "the penalty shrinks the bias too"
    )
    assert first.share > 0.9 and first.share + second.share == pytest.approx(1)


# -- none


@pytest.mark.parametrize("seed", range(8))
def test_equal_runs_differ_by_nothing(seed: int) -> None:
    exercise = random_exercise(random.Random(seed))
    for found in (reference.trajectory(exercise), trained(exercise, Rules())):
        explained = explain(exercise, found)
        assert explained.equal and explained.sets == ()
        assert explained.told() == NOTHING


def test_what_nothing_explains_gets_no_cause() -> None:
    exercise = made("linear")
    off = [Parameters(1.3 * one.weight, one.bias - 0.2) for one in reference.trajectory(exercise)]
    assert explain(exercise, off).told() == UNKNOWN
    nothing = [Parameters(np.full_like(one.weight, np.nan), one.bias) for one in reference.trajectory(exercise)]
    assert explain(exercise, nothing).told().en == "it is not finite after the first epoch"


def test_what_diverges_is_told_with_what_would_make_it_diverge() -> None:
    exercise = made("linear", {"rows": 500})
    told = explain(exercise, trained(exercise, Rules(features="times 255"))).told().en
    assert told.startswith("it is not finite after the first epoch, as it would be if: ")
    assert "features are 255 times what the spec has" in told


# -- what cannot be seen


@pytest.mark.parametrize(
    ("training", "hidden"),
    [
        ({"learning_rate": 0.1}, {"the velocity holds the learning rate (v ← μv + rate · g)"}),
        ({"momentum": 0.0}, {"the penalty is decoupled from the gradient (weight decay as in AdamW: past the momentum)"}),
        (
            {"batch_size": 25},
            {
                "the last, shorter batch is divided by the full batch size", "the last, shorter batch is left out",
                "the last, shorter batch is filled up with the first rows of the epoch",
            },
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("model", ["linear", "softmax"])
def test_what_is_the_same_by_mathematics_is_said(model: str, training: dict[str, Any], hidden: set[str]) -> None:
    exercise = made(model, **training)
    for given in (Rules(), Rules(train_bias=False)):
        assert {told.en for told in explain(exercise, trained(exercise, given)).invisible} == hidden


def test_half_a_loss_is_half_a_rate_where_there_is_no_penalty() -> None:
    exercise = made("linear", l2=0.0)
    explained = explain(exercise, trained(exercise, Rules(loss_factor=2.0)))
    assert explained.told().en == (
        "likely cause: the squared loss is taken without ½ (its gradient is twice as large) (under this spec it cannot be told "
        "apart from: the learning rate is twice that of the spec)"
    )


def test_a_last_batch_that_is_filled_up_hides_what_it_is_divided_by() -> None:
    exercise = made("softmax")
    (fit,) = explain(exercise, trained(exercise, Rules(last_batch="padded"))).likely
    assert "the last, shorter batch is divided by the full batch size" in {told.en for told in fit.hides}


def test_what_rounding_drowns_is_said() -> None:
    explained = explain(exercise := made("linear", l2=1e-9), trained(exercise, Rules()))
    assert "the penalty shrinks the bias too" in {told.en for told in explained.drowned}


# -- what is given


def test_known_targets_are_used_and_change_nothing() -> None:
    exercise = made("softmax")
    found = trained(exercise, Rules(nesterov="yes"))
    planned: list[Target] = Targets(exercise).planned()
    assert explain(exercise, found, planned) == explain(exercise, found)


def test_the_first_epochs_alone_can_be_explained() -> None:
    exercise = made("linear")
    found = trained(exercise, Rules(nesterov="yes"))[:2]
    assert explain(exercise, found).told().en == "likely cause: momentum is Nesterov's"


def test_beyond_the_bound_of_work_the_most_promising_pairs_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = made("linear")
    found = trained(exercise, Rules(loss_factor=2.0, penalise_bias=True))
    step = explanation.STEP_SECONDS * exercise.steps
    monkeypatch.setattr(explanation, "MOST_SECONDS", 30 * step)
    explained: Explanation = explain(exercise, found)
    assert explained.untried > 100
    assert parts(explained.sets[0]) >= {"the penalty shrinks the bias too"}
    monkeypatch.setattr(explanation, "MOST_SECONDS", 0.0)
    assert "pairs were not tried: too much work" in explain(exercise, found).told().en


def parts(fit: Fit) -> set[str]:
    return {part.told.en for part in fit.parts}


def sets_of(fit: Fit) -> list[set[str]]:
    """The set itself, and those that are the same by mathematics."""
    return [parts(fit), *({told.en for told in same} for same in fit.same)]
