"""`fairfit bisect` and `fairfit.bisect`: the first version of a framework that trains slower, or to other weights."""

import argparse
import contextlib
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fairfit.arguments import checked
from fairfit.commands import measuring, values
from fairfit.commands.answer import Answer, Status
from fairfit.commands.measuring import Voice
from fairfit.commands.numbers import estimate
from fairfit.commands.selection import TIME_LIMIT, AnySpec, Chosen
from fairfit.commands.values import given
from fairfit.frameworks import registry
from fairfit.measure import releases, versions
from fairfit.measure.options import Options
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.reporting import terminal
from fairfit.reporting.cells import Row
from fairfit.reporting.tabular import Column, Table, estimate_text, table
from fairfit.runfiles import RunFolder
from fairfit.statistics import Estimate

EXAMPLES = (
    "  fairfit bisect article-linear --framework jax --style scan --versions 0.4.30..0.4.36\n"
    "  fairfit bisect digits --framework pytorch --style nn --versions 2.10.0,2.11.0,2.12.0 --slower 10%"
)
BUDGET, GENERATIONS, SLOWER = 60.0, 5, 0.05
GOOD, SLOW, WRONG, UNTOLD, ABSENT = "as before", "slower", "other weights", "cannot be told", "cannot be had"
WORDS = {
    GOOD: Text(GOOD, "与之前相同"),
    SLOW: Text(SLOW, "变慢"),
    WRONG: Text(WRONG, "权重不同"),
    UNTOLD: Text(UNTOLD, "无法判断"),
    ABSENT: Text(ABSENT, "无法获得"),
}


@dataclass(frozen=True)
class Version:
    """What became of one version: how many times longer than in the first an epoch takes, and what that says."""

    label: str
    verdict: str
    ratio: Estimate | None = None
    reason: Text | str = ""


@dataclass
class Bisected:
    """`looked_at` in the order of the versions; `found` is the first that is slower or trains to other weights, `before` the last
    that is not; both are None where the last version is as the first."""

    framework: str
    looked_at: list[Version] = field(default_factory=list)
    found: Version | None = None
    before: Version | None = None

    @property
    def status(self) -> Status:
        """NO where a version was found, INCOMPLETE where some that could not be told lie between."""
        if self.found is not None:
            return Status.NO
        return Status.INCOMPLETE if any(one.verdict == UNTOLD for one in self.looked_at) else Status.OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("spec", metavar="SPEC", help="a built-in name or a .toml file")
    add(
        "--framework",
        required=True,
        metavar="F",
        help=", ".join(entry.name for entry in registry.FRAMEWORKS if not entry.baseline),
    )
    add("--style", required=True, metavar="S", help="one style of it: see `fairfit list`")
    add(
        "--versions",
        required=True,
        metavar="A..B",
        help="from A to B as the package index has them, or a list A,B,C in their order",
    )
    add("--slower", type=checked(values.share), metavar="P", help="what counts as slower, beyond the interval (default: 5%%)")
    add("--budget", type=checked(values.duration), metavar="TIME", help="how long to measure each version (default: 60s)")
    add("--time-limit", type=checked(values.duration), metavar="TIME", help="longest step of one worker (default: 10m)")
    add("--data-dir", type=checked(values.path), metavar="DIR", help="where data files lie")
    add("--out", type=checked(values.path), metavar="DIR", help="the folder of the runs (default: results/bisect-F)")


def command(options: argparse.Namespace) -> Answer:
    result = bisect(
        options.spec, framework=options.framework, style=options.style, versions=options.versions, slower=options.slower,
        budget=options.budget, time_limit=options.time_limit, data_dir=options.data_dir, out=options.out,
        voice=measuring.of_command_line(options),
    )  # fmt: skip
    return Answer(result.status, lambda: _show(result, options))


