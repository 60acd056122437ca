"""Who should choose what: three to five lines, each computed from the times, each linked to its evidence."""

from collections.abc import Iterable, Sized
from dataclasses import dataclass, replace

from fairfit.models.text import Text, join
from fairfit.reporting import contests
from fairfit.reporting.cells import Row
from fairfit.reporting.comparison import everywhere
from fairfit.reporting.contests import Contest
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.races import Race, races
from fairfit.reporting.tabular import figure_text

MOST = 5  # lines; more is no advice
CLOSE = 1.1  # times the shortest start and training, up to which another is level with it


@dataclass(frozen=True)
class Choice:
    """'Choose PyTorch when …' and its reason; `link` is the anchor of the evidence."""

    lead: Text
    because: Text
    link: str

    @property
    def text(self) -> Text:
        return self.lead + self.because


def retired(evidence: Evidence, framework: str) -> str:
    """The date since which a framework is retired by the facts recorded with the run; empty where none says so."""
    return next((fact.date for fact in evidence.facts if fact.framework == framework and fact.kind == "retired"), "")


def choices(evidence: Evidence) -> list[Choice]:
    """At most five; none where nothing was timed."""
    gone = [name for name in evidence.frameworks if retired(evidence, name)]
    usual = _met(contests.usual(evidence), gone)
    best = _met(contests.at_best(evidence), gone)
    made = [
        _usual(evidence, usual),
        _best(evidence, best, usual),
        _retired(evidence, gone),
        _short(evidence, gone),
        _baseline(evidence),
        _style(evidence),
    ]
    most = "comparison-everywhere" if everywhere(evidence) else "comparison"
    kept = [choice for choice in made if choice][:MOST]
    return [replace(choice, link=most) if choice.link == "comparison" else choice for choice in kept]


def _met(held: Iterable[Contest], gone: list[str]) -> list[Contest]:
    """Contests of two frameworks or more that are still developed."""
    left = (contest.without(gone) for contest in held)
    return [contest for contest in left if contest and len(contest.rows) > 1]


# -- the lines


def _usual(evidence: Evidence, held: list[Contest]) -> Choice | None:
    winners = _winners(held)
    if not winners:
        return None
    names = _titles(evidence, winners)
    lead = Text(f"Choose {names.en} when you write ordinary layers and a loop", f"写普通的层和循环时，选 {names.zh}")
    return Choice(lead, _because(evidence, held, winners), "comparison")


def _best(evidence: Evidence, held: list[Contest], usual: list[Contest]) -> Choice | None:
    winners = _winners(held)
    if not winners:
        return None
    styles = list(
        dict.fromkeys(
            contest.first[0].record.cell.style for contest in held if contest.first[0].record.cell.framework == winners[0]
        )
    )
    if usual and winners == _winners(usual) and all(row.record.level == "layers" for row in _firsts(held, winners[0])):
        return None  # the usual code is the best already
    names = _titles(evidence, winners)
    how = Text(f" ({', '.join(styles)})", f"（{'、'.join(styles)}）") if len(winners) == 1 else Text("", "")
    lead = Text(
        f"Choose {names.en}{how.en} when you train long and write for speed", f"训练很久、为速度而写时，选 {names.zh}{how.zh}"
    )
    return Choice(lead, _because(evidence, held, winners), "at-best")


