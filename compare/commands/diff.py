"""`fairfit diff` and `fairfit.diff`: two runs compared cell by cell, with intervals."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from fairfit.arguments import checked
from fairfit.commands import values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.numbers import estimate, number
from fairfit.commands.result import AnyRun, Result, read_result
from fairfit.commands.values import given
from fairfit.models.errors import UserError
from fairfit.models.text import Text, in_language
from fairfit.reporting import changes, terminal
from fairfit.reporting.cells import Row
from fairfit.reporting.changes import Change

EXAMPLES = "  fairfit diff results/monday results/friday\n  fairfit diff results/monday results/friday --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=checked(values.path), metavar="RUN", help="the earlier run")
    parser.add_argument("after", type=checked(values.path), metavar="RUN", help="the later run")


def command(options: argparse.Namespace) -> Answer:
    before, after = one_run(options.before), one_run(options.after)
    found = changes_between(before, after)
    runs = before.evidence.runs[0], after.evidence.runs[0]
    lines = [difference.text for difference in changes.differences(*runs)]
    lines += [changes.MACHINES_DIFFER] if changes.machines_differ(*runs) else []
    for result, run in zip((before, after), runs, strict=True):
        lines += [
            Text(f"{run.name}: ", f"{run.name}：") + found.warning
            for found in result.evidence.disturbances
            if found and found.warning
        ]

    def show() -> None:
        for line in lines:
            print(in_language(line, options.language), file=sys.stderr)
        if options.json:
            print(json.dumps([as_plain(change) for change in found], indent=1, allow_nan=False))
        else:
            yardsticks = changes.yardsticks(before.evidence, after.evidence).values()
            terminal.show([changes.table(found, yardsticks)], options.language)

    return Answer(Status.OK, show)


def diff(before: AnyRun, after: AnyRun) -> pd.DataFrame:
    """One row for each cell that both runs have: times, ratio with its 95 % interval, verdict, metrics.

    Times are divided by the baseline framework that took turns with them in both runs (`divided_by`), so that drift of the
    machine cancels: the ratio is not that of the two times beside it.

    Raises UserError where a run cannot be read or the two have no cell in common.

    >>> import fairfit
    >>> run = fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    >>> fairfit.diff(run, run).ratio.tolist()
    [1.0]
    """
    return pd.DataFrame([_as_row(change) for change in changes_between(one_run(before), one_run(after))])


def changes_between(before: Result, after: Result) -> list[Change]:
    """Raises UserError where there are none."""
    refuse_strangers(before, after)
    return changes.changes(before.evidence, after.evidence)


def refuse_strangers(before: Result, after: Result) -> None:
    """Raises UserError where two runs have no cell in common."""
    if not changes.pairs(before.evidence, after.evidence):
        raise UserError(
            Text(
                f"{before.folder} and {after.folder} have no cell in common",
                f"{before.folder} 与 {after.folder} 没有共同的组合",
            )
        )


def _as_row(change: Change) -> dict[str, Any]:
    """One row of a table: seconds of an epoch, the ratio and its interval."""
    old, new, ratio = change.before, change.after, change.ratio
    return {
        "cell": change.cell,
        "before_seconds": old.epoch and old.epoch.value,
        "after_seconds": new.epoch and new.epoch.value,
        "ratio": ratio and ratio.value,
        "ratio_low": ratio and ratio.low,
        "ratio_high": ratio and ratio.high,
        "divided_by": change.divided_by,
        "verdict": change.verdict,
        "before_status": old.record.status,
        "after_status": new.record.status,
        "before_metric": old.record.test_metric,
        "after_metric": new.record.test_metric,
    }


def as_plain(change: Change) -> dict[str, Any]:
    """The same for other programs: each number with its interval and unit."""

    def of(row: Row) -> dict[str, Any]:
        return {
            "status": row.record.status,
            "epoch": estimate(row.epoch, "s"),
            "metric": row.record.metric,
            "test_metric": number(row.record.test_metric, "1"),
        }

    return {
        "cell": change.cell,
        "before": of(change.before),
        "after": of(change.after),
        "ratio": estimate(change.ratio, "1"),
        "divided_by": change.divided_by,
        "same_spec": change.same_spec,
        "verdict": change.verdict,
    }


def one_run(run: AnyRun) -> Result:
    """Raises UserError where it cannot be read, or is a report of several runs."""
    result = run if isinstance(run, Result) else read_result(given("run", values.path, run, Path()))
    if len(result.evidence.runs) != 1:
        raise UserError(f"{result.folder} holds {len(result.evidence.runs)} runs: give one")
    return result
