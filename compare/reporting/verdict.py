"""The verdict in one paragraph, put together from the findings: who should pick what, for which work, and how sure that is."""

import math

from fairfit import statistics
from fairfit.models.text import Text, join
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.cells import Row
from fairfit.reporting.claims import Finding
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, UNTESTED, WORDS
from fairfit.reporting.labels import device_text
from fairfit.reporting.overview import races

NAMED = 3  # groups, as many as a sentence bears


def paragraph(evidence: Evidence, findings: list[Finding]) -> Text:
    """Counts of verdicts, the recommendation's own verdict, picks by kind of work, and what limits all that."""
    return join([_counted(findings), _recommended(evidence, findings), *_picks(evidence), _sure(evidence)])


def _counted(findings: list[Finding]) -> Text:
    ids = {word: [finding.claim.id for finding in findings if finding.verdict == word] for word in (HOLDS, PARTLY, NOT, UNTESTED)}
    told = [
        WORDS[word] + Text(f": {len(found)} ({', '.join(found)})", f" {len(found)} 条（{'、'.join(found)}）")
        for word, found in ids.items()
        if found
    ]
    return (
        Text(f"Of the article's {len(findings)} claims: ", f"文章的 {len(findings)} 条论断中：")
        + join(told, "; ", "；")
        + Text(".", "。")
    )


def _recommended(evidence: Evidence, findings: list[Finding]) -> Text:
    (finding,) = (finding for finding in findings if finding.claim.id == "V1")
    told = Text("Its recommendation ", "它的推荐") + WORDS[finding.verdict] + Text(": ", "：") + finding.because
    retired = any(fact.framework == SUBJECT and fact.kind == "retired" for fact in evidence.facts)
    if retired:
        told += Text(
            f" {SUBJECT} is retired: new work should not begin with it, whatever its speed; what runs on it can be ported and proven equal.",
            f"{SUBJECT} 已退役：无论速度如何，新工作都不应从它开始；已有的工作可以移植，并证明结果相同。",
        )
    return told


def _picks(evidence: Evidence) -> list[Text]:
    rows = [row for row in evidence.rows if row.record.cell.framework in evidence.frameworks and row.epoch]
    if not rows:
        return []
    line_by_line = [row for row in rows if row.record.level == "layers" and row.record.cell.input == "resident"]
    picks = [
        (Text("Fastest in steady state: ", "稳态最快："), _first_of_groups(rows, evidence.precision)),
        (
            Text("With code that runs line by line: ", "逐行执行的代码中最快："),
            _first_of_groups(line_by_line, evidence.precision),
        ),
        (Text("From nothing to the target: ", "从零到达目标最快："), _first_of_races(rows)),
    ]
    return [heading + join(_by_winner(won), "; ", "；") + Text(".", "。") for heading, won in picks if won]


Won = list[tuple[Row, Text]]  # a cell of each group, for its name, and who is first there


def _first_of_groups(rows: list[Row], precision: float) -> Won:
    """For each group the fastest framework, and those that are not shown to be slower."""
    won = []
    for group in dict.fromkeys(row.group for row in rows):
        here = sorted((row for row in rows if row.group == group), key=lambda row: row.epoch.value if row.epoch else math.inf)
        may_be_first: dict[str, str] = {}
        for row in here:
            ratio = statistics.ratio(row.blocks, here[0].blocks)
            if row is here[0] or (ratio and statistics.verdict(ratio, precision) != "slower"):
                may_be_first.setdefault(row.record.cell.framework, row.record.cell.style)
        names = [f"{framework} {style}" for framework, style in may_be_first.items()]
        won.append((here[0], join(names, " or ", "或")))
    return won


def _first_of_races(rows: list[Row]) -> Won:
    groups = [races([row for row in rows if row.group == group])[:1] for group in dict.fromkeys(row.group for row in rows)]
    return [
        (race.row, Text(name := f"{race.row.record.cell.framework} {race.row.record.cell.style}", name))
        for (race,) in filter(None, groups)
    ]


def _by_winner(won: Won) -> list[Text]:
    """Each winner with the number of its groups, the one with most of them first; few groups are named."""
    names = sorted(dict.fromkeys(name for _, name in won), key=lambda name: -sum(name == other for _, other in won))
    told = []
    for name in names:
        rows = [row for row, other in won if other == name]
        places = [Text(f"{row.record.cell.spec}, ", f"{row.record.cell.spec}，") + device_text(row) for row in rows]
        counted = name + Text(f" in {len(rows)} of {len(won)}", f"，{len(won)} 组中的 {len(rows)} 组")
        named = Text(" (", "（") + join(places, "; ", "；") + Text(")", "）") if len(rows) <= NAMED else ""
        told.append(counted + named)
    return told


def _sure(evidence: Evidence) -> Text:
    generations = sorted({row.generations for row in evidence.rows if row.epoch})
    if not generations:
        return Text("Nothing was timed.", "没有任何计时。")
    span = str(generations[0]) if len(generations) == 1 else f"{generations[0]}–{generations[-1]}"
    told = Text(
        f"How sure: generations of fresh processes behind each time: {span}",
        f"可信程度：每个时间背后有 {span} 代新进程",
    )
    if generations[0] < statistics.ENOUGH_GENERATIONS:
        told += Text(
            f" (below {statistics.ENOUGH_GENERATIONS} the intervals lean on an assumed scatter)",
            f"（少于 {statistics.ENOUGH_GENERATIONS} 代时，区间依赖假定的离散程度）",
        )
    told += Text("; ", "；")
    told += Text(
        "one regression on one machine: dispatch more than arithmetic, and no statement about large networks.",
        "仅为一台机器上的一个回归：调度多于算术，不能推及大型网络。",
    )
    if all(row.record.cell.device == "cpu" for row in evidence.rows):
        told += Text(" No GPU was measured.", "没有测量 GPU。")
    return told
