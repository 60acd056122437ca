"""The verdicts on speed (claims P1 and P2) and on the article's recommendation (V1); the baseline takes no part in them."""

from collections.abc import Iterable, Mapping

from fairfit.models.text import Text, join, listed
from fairfit.reporting import contests
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.contests import Contest
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, UNSHOWN, UNTESTED, WORDS, Judgement
from fairfit.reporting.labels import device_text
from fairfit.reporting.tabular import figure_text
from fairfit.reporting.topics import extensibility, potential

NAMED = 3
GAP = 1.25  # times the fastest, from which on a difference between frameworks is called a gap

ASPECT_WORDS = {
    "performance": Text("performance", "性能"),
    "extensibility": Text("extensibility", "可扩展性"),
    "potential": Text("potential", "潜力"),
}


def held(evidence: Evidence) -> list[Contest]:
    """The groups in which the article's framework and another one have a time, each at its best."""
    return [contest for contest in contests.at_best(evidence) if contest.of(SUBJECT) and len(contest.rows) > 1]


def no_gap(evidence: Evidence) -> Judgement:
    """P1: no gap is shown anywhere; a gap in more than half of the groups refutes it."""
    met = held(evidence)
    if not met:
        return Judgement(UNTESTED, _no_contest(), "performance")
    gaps = [contest for contest in met if contest.ratio(contest.rows[-1]).low > GAP]
    closed = [contest for contest in met if contest.ratio(contest.rows[-1]).high < GAP]
    verdict = HOLDS if len(closed) == len(met) else NOT if 2 * len(gaps) > len(met) else PARTLY
    names = listed(evidence.title(name) for name in evidence.frameworks if any(contest.of(name) for contest in met))
    because = names + Text(", each at its best. ", "，各取最快的写法。")
    because += join([_distance(evidence, name, some, gaps) for name, some in _by_spec(met).items()], "; ", "；")
    usual = [contest for contest in contests.usual(evidence) if contest.of(SUBJECT) and len(contest.rows) > 1]
    if usual:
        apart = _range(contest.ratio(contest.rows[-1]).value for contest in usual)
        because += Text(
            f". With the code most people write the slowest takes {apart} times as long as the fastest",
            f"。按多数人的写法，最慢者用时为最快者的 {apart} 倍",
        )
    return Judgement(verdict, because + Text(".", "。"), "comparison")


def _distance(evidence: Evidence, spec: str, some: list[Contest], gaps: list[Contest]) -> Text:
    """For one spec how far apart the slowest and the fastest are, and in how many groups that is a gap."""
    apart = _range(contest.ratio(contest.rows[-1]).value for contest in some)
    slowest = listed(dict.fromkeys(evidence.title(contest.rows[-1].record.cell.framework) for contest in some))
    shown = sum(contest in gaps for contest in some)
    told = (
        Text(f"no gap of {GAP:g} or more shown", f"未显示 {GAP:g} 倍以上的差距")
        if not shown
        else Text(f"a gap in {shown} of {len(some)} groups", f"{len(some)} 组中有 {shown} 组有差距")
    )
    return (
        Text(f"{spec}: ", f"{spec}：")
        + told
        + Text(f" (slowest {slowest.en}, {apart} times the fastest)", f"（最慢者 {slowest.zh}，为最快者的 {apart} 倍）")
    )


def fastest_somewhere(evidence: Evidence) -> Judgement:
    """P2: the article's framework is first in some group, and all others are shown to be slower there."""
    met = held(evidence)
    if not met:
        return Judgement(UNTESTED, _no_contest(), "performance")
    ahead = [contest for contest in met if not _behind(contest)]
    first = [contest for contest in ahead if len(contest.first) == 1]
    tied = [contest for contest in ahead if len(contest.first) > 1]
    on_gpu = [contest for contest in met if contest.leader.record.cell.device != "cpu"]
    verdict = HOLDS if first else PARTLY if tied else NOT if on_gpu else UNSHOWN
    title = evidence.title(SUBJECT)
    told = Text(
        f"Each at its best, {title} is shown to be first in {len(first)} of {len(met)} groups",
        f"各取最快的写法，{title} 在 {len(met)} 组中有 {len(first)} 组被证明居首",
    )
    told += _named(first)
    if tied:
        told += Text(f", and ties for first in {len(tied)}", f"，{len(tied)} 组并列最快") + _named(tied)
    told += _beside(evidence, ahead) + Text(". ", "。")
    told += (
        Text(f"{len(on_gpu)} of the groups ran on a GPU.", f"其中 {len(on_gpu)} 组在 GPU 上。")
        if on_gpu
        else Text("On a GPU: not tested here, ", "GPU：此处未测，") + evidence.no_gpu + Text(".", "。")
    )
    return Judgement(verdict, told, "comparison")


