"""Each form of each framework: what is written is read again as the same numbers, and predicts what they predict."""

import functools
import importlib
from pathlib import Path

import numpy as np
import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.ports import forms
from fairfit.frameworks.ports.form import Carried, Form, Momentum
from fairfit.measure import porting
from fairfit.measure.protocol import PortJob
from fairfit.models import predictions
from fairfit.models.errors import UserError
from fairfit.models.hard_rows import Rows, hard_rows
from fairfit.models.parameters import Parameters

EACH = [pytest.param(row, marks=pytest.mark.framework(row.framework), id=f"{row.framework}-{row.name}") for row in forms.ROWS]
each = pytest.mark.parametrize("row", EACH)
models = pytest.mark.parametrize("outputs", [1, 10], ids=["linear", "softmax"])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def form(row: forms.Row) -> Form:
    registry.load(registry.find(row.framework))
    found: Form = importlib.import_module(f"fairfit.frameworks.ports.{row.framework}").FORMS[row.name]
    return found


def parameters(outputs: int, dtype: str, seed: int = 1) -> Parameters:
    generator = np.random.default_rng(seed)
    return Parameters(generator.standard_normal((outputs, 7)).astype(dtype), generator.standard_normal(outputs).astype(dtype))


def same_bits(one: Parameters, other: Parameters) -> bool:
    return all(
        here.dtype == there.dtype and np.ascontiguousarray(here).tobytes() == np.ascontiguousarray(there).tobytes()
        for here, there in ((one.weight, other.weight), (one.bias, other.bias))
    )


@each
@models
@dtypes
def test_what_is_written_is_read_again_bit_by_bit(row: forms.Row, outputs: int, dtype: str, tmp_path: Path) -> None:
    carried = Carried(parameters(outputs, dtype))
    form(row).write(carried, tmp_path / f"model{row.suffix}")
    assert same_bits(form(row).read(tmp_path / f"model{row.suffix}").parameters, carried.parameters)


@each
@models
@dtypes
def test_the_file_predicts_what_its_weights_do(row: forms.Row, outputs: int, dtype: str, tmp_path: Path) -> None:
    carried = Carried(parameters(outputs, dtype))
    form(row).write(carried, tmp_path / f"model{row.suffix}")
    features = np.random.default_rng(2).standard_normal((20, 7)).astype(dtype)
    predict = form(row).open(tmp_path / f"model{row.suffix}")
    for rows in (features, features[:1]):
        (judged,) = predictions.judge(predict, carried.parameters, [Rows("rows", len(rows), functools.partial(iter, [rows]))])
        assert judged.holds, judged


@pytest.mark.parametrize("row", [case for case, row in zip(EACH, forms.ROWS, strict=True) if row.holds_state])
@dtypes
def test_a_velocity_is_carried_whatever_its_unit(row: forms.Row, dtype: str, tmp_path: Path) -> None:
    momentum = Momentum(parameters(3, dtype, seed=4), 0.9, 0.03)
    form(row).write(Carried(parameters(3, dtype), momentum), tmp_path / f"model{row.suffix}")
    again = form(row).read(tmp_path / f"model{row.suffix}").momentum
    assert again is not None and again.factor == pytest.approx(0.9) and again.rate == pytest.approx(0.03)
    for here, there in ((momentum.velocity.weight, again.velocity.weight), (momentum.velocity.bias, again.velocity.bias)):
        np.testing.assert_array_max_ulp(here, there, 2, dtype)


def test_every_form_has_its_row_and_every_row_its_form() -> None:
    for framework in dict.fromkeys(row.framework for row in forms.ROWS):
        source = Path(importlib.import_module("fairfit.frameworks.ports").__file__ or "").with_name(f"{framework}.py").read_text()
        for row in forms.of(framework):
            assert f'"{row.name}": ' in source or "arrays.FORMS" in source


@pytest.mark.parametrize(("framework", "name", "says"), [("torch", None, "'pytorch'"), ("pytorch", "onyx", "state_dict")])
def test_what_there_is_not_is_told_with_what_there_is(framework: str, name: str | None, says: str) -> None:
    with pytest.raises(UserError, match=says):
        forms.find(framework, name)


