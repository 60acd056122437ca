"""The verdicts on the article: made-up runs reach every one of them, and each follows from what was measured."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from fairfit.records import Fact, Step
from fairfit.reporting import claims, face, verdict
from fairfit.reporting.article import CLAIMS, SUBJECT
from fairfit.reporting.cells import Row, rows
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, UNSHOWN, UNTESTED
from tests.reporting import made_up
from tests.reporting.made_up import RETIRED, extensions, graphs, package, workers


def timed(*groups: Mapping[str, float], status: str = "measured", device: str = "cpu") -> list[Row]:
    """Rows of cells at three levels; each group gives by framework the seconds of an epoch of its best style."""
    records, samples = [], []
    for number, seconds in enumerate(groups):
        for framework, best in seconds.items():
            for slower, style in enumerate(made_up.STYLES[framework], 1):
                cell = f"spec{number}/{framework}/{style}/{device}/1/resident"
                records.append(made_up.record(cell, status))
                samples += made_up.samples(cell, 1e3 * best * slower)
    return rows(made_up.run(records), samples)


def evidence(
    rows: list[Row] | None = None,
    *,
    facts: tuple[Fact, ...] = (),
    steps: Mapping[str, list[Step]] | None = None,
    **topics: Mapping[str, Any],
) -> Evidence:
    run = made_up.run([], facts=list(facts), frameworks=made_up.frameworks())
    for name, of_framework in (steps or {}).items():
        run.frameworks[name] = dataclasses.replace(run.frameworks[name], steps=of_framework)
    return Evidence([run], rows or [], made_up.inspections(**topics) if topics else [])


EVEN = {SUBJECT: 1.0, "tensorflow": 1.05, "pytorch": 1.1}
FIRST = {SUBJECT: 1.0, "tensorflow": 2.0, "pytorch": 2.0}
LAST = {SUBJECT: 3.0, "tensorflow": 2.0, "pytorch": 1.0}
LEVEL = {SUBJECT: 1.0, "tensorflow": 1.0, "pytorch": 2.0}
OTHERS_WORSE = {SUBJECT: package(0.9, 0.5), "tensorflow": package(0.5, 0.1), "pytorch": package(0.5, 0.1)}

CASES = [
    ("P1", HOLDS, evidence(timed(EVEN, EVEN))),
    ("P1", PARTLY, evidence(timed(EVEN, LAST))),
    ("P1", NOT, evidence(timed(LAST, FIRST))),
    ("P1", UNTESTED, evidence()),
    ("P2", HOLDS, evidence(timed(LAST, FIRST))),
    ("P2", HOLDS, evidence(timed(FIRST, device="gpu:0"))),
    ("P2", PARTLY, evidence(timed(LEVEL))),
    ("P2", UNSHOWN, evidence(timed(LAST))),
    ("P2", NOT, evidence(timed(LAST, device="gpu:0"))),
    ("P2", UNTESTED, evidence(timed({"tensorflow": 1.0, "pytorch": 2.0}))),
    ("E1", HOLDS, evidence(extensibility={SUBJECT: extensions(), "pytorch": extensions()})),
    ("E1", PARTLY, evidence(extensibility={SUBJECT: extensions(export="numpy"), "pytorch": extensions()})),
    ("E1", NOT, evidence(extensibility={SUBJECT: extensions(imperative="layer"), "pytorch": extensions()})),
    ("E1", NOT, evidence(extensibility={SUBJECT: extensions(gradient="gradient")})),
    ("E1", UNTESTED, evidence(extensibility={"pytorch": extensions()})),
    ("T1", HOLDS, evidence(potential={SUBJECT: package()})),
    ("T1", PARTLY, evidence(potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("T1", PARTLY, evidence(potential={SUBJECT: package(starts=False)})),
    ("T1", NOT, evidence(potential={SUBJECT: package(0.3, starts=False)}, facts=(RETIRED,))),
    ("T1", UNTESTED, evidence(facts=(RETIRED,))),
    ("T2", HOLDS, evidence(potential=OTHERS_WORSE)),
    ("T2", PARTLY, evidence(potential=OTHERS_WORSE | {"pytorch": package(0.9, 0.5)})),
    ("T2", NOT, evidence(potential={SUBJECT: package(), "pytorch": package()})),
    ("T2", UNTESTED, evidence(potential={SUBJECT: package()})),
    ("V1", HOLDS, evidence(timed(FIRST), potential={SUBJECT: package()}, extensibility={SUBJECT: extensions(), "pytorch": extensions()})),
    ("V1", PARTLY, evidence(timed(FIRST), potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("V1", NOT, evidence(timed(LAST), potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("V1", UNTESTED, evidence()),
    ("S1", HOLDS, evidence(graphs={SUBJECT: graphs(["a"], ["fused"]), "tensorflow": graphs(["a", "b"])})),
    ("S1", PARTLY, evidence(graphs={SUBJECT: graphs(["a"]), "tensorflow": graphs(["a", "b"])})),
    ("S1", NOT, evidence(graphs={SUBJECT: graphs(["a", "b"]), "tensorflow": graphs(["a"])})),
    ("S1", UNTESTED, evidence(graphs={SUBJECT: graphs(["a"])})),
    ("N1", HOLDS, evidence(timed(EVEN))),
    ("N1", PARTLY, evidence([*timed(EVEN)[:2], *timed(EVEN, status="refused")[2:]])),
    ("N1", NOT, evidence(timed(EVEN, status="refused"))),
    ("N1", UNTESTED, evidence()),
    ("G1", PARTLY, evidence(timed(EVEN))),
    ("G1", NOT, evidence(timed(EVEN, status="refused"))),
    ("G1", UNTESTED, evidence()),
    ("G2", HOLDS, evidence(distributed={SUBJECT: workers(works=True)})),
    ("G2", NOT, evidence(distributed={SUBJECT: workers(works=False), "pytorch": workers(works=True)})),
    ("G2", UNTESTED, evidence(distributed={"pytorch": workers(works=True)})),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "word", "found"), CASES, ids=[f"{claim}-{word}" for claim, word, _ in CASES])
def test_a_verdict_follows_from_what_was_measured(claim: str, word: str, found: Evidence) -> None:
    (finding,) = (finding for finding in claims.findings(found) if finding.claim.id == claim)
    assert finding.verdict == word, finding.because
    assert finding.because.en and finding.because.zh


def test_four_steps_hold_where_the_library_writes_the_loop() -> None:
    steps = {SUBJECT: made_up.steps(SUBJECT, loop=[])}
    (finding,) = (finding for finding in claims.findings(evidence(timed(EVEN), steps=steps)) if finding.claim.id == "G1")
    assert finding.verdict == HOLDS


def test_four_steps_are_not_tested_where_the_run_recorded_no_source() -> None:
    (finding,) = (finding for finding in claims.findings(evidence(timed(EVEN), steps={SUBJECT: []})) if finding.claim.id == "G1")
    assert finding.verdict == UNTESTED and "not recorded the source" in finding.because.en


def test_every_claim_has_a_rule_and_reaches_more_than_one_verdict() -> None:
    assert list(claims.RULES) and set(claims.RULES) == {claim.id for claim in CLAIMS}
    for claim in CLAIMS:
        assert {HOLDS, NOT, UNTESTED} - {word for id, word, _ in CASES if id == claim.id} <= (
            {HOLDS} if claim.id == "G1" else set()
        )


def test_the_baseline_takes_no_part_in_the_contest() -> None:
    (contest,) = verdict.held(evidence(timed(EVEN | {"numpy": 0.5})))
    assert {row.record.cell.framework for row in contest.rows} == set(EVEN)


def test_a_gap_in_most_groups_refutes_that_there_is_none_and_is_told_spec_by_spec() -> None:
    found = evidence(timed(EVEN, LAST, LAST))
    (finding,) = (finding for finding in claims.findings(found) if finding.claim.id == "P1")
    assert finding.verdict == NOT
    assert "MXNet, TensorFlow, PyTorch, each at its best" in finding.because.en
    assert "spec0: no gap of 1.25 or more shown" in finding.because.en
    assert "spec1: a gap in 1 of 1 groups (slowest MXNet, 3.0 times the fastest)" in finding.because.en


def test_a_missing_gpu_is_told_with_its_reason() -> None:
    (finding,) = (finding for finding in claims.findings(evidence(timed(LAST))) if finding.claim.id == "P2")
    assert "GPU: not tested here" in finding.because.en and "found none" in finding.because.en


def test_a_retired_framework_is_told_in_the_answer() -> None:
    told = face.answer(evidence(timed(LAST), facts=(RETIRED,), potential={SUBJECT: package()}))
    assert "does not hold" in told[-1].en and "retired since 2023-09" in told[-1].en and "退役" in told[-1].zh


def test_two_runs_are_two_groups() -> None:
    """A GPU run of another machine stands beside: its cells are compared with each other alone."""
    here = timed(LAST)
    there = [dataclasses.replace(row, run="elsewhere") for row in timed(FIRST)]
    assert len(verdict.held(evidence(here + there))) == 2


def test_being_first_names_the_baseline_that_is_not_slower() -> None:
    alone = verdict.fastest_somewhere(evidence(timed(FIRST, FIRST))).because.en
    beside = verdict.fastest_somewhere(evidence(timed(FIRST | {"numpy": 0.5}, FIRST | {"numpy": 9.0}))).because
    assert "NumPy" not in alone
    assert "NumPy, the baseline, is not slower in 1 of them" in beside.en and "1 组基线 NumPy 并不更慢" in beside.zh


def test_a_framework_that_the_article_does_not_compare_changes_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    without = claims.findings(evidence(timed(FIRST)))
    monkeypatch.setitem(made_up.STYLES, "fourth", {"only": "graph"})
    monkeypatch.setitem(made_up.TITLES, "fourth", "The fourth")
    monkeypatch.setitem(made_up.COLOURS, "fourth", "#123456")
    beside = evidence(timed(FIRST | {"fourth": 0.1}))
    assert "The fourth" in face.answer(beside)[0].en
    assert claims.findings(beside) == without
    assert next(finding for finding in without if finding.claim.id == "P2").verdict == HOLDS
