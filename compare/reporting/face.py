"""What a report shows first: the answer, who should choose what, the article's comparison, and how sure all that is."""

from collections import Counter
from collections.abc import Sequence

from fairfit.models.text import Text, join, listed
from fairfit.reporting import contests, sweeps, verdict
from fairfit.reporting.article import COMPARED, SUBJECT
from fairfit.reporting.cells import Row
from fairfit.reporting.choices import Choice, choices, retired
from fairfit.reporting.comparison import comparison, everywhere, lines, time_text
from fairfit.reporting.contests import Contest
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import PARTLY, UNTESTED, WORDS
from fairfit.reporting.tabular import figure_text

__all__ = [
    "Choice",
    "answer",
    "choices",
    "comparison",
    "concerns_the_article",
    "everywhere",
    "lines",
    "opening",
    "sureness",
    "title",
]

IN_PART = Text("holds in part", "部分成立")
NAMED = 2  # specs, as many as an answer names


def concerns_the_article(evidence: Evidence) -> bool:
    """Whether a report answers the article (its examples, or one of its topics) or a spec of the user's own."""
    return any(name.startswith("article-") for run in evidence.runs for name in run.specs) or any(
        inspection.found is not None for inspection in evidence.inspections
    )


# -- who speaks of what


def title(evidence: Evidence) -> Text:
    """The heading of a report: the article's question, or the specs of the user's own."""
    if concerns_the_article(evidence):
        return Text("Which framework? The article, measured", "选哪个框架？用测量回答文章")
    names = [evidence.title(name) for name in evidence.records]
    swept = [sweep.title for sweep in sweeps.sweeps(evidence)]
    return listed(swept or list(evidence.specs) or ["fairfit"]) + Text(": ", "：") + listed(names)


def opening(evidence: Evidence) -> Text:
    """What a reader must know before the answer, in two sentences; and what else comes before it."""
    return join([_about(evidence), *evidence.caveats])


def _about(evidence: Evidence) -> Text:
    if concerns_the_article(evidence):
        return Text(
            "A Chinese article compares MXNet, TensorFlow and PyTorch, recommends MXNet (its section 1), and teaches linear and "
            "softmax regression in MXNet Gluon (sections 2 and 3). Here the same regression is trained in each framework, proven "
            "to be the same computation, then timed.",
            "一篇中文文章比较了 MXNet、TensorFlow 与 PyTorch，推荐 MXNet（第 1 节），并用 MXNet Gluon 讲授线性回归与 softmax 回归（第 2、3 节）。"
            "这里在各框架中训练同一个回归，先证明计算相同，再计时。",
        )
    return Text(
        "The same regression is trained in each framework, proven to be the same computation, then timed.",
        "在各框架中训练同一个回归，先证明计算相同，再计时。",
    )


# -- the answer


def answer(evidence: Evidence) -> list[Text]:
    """One or two sentences: who is fastest, and what becomes of the article's recommendation."""
    standing = _standing(evidence)
    told = [found for sweep in sweeps.sweeps(evidence) if (found := sweeps.answer(sweep)) is not None]
    told += standing if standing else [_untimed(evidence)]
    recommended = _recommendation(evidence) if concerns_the_article(evidence) else None
    return [*told, recommended] if recommended else told


def _untimed(evidence: Evidence) -> Text:
    tried = [row for row in evidence.rows if row.record.distances]
    proven = [row for row in tried if row.record.status == "measured"]
    if not tried:
        return Text("Nothing was measured.", "没有任何测量结果。")
    if len(proven) == len(tried):
        all_of_them = "The one cell trains" if len(tried) == 1 else f"All {len(tried)} cells train"
        end = Text(
            f"{all_of_them} to the same weights as the float64 reference. ",
            f"全部 {len(tried)} 个组合都训练到与 float64 参考相同的权重。",
        )
    else:
        end = Text(
            f"Of {len(tried)} cells {len(proven)} train to the same weights as the float64 reference; the others are refused. ",
            f"{len(tried)} 个组合中有 {len(proven)} 个训练到与 float64 参考相同的权重，其余被拒绝。",
        )
    return end + Text("Nothing was timed.", "没有计时。")


