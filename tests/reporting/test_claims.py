"""The verdicts on the article: made-up runs reach every one of them, and each follows from what was measured."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairfit.frameworks import registry
from fairfit.models.spec import to_json
from fairfit.models.text import Text
from fairfit.records import CellRecord, Inspection, Run, Sample, SpecRecord, Startup
from fairfit.reporting import claims, verdict
from fairfit.reporting.article import CLAIMS, SUBJECT
from fairfit.reporting.cells import Row, rows
from fairfit.reporting.claims import HOLDS, NOT, PARTLY, UNTESTED
from fairfit.reporting.evidence import Evidence, Fact
from fairfit.reporting.steps import Step
from tests.workbench import tiny

STYLES = {
    "arrays": ("ndarray", "variable", "tensor"),
    "layers": ("gluon", "keras", "nn"),
    "graph": ("symbol", "xla", "fullgraph"),
}
FRAMEWORKS = (SUBJECT, "tensorflow", "pytorch")
SCATTER = (1.0, 1.002, 0.998, 1.001, 0.999)  # of generations


def timed(*groups: Mapping[str, float], status: str = "measured", device: str = "cpu") -> list[Row]:
    """Rows of cells at three levels; each group gives by framework the seconds of an epoch of its best style."""
    spec = tiny()
    records, samples, specs = [], [], {}
    for number, seconds in enumerate(groups):
        name = f"spec{number}"
        specs[name] = SpecRecord(to_json(spec), spec.digest, 20, 2, 1, [2.0, 1.0], 0.9)
        for framework, best in seconds.items():
            for slower, (level, styles) in enumerate(STYLES.items()):
                style = styles[FRAMEWORKS.index(framework)]
                cell = f"{name}/{framework}/{style}/{device}/1/resident"
                record = CellRecord(cell, name, framework, style, level, "", device, "1", "resident", status=status)
                record.startups = [Startup(0, 1.0, 0.1, 0.1)]
                record.distances, record.tolerance, record.train_losses = [1e-7], 5e-5, [2.0, 1.0]
                record.settings = {"devices": ["cpu"]}
                records.append(record)
                samples += [Sample(cell, g, 0, 0, 1, best * factor * (1 + slower), 0.1) for g, factor in enumerate(SCATTER)]
    run = Run("made up", "today", "fairfit run", {}, {"precision": 0.02}, specs=specs, cells=records)
    return rows(run, samples)


def evidence(found: list[Row] | None = None, *, facts: tuple[Fact, ...] = (), **topics: Mapping[str, Any]) -> Evidence:
    inspections = [
        Inspection(topic, framework, "measured", found=dict(values))
        for topic, by_framework in topics.items()
        for framework, values in by_framework.items()
    ]
    return Evidence([Run("made up", "today", "fairfit run", {}, {})], found or [], inspections, list(facts))


def probes(**failing: str) -> dict[str, Any]:
    """What an inspection of extensibility finds, with some checks failing: check → probe."""
    checks = ("imperative", "compiled", "export", "gradient")
    return {
        "probes": {
            probe: {
                "lines": 10,
                "checks": {check: {"works": failing.get(check) != probe, "reason": "its own error"} for check in checks},
            }
            for probe in ("layer", "loss", "gradient", "optimizer", "numpy")
        }
    }


def package(documented: float = 0.9, example: float = 0.4, *, starts: bool = True) -> dict[str, Any]:
    return {
        "documented_share": documented, "example_share": example, "public_functions": 10, "public_classes": 5,
        "plain_import": {"works": starts, "error": "" if starts else "AttributeError: numpy.bool"},
    }  # fmt: skip


def graph(operators: list[str], runs: list[str] | None = None) -> dict[str, Any]:
    def nodes(names: list[str]) -> list[dict[str, Any]]:
        return [{"name": "x", "op": "", "inputs": []}, *({"name": name, "op": name, "inputs": ["x"]} for name in names)]

    return {"softmax": {"forward": nodes(operators), "step": nodes(operators if runs is None else runs)}}


def workers(*, works: bool) -> dict[str, Any]:
    return {"works": works, "reason": "" if works else "RuntimeError: no server", "engine": "an engine", "workers": 2,
            "largest_distance": 1e-7, "step_milliseconds": 1.0}  # fmt: skip


RETIRED = Fact(SUBJECT, "2023-09", Text("It was retired.", "已退役。"), Text("its page", "其页面"), "2026-11", "retired")
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
    ("P2", NOT, evidence(timed(LAST))),
    ("P2", UNTESTED, evidence(timed({"tensorflow": 1.0, "pytorch": 2.0}))),
    ("E1", HOLDS, evidence(extensibility={SUBJECT: probes(), "pytorch": probes()})),
    ("E1", PARTLY, evidence(extensibility={SUBJECT: probes(export="numpy"), "pytorch": probes()})),
    ("E1", NOT, evidence(extensibility={SUBJECT: probes(imperative="layer"), "pytorch": probes()})),
    ("E1", NOT, evidence(extensibility={SUBJECT: probes(gradient="gradient")})),
    ("E1", UNTESTED, evidence(extensibility={"pytorch": probes()})),
    ("T1", HOLDS, evidence(potential={SUBJECT: package()})),
    ("T1", PARTLY, evidence(potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("T1", PARTLY, evidence(potential={SUBJECT: package(starts=False)})),
    ("T1", NOT, evidence(potential={SUBJECT: package(0.3, starts=False)}, facts=(RETIRED,))),
    ("T1", UNTESTED, evidence(facts=(RETIRED,))),
    ("T2", HOLDS, evidence(potential=OTHERS_WORSE)),
    ("T2", PARTLY, evidence(potential=OTHERS_WORSE | {"pytorch": package(0.9, 0.5)})),
    ("T2", NOT, evidence(potential={SUBJECT: package(), "pytorch": package()})),
    ("T2", UNTESTED, evidence(potential={SUBJECT: package()})),
    ("V1", HOLDS, evidence(timed(FIRST), potential={SUBJECT: package()}, extensibility={SUBJECT: probes(), "pytorch": probes()})),
    ("V1", PARTLY, evidence(timed(FIRST), potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("V1", NOT, evidence(timed(LAST), potential={SUBJECT: package()}, facts=(RETIRED,))),
    ("V1", UNTESTED, evidence()),
    ("S1", HOLDS, evidence(graphs={SUBJECT: graph(["a"], ["fused"]), "tensorflow": graph(["a", "b"])})),
    ("S1", PARTLY, evidence(graphs={SUBJECT: graph(["a"]), "tensorflow": graph(["a", "b"])})),
    ("S1", NOT, evidence(graphs={SUBJECT: graph(["a", "b"]), "tensorflow": graph(["a"])})),
    ("S1", UNTESTED, evidence(graphs={SUBJECT: graph(["a"])})),
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


def test_four_steps_hold_where_the_library_writes_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [Step(Text("load", "载入"), True, "a.py", 1, ["x"]), Step(Text("train", "训练"), False, "a.py", 2, [])]
    monkeypatch.setattr(Evidence, "steps", {SUBJECT: steps})
    (finding,) = (finding for finding in claims.findings(evidence(timed(EVEN))) if finding.claim.id == "G1")
    assert finding.verdict == HOLDS


def test_every_claim_has_a_rule_and_reaches_more_than_one_verdict() -> None:
    assert list(claims.RULES) and set(claims.RULES) == {claim.id for claim in CLAIMS}
    for claim in CLAIMS:
        assert {HOLDS, NOT, UNTESTED} - {word for id, word, _ in CASES if id == claim.id} <= (
            {HOLDS} if claim.id == "G1" else set()
        )


def test_the_baseline_takes_no_part_in_the_contest() -> None:
    (contest,) = claims.contests(evidence(timed(EVEN)))
    assert {row.record.cell.framework for row in contest.best} <= {
        entry.name for entry in registry.FRAMEWORKS if not entry.baseline
    }


def test_a_missing_gpu_is_told_with_its_reason() -> None:
    (finding,) = (finding for finding in claims.findings(evidence(timed(LAST))) if finding.claim.id == "P2")
    assert "GPU: not tested here" in finding.because.en and "found none" in finding.because.en


def test_the_paragraph_names_the_fastest_and_what_is_not_sure() -> None:
    found = evidence(timed(LAST), facts=(RETIRED,))
    told = verdict.paragraph(found, claims.findings(found))
    assert "pytorch tensor in 1 of 1 (spec0, cpu, on 1 CPU)" in told.en
    assert "retired" in told.en and "退役" in told.zh
    assert "No GPU" in told.en


def test_a_tie_is_told_as_one() -> None:
    found = evidence(timed(LEVEL))
    told = verdict.paragraph(found, claims.findings(found))
    assert "mxnet ndarray or tensorflow variable" in told.en or "tensorflow variable or mxnet ndarray" in told.en


def test_two_runs_are_two_groups(tmp_path: Path) -> None:
    """A GPU run of another machine stands beside: its cells are compared with each other alone."""
    here = timed(LAST)
    there = [dataclasses.replace(row, run="elsewhere") for row in timed(FIRST)]
    assert len(claims.contests(evidence(here + there))) == 2
