"""`fairfit check` and `fairfit.check`: a gate that is green where the measurements show it, and not where they are silent."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairfit.arguments import checked
from fairfit.commands import values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.diff import one_run, refuse_strangers
from fairfit.commands.numbers import estimate, number
from fairfit.commands.result import AnyRun
from fairfit.commands.values import given
from fairfit.models.errors import UserError
from fairfit.models.text import Text, in_language, join
from fairfit.reporting import bounds, changes, gate
from fairfit.reporting.bounds import Bound
from fairfit.reporting.cells import Row
from fairfit.reporting.gate import Gate, Judged, percent
from fairfit.statistics import Estimate

EXAMPLES = (
    "  fairfit check results/today                    the [thresholds] of its specs: metric, loss, distance, ratio\n"
    "  fairfit check results/today --baseline results/yesterday --tolerance 10%\n"
    "  fairfit check results/today --baseline results/yesterday --accuracy 1% --allow-unknown"
)
TOLERANCE = 0.1
ACCURACY = 0.005
SAME_SAMPLES = Text(
    "both runs hold the same samples: nothing was measured twice, so nothing can have become slower",
    "两次运行的样本相同：没有重新测量，因此不可能变慢",
)
WITHOUT_TIMES = Text(
    "a run was asked for proofs alone: times are not checked, accuracy and proof are",
    "某次运行只做证明：不检查时间，只检查准确率与证明",
)
NOTHING_ASKED = Text(
    "nothing to check by: name the run before with --baseline RUN, a version in the same run with --against, or write [thresholds] "
    "into the spec (metric, loss, distance, ratio)",
    "没有检查的依据：请用 --baseline RUN 指定先前的运行，用 --against 指定同一次运行中的版本，或在规格中写入 [thresholds]"
    "（metric、loss、distance、ratio）",
)
MORE_GENERATIONS = Text("more --generations in both runs narrow the intervals", "两次运行都加大 --generations 可使区间变窄")


@dataclass(frozen=True)
class Regression:
    """One cell that fell behind: `kind` is 'speed', 'metric', 'distance', 'refused' or 'failed'; the numbers before and after,
    of speed the ratio of times with its 95 % interval."""

    cell: str
    kind: str
    text: Text
    before: float | None = None
    after: float | None = None
    ratio: Estimate | None = None


@dataclass(frozen=True)
class Checked:
    """What a check came to: each cell judged against the baseline, where there is one; each bound, of a threshold or of another
    version; and how many of them may be unknown (`allow_unknown`: any)."""

    gate: Gate | None
    bounds: Sequence[Bound] = ()
    allow_unknown: bool = False

    @property
    def cells(self) -> list[Judged]:
        return self.gate.cells if self.gate else []

    @property
    def missed(self) -> list[Bound]:
        """The bounds that are not kept."""
        return [bound for bound in self.bounds if bound.verdict == bounds.MISSED]

    @property
    def regressions(self) -> list[Regression]:
        return [
            Regression(
                cell.cell, reason.kind, reason.text, reason.before, reason.after, cell.ratio if reason.kind == "speed" else None
            )
            for cell in self.cells
            for reason in cell.behind
        ]

    @property
    def unknown(self) -> list[str]:
        """The cells of which it cannot be told whether they fell behind, or keep a threshold."""
        told = [cell.cell for cell in self.cells if cell.unknown]
        return list(dict.fromkeys([*told, *(bound.cell for bound in self.bounds if bound.verdict == bounds.UNKNOWN)]))

    def count(self, verdict: str) -> int:
        return Counter(cell.verdict for cell in self.cells)[verdict]

    @property
    def status(self) -> Status:
        """NO where a cell fell behind, INCOMPLETE where one cannot be told, or where nothing could be judged at all."""
        if self.regressions or self.missed:
            return Status.NO
        judged = any(cell.verdict in (gate.NOT_SLOWER, gate.PROVEN, gate.YARDSTICK) for cell in self.cells)
        nothing = not judged and not any(bound.verdict == bounds.HELD for bound in self.bounds)
        return Status.INCOMPLETE if nothing or (self.unknown and not self.allow_unknown) else Status.OK

    @property
    def smallest_slowdowns(self) -> list[float]:
        """Of the cells with a change, the share by which each had to be slower to show; in order of size."""
        return sorted(cell.smallest_slowdown for cell in self.cells if cell.smallest_slowdown is not None)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", type=checked(values.path), metavar="RUN", help="the run to check")
    add(
        "--baseline", type=checked(values.path), metavar="RUN", help="the run it must not fall behind (default: thresholds alone)"
    )
    add(
        "--against",
        metavar="VERSION",
        help="a version that took turns in the same run, as jax@0.4.30 after `run --env jax@0.4.30`",
    )
    add("--tolerance", type=checked(values.share), metavar="P", help="how much slower a cell may be (default: 10%%)")
    add(
        "--accuracy", type=checked(values.share), metavar="P",
        help="how far accuracy or R² may move, up or down, on the scale on which 1 is perfect (default: 0.5%%, which is 0.005)",
    )  # fmt: skip
    add("--allow-unknown", action="store_true", help="exit with 0 though some cells cannot be told, as long as others can")


def command(options: argparse.Namespace) -> Answer:
    result = check(
        options.run, baseline=options.baseline, against=options.against, tolerance=options.tolerance, accuracy=options.accuracy,
        allow_unknown=options.allow_unknown,
    )  # fmt: skip
    return Answer(result.status, lambda: _show(result, options))


def check(
    run: AnyRun,
    *,
    baseline: AnyRun | None = None,
    against: str | None = None,
    tolerance: str | float | None = None,
    accuracy: str | float | None = None,
    allow_unknown: bool = False,
) -> Checked:
    """Judge a run by the thresholds of its specs; and against a baseline cell by cell: not slower, slower, or cannot be told; and
    accuracy and proof.

    Times are divided by the baseline framework that took turns with them in both runs, so that drift of the machine cancels.
    Raises UserError where a run cannot be read or the two have no cell in common.

    >>> import fairfit
    >>> run = fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    >>> fairfit.check(run, baseline=run).regressions
    []
    """
    after = one_run(run)
    allowed = given("tolerance", values.share, tolerance, TOLERANCE)
    kept = bounds.judged(after.evidence)
    kept += [] if against is None else bounds.against(after.evidence, against, allowed)
    if baseline is None:
        if not kept:
            raise UserError(NOTHING_ASKED)
        return Checked(None, kept, allow_unknown)
    before = one_run(baseline)
    refuse_strangers(before, after)
    moved = given("accuracy", values.share, accuracy, ACCURACY)
    return Checked(Gate(before.evidence, after.evidence, allowed, moved), kept, allow_unknown)


# -- in words


def _show(result: Checked, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(as_plain(result), indent=1, allow_nan=False))
    else:
        for line in _lines(result):
            print(in_language(line, options.language))


def _lines(result: Checked) -> list[Text]:
    asked = [] if not result.bounds else [*_of_bounds(result), bounds_summary(result)]
    return asked if result.gate is None else [*_of_gate(result, result.gate), *asked, summary(result, result.gate)]


def _of_bounds(result: Checked) -> list[Text]:
    """The thresholds that are not kept, and those of which it cannot be told."""
    lines = [_of_cells([bound.cell], bound.text) for bound in result.missed]
    unknown = [bound for bound in result.bounds if bound.verdict == bounds.UNKNOWN]
    return lines + [_of_cells([bound.cell], bound.text) + Text(" (cannot be told)", "（无法判断）") for bound in unknown]


def bounds_summary(result: Checked) -> Text:
    """'24 bounds: 22 held, 1 missed, 1 cannot be told'."""
    count = Counter(bound.verdict for bound in result.bounds)
    held, missed, unknown = (count[verdict] for verdict in (bounds.HELD, bounds.MISSED, bounds.UNKNOWN))
    number = len(result.bounds)
    return Text(
        f"{number} bound{'' if number == 1 else 's'}: {held} held, {missed} missed, {unknown} cannot be told",
        f"{number} 个界限：{held} 个满足，{missed} 个未满足，{unknown} 个无法判断",
    )


def _of_gate(result: Checked, found: Gate) -> list[Text]:
    lines = [difference.text for difference in found.differences]
    lines += [] if found.same_machine else [changes.MACHINES_DIFFER]
    lines += [] if found.times else [WITHOUT_TIMES]
    lines += [changes.drift_text(one) for one in found.yardsticks.values() if not one.same_samples]
    timed = [cell for cell in result.cells if cell.ratio]
    if timed and all(cell.before and cell.after and cell.before.blocks == cell.after.blocks for cell in timed):
        lines.append(SAME_SAMPLES)
    elif any(not cell.divided_by for cell in timed):
        lines.append(changes.NO_YARDSTICK)
    lines += [_of_cells([cell.cell], reason.text) for cell in result.cells for reason in cell.behind]
    alike: dict[Text, list[str]] = {}
    for cell in result.cells:
        for reason in cell.unknown:
            alike.setdefault(reason.text, []).append(cell.cell)
    lines += [_of_cells(cells, text) + Text(" (cannot be told)", "（无法判断）") for text, cells in alike.items()]
    return lines


def _of_cells(cells: list[str], text: Text) -> Text:
    """A reason that many cells share stands once, behind all their names."""
    return Text(f"{', '.join(cells)}: ", f"{'、'.join(cells)}：") + text


def summary(result: Checked, found: Gate) -> Text:
    """'12 cells: 9 not slower, 1 slower, 2 cannot be told (the smallest slowdown this pair of runs could show is 34 %: …)'."""
    judged = [cell for cell in result.cells if cell.verdict not in (gate.IN_NEITHER, gate.YARDSTICK)]
    parts = [
        Text(f"{result.count(gate.NOT_SLOWER)} not slower", f"{result.count(gate.NOT_SLOWER)} 个不慢于之前"),
        Text(f"{result.count(gate.SLOWER)} slower", f"{result.count(gate.SLOWER)} 个变慢"),
    ]
    if not found.times:
        parts = [Text(f"{result.count(gate.PROVEN)} proven as before", f"{result.count(gate.PROVEN)} 个证明如前")]
    if worse := result.count(gate.WORSE):
        parts.append(Text(f"{worse} worse in proof or accuracy", f"{worse} 个在证明或准确率上退步"))
    parts.append(Text(f"{result.count(gate.UNKNOWN)} cannot be told", f"{result.count(gate.UNKNOWN)} 个无法判断"))
    count = len(judged)
    told = Text(f"{count} cell{'' if count == 1 else 's'}: ", f"{count} 个组合：") + join(parts, ", ", "，")
    if slowdowns := result.smallest_slowdowns:
        least, most = percent(slowdowns[0]), percent(slowdowns[-1])
        span = Text(least, least) if least == most else Text(f"{least} to {most}, by cell", f"{least} 至 {most}，依组合而定")
        undecided = any(reason.kind == "interval" for cell in result.cells for reason in cell.unknown)
        cure = Text(": ", "：") + MORE_GENERATIONS if undecided else Text("", "")
        told += (
            Text(" (the smallest slowdown that this pair of runs could show is ", "（这两次运行能显示的最小减速为 ")
            + span + cure + Text(")", "）")
        )  # fmt: skip
    yardsticks, neither = result.count(gate.YARDSTICK), result.count(gate.IN_NEITHER)
    if yardsticks:
        told += Text(f"; {yardsticks} measured the drift", f"；{yardsticks} 个用于测量漂移")
    if neither:
        told += Text(f"; {neither} could be had in neither run", f"；{neither} 个在两次运行中都没有")
    return told


# -- for programs


def as_plain(result: Checked) -> dict[str, Any]:
    """Numbers with their units, verdicts and kinds of reasons as words that stay, and each reason in both languages."""
    slowdowns, found = result.smallest_slowdowns, result.gate
    return {
        "exit_status": int(result.status),
        "not_slower": result.count(gate.NOT_SLOWER),
        "slower": result.count(gate.SLOWER),
        "worse": result.count(gate.WORSE),
        "proven": result.count(gate.PROVEN),
        "unknown": result.count(gate.UNKNOWN),
        "in_neither": result.count(gate.IN_NEITHER),
        "tolerance": found.tolerance if found else None,
        "accuracy": found.accuracy if found else None,
        "times_checked": found.times if found else None,
        "same_machine": found.same_machine if found else None,
        "smallest_slowdown": {"low": slowdowns[0], "high": slowdowns[-1], "unit": "1"} if slowdowns else None,
        "drift": [{"cell": one.cell} | (estimate(one.drift, "1") or {}) for one in (found.yardsticks.values() if found else ())],
        "differences": [vars(difference) for difference in (found.differences if found else ())],
        "thresholds": [_bound_as_plain(bound) for bound in result.bounds],
        "cells": [_cell_as_plain(cell) for cell in result.cells],
    }


def _bound_as_plain(bound: Bound) -> dict[str, Any]:
    found = estimate(bound.found, "1") if isinstance(bound.found, Estimate) else number(bound.found, "1")
    return {"cell": bound.cell, "name": bound.name, "asked": bound.asked, "found": found, "verdict": bound.verdict}


def _cell_as_plain(cell: Judged) -> dict[str, Any]:
    def of(row: Row | None) -> dict[str, Any] | None:
        if row is None:
            return None
        return {
            "status": row.record.status,
            "epoch": estimate(row.epoch, "s"),
            "metric": row.record.metric,
            "test_metric": number(row.record.test_metric, "1"),
            "distance": number(row.proof_error, "1"),
        }

    return {
        "cell": cell.cell,
        "verdict": cell.verdict,
        "before": of(cell.before),
        "after": of(cell.after),
        "ratio": estimate(cell.ratio, "1"),
        "divided_by": cell.divided_by,
        "smallest_slowdown": number(cell.smallest_slowdown, "1"),
        "behind": [{"kind": reason.kind, "en": reason.text.en, "zh": reason.text.zh} for reason in cell.behind],
        "unknown": [{"kind": reason.kind, "en": reason.text.en, "zh": reason.text.zh} for reason in cell.unknown],
    }