def bisect(
    spec: AnySpec,
    *,
    framework: str,
    style: str,
    versions: str | Sequence[str],
    slower: str | float | None = None,
    budget: str | float | None = None,
    time_limit: str | float | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    voice: Voice | None = None,
) -> Bisected:
    """Find the first version of a framework that is slower than the first of `versions`, or trains to other weights.

    Each version that is looked at takes turns with the first of all, in environments of their own; half of those that are left
    need not be looked at. A version that cannot be had is passed over. Words are those of `fairfit bisect --help`. Raises UserError.

    >>> import fairfit
    >>> fairfit.bisect("digits", framework="jax", style="scan", versions="0.4.30..0.4.36", out=folder).found  # doctest: +SKIP
    """
    entry = registry.find(framework)
    if style not in entry.styles:
        raise UserError(registry.unknown(Text("style", "写法"), style, entry.styles))
    labels = _labels(entry.distributions[0], versions)
    bound = given("slower", values.share, slower, SLOWER)
    options = Options(
        budget=given("budget", values.duration, budget, BUDGET), least_generations=GENERATIONS, solving=False,
        time_limit=given("time_limit", values.duration, time_limit, TIME_LIMIT),
    )  # fmt: skip
    voice = voice or Voice(command=f"fairfit.bisect({spec!r}, framework={framework!r}, style={style!r}, versions={versions!r})")
    folder = given("out", values.path, out, None) or RunFolder.new(Path("results") / f"bisect-{framework}").path

    def judge(label: str) -> Version:
        return _judged(spec, framework, style, labels[0], label, bound, options, data_dir, folder / label, voice)

    try:
        return search(framework, labels, judge)
    finally:
        if out is None:
            with contextlib.suppress(OSError):  # it is empty where the first run did not begin
                folder.rmdir()