def _standing(evidence: Evidence) -> list[Text]:
    """Who is first, in the usual code and at best; empty where nothing was timed."""
    best = contests.at_best(evidence)
    if not best:
        return []
    met = [contest for contest in best if len(contest.rows) > 1]
    if not met:
        more = len(best) - NAMED
        told = [_alone(evidence, contest) for contest in best[:NAMED]]
        return [join([*told, Text(f" {more} more: see the table.", f"另有 {more} 个见下表。")] if more > 0 else told)]
    usual = [contest for contest in contests.usual(evidence) if len(contest.rows) > 1]
    same = {row.record.id for contest in usual for row in contest.rows} == {
        row.record.id for contest in met for row in contest.rows
    }
    ways = [(contests.USUAL, usual)] if same else [(contests.USUAL, usual), (contests.BEST, met)]
    told = [_way(evidence, written, held) for written, held in ways if held]
    opening = Text("", "")
    if len(met) == 1:
        opening = _where(met[0].leader) + Text(": ", "：")
    baseline = _beside(evidence, met if same or not usual else usual, met)
    sentence = join(told, "; ", "；") + Text(".", "。")
    sentence = opening + sentence if opening.en else Text(sentence.en[0].upper() + sentence.en[1:], sentence.zh)
    return [sentence + baseline if baseline else sentence]


def _way(evidence: Evidence, written: Text, held: list[Contest]) -> Text:
    """Who is first in one way of writing: each winner with the number of groups, ties as ties."""
    opening = {
        contests.USUAL: Text("with the code most people write, ", "按多数人的写法，"),
        contests.BEST: Text("each at its best, ", "各取最快的写法，"),
    }[written]
    counted = Counter(tuple(sorted(_name(evidence, row) for row in contest.first)) for contest in held)
    told = []
    for names, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        if len(held) == 1:
            number = Text("", "")
        elif count == len(held):
            number = Text(" in both comparisons" if count == 2 else f" in all {count} comparisons", f"（全部 {count} 组比较）")
        else:
            number = Text(f" in {count} of {len(held)}", f"（{len(held)} 组中的 {count} 组）")
        told.append(
            Text(f"{names[0]} is fastest", f"{names[0]} 最快") + number
            if len(names) == 1
            else Text(f"{', '.join(names[:-1])} and {names[-1]} tie", "、".join(names) + " 并列") + number
        )
    behind = [row for row in held[0].rows if row not in held[0].first] if len(held) == 1 else []
    told[-1] += _behind(evidence, held[0], behind)
    return opening + join(told, ", ", "，")


def _behind(evidence: Evidence, contest: Contest, rows: Sequence[Row]) -> Text:
    """In brackets how far behind the others are; nothing where there are none."""
    if not rows:
        return Text("", "")
    times = [(_name(evidence, row), figure_text(contest.ratio(row).value)) for row in rows]
    en = ", ".join(f"{name} takes {value}" if number == 0 else f"{name} {value}" for number, (name, value) in enumerate(times))
    return Text(f" ({en} times as long)", f"（{'、'.join(f'{name} 用时为其 {value} 倍' for name, value in times)}）")


def _where(row: Row) -> Text:
    """The spec of a row, and its run where there are several."""
    spec = row.record.cell.spec
    return Text(f"{spec} ({row.run})", f"{spec}（{row.run}）") if row.run else Text(spec, spec)


def _name(evidence: Evidence, row: Row) -> str:
    title = evidence.title(row.record.cell.framework)
    plain = row.record.level == "layers" or row.record.cell.framework not in evidence.frameworks
    return title if plain else f"{title} ({row.record.cell.style})"


def _beside(evidence: Evidence, usual: list[Contest], met: list[Contest]) -> Text | None:
    """The baseline against the frameworks: never left out where it may be as fast as the first of them.

    What it is against each at its best counts; where it is slower there, what it is against the usual code.
    """
    named = next((contest.baseline for contest in [*met, *usual] if contest.baseline), None)
    if named is None:
        return None
    title = evidence.title(named.record.cell.framework)
    told = _standing_of_baseline(met, Text("is faster still", "更快"), Text("ties with the best", "与最快者并列"))
    if not told.en:
        first = Text("ties with the first of the usual code", "与常见写法的最快者并列")
        told = _standing_of_baseline(usual, Text("is faster than all usual code", "快于所有常见写法"), first)
    return Text(f" {title}, the baseline, ", f"基线 {title} ") + told + Text(".", "。") if told.en else None


