"""What solves a regression without a framework ends at the optimum of our own objective, and what fails says why."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.measure import cpus, solving, task
from fairfit.measure.protocol import SolveJob
from fairfit.measure.solvers import Solving
from fairfit.measure.task import Task
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.records import SolutionRecord
from tests.measure.whole_runs import QUICK, Recorder, measure
from tests.models.arrays import a_table, of_arrays
from tests.workbench import tiny, workers_alive


def labels(rows: int, outputs: int) -> np.ndarray:
    return np.arange(rows) % outputs


def overlapping(outputs: int) -> np.ndarray:
    features, _ = a_table(inputs=3)
    return features + np.eye(3)[labels(len(features), outputs)]


EXERCISES = {
    "linear": lambda: of_arrays("linear", *a_table()),
    "linear, penalised": lambda: of_arrays("linear", *a_table(), l2=0.3),
    "linear, float64": lambda: of_arrays("linear", *a_table(), l2=0.01, dtype="float64"),
    "two classes": lambda: of_arrays("softmax", overlapping(2), labels(300, 2)),
    "two classes, penalised": lambda: of_arrays("softmax", overlapping(2), labels(300, 2), l2=0.02),
    "three classes": lambda: of_arrays("softmax", overlapping(3), labels(300, 3)),
    "three classes, penalised": lambda: of_arrays("softmax", overlapping(3), labels(300, 3), l2=0.02),
    "diabetes": lambda: exercises.make(specs.find("diabetes")),
    "digits": lambda: exercises.make(specs.find("digits")),
}  # fmt: skip


def solved(exercise: Exercise, folder: Path) -> tuple[Task, list[SolutionRecord]]:
    """Solved in this process, which needs no worker for that, and scored."""
    exercises.save(exercise, folder / "exercise")
    prepared = task.Task(exercise, folder / "exercise")
    errand = Solving(prepared, "1", folder, 60, Recorder())
    errand.heard(solving.solve(SolveJob(str(folder / "exercise"), str(folder), [0])))
    return prepared, errand.found


@pytest.mark.parametrize("name", EXERCISES)
def test_every_way_ends_at_the_optimum_of_our_objective(name: str, tmp_path: Path) -> None:
    prepared, found = solved(EXERCISES[name](), tmp_path)
    assert isinstance(prepared.optimum, Optimum)
    assert {solution.solver for solution in found} >= {"scikit-learn"}
    for solution in found:
        assert solution.converged and solution.reason == "" and solution.train_loss is not None
        assert solution.train_loss + solution.penalty == pytest.approx(prepared.optimum.loss, rel=1e-8)
        assert len(solution.seconds) >= 1 and min(solution.seconds) > 0
        assert solution.test_metric == pytest.approx(task.metric(prepared, prepared.optimum.parameters), abs=5e-3)


def test_what_is_told_of_a_call_is_what_is_called(tmp_path: Path) -> None:
    _, found = solved(of_arrays("softmax", overlapping(2), labels(300, 2), l2=0.02), tmp_path)
    assert [solution.call for solution in found] == ["LogisticRegression(C=0.333333, tol=1e-08, max_iter=10000)"]
    _, found = solved(of_arrays("linear", *a_table(), l2=0.3), tmp_path / "linear")
    assert [solution.call for solution in found] == ["normal equations", "Ridge(alpha=90)"]


def test_columns_that_follow_from_others_are_solved(tmp_path: Path) -> None:
    features, targets = a_table()
    prepared, found = solved(of_arrays("linear", np.column_stack([features, features[:, :1]]), targets), tmp_path)
    assert isinstance(prepared.optimum, Optimum)
    for solution in found:
        assert solution.train_loss == pytest.approx(prepared.optimum.loss, rel=1e-8)


def test_separable_classes_are_solved_as_far_as_the_library_goes(tmp_path: Path) -> None:
    features = 5 * np.eye(3)[labels(300, 3)] + 0.1 * a_table(inputs=3)[0]
    prepared, found = solved(of_arrays("softmax", features, labels(300, 3)), tmp_path)
    assert not isinstance(prepared.optimum, Optimum)
    assert found[0].train_loss is not None and found[0].train_loss < 1e-3 and found[0].test_metric == 1.0


def test_a_class_without_rows_is_told(tmp_path: Path) -> None:
    _, (found,) = solved(of_arrays("softmax", overlapping(3), labels(300, 3), outputs=4, l2=0.1), tmp_path)
    assert found.seconds == [] and not found.converged and found.train_loss is None
    assert str(found.reason) == "ValueError: 3 of 4 classes have a training row"


def test_who_stops_early_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "LEAST_ITERATIONS", 2)
    monkeypatch.setattr(solving, "MOST_PRODUCTS", 0)
    _, (found,) = solved(EXERCISES["three classes"](), tmp_path)
    assert not found.converged and str(found.reason) == "stopped before it was there" and found.train_loss is not None


def test_many_rows_are_solved_without_a_copy_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(solving, "MOST_VALUES", 100)
    prepared, (found,) = solved(EXERCISES["linear"](), tmp_path)
    assert isinstance(prepared.optimum, Optimum) and found.call == "normal equations"
    assert found.train_loss == pytest.approx(prepared.optimum.loss, rel=1e-8)


# -- in a run


def test_a_run_records_the_optimum_and_what_solves_it(tmp_path: Path) -> None:
    options: Any = {**vars(QUICK), "solving": True}
    outcome = measure(tmp_path / "run", [], type(QUICK)(**options), frameworks=("numpy",))
    record, cell = outcome.run.specs["tiny"], outcome.cell("numpy", "numpy")
    assert record.optimum is not None and record.no_optimum == "" and record.optimum.slope <= 1e-10
    assert record.optimum.loss <= record.reference_losses[-1] + record.reference_penalty
    assert cell.train_losses[-1] == pytest.approx(record.reference_losses[-1], rel=1e-5)
    assert [solution.solver for solution in outcome.run.solutions["tiny/cpu/1"]] == ["NumPy", "scikit-learn"]
    assert all(not math.isnan(solution.train_loss or math.nan) for solution in outcome.run.solutions["tiny/cpu/1"])
    assert workers_alive() == []


def test_a_penalty_is_recorded_with_a_cell(tmp_path: Path) -> None:
    outcome = measure(tmp_path / "run", [], frameworks=("numpy",), specs=(tiny(l2=0.5),))
    record, cell = outcome.run.specs["tiny"], outcome.cell("numpy", "numpy")
    assert cell.penalty == pytest.approx(record.reference_penalty, rel=1e-5) and cell.penalty > 0
    assert outcome.run.solutions == {}


def test_where_the_worker_fails_that_is_told_and_nothing_else_lost(tmp_path: Path) -> None:
    exercise = exercises.make(tiny())
    exercises.save(exercise, tmp_path / "exercise")
    prepared = task.Task(exercise, tmp_path / "nowhere")
    errand = Solving(prepared, "1", tmp_path / "solved", 60, progress := Recorder())
    errand.carry_out(cpus.available()[:1])
    assert errand.found == [] and "could not be solved without a framework" in progress.notes[0]
