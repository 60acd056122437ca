"""The spread: right trainings stand within a few times of it, over many kinds of spec, and wrong ones far outside."""

import itertools
import random
from typing import Any

import numpy as np
import pytest

from fairfit.measure.proof import ALLOWED
from fairfit.models import exercise as exercises
from fairfit.models import reference
from fairfit.models import spec as specs
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.spread import DROWNED, Spread, between
from fairfit.models.targets import Targets


def random_exercise(seed: int) -> Exercise:
    """Any model, dtype, size and setting, at a rate that does not diverge: features are of size 1."""
    choice = random.Random(seed)
    model = choice.choice(["linear", "softmax"])
    rows, inputs = choice.choice([20, 60, 200]), choice.choice([1, 2, 5, 20, 64])
    data: dict[str, Any] = {"rows": rows, "test_rows": 5}
    if model == "linear":
        weight = [round(choice.uniform(-5, 5), 3) for _ in range(inputs)]
        data |= {
            "source": "synthetic-linear",
            "weight": weight,
            "bias": choice.choice([0.0, 4.2, 1e3]),
            "noise": choice.choice([0.01, 1.0]),
        }
    else:
        data |= {
            "source": "synthetic-classes",
            "features": inputs,
            "classes": choice.choice([2, 3, 10]),
            "separation": choice.choice([0.1, 2.0]),
        }
    momentum = choice.choice([0.0, 0.5, 0.9])
    training = {
        "learning_rate": 10 ** choice.uniform(-3, -0.3) * (1 - momentum) / max(1, inputs / 4), "momentum": momentum,
        "batch_size": choice.choice([1, 7, 32, rows]), "epochs": choice.choice([1, 2, 4]), "l2": choice.choice([0.0, 1e-3]),
        "start": choice.choice(["zeros", "normal"]), "start_scale": choice.choice([0.01, 1.0]),
        "dtype": choice.choice(["float32", "float64"]),
    }  # fmt: skip
    return exercises.make(specs.from_mapping({"model": model, "data": data, "training": training}, f"random {seed}"))


def trained(exercise: Exercise, variation: int, epochs: int) -> list[Parameters]:
    """By the plain formulas, in the dtype of the spec."""
    plan, dtype = reference.plan(exercise, variation), exercise.spec.training.dtype
    return list(
        itertools.islice(reference.train(exercise.spec, reference.rows_of(exercise.data), exercise.start, plan, dtype), epochs)
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_right_training_of_a_random_spec_is_proven_and_none_at_all_is_not(seed: int) -> None:
    exercise = random_exercise(seed)
    targets = Targets(exercise)
    planned = targets.planned()
    for target, found in zip(planned, trained(exercise, 0, len(planned)), strict=True):
        assert target.times_rounding(found) <= ALLOWED
    longer = len(planned) + 2
    for variation in (1, 2):
        assert targets.after(longer, variation).times_rounding(trained(exercise, variation, longer)[-1]) <= ALLOWED
    assert planned[-1].spread.weight <= DROWNED * planned[-1].moved.weight
    assert planned[-1].times_rounding(exercise.start) > 10 * ALLOWED
    untrained = Parameters(exercise.start.weight, trained(exercise, 0, len(planned))[-1].bias)
    assert planned[-1].times_rounding(untrained) > 10 * ALLOWED


def test_the_spread_is_the_same_however_it_is_asked_for() -> None:
    exercise = exercises.make(specs.find("article-softmax"))
    piecemeal, at_once = Spread(exercise), Spread(exercise)
    step_by_step = [piecemeal.after(epoch) for epoch in (1, 2, 3, 4)]
    assert at_once.after(4) == step_by_step[-1]
    assert at_once.after(1) == step_by_step[0]


def test_the_spread_is_at_least_what_storing_the_reference_makes() -> None:
    exercise = exercises.make(specs.find("article-linear"))
    exact = reference.trajectory(exercise)[-1]
    stored = Parameters(exact.weight.astype(np.float32), exact.bias.astype(np.float32))
    spread, far = Spread(exercise).after(3), between(stored, exact)
    assert spread.weight >= far.weight and spread.bias >= far.bias
