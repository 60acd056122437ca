"""`fairfit diff` and `fairfit.diff`: two runs compared cell by cell, with intervals."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from fairfit.arguments import checked
from fairfit.commands import values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.result import Result, read_result
from fairfit.commands.values import given
from fairfit.models.errors import UserError
from fairfit.models.text import in_language
from fairfit.reporting import changes, terminal
from fairfit.reporting.changes import Change

EXAMPLES = "  fairfit diff results/monday results/friday\n  fairfit diff results/monday results/friday --json"

AnyRun = str | os.PathLike[str] | Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=checked(values.path), metavar="RUN", help="the earlier run")
    parser.add_argument("after", type=checked(values.path), metavar="RUN", help="the later run")


def command(options: argparse.Namespace) -> Answer:
    before, after = one_run(options.before), one_run(options.after)
    found = changes_between(before, after)

    def show() -> None:
        for line in changes.differences(before.evidence.runs[0], after.evidence.runs[0]):
            print(in_language(line, options.language), file=sys.stderr)
        if options.json:
            print(json.dumps([as_plain(change) for change in found], indent=1))
        else:
            terminal.show([changes.table(found)], options.language)

    return Answer(Status.OK, show)


def diff(before: AnyRun, after: AnyRun) -> pd.DataFrame:
    """One row for each cell that both runs have: times, ratio with its 95 % interval, verdict, metrics.

    Raises UserError where a run cannot be read or the two have no cell in common.

    >>> import fairfit
    >>> run = fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    >>> fairfit.diff(run, run).ratio.tolist()
    [1.0]
    """
    return pd.DataFrame([as_plain(change) for change in changes_between(one_run(before), one_run(after))])


def changes_between(before: Result, after: Result) -> list[Change]:
    """Raises UserError where there are none."""
    found = changes.changes(before.evidence.rows, after.evidence.rows)
    if not found:
        raise UserError(f"{before.folder} and {after.folder} have no cell in common")
    return found


def as_plain(change: Change) -> dict[str, Any]:
    """Numbers for other programs: seconds of an epoch, the ratio and its interval."""
    old, new, ratio = change.before, change.after, change.ratio
    return {
        "cell": new.record.id,
        "before_seconds": old.epoch and old.epoch.value,
        "after_seconds": new.epoch and new.epoch.value,
        "ratio": ratio and ratio.value,
        "ratio_low": ratio and ratio.low,
        "ratio_high": ratio and ratio.high,
        "verdict": change.verdict,
        "before_status": old.record.status,
        "after_status": new.record.status,
        "before_metric": old.record.test_metric,
        "after_metric": new.record.test_metric,
    }


def one_run(run: AnyRun) -> Result:
    """Raises UserError where it cannot be read, or is a report of several runs."""
    result = run if isinstance(run, Result) else read_result(given("run", values.path, run, Path()))
    if len(result.evidence.runs) != 1:
        raise UserError(f"{result.folder} holds {len(result.evidence.runs)} runs: give one")
    return result