def _because(evidence: Evidence, held: list[Contest], winners: list[str]) -> Text:
    """', because it is fastest in 9 of 9, 2.1 to 16 times as fast as the next'."""
    first = [contest for contest in held if any(row.record.cell.framework in winners for row in contest.first)]
    alone = [contest for contest in first if len(contest.first) == 1]
    other = [name for name in evidence.frameworks if retired(evidence, name)]
    among = Text(" of those still developed", "仍在开发的框架中") if other else Text("", "")
    where = Text("", "，") if other and len(held) > 1 else Text("", "")
    # a baseline is no framework: where it may be as fast, it is frameworks that are spoken of
    beaten = any(contest.baseline_ahead or contest.baseline_level for contest in first)
    kind = Text(" framework", "各框架中") if beaten and not other else Text("", "")
    if not alone:
        return Text(
            f", because {'no framework' if kind.en else 'none'}{among.en} is shown to be faster{_of(first, held).en}.",
            f"：{among.zh or kind.zh}{where.zh}{_of(first, held).zh}未见更快者。",
        )
    margin = _range([contest.ratio(contest.rows[1]).value for contest in alone])
    tied = len(first) - len(alone)
    also = Text(f" and level in {tied}", f"，{tied} 组并列") if tied else Text("", "")
    return Text(
        f", because it is the fastest{kind.en}{among.en}{_of(alone, held).en}{also.en}; the next takes {margin} times as long.",
        f"：{among.zh or kind.zh}{where.zh}{_of(alone, held).zh}最快{also.zh}，其次者用时为其 {margin} 倍。",
    )


def _of(some: Sized, whole: Sized) -> Text:
    """' in 8 of 9 comparisons', ' in all 9 comparisons'; nothing where there is only one."""
    if len(whole) == 1:
        return Text("", "")
    if len(some) == len(whole):
        return Text(
            " in both comparisons" if len(whole) == 2 else f" in all {len(whole)} comparisons", f"全部 {len(whole)} 组比较中都"
        )
    return Text(f" in {len(some)} of {len(whole)} comparisons", f"{len(whole)} 组比较中有 {len(some)} 组")


def _retired(evidence: Evidence, gone: list[str]) -> Choice | None:
    measured = {row.record.cell.framework for row in evidence.rows}
    gone = [name for name in gone if name in measured]
    if not gone:
        return None
    names, dates = _titles(evidence, gone), [retired(evidence, name) for name in gone]
    return Choice(
        Text(f"Do not start anything new with {names.en}", f"新工作不要再用 {names.zh} 开始"),
        Text(
            f", because it is retired (since {', '.join(dates)}); what runs on it can be moved and proven equal.",
            f"：它已退役（{'、'.join(dates)}）；已有的工作可以迁移，并证明结果相同。",
        ),
        "facts",
    )


def _short(evidence: Evidence, gone: list[str]) -> Choice | None:
    """From the start of the import to the target: what counts where a job is over in seconds.

    A start is measured once: who needs up to CLOSE times as long as the first is level with it.
    """
    held: list[dict[str, Race]] = []  # of each group the first race of each framework, the shortest first
    for group in dict.fromkeys(row.group for row in evidence.rows):
        ran: dict[str, Race] = {}
        for race in races([row for row in evidence.rows if row.group == group]):
            ran.setdefault(race.row.record.cell.framework, race)
        if len([name for name in ran if name in evidence.frameworks and name not in gone]) > 1:
            held.append(ran)
    won: dict[str, list[Race]] = {}
    quicker: list[Race] = []
    for ran in held:
        first, second, *_ = (race for name, race in ran.items() if name in evidence.frameworks and name not in gone)
        if second.whole > CLOSE * first.whole:
            won.setdefault(first.row.record.cell.framework, []).append(first)
        quicker += [race for name, race in ran.items() if name not in evidence.frameworks and race.whole < CLOSE * first.whole]
    if not won:
        return None
    name = max(won, key=lambda name: len(won[name]))
    needs = _range([race.whole for race in won[name]])
    title = evidence.title(name)
    beside, kind = Text("", ""), Text("", "")
    if quicker:
        alone = evidence.title(quicker[0].row.record.cell.framework)
        needed = _range([race.whole for race in quicker])
        kind = Text(" of the frameworks", "为各框架中")
        beside = Text(f" ({alone} {needed} s)", f"（{alone} 需 {needed} 秒）")
    return Choice(
        Text(f"Choose {title} when jobs last seconds", f"作业只有几秒时，选 {title}"),
        Text(
            f", because from import to target loss it needs {needs} s, the least{kind.en}{_of(won[name], held).en}{beside.en}.",
            f"：从导入到达到目标损失需 {needs} 秒，{_of(won[name], held).zh}{kind.zh}最短{beside.zh}。",
        ),
        "time-to-target",
    )


