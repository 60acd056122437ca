"""What a report shows first: the answer, the article's comparison as one table, and how sure both are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit import statistics
from fairfit.models.text import Text, join, listed
from fairfit.reporting import claims, contests
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.cells import Row
from fairfit.reporting.choices import Choice, choices, retired
from fairfit.reporting.contests import Contest
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import UNTESTED, WORDS
from fairfit.reporting.labels import device_text, status_words
from fairfit.reporting.tabular import Table, Words, figure_text

__all__ = ["Choice", "Entry", "Line", "answer", "choices", "comparison", "concerns_the_article", "lines", "sureness"]

NAMED = 2  # specs, as many as an answer names


def concerns_the_article(evidence: Evidence) -> bool:
    """Whether a report answers the article (its examples, or one of its topics) or a spec of the user's own."""
    return any(name.startswith("article-") for run in evidence.runs for name in run.specs) or any(
        inspection.found is not None for inspection in evidence.inspections
    )


# -- the answer


def answer(evidence: Evidence) -> list[Text]:
    """One or two sentences: who is fastest, and what becomes of the article's recommendation."""
    standing = _standing(evidence)
    told = standing if standing else [_untimed(evidence)]
    recommended = _recommendation(evidence) if concerns_the_article(evidence) else None
    return [*told, recommended] if recommended else told


