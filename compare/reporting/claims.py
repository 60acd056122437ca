"""The verdict on each claim of the article, computed from what a report has in hand; nothing is decided beforehand."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairfit import statistics
from fairfit.models.text import Text, join
from fairfit.reporting.article import CLAIMS, SUBJECT, Claim
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, UNTESTED, WORDS, Judgement
from fairfit.reporting.labels import THE_LOOP, device_text, step_title
from fairfit.reporting.tabular import Column, Table, estimate_text, number_text, table
from fairfit.reporting.topics import distributed, extensibility, graphs, potential
from fairfit.statistics import Estimate

GAP = 1.25  # times the fastest, from which on a difference between frameworks is called a gap


@dataclass(frozen=True)
class Finding:
    """The verdict on one claim, the numbers behind it, and the anchor of the table that has more."""

    claim: Claim
    verdict: str
    because: Text
    link: str


@dataclass(frozen=True)
class Contest:
    """One group in which frameworks were measured side by side: the fastest cell of each, fastest first."""

    best: list[Row]

    @property
    def title(self) -> Text:
        return Text(f"{self.best[0].record.cell.spec}, ", f"{self.best[0].record.cell.spec}，") + device_text(self.best[0])

    def ratio(self, row: Row) -> Estimate:
        """How many times longer than the first a row takes."""
        ratio = statistics.ratio(row.blocks, self.best[0].blocks)
        assert ratio is not None, "cells of one generation share its blocks"
        return ratio


def findings(evidence: Evidence) -> list[Finding]:
    """One for each claim, in the article's order."""
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


def contests(evidence: Evidence) -> list[Contest]:
    """All groups in which the article's framework and another one have a time; the baseline does not take part."""
    groups: dict[str, dict[str, Row]] = {}
    for row in evidence.rows:
        if row.epoch and row.record.cell.framework in evidence.frameworks:
            best = groups.setdefault(row.group, {})
            known = best.get(row.record.cell.framework)
            if known is None or (known.epoch and row.epoch.value < known.epoch.value):
                best[row.record.cell.framework] = row
    return [
        Contest(sorted(best.values(), key=lambda row: row.epoch.value if row.epoch else 0.0))
        for best in groups.values()
        if SUBJECT in best and len(best) > 1 and _comparable(best)
    ]


def _comparable(best: Mapping[str, Row]) -> bool:
    first, *others = best.values()
    return all(statistics.ratio(row.blocks, first.blocks) is not None for row in others)


# -- performance


def _no_gap(evidence: Evidence) -> Judgement:
    held = contests(evidence)
    if not held:
        return Judgement(UNTESTED, _no_contest(), "performance")
    ratios = [contest.ratio(contest.best[-1]) for contest in held]
    gaps = sum(ratio.low > GAP for ratio in ratios)
    closes = sum(ratio.high < GAP for ratio in ratios)
    verdict = NOT if gaps == len(held) else HOLDS if closes == len(held) else PARTLY
    told = [
        contest.title
        + Text(
            f": {_cell(contest.best[-1])} takes {estimate_text(ratio)} times as long as {_cell(contest.best[0])}",
            f"：{_cell(contest.best[-1])} 用时为 {_cell(contest.best[0])} 的 {estimate_text(ratio)} 倍",
        )
        for contest, ratio in zip(held, ratios, strict=True)
    ]
    counted = Text(
        f"A gap of {GAP:g} times or more is shown in {gaps} of {len(held)} groups. Slowest best by fastest best: ",
        f"{len(held)} 组中有 {gaps} 组显示 {GAP:g} 倍以上的差距。最慢者与最快者之比：",
    )
    return Judgement(verdict, counted + join(told, "; ", "；") + Text(".", "。"), "performance")


def _fastest_somewhere(evidence: Evidence) -> Judgement:
    held = contests(evidence)
    if not held:
        return Judgement(UNTESTED, _no_contest(), "performance")
    first: list[Contest] = []
    tied: list[Contest] = []
    for contest in held:
        ahead = [row for row in contest.best if row.record.cell.framework != SUBJECT]
        if contest.best[0].record.cell.framework == SUBJECT:
            alone = all(statistics.verdict(contest.ratio(row), evidence.precision) == "slower" for row in ahead)
            (first if alone else tied).append(contest)
        elif not _behind(contest, evidence.precision):
            tied.append(contest)
    on_gpu = [contest for contest in held if contest.best[0].record.cell.device != "cpu"]
    verdict = HOLDS if first else PARTLY if tied else NOT
    told = Text(
        f"Of {len(held)} groups {SUBJECT} is shown to be first in {len(first)}",
        f"{len(held)} 组中，{SUBJECT} 被证明居首的有 {len(first)} 组",
    )
    if first:
        told += Text(" (", "（") + join([contest.title for contest in first], "; ", "；") + Text(")", "）")
    told += Text(f", and may be as fast as the first in {len(tied)} more", f"，另有 {len(tied)} 组可能与最快者相当")
    if tied:
        told += Text(" (", "（") + join([contest.title for contest in tied], "; ", "；") + Text(")", "）")
    told += Text(". ", "。")
    told += (
        Text(f"{len(on_gpu)} of the groups ran on a GPU.", f"其中 {len(on_gpu)} 组在 GPU 上。")
        if on_gpu
        else Text("On a GPU: not tested here, ", "GPU：此处未测，") + evidence.no_gpu + Text(".", "。")
    )
    return Judgement(verdict, told, "performance")