def _baseline(evidence: Evidence) -> Choice | None:
    """The baseline where it is faster than the usual code of every framework in half of the groups or more."""
    usual = [contest for contest in contests.usual(evidence) if contest.baseline]
    best = [contest for contest in contests.at_best(evidence) if contest.baseline and contest.rows]
    ahead = [contest for contest in usual if contest.baseline_ahead]
    if not ahead or 2 * len(ahead) < len(usual):
        return None
    name = next(contest.baseline.record.cell.framework for contest in ahead if contest.baseline)
    margin = _range([1 / contest.ratio(contest.baseline).value for contest in ahead if contest.baseline])
    level = sum(not contest.slower(contest.baseline) for contest in best if contest.baseline)
    number = Text(f" in {level}", f"有 {level} 组") if len(best) > 1 else Text("", "")
    also = Text(f", and not slower than their best{number.en}", f"；{number.zh}不慢于它们最快的写法") if level else Text("", "")
    title = evidence.title(name)
    return Choice(
        Text(f"Choose {title} alone for a model as small as these", f"模型像这样小时，只用 {title}"),
        Text(
            f", because by hand it is {margin} times as fast as any framework's usual code{_of(ahead, usual).en}{also.en}.",
            f"：手写时，{_of(ahead, usual).zh}快于各框架常见写法，速度为其 {margin} 倍{also.zh}。",
        ),
        "comparison",
    )


def _style(evidence: Evidence) -> Choice | None:
    """How much the style decides within one framework, where that is more than what the frameworks differ by at best."""
    within: dict[str, float] = {}
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in evidence.rows:
        if row.epoch and row.record.cell.framework in evidence.frameworks:
            groups.setdefault((row.group, row.record.cell.framework), []).append(row)
    for (_, name), rows in groups.items():
        ordered = sorted(rows, key=contests.seconds)
        ratio = ordered[-1].times(ordered[0])
        if ratio and len(rows) > 1:
            within[name] = max(within.get(name, 0.0), ratio.value)
    between = max(
        (contest.ratio(contest.rows[-1]).value for contest in contests.at_best(evidence) if len(contest.rows) > 1), default=None
    )
    if not within or between is None or max(within.values()) <= between:
        return None
    name = max(within, key=lambda name: within[name])
    most, title = figure_text(within[name], 2), evidence.title(name)
    return Choice(
        Text("Change how it is written before you change the framework", "先改写法，再考虑换框架"),
        Text(
            f", because {title}'s own styles differ by up to {most} times, the frameworks at their best by {figure_text(between, 2)}.",
            f"：{title} 自己的各种写法最多相差 {most} 倍，各框架最快的写法之间最多相差 {figure_text(between, 2)} 倍。",
        ),
        "comparison",
    )


# -- words and numbers


def _winners(held: list[Contest]) -> list[str]:
    """The framework that is first, alone or tied, most often; more than one where they are first equally often."""
    score: dict[str, tuple[int, int]] = {}
    for contest in held:
        for row in contest.first:
            first, alone = score.get(row.record.cell.framework, (0, 0))
            score[row.record.cell.framework] = first + 1, alone + (len(contest.first) == 1)
    most = max(score.values(), default=None)
    return [name for name, value in score.items() if value == most]


def _firsts(held: list[Contest], framework: str) -> list[Row]:
    return [row for contest in held for row in contest.first if row.record.cell.framework == framework]


def _titles(evidence: Evidence, names: Iterable[str]) -> Text:
    return join([evidence.title(name) for name in names], " or ", " 或 ")


def _range(values: list[float]) -> str:
    """'3.2', or '1.2 to 16' where they differ."""
    low, high = figure_text(min(values), 2), figure_text(max(values), 2)
    return low if low == high else f"{low}–{high}"