def _untimed(evidence: Evidence) -> Text:
    tried = [row for row in evidence.rows if row.record.distances]
    proven = [row for row in tried if row.record.status == "measured"]
    if not tried:
        return Text("Nothing was measured.", "没有任何测量结果。")
    if len(proven) == len(tried):
        end = Text(
            f"All {len(tried)} cells train to the same weights as the float64 reference. ",
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
        return [join([_alone(evidence, contest) for contest in best[:NAMED]])]
    ways = [(contests.USUAL, [contest for contest in contests.usual(evidence) if len(contest.rows) > 1]), (contests.BEST, met)]
    told = [_way(evidence, written, held, len(met)) for written, held in ways if held]
    if len(met) == 1:
        opening = Text(f"{met[0].leader.record.cell.spec}: ", f"{met[0].leader.record.cell.spec}：")
    else:
        opening = Text(f"Of {len(met)} comparisons, ", f"在 {len(met)} 组比较中，")
    baseline = _beside(evidence, met)
    sentence = opening + join(told, "; ", "；") + Text(".", "。")
    return [sentence + baseline if baseline else sentence]


def _way(evidence: Evidence, written: Text, held: list[Contest], whole: int) -> Text:
    """Who is first in one way of writing: each winner with the number of groups, ties as ties."""
    opening = {
        contests.USUAL: Text("written as most people write it, ", "按多数人的写法，"),
        contests.BEST: Text("each at its best, ", "各取最快的写法，"),
    }[written]
    counted = Counter(tuple(sorted(_name(evidence, row) for row in contest.first)) for contest in held)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    told = []
    for names, count in ordered:
        number = Text("", "") if whole == 1 else Text(f" in {count}", f"（{count} 组）")
        told.append(
            Text(f"{names[0]} is fastest", f"{names[0]} 最快") + number
            if len(names) == 1
            else Text(" and ".join(names) + " tie", " 与 ".join(names) + " 并列") + number
        )
    if len(held) == 1 and len(held[0].rows) > 1:
        contest = held[0]
        told.append(
            listed(
                Text(
                    f"{contests.title(evidence, row.record.cell.framework)} takes {figure_text(contest.ratio(row).value)} times as long",
                    f"{contests.title(evidence, row.record.cell.framework)} 用时为其 {figure_text(contest.ratio(row).value)} 倍",
                )
                for row in contest.rows
                if row not in contest.first
            )
        )
    return opening + join([text for text in told if text.en], ", ", "，")


def _name(evidence: Evidence, row: Row) -> str:
    title = contests.title(evidence, row.record.cell.framework)
    plain = row.record.level == "layers" or row.record.cell.framework not in evidence.frameworks
    return title if plain else f"{title} ({row.record.cell.style})"


def _beside(evidence: Evidence, met: list[Contest]) -> Text | None:
    """The baseline against the frameworks: never left out where it may be as fast as the first of them."""
    beside = [(contest, contest.baseline) for contest in met if contest.baseline]
    if not beside:
        return None
    level = [contest for contest, row in beside if not contest.slower(row)]
    title = contests.title(evidence, beside[0][1].record.cell.framework)
    if not level:
        return None
    ahead = [contest for contest, row in beside if statistics.verdict(contest.ratio(row), contest.precision) == "faster"]
    tied = len(level) - len(ahead)
    told = [Text(f"is faster still in {len(ahead)}", f"有 {len(ahead)} 组更快")] if ahead else []
    told += [Text(f"ties with the best in {tied}", f"有 {tied} 组与最快者并列")] if tied else []
    return Text(f" {title}, the baseline, ", f"基线 {title} ") + join(told, " and ", "，") + Text(".", "。")


def _alone(evidence: Evidence, contest: Contest) -> Text:
    """The time of the one framework that was measured, and the baseline's."""
    row = contest.leader
    told = Text(
        f"{row.record.cell.spec}: {_name(evidence, row)} trains an epoch in {_time(row)}",
        f"{row.record.cell.spec}：{_name(evidence, row)} 一轮用时 {_time(row)}",
    )
    if contest.baseline and contest.baseline is not row:
        title = contests.title(evidence, contest.baseline.record.cell.framework)
        told += Text(f", {title} in {_time(contest.baseline)}", f"，{title} 为 {_time(contest.baseline)}")
    return told + Text(".", "。")


def _recommendation(evidence: Evidence) -> Text | None:
    """What becomes of the article's recommendation; None where nothing bears on it."""
    (finding,) = (finding for finding in claims.findings(evidence) if finding.claim.id == "V1")
    date = retired(evidence, SUBJECT)
    if finding.verdict == UNTESTED and not date:
        return None
    title = contests.title(evidence, SUBJECT)
    told = Text(f"The article's advice to choose {title} ", f"文章推荐 {title}，这一建议") + WORDS[finding.verdict]
    found = claims.aspects(evidence)
    names = {
        leads: listed([claims.ASPECT_WORDS[name] for name, value in found.items() if value is leads]) for leads in (True, False)
    }
    if names[False].en:
        told += Text(f": it does not lead in {names[False].en}", f"：它在{names[False].zh}方面不领先")
    elif names[True].en:
        told += Text(f": it leads in {names[True].en}", f"：它在{names[True].zh}方面领先")
    if date:
        told += Text(f", and it has been retired since {date}", f"，且已于 {date} 退役")
    return told + Text(".", "。")


# -- the comparison


@dataclass(frozen=True)
class Entry:
    """One framework in one line: its time, how many times the leader's, and how it stands.

    `standing` is 'fastest', 'tied', 'slower', 'only', 'baseline' or 'none'; `status` says why there is no time.
    """

    framework: str
    row: Row | None
    times: float | None
    standing: str
    status: Text


@dataclass(frozen=True)
class Line:
    """One line of the comparison: a spec, how it is written, where it ran, an entry for each framework; `link` is the anchor
    of the table with all cells of the group."""

    contest: Contest
    place: Text
    entries: list[Entry]
    link: str

    @property
    def spec(self) -> str:
        return self.contest.leader.record.cell.spec


def lines(evidence: Evidence, *, everywhere: bool = False) -> list[Line]:
    """The article's comparison: for each spec the usual code, then each framework at its best.

    Each spec has one place for CPU and one for GPU, the same for all specs where it can be: equal hardware before
    'as shipped', then what was repeated most. `everywhere` has all places.
    """
    pairs: dict[str, list[Contest]] = {}
    for contest in [*contests.usual(evidence), *contests.at_best(evidence)]:
        pairs.setdefault(contest.group, []).append(contest)
    order = list(dict.fromkeys(row.group for row in evidence.rows))
    groups = order if everywhere else _shown(evidence)
    specs = list(dict.fromkeys(row.record.cell.spec for row in evidence.rows))
    made = [_line(evidence, contest) for group in sorted(groups, key=order.index) for contest in _different(pairs.get(group, []))]
    return sorted(made, key=lambda line: specs.index(line.spec))


def columns(evidence: Evidence) -> list[str]:
    """The frameworks compared, then the baselines that have a time."""
    timed = dict.fromkeys(row.record.cell.framework for row in evidence.rows if row.epoch)
    tried = {row.record.cell.framework for row in evidence.rows}
    return [name for name in evidence.frameworks if name in tried] + [name for name in timed if name not in evidence.frameworks]


def comparison(evidence: Evidence) -> Table | None:
    """The lines as a table; None where nothing was timed."""
    made = lines(evidence)
    if not made:
        return None
    names = columns(evidence)
    places = list(dict.fromkeys(line.place for line in made))
    title = Text("One epoch: time, and times the fastest framework", "一轮用时，以及为最快框架的几倍")
    headings: list[Words] = [Text("spec", "规格"), Text("how it is written", "写法")]
    if len(places) > 1:
        headings.append(Text("where", "条件"))
    else:
        title += Text(" (", "（") + places[0] + Text(")", "）")
    rows: list[list[Words]] = []
    for line in made:
        row: list[Words] = [line.spec, line.contest.written]
        row += [line.place] if len(places) > 1 else []
        rows.append([*row, *(entry_text(entry) for entry in line.entries)])
    words = len(headings)
    headings += [contests.title(evidence, name) for name in names]
    return Table(
        "comparison",
        title,
        headings,
        [""] * len(headings),
        [False] * words + [True] * len(names),
        rows,
        notes=[sureness(evidence)],
    )


def entry_text(entry: Entry) -> Words:
    """'14.3 ms, 40.1×, symbol'; a fastest or tied one says so in words."""
    if entry.row is None:
        return entry.status
    told: Text = Text(_time(entry.row), _time(entry.row))
    words = standing_text(entry)
    if words.en:
        told += Text(", ", "，") + words
    style = style_text(entry)
    return told + Text(", ", "，") + style if style else told


def standing_text(entry: Entry) -> Text:
    """What stands beside a time: 'fastest', 'tied 1.05×', '40.1×'; nothing where one framework stands alone."""
    times = "" if entry.times is None else f"{figure_text(entry.times)}×"
    if entry.standing == "fastest":
        return Text("fastest", "最快")
    if entry.standing == "tied":
        return Text(f"tied {times}".strip(), f"并列 {times}".strip())
    return Text(times, times)


def style_text(entry: Entry) -> str:
    """The style where it tells something: not that of the usual code, nor a baseline's only one."""
    if entry.row is None or entry.row.record.level == "layers" or entry.standing == "baseline":
        return ""
    return entry.row.record.cell.style


def _shown(evidence: Evidence) -> list[str]:
    """The groups on the first screen: for each spec and kind of device one place."""
    groups: dict[str, list[Row]] = {}
    for row in evidence.rows:
        if row.epoch:
            groups.setdefault(row.group, []).append(row)
    places: dict[tuple[str, str, str], list[list[Row]]] = {}
    for rows in groups.values():
        places.setdefault(_place(rows[0]), []).append(rows)

    def rank(place: tuple[str, str, str]) -> tuple[int, int, int]:
        held = places[place]
        least = min(min(row.generations for row in rows) for rows in held)
        return -len(held), int(place[2] == "shipped"), -least

    ranked = sorted(places, key=rank)
    chosen: dict[tuple[str, bool], str] = {}
    for place in ranked:
        for rows in places[place]:
            cell = rows[0].record.cell
            chosen.setdefault((cell.spec, cell.device == "cpu"), rows[0].group)
    return list(chosen.values())


def _place(row: Row) -> tuple[str, str, str]:
    return row.run, row.record.cell.device, row.record.cell.threads


def _different(pair: list[Contest]) -> list[Contest]:
    """The usual code and the best, or one of them where both are the same cells."""
    if len(pair) == 2 and [row.record.id for row in pair[0].rows] == [row.record.id for row in pair[1].rows]:
        return pair[:1]
    return pair


def _line(evidence: Evidence, contest: Contest) -> Line:
    entries = [_entry(evidence, contest, name) for name in columns(evidence)]
    return Line(contest, device_text(contest.leader), entries, evidence.keys[contest.group])


def _entry(evidence: Evidence, contest: Contest, name: str) -> Entry:
    row = contest.of(name)
    if row is None:
        return Entry(name, None, None, "none", _why_not(evidence, contest, name))
    if name not in evidence.frameworks:
        times = contest.ratio(row).value if contest.rows else None
        return Entry(name, row, times, "baseline", Text("", ""))
    if row not in contest.first:
        return Entry(name, row, contest.ratio(row).value, "slower", Text("", ""))
    if len(contest.first) > 1:
        return Entry(name, row, contest.ratio(row).value, "tied", Text("", ""))
    return Entry(name, row, None, "fastest" if len(contest.rows) > 1 else "only", Text("", ""))


def _why_not(evidence: Evidence, contest: Contest, name: str) -> Text:
    """Why a framework has no time: what became of its cells of this kind, or a dash where none was planned."""
    here = [row for row in evidence.rows if row.group == contest.group and row.record.cell.framework == name]
    if contest.written is contests.USUAL:
        input_ = contest.leader.record.cell.input
        here = [row for row in here if row.record.level == "layers" and row.record.cell.input == input_]
    for status in ("refused", "failed", "unavailable", "pending"):
        if any(row.record.status == status for row in here):
            return Text("", "") + status_words(status)
    return Text("–", "–")


def _time(row: Row) -> str:
    assert row.epoch is not None
    return f"{figure_text(1e3 * row.epoch.value)} ms"


# -- how sure


def sureness(evidence: Evidence) -> Text:
    """One line: what is proven, the sets of processes behind each time, the noise, and what stands for what."""
    tried = [row for row in evidence.rows if row.record.distances]
    proven = sum(row.record.status == "measured" for row in tried)
    told = [Text(f"Proven: {proven} of {len(tried)} cells", f"已证明：{len(tried)} 个组合中的 {proven} 个")] if tried else []
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
