"""What the commands print of a run: its tables, the short answer, and last where the report is."""

import argparse
import sys
from collections.abc import Callable, Sequence

from fairfit.commands.answer import Answer, Status
from fairfit.commands.result import Result
from fairfit.models import probes
from fairfit.models.probes import Tried
from fairfit.models.text import Text, in_language
from fairfit.reporting import growth, performance, sweep_tables, terminal


def of_run(result: Result, options: argparse.Namespace) -> Answer:
    """The tables of its groups, then the answer; the cells where JSON is asked for."""
    return _answer(result, result.status, options, lambda: _tables_and_face(result, options.language))


def of_sweep(result: Result, options: argparse.Namespace) -> Answer:
    """The tables of a sweep, then the answer; settings and cells where JSON is asked for."""

    def show() -> None:
        evidence = result.evidence
        made = [
            sweep_tables.settings(evidence),
            growth.growth(evidence),
            sweep_tables.check(evidence),
            sweep_tables.fastest(evidence),
        ]
        terminal.show([table for table in made if table.rows], options.language)
        terminal.sentences(evidence, options.language)

    return _answer(result, result.status, options, show, json=result.sweep_as_json)


def of_report(result: Result, options: argparse.Namespace) -> Answer:
    """The same; that a report was written is all that was asked for."""
    return _answer(result, Status.OK, options, lambda: _tables_and_face(result, options.language))


def _tables_and_face(result: Result, language: str) -> None:
    evidence = result.evidence
    terminal.show(performance.groups(evidence.rows, evidence.noise, evidence.keys), language)
    terminal.face(evidence, language)


def of_proof(result: Result, options: argparse.Namespace) -> Answer:
    """The table of the proofs with loss and test metric; the cells where JSON is asked for."""

    def show() -> None:
        terminal.show([performance.proof(result.evidence.rows, scores=True)], options.language)
        terminal.sentences(result.evidence, options.language)
        for cell, tried in result.explained.items():
            _stages(cell, tried, options.language)

    return _answer(result, result.status, options, show, json=result.explained_as_json if options.explain else None)


def _stages(cell: str, tried: Sequence[Tried], language: str) -> None:
    """What came of each stage of the training of a cell, and where to look first."""
    terminal.plain(
        Text(f"{cell}, stage by stage", f"{cell}，逐阶段"),
        [Text("stage", "阶段"), Text("tried by", "如何尝试"), Text("found", "结果")],
        [[one.probe.stage, one.probe.asks, one.told()] for one in tried],
        language,
    )
    first = probes.first_that_differs(tried)
    if first is None:
        line = Text("no stage differs by itself: look at what comes between them", "各阶段单独看都没有差别：请检查它们之间的部分")
    else:
        line = Text("look first at: ", "请先检查：") + first.probe.stage + Text(": ", "：") + first.told()
    found = probes.causes(tried)
    terminal.lines([line, *([Text("in all: ", "合计：") + found] if found is not None else [])], language)


def _answer(
    result: Result, status: Status, options: argparse.Namespace, show: Callable[[], None], json: Callable[[], str] | None = None
) -> Answer:
    def show_all() -> None:
        if options.json:
            print(json() if json is not None else result.as_json())
        else:
            show()
        where = Text(f"report: {result.report}", f"报告：{result.report}")
        print(in_language(where, options.language), file=sys.stderr if options.json else sys.stdout)

    return Answer(status, show_all)