def search(framework: str, labels: Sequence[str], judge: Callable[[str], Version]) -> Bisected:
    """Between the first of the labels, which is as it should be, and the last, if that is not."""
    seen: dict[str, Version] = {labels[0]: Version(labels[0], GOOD, Estimate(1.0, 1.0, 1.0))}

    def looked_at(number: int) -> Version:
        label = labels[number]
        if label not in seen:
            seen[label] = judge(label)
        return seen[label]

    def as_before(one: Version, bad: Version) -> bool:
        """Whether one that is around the bound is nearer to the first than to a version that is slower."""
        return one.ratio is not None and bad.ratio is not None and one.ratio.high < math.sqrt(bad.ratio.low)

    last = len(labels) - 1
    while last > 0 and looked_at(last).verdict == ABSENT:
        last -= 1
    good, bad = 0, last if looked_at(last).verdict in (SLOW, WRONG) else None
    while bad is not None:
        between = [
            number
            for number in range(good + 1, bad)
            if labels[number] not in seen or seen[labels[number]].verdict in (GOOD, SLOW, WRONG)
        ]
        if not between:
            break
        middle = between[len(between) // 2]
        if looked_at(middle).verdict == UNTOLD and as_before(seen[labels[middle]], seen[labels[bad]]):
            seen[labels[middle]] = replace(seen[labels[middle]], verdict=GOOD)
        match seen[labels[middle]].verdict:
            case "slower" | "other weights":
                bad = middle
            case "as before":
                good = middle
    order = [seen[label] for label in labels if label in seen]
    found = None if bad is None else seen[labels[bad]]
    return Bisected(framework, order, found, None if found is None else seen[labels[good]])


def _judged(
    spec: AnySpec, framework: str, style: str, first: str, label: str, bound: float, options: Options,
    data_dir: str | os.PathLike[str] | None, out: Path, voice: Voice,
) -> Version:  # fmt: skip
    """One version beside the first."""
    asked = versions.parse(f"{framework}@{first},{label}")
    with voice.open() as progress:
        try:
            rows, records = versions.rows(asked, progress)
        except UserError as error:
            versions.rows(asked[:1], progress)  # where it is the first that cannot be had, there is nothing to compare with
            progress.note(error.text)
            return Version(label, ABSENT, reason=error.text)
    baseline = next(entry for entry in registry.FRAMEWORKS if entry.baseline)
    with registry.also(rows):
        chosen = Chosen([spec], [baseline.name], [style, *baseline.styles], threads=["1"], input=["resident"]).plan()
        folder = given("data_dir", values.path, data_dir, None)
        result = measuring.begin(
            chosen, options, out=out, word="bisect", topics=[], data_dir=folder, voice=voice, environments=records
        )
    old, new = (_row(result.evidence.rows, one.name) for one in asked)
    if old.record.status != "measured":
        raise UserError(
            Text(f"{asked[0].name}: {old.record.status}: ", f"{asked[0].name}：{old.record.status}：") + old.record.reason
        )
    if new.record.status != "measured":
        verdict = WRONG if new.record.status == "refused" else ABSENT
        return Version(label, verdict, reason=new.record.reason)
    ratio = new.times(old)
    return Version(label, UNTOLD if ratio is None else told(ratio, bound), ratio)


def told(ratio: Estimate, bound: float) -> str:
    """Slower where the whole interval is beyond the bound, as before where none of it is."""
    if ratio.low > 1 + bound:
        return SLOW
    return GOOD if ratio.high <= 1 + bound else UNTOLD


def _row(rows: Sequence[Row], name: str) -> Row:
    return next(row for row in rows if row.record.cell.framework == name)


def _labels(distribution: str, asked: str | Sequence[str]) -> list[str]:
    """The versions in their order. Raises UserError where there are fewer than two."""
    if isinstance(asked, str) and ".." in asked:
        first, _, last = asked.partition("..")
        labels = releases.between(distribution, first.strip(), last.strip())
    else:
        labels = list(dict.fromkeys(given("versions", values.names, asked, [""])))
    if len(labels) < 2:
        raise UserError(
            Text(
                f"versions {asked!r}: at least two are needed, and there is {', '.join(labels) or 'none'}",
                f"版本 {asked!r}：至少需要两个，现有 {'、'.join(labels) or '无'}",
            )
        )
    return labels


# -- in words


COLUMNS: list[Column[Version]] = [
    Column(Text("version", "版本"), "", lambda one: one.label, numeric=False),
    Column(
        Text("times the first", "为首个版本的几倍"), Text("time of an epoch, with its 95 % interval", "一轮用时，附 95 % 区间"),
        lambda one: estimate_text(one.ratio) if one.ratio else "",
    ),
    Column(Text("verdict", "结论"), "", lambda one: WORDS[one.verdict], numeric=False),
    Column(Text("why", "原因"), "", lambda one: one.reason, numeric=False),
]  # fmt: skip


def as_table(result: Bisected) -> Table:
    return table("bisect", Text(f"{result.framework}: versions", f"{result.framework}：各版本"), COLUMNS, result.looked_at)


def answer(result: Bisected) -> Text:
    """'first with a slower epoch: jax 0.4.33; the last without: 0.4.31'."""
    if result.found is None or result.before is None:
        last = next((one.label for one in reversed(result.looked_at) if one.verdict != ABSENT), "")
        return Text(
            f"{result.framework}: {last} is not shown to be worse than {result.looked_at[0].label}",
            f"{result.framework}：未见 {last} 劣于 {result.looked_at[0].label}",
        )
    found, before = result.found, result.before
    what = WORDS[found.verdict]
    return Text(
        f"first with {what.en if found.verdict == WRONG else 'a slower epoch'}: {result.framework} {found.label}; the last without: {before.label}",
        f"最先{what.zh}的：{result.framework} {found.label}；此前最后一个正常的：{before.label}",
    )


def as_plain(result: Bisected) -> dict[str, Any]:
    """For programs: verdicts as words that stay, ratios with their intervals."""
    looked_at = [
        {"version": one.label, "verdict": one.verdict, "ratio": estimate(one.ratio, "1"), "reason": str(one.reason)}
        for one in result.looked_at
    ]
    found = result.found.label if result.found else None
    return {
        "framework": result.framework,
        "found": found,
        "before": result.before.label if result.before else None,
        "versions": looked_at,
    }


def _show(result: Bisected, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(as_plain(result), indent=1))
        return
    terminal.show([as_table(result)], options.language)
    terminal.lines([answer(result)], options.language)
