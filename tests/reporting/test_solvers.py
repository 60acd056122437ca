"""Do I need a framework at all? The answer follows from the times, and says how near both ends are to the least loss."""

from pathlib import Path
from typing import Any

import pytest

from fairfit.models.text import Text
from fairfit.records import OptimumRecord, SolutionRecord
from fairfit.reporting import evidence, optima, performance, solvers, write
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.tabular import Table
from tests.reporting import made_up

CELL = "tiny/pytorch/nn/cpu/1/resident"


def read(path: Path, *solutions: SolutionRecord, optimum: OptimumRecord | None = None, why: Text | str = "") -> Evidence:
    """A run of PyTorch that trains 2 epochs in 20 ms and ends at a loss of 1."""
    made = made_up.run([made_up.record(CELL)], solutions={"tiny/cpu/1": list(solutions)} if solutions else {})
    made.specs["tiny"].optimum, made.specs["tiny"].no_optimum = optimum, why
    return evidence.read([made_up.write(path / "run", made, made_up.samples(CELL, 10.0))])


def solution(milliseconds: float, loss: float = 0.8, **more: Any) -> SolutionRecord:
    seconds = [milliseconds / 1e3 * factor for factor in (1.0, 0.5, 3.0)]
    return SolutionRecord("NumPy", "lstsq", seconds, train_loss=loss, test_metric=0.9, **more)


LEAST = OptimumRecord(0.8, 1e-14, 0.9)


def table(known: Evidence) -> Table:
    made = solvers.solvers(known)
    assert made is not None
    return made


def answer(known: Evidence) -> str:
    return str(table(known).notes[0])


def test_who_solves_it_sooner_than_a_framework_trains_makes_one_needless(tmp_path: Path) -> None:
    assert answer(read(tmp_path, solution(1.0), optimum=LEAST)) == (
        "tiny, cpu, on 1 CPU: no framework is needed: NumPy solves it in 1.00 ms; the fastest framework, PyTorch nn, trains its 2 "
        "epochs in 20.0 ms and ends 25 % above the least loss"
    )


def test_who_takes_longer_does_not(tmp_path: Path) -> None:
    near = OptimumRecord(0.995, 1e-14, 0.9)
    assert "a framework pays where time counts" in answer(read(tmp_path, solution(50.0, loss=0.995), optimum=near))


def test_a_training_that_ends_far_from_the_least_loss_is_no_rival(tmp_path: Path) -> None:
    assert "no framework is needed: NumPy solves it in 50.0 ms" in answer(read(tmp_path, solution(50.0), optimum=LEAST))


def test_who_does_not_arrive_has_not_solved_it(tmp_path: Path) -> None:
    known = read(tmp_path, solution(1.0, loss=0.81), solution(50.0), optimum=LEAST)
    assert "NumPy solves it in 50.0 ms" in answer(known)
    assert [row[6] for row in table(known).rows] == ["0.013", "0"]
    alone = read(tmp_path / "alone", solution(1.0, loss=0.81), optimum=LEAST)
    assert table(alone).notes == [solvers.OTHER]


def test_what_stopped_early_has_not_solved_what_has_no_minimum(tmp_path: Path) -> None:
    stopped = solution(1.0, converged=False, reason=Text("stopped", "停止"))
    known = read(tmp_path, stopped, solution(50.0), why=Text("there is none", "没有"))
    assert "NumPy solves it in 50.0 ms" in answer(known) and "least" not in answer(known)
    assert [str(row[-1]) for row in table(known).rows] == ["stopped", "solved"]


def test_what_failed_is_told(tmp_path: Path) -> None:
    failed = SolutionRecord("scikit-learn", "Ridge()", [], False, "ValueError: no")
    row = table(read(tmp_path, failed, optimum=LEAST)).rows[0]
    assert row[4:] == ["", "", "", "", "ValueError: no"]


def test_a_loss_below_the_least_is_explained(tmp_path: Path) -> None:
    known = read(tmp_path, solution(1.0, loss=0.79), optimum=LEAST)
    assert solvers.BELOW in table(known).notes


def test_it_is_another_algorithm(tmp_path: Path) -> None:
    assert table(read(tmp_path, solution(1.0), optimum=LEAST)).notes[-1] == solvers.OTHER


@pytest.mark.parametrize("why", ["", Text("the training loss has no minimum", "没有最小值")])
def test_an_older_run_says_nothing_and_one_without_a_minimum_says_why(tmp_path: Path, why: Text | str) -> None:
    known = read(tmp_path, why=why)
    assert solvers.solvers(known) is None
    (group,) = performance.groups(known.rows, known.noise, known.keys)
    assert optima.HEADING not in group.headings
    assert [str(note) for note in group.notes] == ([str(why)] if why else [])


def test_a_group_and_a_proof_say_how_near_training_ends(tmp_path: Path) -> None:
    known = read(tmp_path, optimum=LEAST)
    (group,) = performance.groups(known.rows, known.noise, known.keys)
    assert group.rows[0][group.headings.index(optima.HEADING)] == "0.25"
    assert str(group.notes[0]) == "the least training loss is 0.80000; the float64 reference ends 25 % above it"
    assert optima.HEADING in performance.proof(known.rows, scores=True).headings
    assert optima.HEADING not in performance.proof(known.rows).headings


@pytest.mark.parametrize(
    ("least", "loss", "penalty", "told"),
    [
        (0.8, 0.8, 0.0, 0.0),
        (0.8, 0.8 * (1 + 1e-14), 0.0, 0.0),
        (0.8, 0.6, 0.2, 0.0),
        (0.8, 0.8, 0.08, 0.1),
        (0.0, 1e-9, 0.0, 1e-3),
    ],
)
def test_the_share_above_the_least(least: float, loss: float, penalty: float, told: float) -> None:
    spec = made_up.spec_record()
    spec.reference_losses = [1.0, 0.9]
    assert optima.above(spec, loss, penalty) is None
    spec.optimum = OptimumRecord(least, 0.0, 0.0)
    assert optima.above(spec, loss, penalty) == pytest.approx(told)
    assert optima.above(spec, None, 0.0) is None


def test_the_table_stands_in_the_report(tmp_path: Path) -> None:
    made = made_up.run([made_up.record(CELL)], solutions={"tiny/cpu/1": [solution(1.0)]})
    folder = made_up.write(tmp_path / "run", made, made_up.samples(CELL, 10.0))
    for language, heading in (("en", "Do I need a framework at all?"), ("zh", "究竟需不需要框架？")):
        write.write([folder], language=language)
        assert heading in (folder.path / "report.md").read_text(encoding="utf-8")
    assert 'id="solvers"' in (folder.path / "report.html").read_text(encoding="utf-8")