def aspects(evidence: Evidence) -> dict[str, bool | None]:
    """Whether the article's framework leads, or may share the lead, in each of its three aspects; None where untested.

    Performance: in half of the groups or more it is not shown to be slower than the first. Extensibility: no other passes
    a larger share of the checks. Potential: its claim T1 holds.
    """
    met = held(evidence)
    leads = 2 * sum(not _behind(contest) for contest in met) >= len(met) if met else None
    checks = {name: extensibility.checks_passed(found) for name, found in evidence.found(extensibility.TOPIC).items()}
    shares = {name: passed / applying for name, (passed, applying) in checks.items() if applying}
    extensible = shares[SUBJECT] >= max(shares.values()) if SUBJECT in shares and len(shares) > 1 else None
    t1 = potential.rich_and_lively(evidence).verdict
    return {
        "performance": leads,
        "extensibility": extensible,
        "potential": None if t1 == UNTESTED else t1 == HOLDS,
    }


def attractive(evidence: Evidence) -> Judgement:
    """V1: the article's framework leads, or shares the lead, in every aspect."""
    found = aspects(evidence)
    tested = {name: leads for name, leads in found.items() if leads is not None}
    if not tested:
        return Judgement(UNTESTED, Text("None of the three aspects was tested.", "三个方面都没有测试。"), "verdict")
    verdict = HOLDS if len(tested) == len(found) and all(tested.values()) else PARTLY if any(tested.values()) else NOT
    words: Mapping[bool | None, Text] = {
        True: Text("leads or shares the lead", "领先或并列"), False: Text("does not lead", "不领先"), None: WORDS[UNTESTED]
    }  # fmt: skip
    told = join([ASPECT_WORDS[name] + Text(": ", "：") + words[leads] for name, leads in found.items()], "; ", "；")
    title = evidence.title(SUBJECT)
    return Judgement(verdict, Text(f"{title}, by aspect: ", f"{title} 各方面：") + told + Text(".", "。"), "verdict")


def _behind(contest: Contest) -> bool:
    """True where the article's framework is shown to be slower than the first."""
    return all(row.record.cell.framework != SUBJECT for row in contest.first)


def _beside(evidence: Evidence, ahead: list[Contest]) -> Text:
    """The baseline, which takes no part, where it is not slower than the article's framework that is first; else nothing."""
    level = [contest.baseline for contest in ahead if contest.baseline and (contest.baseline_ahead or contest.baseline_level)]
    if not level:
        return Text("", "")
    title, count = evidence.title(level[0].record.cell.framework), len(level)
    return Text(f"; {title}, the baseline, is not slower in {count} of them", f"；其中 {count} 组基线 {title} 并不更慢")


def _named(some: list[Contest]) -> Text:
    """In brackets which groups they are; nothing where there are none, or more than a sentence bears."""
    if not 0 < len(some) <= NAMED:
        return Text("", "")
    titles = [
        Text(f"{contest.leader.record.cell.spec}, ", f"{contest.leader.record.cell.spec}，") + device_text(contest.leader)
        for contest in some
    ]
    return Text(" (", "（") + join(titles, "; ", "；") + Text(")", "）")


def _by_spec(met: Iterable[Contest]) -> dict[str, list[Contest]]:
    specs: dict[str, list[Contest]] = {}
    for contest in met:
        specs.setdefault(contest.leader.record.cell.spec, []).append(contest)
    return specs


def _range(values: Iterable[float]) -> str:
    """'3.2', or '1.2–16' where they differ."""
    values = list(values)
    low, high = figure_text(min(values), 2), figure_text(max(values), 2)
    return low if low == high else f"{low}–{high}"


def _no_contest() -> Text:
    return Text("No group has times of this framework and another one.", "没有一组同时测得该框架与另一框架的时间。")
