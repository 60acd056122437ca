"""The verdict on each claim of the article, computed from what a report has in hand; nothing is decided beforehand."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairfit.models.text import Text, join
from fairfit.reporting import verdict
from fairfit.reporting.article import CLAIMS, COMPARED, SUBJECT, Claim
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, UNTESTED, WORDS, Judgement
from fairfit.reporting.labels import THE_LOOP, step_title
from fairfit.reporting.tabular import Column, Table, number_text, table
from fairfit.reporting.topics import distributed, extensibility, graphs, potential


@dataclass(frozen=True)
class Finding:
    """The verdict on one claim, the numbers behind it, and the anchor of the table that has more."""

    claim: Claim
    verdict: str
    because: Text
    link: str


def findings(evidence: Evidence) -> list[Finding]:
    """One for each claim, in the article's order; of the frameworks that it compares."""
    evidence = evidence.among(COMPARED)
    return [Finding(claim, *RULES[claim.id](evidence)) for claim in CLAIMS]


def answers(evidence: Evidence) -> Table:
    """One row for each claim of the article with its verdict and the numbers behind it."""
    columns: list[Column[Finding]] = [
        Column(Text("claim", "论断"), Text("its number in this report", "在本报告中的编号"), lambda f: f.claim.id, numeric=False),
        Column(Text("section", "章节"), Text("of the article", "文章的章节"), lambda f: f.claim.section, numeric=False),
        Column(Text("what it says", "内容"), Text("in our words", "转述"), lambda f: f.claim.says, numeric=False),
        Column(Text("verdict", "结论"), Text("what the measurements say", "测量结果说明了什么"), lambda f: WORDS[f.verdict], numeric=False),
        Column(Text("why", "依据"), Text("the numbers behind it", "背后的数字"), lambda f: f.because, numeric=False),
        Column(Text("how it is tested", "如何检验"), Text("the rule, set beforehand", "事先定下的规则"), lambda f: f.claim.tested,
               numeric=False),
    ]  # fmt: skip
    return table("claims", Text("The article, claim by claim", "逐条回答文章的论断"), columns, findings(evidence))


# -- concepts


def _arrays_bound(evidence: Evidence) -> Judgement:
    """N1: arrays by hand and arrays bound to a graph both end at the reference's weights."""
    tried = {level: _trained(evidence, level) for level in ("arrays", "graph")}
    if not all(tried.values()):
        because = Text("Neither or only one of the two was trained.", "两者都没有或只有一种训练过。")
        return Judgement(UNTESTED, because, "proof")
    proven = {level: sum(row.record.status == "measured" for row in rows) for level, rows in tried.items()}
    counts = {level: len(rows) for level, rows in tried.items()}
    word = HOLDS if proven == counts else PARTLY if any(proven.values()) else NOT
    distances = [row.proof_error for rows in tried.values() for row in rows if row.proof_error is not None]
    furthest = max(distances, key=lambda distance: math.inf if math.isnan(distance) else distance)
    because = Text(
        f"By hand {proven['arrays']} of {counts['arrays']} cells are proven, bound to a graph {proven['graph']} of "
        f"{counts['graph']}; the largest distance from the reference is ",
        f"手写的 {counts['arrays']} 个组合中有 {proven['arrays']} 个得到证明，绑定到图的 {counts['graph']} 个中有 {proven['graph']} 个；"
        f"与参考的最大距离为 ",
    )
    return Judgement(word, because + number_text(furthest, 2) + Text(".", "。"), "proof")


def _trained(evidence: Evidence, level: str) -> list[Row]:
    """The cells of the article's framework at a level that were trained for the proof."""
    return [
        row
        for row in evidence.rows
        if row.record.cell.framework == SUBJECT and row.record.level == level and row.record.distances
    ]


def _four_steps(evidence: Evidence) -> Judgement:
    """G1: all four steps are there, the result is proven, and no loop over batches is left to the developer."""
    rows = _trained(evidence, "layers")
    steps = evidence.steps.get(SUBJECT)
    if not rows:
        return Judgement(UNTESTED, Text("No cell of this level was trained.", "这一层次没有训练过的组合。"), "concepts")
    if steps is None:
        return Judgement(UNTESTED, Text("The run has not recorded the source.", "本次运行没有记录源码。"), "concepts")
    proven = sum(row.record.status == "measured" for row in rows)
    missing = [step for step in steps if step.key != THE_LOOP and not step.lines]
    loop = sum(len(step.lines) for step in steps if step.key == THE_LOOP)
    word = NOT if missing or not proven else PARTLY if loop or proven < len(rows) else HOLDS
    lines = [
        Text("", "") + step_title(step.key) + Text(f": {len(step.lines)} lines", f"：{len(step.lines)} 行") for step in steps
    ]
    because = join(lines, ", ", "，") + Text(
        f". {proven} of {len(rows)} cells are proven. ", f"。{len(rows)} 个组合中 {proven} 个得到证明。"
    )
    if loop:
        because += Text(
            "The loop over batches, with forward, backward and update, is the developer's own: structure is not all there is.",
            "对批次的循环（前向、反向与更新）要由开发者自己写：并非只需关心结构。",
        )
    return Judgement(word, because, "concepts")


RULES: Mapping[str, Callable[[Evidence], Judgement]] = {
    "P1": verdict.no_gap,
    "P2": verdict.fastest_somewhere,
    "E1": extensibility.flexible,
    "T1": potential.rich_and_lively,
    "T2": potential.others_weaker,
    "V1": verdict.attractive,
    "S1": graphs.declarative,
    "N1": _arrays_bound,
    "G1": _four_steps,
    "G2": distributed.one_model,
}
