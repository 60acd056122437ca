"""The article's comparison: for each spec the code most people write and each framework at its best, side by side."""

from dataclasses import dataclass

from fairfit.models.text import Text
from fairfit.reporting import contests
from fairfit.reporting.cells import Row
from fairfit.reporting.contests import Contest
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import device_text, status_words
from fairfit.reporting.tabular import Table, Words, figure_text

USUAL_CODE = Text(
    "Usual code: the library's own layers, loss and optimizer, fed by its data loader where that was measured.",
    "常见写法：使用库自带的层、损失与优化器；测过数据加载器时由它供给数据。",
)


@dataclass(frozen=True)
class Entry:
    """One framework in one line: its time, how many times the leader's, and how it stands.

    `standing` is 'fastest', 'tied', 'slower', 'only', 'baseline' or 'none'; `status` says why there is no time; `level` marks
    a baseline that is not told apart from the first framework.
    """

    framework: str
    row: Row | None
    times: float | None
    standing: str
    status: Text
    level: bool = False


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


def lines(evidence: Evidence, *, all_places: bool = False) -> list[Line]:
    """The article's comparison: for each spec the usual code, then each framework at its best.

    Each spec has one place for CPU and one for GPU, the same for all specs where it can be: equal hardware before
    'as shipped', then what was repeated most. `all_places` has every place.
    """
    pairs: dict[str, list[Contest]] = {}
    for contest in [*contests.usual(evidence), *contests.at_best(evidence)]:
        pairs.setdefault(contest.group, []).append(contest)
    order = list(dict.fromkeys(row.group for row in evidence.rows))
    groups = order if all_places else _shown(evidence)
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
    title = Text("One epoch: time, and times the fastest framework", "一轮用时，以及为最快框架的几倍")
    return _table(evidence, "comparison", title, made) if made else None


def everywhere(evidence: Evidence) -> Table | None:
    """The same for every place that was measured; None where there are no more places than the comparison has."""
    made = lines(evidence, all_places=True)
    if len(made) == len(lines(evidence)):
        return None
    return _table(evidence, "comparison-everywhere", Text("The comparison in every place", "各种条件下的比较"), made)


def _table(evidence: Evidence, key: str, title: Text, made: list[Line]) -> Table:
    names = columns(evidence)
    places = list(dict.fromkeys(line.place for line in made))
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
    headings += [evidence.title(name) for name in names]
    meaning = Text("one epoch, and times the fastest framework of the line", "一轮用时，以及为该行最快框架的几倍")
    return Table(
        key,
        title,
        headings,
        [""] * words + [meaning] * len(names),
        [False] * words + [True] * len(names),
        rows,
        notes=[USUAL_CODE] if any(line.contest.written is contests.USUAL for line in made) else [],
    )


def entry_text(entry: Entry) -> Words:
    """'14.3 ms, 40.1×, symbol'; a fastest or tied one says so in words."""
    if entry.row is None:
        return entry.status
    told: Text = Text(time_text(entry.row), time_text(entry.row))
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
    if entry.standing == "tied" or entry.level:
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
        return Entry(name, row, times, "baseline", Text("", ""), contest.baseline_level)
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


def time_text(row: Row) -> str:
    assert row.epoch is not None
    return f"{figure_text(1e3 * row.epoch.value)} ms"