def _no_contest() -> Text:
    return Text("No group has times of this framework and another one.", "没有一组同时测得该框架与另一框架的时间。")


def _cell(row: Row) -> str:
    return f"{row.record.cell.framework} {row.record.cell.style}"


# -- concepts


def _arrays_bound(evidence: Evidence) -> Judgement:
    """N1: arrays by hand and arrays bound to a graph both end at the reference's weights."""
    tried = {level: _trained(evidence, level) for level in ("arrays", "graph")}
    if not all(tried.values()):
        because = Text("Neither or only one of the two was trained.", "两者都没有或只有一种训练过。")
        return Judgement(UNTESTED, because, "proof")
    proven = {level: sum(row.record.status == "measured" for row in rows) for level, rows in tried.items()}
    counts = {level: len(rows) for level, rows in tried.items()}
    verdict = HOLDS if proven == counts else PARTLY if any(proven.values()) else NOT
    distances = [row.proof_error for rows in tried.values() for row in rows if row.proof_error is not None]
    furthest = max(distances, key=lambda distance: math.inf if math.isnan(distance) else distance)
    because = Text(
        f"By hand {proven['arrays']} of {counts['arrays']} cells are proven, bound to a graph {proven['graph']} of "
        f"{counts['graph']}; the largest distance from the reference is ",
        f"手写的 {counts['arrays']} 个组合中有 {proven['arrays']} 个得到证明，绑定到图的 {counts['graph']} 个中有 {proven['graph']} 个；"
        f"与参考的最大距离为 ",
    )
    return Judgement(verdict, because + number_text(furthest, 2) + Text(".", "。"), "proof")


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
    verdict = NOT if missing or not proven else PARTLY if loop or proven < len(rows) else HOLDS
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
    return Judgement(verdict, because, "concepts")


# -- the verdict


def aspects(evidence: Evidence) -> dict[str, bool | None]:
    """Whether the article's framework leads, or may share the lead, in each of its three aspects; None where untested.

    Performance: in half of the groups or more it is not shown to be slower than the first. Extensibility: no other passes
    a larger share of the checks. Potential: its claim T1 holds.
    """
    held = contests(evidence)
    level = [contest for contest in held if not _behind(contest, evidence.precision)]
    leads = 2 * len(level) >= len(held) if held else None
    checks = {name: extensibility.checks_passed(found) for name, found in evidence.found(extensibility.TOPIC).items()}
    shares = {name: passed / applying for name, (passed, applying) in checks.items() if applying}
    extensible = shares[SUBJECT] >= max(shares.values()) if SUBJECT in shares and len(shares) > 1 else None
    t1 = potential.rich_and_lively(evidence).verdict
    return {
        "performance": leads,
        "extensibility": extensible,
        "potential": None if t1 == UNTESTED else t1 == HOLDS,
    }


def _behind(contest: Contest, precision: float) -> bool:
    """True where the article's framework is shown to be slower than the first."""
    (subject,) = (row for row in contest.best if row.record.cell.framework == SUBJECT)
    return statistics.verdict(contest.ratio(subject), precision) == "slower"


ASPECT_WORDS = {
    "performance": Text("performance", "性能"),
    "extensibility": Text("extensibility", "可扩展性"),
    "potential": Text("potential", "潜力"),
}


def _attractive(evidence: Evidence) -> Judgement:
    found = aspects(evidence)
    tested = {name: leads for name, leads in found.items() if leads is not None}
    if not tested:
        return Judgement(UNTESTED, Text("None of the three aspects was tested.", "三个方面都没有测试。"), "verdict")
    verdict = HOLDS if len(tested) == len(found) and all(tested.values()) else PARTLY if any(tested.values()) else NOT
    words = {True: Text("leads or shares the lead", "领先或并列"), False: Text("does not lead", "不领先"), None: WORDS[UNTESTED]}
    told = join([ASPECT_WORDS[name] + Text(": ", "：") + words[leads] for name, leads in found.items()], "; ", "；")
    because = Text(f"{SUBJECT}, by aspect: ", f"{SUBJECT} 各方面：") + told + Text(".", "。")
    return Judgement(verdict, because, "verdict")


RULES: Mapping[str, Callable[[Evidence], Judgement]] = {
    "P1": _no_gap,
    "P2": _fastest_somewhere,
    "E1": extensibility.flexible,
    "T1": potential.rich_and_lively,
    "T2": potential.others_weaker,
    "V1": _attractive,
    "S1": graphs.declarative,
    "N1": _arrays_bound,
    "G1": _four_steps,
    "G2": distributed.one_model,
}