# -- in a worker


def job(folder: Path, framework: str = "numpy", form: str = "npz") -> PortJob:
    return PortJob(registry.find(framework), form, str(folder / "carried"), str(folder / "model.npz"), "", [0])


def test_a_worker_says_how_predictions_stand(tmp_path: Path) -> None:
    porting.pack(Carried(parameters(3, "float32")), tmp_path / "carried")
    (tmp_path / "carried.npz").rename(tmp_path / "carried")
    ported = porting.port(job(tmp_path))
    assert ported.version == np.__version__ and Path(ported.imported).exists()
    assert [one.name for one in ported.judged] == ["one row", "zeros", "one number at a time", "±1e+30", "1,000,000 rows"]
    assert all(one.holds for one in ported.judged) and any(one.worst > 0 for one in ported.judged)


def test_what_is_read_as_other_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forms_of_numpy = importlib.import_module("fairfit.frameworks.ports.numpy").FORMS

    class Garbled(type(forms_of_numpy["npz"])):  # type: ignore[misc]
        def read(self, path: Path) -> Carried:
            found = super().read(path).parameters
            found.weight[1, 2] = np.nextafter(found.weight[1, 2], np.float32(9))
            return Carried(found)

    monkeypatch.setitem(forms_of_numpy, "npz", Garbled())
    porting.pack(Carried(parameters(3, "float32")), tmp_path / "carried")
    (tmp_path / "carried.npz").rename(tmp_path / "carried")
    with pytest.raises(UserError, match=r"^weight\[1, 2\]: written .*, read again "):
        porting.port(job(tmp_path))


# -- judging


def judged(predicted: np.ndarray, features: np.ndarray, found: Parameters) -> predictions.Judged:
    (one,) = predictions.judge(lambda _: predicted, found, [Rows("rows", len(features), lambda: iter([features]))])
    return one


def test_predictions_of_other_weights_are_too_far() -> None:
    found, features = parameters(3, "float64"), np.random.default_rng(3).standard_normal((50, 7))
    exact = features @ found.weight.T + found.bias
    assert judged(exact, features, found).holds
    wrong = exact.copy()
    wrong[17, 1] += 1e-12
    assert not judged(wrong, features, found).holds and judged(wrong, features, found).row == 17
    wrong[17, 1] = np.nan
    assert judged(wrong, features, found).worst == np.inf


def test_a_score_that_cancels_is_measured_by_what_it_is_made_of() -> None:
    found = Parameters(np.array([[1.0, -1.0]], np.float32), np.zeros(1, np.float32))
    features = np.array([[1e6, 1e6]], np.float32)
    assert judged(np.array([[0.05]], np.float32), features, found).holds


def test_what_is_beyond_the_dtype_is_left_out() -> None:
    found = Parameters(np.full((1, 2), 1e20, np.float32), np.zeros(1, np.float32))
    assert judged(np.array([[np.inf]], np.float32), np.full((1, 2), 1e30, np.float32), found).worst == 0.0


def test_what_is_lost_below_the_least_normal_number_is_no_fault() -> None:
    found = Parameters(np.full((1, 3), 1e-42, np.float32), np.zeros(1, np.float32))
    features = np.full((1, 3), 0.3, np.float32)
    assert judged(np.zeros((1, 1), np.float32), features, found).worst == 0.0  # a processor that takes such numbers for 0
    assert judged(np.full((1, 1), 1e-30, np.float32), features, found).worst > 1


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (100_000, 2), (3, 20_000)])
def test_pieces_of_rows_are_bounded_whatever_the_layer(inputs: int, outputs: int) -> None:
    for rows in hard_rows(inputs, outputs, "float32", {"your rows for testing": np.ones((5, inputs), np.float32)}):
        first = next(rows.features())
        assert first.shape[1] == inputs and first.dtype == np.float32
        assert len(first) == 1 or len(first) * max(inputs, outputs) <= 2**22
        assert rows.count * max(inputs, outputs) <= 10**8 or rows.count <= 64
