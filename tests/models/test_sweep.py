"""A grid has every setting once; those of one shape compute as much; a curve is that of the reference."""

import dataclasses
import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest

from fairfit.models import exercise as exercises
from fairfit.models import reference, spec, sweep
from fairfit.models.errors import DataError, SpecError
from fairfit.models.optimum import objective
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.models.sweep import SATURATED, SUBNORMAL, Value
from tests.workbench import ROOT, tiny


def test_a_grid_has_every_setting_once_and_in_order() -> None:
    axes: dict[str, list[Value]] = {"learning_rate": [0.1, 0.2, 0.1], "batch_size": [4, 8]}
    found = sweep.grid(tiny(), axes)
    assert [tuple(one.values.values()) for one in found] == [(0.1, 4), (0.1, 8), (0.2, 4), (0.2, 8)]
    assert [(one.spec.training.learning_rate, one.spec.training.batch_size) for one in found] == [
        (0.1, 4), (0.1, 8), (0.2, 4), (0.2, 8),
    ]  # fmt: skip
    assert {one.spec.name for one in found} == {"tiny"}


def test_a_grid_of_too_many_settings_is_refused() -> None:
    with pytest.raises(SpecError, match="a grid of 40,000 settings: at most 10,000"):
        sweep.grid(tiny(), {"learning_rate": [number / 1e3 for number in range(1, 201)], "batch_size": range(1, 201)})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"learning_rate": [0.0]}, "learning_rate = 0.0: must be"),
        ({"momentum": [1.0]}, "momentum = 1.0: must be"),
        ({"l2": [-1.0]}, "l2 = -1.0: must be"),
        ({"batch_size": [0]}, "batch_size = 0: must be"),
    ],
)
def test_a_value_that_the_spec_cannot_have_is_refused(values: dict[str, list[Value]], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        sweep.grid(tiny(), values)


def test_rows_and_inputs_are_as_many_as_are_asked_for() -> None:
    digits = sweep.with_values(spec.find("digits"), {"rows": 100, "features": 7}).spec
    made, whole = exercises.make(digits).data, exercises.make(spec.find("digits")).data
    assert made.train_features.shape == (100, 7) and made.test_features.shape == (360, 7)
    np.testing.assert_array_equal(made.train_features, whole.train_features[:100, :7])
    np.testing.assert_array_equal(made.train_targets, whole.train_targets[:100])
    linear = sweep.with_values(tiny(), {"rows": 50, "features": 5}).spec
    assert linear.data == SyntheticLinear(rows=50, test_rows=5, weight=(2.0, -3.4, 2.0, -3.4, 2.0))
    assert exercises.make(linear).data.train_features.shape == (50, 5)
    classes = Spec("c", "softmax", "synthetic-classes", SyntheticClasses(), Training(0.1))
    assert exercises.make(sweep.with_values(classes, {"rows": 30, "features": 3}).spec).data.train_features.shape == (30, 3)


def test_the_first_rows_lie_in_files_as_in_memory(tmp_path: Path) -> None:
    for base in (spec.find("digits"), Spec("c", "softmax", "synthetic-classes", SyntheticClasses(first_rows=9), Training(0.1))):
        cut = dataclasses.replace(base, data=dataclasses.replace(base.data, first_rows=9, first_inputs=4))
        laid_out = exercises.lay_out(cut, tmp_path / base.name).data
        np.testing.assert_array_equal(laid_out.train_features, exercises.make(cut).data.train_features)
        assert laid_out.train_features.shape == (9, 4)


def test_more_rows_than_there_are_is_an_error() -> None:
    with pytest.raises(DataError, match="source 'digits': first_rows = 2000, and there are 1437"):
        exercises.make(sweep.with_values(spec.find("digits"), {"rows": 2000}).spec)
    with pytest.raises(DataError, match="first_inputs = 65, and there are 64"):
        exercises.make(sweep.with_values(spec.find("digits"), {"features": 65}).spec)


def test_settings_of_the_curve_share_a_shape_and_others_do_not() -> None:
    base = tiny(momentum=0.9, l2=0.1)
    same: list[dict[str, Value]] = [
        {"learning_rate": 0.3},
        {"momentum": 0.5},
        {"l2": 1e-5},
        {"start_scale": 0.1},
        {"start_scale": 0.0},
    ]
    other: list[dict[str, Value]] = [{"momentum": 0.0}, {"l2": 0.0}, {"batch_size": 9}, {"rows": 30}, {"features": 3}]
    shape = sweep.shape(base)
    assert all(sweep.shape(sweep.with_values(base, values).spec) == shape for values in same)
    shapes = [sweep.shape(sweep.with_values(base, values).spec) for values in other]
    assert len({shape, *shapes}) == 1 + len(other)


def test_shapes_have_names_of_their_own() -> None:
    dice = random.Random(0)
    allowed: dict[str, list[Value]] = {
        "learning_rate": [0.1, 0.2], "momentum": [0.0, 0.5, 0.9], "l2": [0.0, 0.1], "start_scale": [0.0, 0.1], "batch_size": [2, 4, 8],
        "rows": [20, 30], "features": [2, 3],
    }  # fmt: skip
    for _ in range(50):
        axes = {
            axis: dice.sample(values, dice.randint(1, len(values))) for axis, values in allowed.items() if dice.random() < 0.7
        }
        names: dict[str, set[Spec]] = {}
        for one, hazards in itertools.product(sweep.grid(tiny(), axes), (False, True)):
            key = dataclasses.replace(sweep.shape(one.spec), name="hazards" if hazards else "none")
            names.setdefault(sweep.named(one, axes, hazards=hazards), set()).add(key)
        assert all(len(shapes) == 1 for shapes in names.values())
    assert sweep.named(sweep.grid(tiny(), {"learning_rate": [0.1, 0.2]})[0], {"learning_rate": [0.1, 0.2]}) == "tiny"


def test_a_curve_is_loss_and_penalty_of_the_reference() -> None:
    exercise = exercises.make(tiny(l2=0.1, epochs=4, start="normal"))
    found = sweep.curve(exercise)
    expected = [objective(exercise.spec, exercise.data, parameters) for parameters in reference.trajectory(exercise)]
    np.testing.assert_allclose(found.losses, expected, rtol=1e-12)
    assert not found.diverges and not found.hazards
    predicted = reference.scores(reference.trajectory(exercise)[-1], exercise.data.test_features)
    assert found.metric == pytest.approx(reference.score("linear", predicted, exercise.data.test_targets)[1])


@pytest.mark.parametrize("rate", [3.0, 1e30])
def test_a_setting_that_diverges_is_told(rate: float) -> None:
    assert sweep.curve(exercises.make(tiny(learning_rate=rate, epochs=30))).diverges


def test_numbers_that_may_take_longer_are_told() -> None:
    small = dataclasses.replace(
        tiny(learning_rate=2e-38), data=SyntheticLinear(rows=20, weight=(1e-3, 2e-3), bias=0.0, noise=0.0)
    )
    assert sweep.curve(exercises.make(small)).hazards == (SUBNORMAL,)
    far = Spec("far", "softmax", "synthetic-classes", SyntheticClasses(separation=100.0, rows=50), Training(1.0, epochs=2))
    assert sweep.curve(exercises.make(far)).hazards == (SATURATED,)
    wide = dataclasses.replace(far, training=dataclasses.replace(far.training, dtype="float64", learning_rate=0.01))
    assert sweep.curve(exercises.make(wide)).hazards == ()


def test_exercises_of_the_same_orders_share_them(tmp_path: Path) -> None:
    first = exercises.lay_out(tiny(), tmp_path / "one")
    other = exercises.lay_out(tiny(learning_rate=0.2, batch_size=3), tmp_path / "two", like=tmp_path / "one")
    third = exercises.lay_out(tiny(order_seed=2), tmp_path / "three", like=tmp_path / "two")
    np.testing.assert_array_equal(first.orders, other.orders)
    assert not (tmp_path / "two" / "orders.npy").exists() and (tmp_path / "three" / "orders.npy").exists()
    assert (third.orders != first.orders).any()


def test_what_is_not_cut_keeps_its_digest() -> None:
    published = json.loads((ROOT / "results" / "published" / "article" / "run.json").read_text(encoding="utf-8"))
    for name, record in published["specs"].items():
        assert spec.find(name).digest == record["digest"]
    cut = SyntheticLinear(first_rows=5)
    assert dataclasses.replace(tiny(), data=cut).digest != dataclasses.replace(tiny(), data=SyntheticLinear()).digest
