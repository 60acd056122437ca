"""Each convention that makes a difference is named where a training follows it, and none where nothing known does."""

from typing import Any

import numpy as np
import pytest

from fairfit.models import conventions, reference
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.conventions import CONVENTIONS, Convention, Rules
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

TRAINING = {
    "learning_rate": [0.1, 0.05, 0.08], "epochs": 3, "batch_size": 16, "momentum": 0.9, "l2": 0.05, "start": "normal", "start_scale": 0.3,
}  # fmt: skip
DATA = {
    "linear": {"source": "synthetic-linear", "rows": 50, "test_rows": 10},
    "softmax": {"source": "synthetic-classes", "classes": 3, "features": 6, "rows": 50, "test_rows": 10},
}


def made(model: str, **training: Any) -> Exercise:
    return exercises.make(
        specs.from_mapping({"model": model, "data": DATA[model], "training": TRAINING | training}, "everything")
    )


def in_float32(exercise: Exercise, rules: Rules) -> list[Parameters]:
    """As a framework would have it: what float64 gives, rounded."""
    trained = conventions.train(exercise, rules)
    return [Parameters(one.weight.astype(np.float32), one.bias.astype(np.float32)) for one in trained]


@pytest.mark.parametrize("model", ["linear", "softmax"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_without_a_deviation_it_is_the_reference(model: str, dtype: str) -> None:
    exercise = made(model, dtype=dtype)
    for found, expected in zip(conventions.train(exercise, Rules()), reference.trajectory(exercise), strict=True):
        np.testing.assert_allclose(found.flat(), expected.flat(), rtol=1e-10, atol=1e-12)


CASES = [
    (model, convention)
    for model in DATA
    for convention in CONVENTIONS
    if convention.concerns(specs.from_mapping({"model": model, "data": DATA[model], "training": TRAINING}, "everything"))
]


@pytest.mark.parametrize(("model", "convention"), CASES, ids=lambda value: getattr(value, "told", value) and str(value)[:40])
def test_each_is_named_where_it_is_followed(model: str, convention: Convention) -> None:
    exercise = made(model)
    told = conventions.explain(exercise, in_float32(exercise, convention.rules))
    assert told == convention.told


def test_every_convention_is_tried_above() -> None:
    assert {convention.told.en for _, convention in CASES} == {convention.told.en for convention in CONVENTIONS}


def test_what_nothing_explains_gets_no_cause() -> None:
    exercise = made("linear")
    off = [Parameters(1.3 * one.weight, one.bias - 0.2) for one in reference.trajectory(exercise)]
    assert conventions.explain(exercise, off) is None
    nothing = [Parameters(np.full_like(one.weight, np.nan), one.bias) for one in reference.trajectory(exercise)]
    assert conventions.explain(exercise, nothing) is None
