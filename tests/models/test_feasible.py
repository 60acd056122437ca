"""Specs that cannot be trained as they are written: each is told what is wrong, and which rate is safe."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from fairfit.models import exercise as exercises
from fairfit.models import feasible, reference
from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.spread import Spread
from fairfit.models.text import Text

LINEAR = {"source": "synthetic-linear", "rows": 200, "test_rows": 20}
CLASSES = {"source": "synthetic-classes", "rows": 200, "test_rows": 20}


def made(model: str, data: dict[str, Any], **training: Any) -> Exercise:
    return exercises.make(specs.from_mapping({"model": model, "data": data, "training": training}, "test"))


def judged(exercise: Exercise) -> tuple[Text | None, Text | None]:
    """Raises SpecError as a run does before anything is measured; else why nothing is proven, of all or of the bias."""
    feasible.values_held(exercise)
    spread = Spread(exercise)
    feasible.stays_finite(exercise, spread)
    return feasible.nothing_moved(exercise, spread), feasible.bias_hidden(exercise, spread)


@pytest.mark.parametrize("name", ["article-linear", "article-softmax", "digits", "diabetes"])
def test_the_built_in_specs_can_be_trained_and_proven(name: str) -> None:
    assert judged(exercises.make(specs.find(name))) == (None, None)


@pytest.mark.parametrize(
    ("training", "named"),
    [
        ({"learning_rate": 1e-39}, "learning_rate = 1e-39"),
        ({"learning_rate": 1e-46}, "learning_rate = 1e-46"),
        ({"learning_rate": [0.1, 0.1, 1e39]}, r"learning_rate = 1e\+39"),
        ({"learning_rate": 0.1, "l2": 1e39}, r"l2 = 1e\+39"),
        ({"learning_rate": 0.1, "momentum": 1e-40}, "momentum = 1e-40"),
        ({"learning_rate": 0.1, "start": "normal", "start_scale": 1e-40}, "start_scale = 1e-40"),
    ],
)
def test_a_number_that_the_dtype_cannot_hold_is_named(training: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=f"float32 cannot hold {named}: numbers go from 1.2e-38 to 3.4e\\+38"):
        judged(made("linear", LINEAR, **training))


@pytest.mark.parametrize(
    ("model", "data", "named"),
    [
        ("linear", LINEAR | {"weight": [1e39]}, "train_targets"),
        ("linear", LINEAR | {"bias": 1e39}, "train_targets"),
        ("softmax", CLASSES | {"separation": 1e39}, "train_features"),
    ],
)
def test_data_that_the_dtype_cannot_hold_is_named(model: str, data: dict[str, Any], named: str) -> None:
    with pytest.raises(SpecError, match=f"float32 cannot hold \\[data\\] {named}"):
        judged(made(model, data, learning_rate=0.1))


DIVERGING = [
    ("linear", LINEAR, {"learning_rate": 1e6}, "in float64 its weights are no finite numbers|its loss is"),
    ("linear", LINEAR, {"learning_rate": 2.5, "epochs": 2}, "its loss is"),
    ("linear", {"source": "diabetes", "scaling": "none"}, {"learning_rate": 0.01, "epochs": 4}, "its loss is inf"),
    ("linear", {"source": "diabetes", "scaling": "none"}, {"learning_rate": 0.01, "epochs": 3}, "its loss is"),
    ("linear", {"source": "diabetes", "scaling": "none"}, {"learning_rate": 0.01, "epochs": 1}, "its loss is"),
    ("softmax", {"source": "digits"}, {"learning_rate": 500.0, "momentum": 0.9, "batch_size": 7}, "its loss is"),
]


@pytest.mark.parametrize(("model", "data", "training", "told"), DIVERGING)
def test_a_spec_that_diverges_is_refused_with_a_rate_that_is_safe(
    model: str, data: dict[str, Any], training: dict[str, Any], told: str
) -> None:
    exercise = made(model, data, **training)
    with pytest.raises(SpecError, match=f"(?s)spec 'test' diverges: .*({told}).*lower learning_rate .*is safe") as refused:
        judged(exercise)
    safe = float(str(refused.value).split("up to ")[1].split()[0])
    assert 0 < safe < training["learning_rate"]
    lower = dataclasses.replace(exercise.spec.training, learning_rate=safe)
    judged(dataclasses.replace(exercise, spec=dataclasses.replace(exercise.spec, training=lower)))


def test_the_edge_is_no_divergence() -> None:
    """Here float32 and float64 part by 5e-3 of what moved, and the loss ends at three times that of the start."""
    data = {"source": "digits", "scaling": "standard", "test_rows": 1500}
    edge = {"batch_size": 7, "momentum": 0.9, "l2": 1e-3, "start": "normal", "start_scale": 0.1, "epochs": 3}
    assert judged(made("softmax", data, learning_rate=1.5, **edge))[0] is None
    assert judged(made("softmax", data, learning_rate=0.6, **edge))[0] is None


def test_where_nothing_moved_there_is_nothing_to_prove() -> None:
    told, _ = judged(made("softmax", {"source": "digits"}, learning_rate=1e-6, start="normal", start_scale=1.0))
    assert told is not None and told.en.startswith("not proven: nothing moved")
    assert "raise learning_rate or epochs" in told.en
    told, _ = judged(made("linear", LINEAR | {"weight": [0.0], "bias": 0.0, "noise": 0.0}, learning_rate=0.1))
    assert told is not None and told.en.startswith("not proven: nothing moved: the weights end where they began")


def test_a_large_bias_does_not_hide_the_weights() -> None:
    assert judged(made("linear", LINEAR | {"bias": 1e6, "rows": 10000}, learning_rate=0.03))[0] is None


def test_a_bias_that_hardly_moves_is_said_to_be_unproven() -> None:
    """With no bias in the data and none at the start it returns to 0."""
    data = LINEAR | {"weight": [1.0, 2.0], "bias": 0.0, "noise": 0.0}
    nothing, bias = judged(made("linear", data, learning_rate=0.1, epochs=20, start="normal", start_scale=1.0))
    assert nothing is None
    assert bias is not None and "of it nothing is proven" in bias.en


def test_a_training_in_float64_is_held_to_float64() -> None:
    assert judged(made("linear", LINEAR, learning_rate=0.1, dtype="float64")) == (None, None)
    assert np.isfinite(reference.trajectory(made("linear", LINEAR, learning_rate=0.1, dtype="float64"))[-1].flat()).all()


def test_where_no_rate_is_safe_the_features_are_named() -> None:
    with pytest.raises(SpecError, match=r"no learning_rate was found safe: scale the features, which are as large as \de\+3\d"):
        judged(made("softmax", CLASSES | {"separation": 1e38}, learning_rate=0.1))


@pytest.mark.parametrize("epochs", [10**9, 10**11])
def test_more_epochs_than_memory_holds_are_refused_at_once(epochs: int) -> None:
    with pytest.raises(SpecError, match=f"epochs = {epochs} is more than this machine can hold: .* lower epochs"):
        made("linear", LINEAR, learning_rate=0.1, epochs=epochs)