def _standing_of_baseline(held: list[Contest], ahead: Text, level: Text) -> Text:
    """'is faster still in 2 of 3 and ties with the best in 1 of 3'; empty where it is slower everywhere."""
    beside = [contest for contest in held if contest.baseline]
    counts = ((ahead, [contest.baseline_ahead for contest in beside]), (level, [contest.baseline_level for contest in beside]))
    told = [_in(sum(found), len(beside), words) for words, found in counts if any(found)]
    return join(told, " and ", "，")


def _in(some: int, whole: int, words: Text) -> Text:
    """The words with ' in 2 of 3', where it is not so in all of them."""
    return words if some == whole else Text(f"{words.en} in {some} of {whole}", f"在 {whole} 组中有 {some} 组{words.zh}")


def _alone(evidence: Evidence, contest: Contest) -> Text:
    """The time of the one framework that was measured, and the baseline's."""
    row = contest.leader
    told = _where(row) + Text(
        f": {_name(evidence, row)} trains an epoch in {time_text(row)}", f"：{_name(evidence, row)} 一轮用时 {time_text(row)}"
    )
    if contest.baseline and contest.baseline is not row:
        title = evidence.title(contest.baseline.record.cell.framework)
        told += Text(f", {title} in {time_text(contest.baseline)}", f"，{title} 为 {time_text(contest.baseline)}")
    return told + Text(".", "。")


def _recommendation(evidence: Evidence) -> Text | None:
    """What becomes of the article's recommendation; None where nothing bears on it."""
    evidence = evidence.among(COMPARED)
    word = verdict.attractive(evidence).verdict
    date = retired(evidence, SUBJECT)
    if word == UNTESTED and not date:
        return None
    title = evidence.title(SUBJECT)
    told = Text(f"The article's advice to choose {title} ", f"文章推荐 {title}，这一建议") + (
        IN_PART if word == PARTLY else WORDS[word]
    )
    found = verdict.aspects(evidence)
    names = {
        leads: join([verdict.ASPECT_WORDS[name] for name, value in found.items() if value is leads], en, "和")
        for leads, en in ((True, " and "), (False, " or "))
    }
    if names[True].en and names[False].en:
        told += Text(
            f": it leads in {names[True].en}, but not in {names[False].en}",
            f"：它在{names[True].zh}方面领先，在{names[False].zh}方面不领先",
        )
    elif names[False].en:
        told += Text(f": it does not lead in {names[False].en}", f"：它在{names[False].zh}方面不领先")
    elif names[True].en:
        told += Text(f": it leads in {names[True].en}", f"：它在{names[True].zh}方面领先")
    if date:
        told += Text(f"; it has been retired since {date}", f"；它已于 {date} 退役")
    return told + Text(".", "。")


# -- how sure


def sureness(evidence: Evidence) -> Text:
    """One line: what is proven, the sets of processes behind each time, the noise, and what stands for what."""
    tried = [row for row in evidence.rows if row.record.distances]
    proven = sum(row.record.status == "measured" for row in tried)
    told = [Text(f"Proven: {proven} of {len(tried)} cells", f"已证明：{len(tried)} 个组合中的 {proven} 个")] if tried else []
    told += [found.warning for found in evidence.disturbances if found and found.warning]
    generations = sorted({row.generations for row in evidence.rows if row.epoch})
    if generations:
        span = _span(generations)
        told.append(Text(f"sets of fresh processes behind each time: {span}", f"每个时间来自 {span} 批全新进程"))
    noise = [max(ratio.value, 1 / ratio.value) - 1 for ratio in evidence.noise.values()]
    if noise:
        told.append(
            Text(
                f"the same cell measured twice: up to {100 * max(noise):.0f} % apart",
                f"同一组合测两次，最多相差 {100 * max(noise):.0f} %",
            )
        )
    if generations and all(row.record.cell.device == "cpu" for row in evidence.rows):
        told.append(Text("no GPU was measured", "没有测量 GPU"))
    return join(told, "; ", "；") + Text(".", "。") if told else Text("", "")


def _span(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
