"""The verdict on each claim of the article, computed from what a report has in hand; nothing is decided beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fairfit import statistics
from fairfit.models.text import Text, join, listed
from fairfit.reporting.article import CLAIMS, SUBJECT, Claim
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.table import estimate_text, figure_text, percent_text
from fairfit.reporting.tables import device_text
from fairfit.statistics import Estimate

HOLDS, NOT, PARTLY, UNTESTED = "holds", "does not hold", "partly", "not tested here"
WORDS = {
    HOLDS: Text("holds", "成立"),
    NOT: Text("does not hold", "不成立"),
    PARTLY: Text("partly", "部分成立"),
    UNTESTED: Text("not tested here", "此处未测"),
}
GAP = 1.25  # times the fastest, from which on a difference between frameworks is called a gap
RICH = 0.8  # share of public names with a docstring, from which on documentation is called rich
WEAKER = 0.05  # by which a share must be lower to be called weaker


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
    found = []
    for claim in CLAIMS:
        verdict, because, link = RULES[claim.id](evidence)
        found.append(Finding(claim, verdict, because, link))
    return found


Answer = tuple[str, Text, str]


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


def _no_gap(evidence: Evidence) -> Answer:
    held = contests(evidence)
    if not held:
        return UNTESTED, _no_contest(), "performance"
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
    return verdict, counted + join(told, "; ", "；") + Text(".", "。"), "performance"


def _fastest_somewhere(evidence: Evidence) -> Answer:
    held = contests(evidence)
    if not held:
        return UNTESTED, _no_contest(), "performance"
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
    return verdict, told, "performance"


def _no_contest() -> Text:
    return Text("No group has times of this framework and another one.", "没有一组同时测得该框架与另一框架的时间。")


def _cell(row: Row) -> str:
    return f"{row.record.cell.framework} {row.record.cell.style}"


# -- extensibility


def _flexible(evidence: Evidence) -> Answer:
    probes = {name: found["probes"] for name, found in evidence.found("extensibility").items()}
    if SUBJECT not in probes:
        return UNTESTED, _no_inspection("extensibility", evidence), "extensibility"
    imperative = _works(probes[SUBJECT], "imperative") and _works(probes[SUBJECT], "gradient")
    everywhere = _works(probes[SUBJECT], "compiled") and _works(probes[SUBJECT], "export")
    verdict = HOLDS if imperative and everywhere else PARTLY if imperative else NOT
    told = [
        Text(
            f"{name}: {_passed(found)[0]} of {_passed(found)[1]} checks passed, {sum(p['lines'] for p in found.values())} lines for "
            f"{len(found)} extensions",
            f"{name}：{_passed(found)[1]} 项检查通过 {_passed(found)[0]} 项，{len(found)} 种扩展共 "
            f"{sum(p['lines'] for p in found.values())} 行",
        )
        for name, found in probes.items()
    ]
    failed = [
        f"{probe}/{check}"
        for probe, values in probes[SUBJECT].items()
        for check, outcome in values["checks"].items()
        if outcome["works"] is False
    ]
    because = join(told, "; ", "；") + Text(". ", "。")
    if failed:
        because += Text(f"What {SUBJECT} does not do: {', '.join(failed)}.", f"{SUBJECT} 做不到的：{'、'.join(failed)}。")
    return verdict, because, "extensibility"


def _works(probes: Mapping[str, Any], check: str) -> bool:
    """True where no probe fails the check; one that does not apply does not fail."""
    return all(probe["checks"].get(check, {}).get("works") is not False for probe in probes.values())


def _passed(probes: Mapping[str, Any]) -> tuple[int, int]:
    outcomes = [outcome["works"] for probe in probes.values() for outcome in probe["checks"].values()]
    return sum(outcome is True for outcome in outcomes), sum(outcome is not None for outcome in outcomes)


# -- potential


def _rich_and_lively(evidence: Evidence) -> Answer:
    measured = evidence.found("potential")
    if SUBJECT not in measured:
        return UNTESTED, _no_inspection("potential", evidence), "potential"
    found = measured[SUBJECT]
    rich = found["documented_share"] >= RICH
    retired = [fact for fact in evidence.facts if fact.framework == SUBJECT and fact.kind == "retired"]
    starts = found["plain_import"]["works"]
    lively = starts and not retired
    verdict = HOLDS if rich and lively else NOT if not rich and not lively else PARTLY
    shares = [
        Text(f"{name} {percent_text(f['documented_share'])}", f"{name} {percent_text(f['documented_share'])}")
        for name, f in measured.items()
    ]
    told = Text("Public names with a docstring: ", "有文档的公开名称：") + listed(shares) + Text(". ", "。")
    told += (
        Text("A plain import works here. ", "直接导入可以成功。")
        if starts
        else Text(
            f"A plain import fails here ({found['plain_import']['error']}). ",
            f"直接导入在此失败（{found['plain_import']['error']}）。",
        )
    )
    told += join([Text(f"{fact.date}: {fact.says.en} ", f"{fact.date}：{fact.says.zh}") for fact in retired], "", "")
    return verdict, told, "potential"


def _others_weaker(evidence: Evidence) -> Answer:
    measured = evidence.found("potential")
    others = [name for name in measured if name != SUBJECT]
    if SUBJECT not in measured or not others:
        return UNTESTED, _no_inspection("potential", evidence), "potential"
    mine = measured[SUBJECT]
    weaker = [
        sum(measured[name][share] < mine[share] - WEAKER for share in ("documented_share", "example_share")) for name in others
    ]
    verdict = HOLDS if all(count == 2 for count in weaker) else NOT if not any(weaker) else PARTLY
    told = [
        Text(
            f"{name}: {f['public_functions'] + f['public_classes']:,} public functions and classes, "
            f"{percent_text(f['documented_share'])} documented, {percent_text(f['example_share'])} with an example",
            f"{name}：公开函数与类 {f['public_functions'] + f['public_classes']:,} 个，有文档 {percent_text(f['documented_share'])}，"
            f"有示例 {percent_text(f['example_share'])}",
        )
        for name, f in measured.items()
    ]
    return verdict, join(told, "; ", "；") + Text(". The ecosystem was not measured.", "。生态未作测量。"), "potential"


# -- concepts


def _declarative_graph(evidence: Evidence) -> Answer:
    graphs = evidence.found("graphs")
    if SUBJECT not in graphs or len(graphs) < 2:
        return UNTESTED, _no_inspection("graphs", evidence), "concepts"
    counts = {name: sum(len(operators(models[model]["forward"])) for model in models) for name, models in graphs.items()}
    fewer = all(counts[SUBJECT] < count for name, count in counts.items() if name != SUBJECT)
    models = graphs[SUBJECT].values()
    compiled = not all(set(operators(graph["forward"])) <= set(operators(graph["step"])) for graph in models)
    verdict = HOLDS if fewer and compiled else PARTLY if fewer or compiled else NOT
    told = Text("Operators of scores and loss, both models: ", "得分与损失的算子数（两个模型合计）：")
    told += listed([f"{name} {count}" for name, count in counts.items()])
    told += (
        Text(f". What {SUBJECT}'s executor runs differs from what was declared.", f"。{SUBJECT} 的执行器运行的算子与声明的不同。")
        if compiled
        else Text(
            f". {SUBJECT}'s executor runs the very operators that were declared, and their gradients: nothing shows a compilation "
            "to lower-level instructions.",
            f"。{SUBJECT} 的执行器运行的正是所声明的算子及其梯度：看不出编译成更底层的指令。",
        )
    )
    return verdict, told, "concepts"


def operators(nodes: list[dict[str, Any]]) -> list[str]:
    """The operators of a graph, without what merely flows in."""
    return [node["op"] for node in nodes if node["op"]]


def _arrays_bound(evidence: Evidence) -> Answer:
    tried = {
        level: [
            row
            for row in evidence.rows
            if row.record.cell.framework == SUBJECT and row.record.level == level and row.record.distances
        ]
        for level in ("arrays", "graph")
    }
    if not all(tried.values()):
        return UNTESTED, Text("Neither or only one of the two was trained.", "两者都没有或只有一种训练过。"), "proof"
    proven = {level: sum(row.record.status == "measured" for row in rows) for level, rows in tried.items()}
    whole = {level: len(rows) for level, rows in tried.items()}
    verdict = HOLDS if proven == whole else PARTLY if any(proven.values()) else NOT
    furthest = max(row.values["proof_error"] for rows in tried.values() for row in rows)
    told = Text(
        f"By hand {proven['arrays']} of {whole['arrays']} cells are proven, bound to a graph {proven['graph']} of {whole['graph']}; "
        f"the largest distance from the reference is {figure_text(furthest, 2)}.",
        f"手写的 {whole['arrays']} 个单元中有 {proven['arrays']} 个得到证明，绑定到图的 {whole['graph']} 个中有 {proven['graph']} 个；"
        f"与参考的最大距离为 {figure_text(furthest, 2)}。",
    )
    return verdict, told, "proof"


def _four_steps(evidence: Evidence) -> Answer:
    rows = [
        row
        for row in evidence.rows
        if row.record.cell.framework == SUBJECT and row.record.level == "layers" and row.record.distances
    ]
    steps = evidence.steps.get(SUBJECT)
    if not rows or steps is None:
        return UNTESTED, Text("No cell of this level was trained.", "这一层次没有训练过的单元。"), "concepts"
    proven = sum(row.record.status == "measured" for row in rows)
    missing = [step.title for step in steps if step.required and not step.lines]
    loop = sum(len(step.lines) for step in steps if not step.required)
    verdict = NOT if missing or not proven else PARTLY if loop or proven < len(rows) else HOLDS
    told = join(
        [step.title + Text(f": {len(step.lines)} lines", f"：{len(step.lines)} 行") for step in steps], ", ", "，"
    ) + Text(f". {proven} of {len(rows)} cells are proven. ", f"。{len(rows)} 个单元中 {proven} 个得到证明。")
    if loop:
        told += Text(
            "The loop over batches, with forward, backward and update, is the developer's own: structure is not all there is.",
            "对批次的循环（前向、反向与更新）要由开发者自己写：并非只需关心结构。",
        )
    return verdict, told, "concepts"


def _distributed(evidence: Evidence) -> Answer:
    found = evidence.found("distributed")
    if SUBJECT not in found:
        return UNTESTED, _no_inspection("distributed", evidence), "distributed"
    told = [
        Text(
            f"{name}: {f['workers']} workers end within {figure_text(f['largest_distance'], 2)} of one process's weights, "
            f"{figure_text(f['step_milliseconds'], 2)} ms a step ({f['engine']})",
            f"{name}：{f['workers']} 个进程所得权重与单进程相差不超过 {figure_text(f['largest_distance'], 2)}，"
            f"每步 {figure_text(f['step_milliseconds'], 2)} 毫秒（{f['engine']}）",
        )
        if f["works"]
        else Text(f"{name}: {f['reason']}", f"{name}：{f['reason']}")
        for name, f in found.items()
    ]
    verdict = HOLDS if found[SUBJECT]["works"] else NOT
    one_machine = Text(". All on one machine, over its loopback.", "。均在一台机器上，经本机回环。")
    return verdict, join(told, "; ", "；") + one_machine, "distributed"


def _no_inspection(topic: str, evidence: Evidence) -> Text:
    reason = evidence.why_not(topic, SUBJECT)
    return Text(f"This run has not looked into it: {reason}.", f"本次运行没有查看：{reason}。")


# -- the verdict


def aspects(evidence: Evidence) -> dict[str, bool | None]:
    """Whether the article's framework leads, or may share the lead, in each of its three aspects; None where untested.

    Performance: in half of the groups or more it is not shown to be slower than the first. Extensibility: no other passes
    a larger share of the checks. Potential: its claim T1 holds.
    """
    held = contests(evidence)
    level = [contest for contest in held if not _behind(contest, evidence.precision)]
    leads = 2 * len(level) >= len(held) if held else None
    probes = {name: _passed(found["probes"]) for name, found in evidence.found("extensibility").items()}
    shares = {name: passed / whole for name, (passed, whole) in probes.items() if whole}
    extensible = shares[SUBJECT] >= max(shares.values()) if SUBJECT in shares and len(shares) > 1 else None
    potential, _, _ = _rich_and_lively(evidence)
    return {
        "performance": leads,
        "extensibility": extensible,
        "potential": None if potential == UNTESTED else potential == HOLDS,
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


def _attractive(evidence: Evidence) -> Answer:
    found = aspects(evidence)
    tested = {name: leads for name, leads in found.items() if leads is not None}
    if not tested:
        return UNTESTED, Text("None of the three aspects was tested.", "三个方面都没有测试。"), "verdict"
    verdict = HOLDS if len(tested) == len(found) and all(tested.values()) else PARTLY if any(tested.values()) else NOT
    words = {True: Text("leads or shares the lead", "领先或并列"), False: Text("does not lead", "不领先"), None: WORDS[UNTESTED]}
    told = join([ASPECT_WORDS[name] + Text(": ", "：") + words[leads] for name, leads in found.items()], "; ", "；")
    return verdict, Text(f"{SUBJECT}, by aspect: ", f"{SUBJECT} 各方面：") + told + Text(".", "。"), "verdict"


RULES: Mapping[str, Callable[[Evidence], Answer]] = {
    "P1": _no_gap,
    "P2": _fastest_somewhere,
    "E1": _flexible,
    "T1": _rich_and_lively,
    "T2": _others_weaker,
    "V1": _attractive,
    "S1": _declarative_graph,
    "N1": _arrays_bound,
    "G1": _four_steps,
    "G2": _distributed,
}
