"""Probes name the stage that differs first, and any number of differences, each at its stage."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from fairfit.models import probes, rules
from fairfit.models.exercise import Exercise
from fairfit.models.probes import Trains
from fairfit.models.rules import Rules
from tests.models.trained import DATA, made


def follows(given: Rules) -> Trains:
    """Code of somebody who follows these rules, in float32."""

    def ours(exercise: Exercise) -> Iterable[tuple[Any, Any]]:
        return [(one.weight, one.bias) for one in rules.trajectory(exercise, given, "float32")]

    return ours


@pytest.mark.parametrize(
    "training", [{}, {"momentum": 0.0, "l2": 0.0}, {"batch_size": 1, "start": "zeros", "learning_rate": 0.02}]
)
@pytest.mark.parametrize("model", DATA)
def test_what_is_right_passes_every_probe(model: str, training: dict[str, Any]) -> None:
    results = probes.tried(follows(Rules()), made(model, **training))
    assert len(results) >= 5 and all(result.passed for result in results)
    assert probes.first_that_differs(results) is None and probes.causes(results) is None


@pytest.mark.parametrize(
    ("model", "given", "stage", "cause"),
    [
        ("linear", Rules(start="zeros"), "start", "training starts from zeros"),
        ("linear", Rules(loss_factor=2.0), "data and loss", "the squared loss is taken without ½"),
        ("softmax", Rules(loss="softmax twice"), "data and loss", "softmax is applied twice"),
        ("softmax", Rules(targets="next class"), "data and loss", "labels are shifted by one"),
        ("softmax", Rules(features="times 16"), "data and loss", "features are 16 times"),
        ("linear", Rules(penalty_factor=0.0), "penalty", "there is no penalty"),
        ("linear", Rules(divide_by="nominal"), "shorter batch", "the last, shorter batch is divided by the full batch size"),
        ("softmax", Rules(last_batch="left out"), "shorter batch", "the last, shorter batch is left out"),
        ("linear", Rules(velocity_begins_anew=True), "state", "the velocity begins at zero in each epoch"),
        ("softmax", Rules(velocity_holds_rate=True), "rates", "the velocity holds the learning rate"),
        ("linear", Rules(order="of the first epoch"), "order", "every epoch has the order of the first one"),
    ],
)
def test_the_stage_that_differs_first_is_named_with_its_cause(model: str, given: Rules, stage: str, cause: str) -> None:
    results = probes.tried(follows(given), made(model))
    first = probes.first_that_differs(results)
    assert first is not None and first.probe.stage.en == stage
    assert first.told().en.startswith(f"likely cause: {cause}")
    assert all(result.passed for result in results if result is not first), "what is known is not held against later stages"


def test_four_differences_are_found_each_at_its_stage() -> None:
    given = Rules(penalise_bias=True, divide_by="nominal", nesterov="yes", rates="of the first epoch")
    results = probes.tried(follows(given), made("softmax"))
    told = probes.causes(results)
    assert told is not None
    for part in ("Nesterov", "shrinks the bias too", "divided by the full batch size", "rate of the first epoch is kept"):
        assert part in told.en


def test_code_that_cannot_be_called_is_told_and_the_others_go_on() -> None:
    def breaks(exercise: Exercise) -> Iterable[tuple[Any, Any]]:
        if len(exercise.orders) > 1:
            raise ValueError("one epoch only")
        return follows(Rules())(exercise)

    results = probes.tried(breaks, made("linear"))
    assert results[0].passed and not results[-1].passed
    assert results[-1].told().en == "could not be tried: ValueError: one epoch only"
    shapes = probes.tried(lambda exercise: [(np.zeros(3), np.zeros(1))] * len(exercise.orders), made("linear"))
    assert {result.told().en for result in shapes} == {"could not be tried: weight or bias has another shape"}
    short = probes.tried(lambda exercise: [], made("linear"))
    assert short[0].told().en == "could not be tried: gave parameters 0 times, not 1"
