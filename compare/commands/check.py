"""`fairfit check` and `fairfit.check`: fail on a regression that the measurements support."""

import argparse
import json
from dataclasses import dataclass

from fairfit.arguments import checked
from fairfit.commands import values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.diff import AnyRun, changes_between, one_run
from fairfit.commands.values import given
from fairfit.models.text import Text, in_language
from fairfit.plain import to_plain
from fairfit.reporting import changes
from fairfit.reporting.changes import Regression

EXAMPLES = "  fairfit check results/today --baseline results/published/article --tolerance 10%"
TOLERANCE = 0.1
TIMES_NOT_CHECKED = Text(
    "the machines differ, or a run timed nothing: times are not checked, accuracy and proof are",
    "机器不同，或某次运行没有计时：不检查时间，只检查准确率与证明",
)


@dataclass(frozen=True)
class Checked:
    """What a check came to: how many cells were compared, whether times were, and each regression.

    `missing` are cells of the baseline that the run lacks, `untimed` those that have a time there and none here.
    """

    cells: int
    missing: list[str]
    untimed: list[str]
    times_checked: bool
    regressions: list[Regression]

    @property
    def status(self) -> Status:
        """INCOMPLETE where cells of the baseline are missing or have no time any more: nothing is known of them."""
        return Status.NO if self.regressions else Status.INCOMPLETE if self.missing or self.untimed else Status.OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=checked(values.path), metavar="RUN", help="the run to check")
    parser.add_argument(
        "--baseline", type=checked(values.path), required=True, metavar="RUN", help="the run it must not fall behind"
    )
    parser.add_argument(
        "--tolerance", type=checked(values.share), metavar="P", help="how much slower a cell may be (default: 10%%)"
    )


def command(options: argparse.Namespace) -> Answer:
    result = check(options.run, baseline=options.baseline, tolerance=options.tolerance)
    return Answer(result.status, lambda: _show(result, options))


def check(run: AnyRun, *, baseline: AnyRun, tolerance: str | float | None = None) -> Checked:
    """Compare a run with a baseline cell by cell: speed (on the same machine), accuracy and proof.

    Raises UserError where a run cannot be read or the two have no cell in common.

    >>> import fairfit
    >>> run = fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    >>> fairfit.check(run, baseline=run).regressions
    []
    """
    before, after = one_run(baseline), one_run(run)
    allowed = given("tolerance", values.share, tolerance, TOLERANCE)
    found = changes_between(before, after)
    runs = before.evidence.runs[0], after.evidence.runs[0]
    times = changes.same_machine(*runs) and all(made.options.get("timing", True) for made in runs)
    known = {change.after.record.id for change in found}
    missing = [row.record.id for row in before.evidence.rows if row.record.id not in known and row.record.status == "measured"]
    untimed = [change.after.record.id for change in found if times and change.lost_its_time]
    return Checked(len(found), missing, untimed, times, changes.regressions(found, allowed, times=times))


def _show(result: Checked, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(to_plain(result), indent=1))
        return

    def tell(text: Text) -> None:
        print(in_language(text, options.language))

    if not result.times_checked:
        tell(TIMES_NOT_CHECKED)
    for regression in result.regressions:
        tell(regression.text)
    for cell in result.missing:
        tell(Text(f"{cell}: in the baseline, and missing here", f"{cell}：基准中有，此处缺失"))
    for cell in result.untimed:
        tell(Text(f"{cell}: timed in the baseline, and not here", f"{cell}：基准中有用时，此处没有"))
    count = len(result.regressions)
    tell(Text(f"{result.cells} cells checked, {count} regressions", f"检查了 {result.cells} 个组合，{count} 处退步"))
