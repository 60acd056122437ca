"""Compares what stands in the files of a report with what follows from its runs: by table, row and column."""

import csv
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from tests.reporting.recompute import claims, tables
from tests.reporting.recompute.estimator import Interval
from tests.reporting.recompute.runs import Runs, collected, disturbance, least_disturbed, read
from tests.reporting.recompute.tables import IDENTITY, Row, numbers

NOISY = 0.05
DISTURBED = 0.05
TEXTS = {"verdict", "status", "works", "workers agree", "how it is tested", "what it says", "claim", "section", "graph of"}
"""Columns of words alone; the numbers of a claim's rule are ours and worked out from nothing."""

SENTENCES = {"what", "what it says", "how it is tested", "fact", "source"}
"""Columns whose sentences are fixed: a number may be a word in the other language."""


COMPARISONS = {"comparison", "comparison-everywhere"}


class Expected:
    """What follows from one run or several, worked out once."""

    def __init__(self, *folders: Path) -> None:
        self.runs = read(*folders)
        self.cells = list(tables.cells(self.runs))
        self.tables = tables.tables(self.runs)
        self.claims = claims.allowed(self.runs)

    @cached_property
    def comparison(self) -> dict[tuple[str, str], frozenset[str]]:
        """By spec and title of a framework, the numbers that may stand there."""
        titles = {record["title"]: name for values in self.runs.values for name, record in values["frameworks"].items()}
        return {
            (spec, title): tables.everything_timed(self.runs, spec, name)
            for spec in self.runs.specs
            for title, name in titles.items()
        }


def check(report: Path, expected: Expected) -> list[str]:
    """What the English files of a report say that does not follow from its runs: "cells, mxnet/gluon, ratio: …"."""
    return [
        *_cells(report, expected.cells), *_tables(report, expected.tables), *_claims(report, expected.claims),
        *_comparison(report, expected.comparison), *markdown(report), *_noise(report, expected.runs),
        *_disturbances(report, expected.runs),
    ]  # fmt: skip


def stated(report: Path) -> dict[str, list[list[str]]]:
    """The tables of a report by the names of their files, headings first."""
    found = {}
    for path in sorted((report / "tables").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.reader(file))
    return found


# -- cells.csv


def _cells(report: Path, expected: Sequence[Mapping[str, object]]) -> Iterator[str]:
    with (report / "cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != len(expected):
        yield f"cells: {len(rows)} rows, recomputed {len(expected)}"
    for row, right in zip(rows, expected, strict=False):
        name = "/".join(str(right[part]) for part in ("run", "spec", "framework", "style", "device", "threads", "input"))
        yield from (f"cells, {name}, {column}: unknown" for column in row.keys() - right.keys())
        for column, value in right.items():
            if not _same(row.get(column, ""), value):
                yield f"cells, {name}, {column}: {row.get(column)!r}, recomputed {value!r}"


def _same(text: str, value: object) -> bool:
    if value is None or isinstance(value, str):
        return text == (value or "")
    assert isinstance(value, int | float)
    try:
        return math.isclose(float(text), value, rel_tol=1e-9) or float(text) == value
    except ValueError:
        return text == "" and not math.isfinite(value)


# -- the tables


def _tables(report: Path, expected: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    files = stated(report)
    yield from (f"{name}: missing" for name in expected.keys() - files.keys())
    for name in files.keys() - {"claims", "defects", *COMPARISONS}:
        if name in expected:
            yield from _rows(name, files[name], expected[name])
        elif any(numbers(text) for row in files[name][1:] for text in row):
            yield f"{name}: nobody worked out its numbers"


def _rows(table: str, lines: Sequence[Sequence[str]], expected: Sequence[Row]) -> Iterator[str]:
    headings, *rows = lines
    if len(rows) != len(expected):
        yield f"{table}: {len(rows)} rows, recomputed {len(expected)}"
    for number, (row, right) in enumerate(zip(rows, expected, strict=False)):
        name = f"{table}, row {number + 1} ({'/'.join(str(right[part]) for part in IDENTITY if part in right)})"
        yield from (f"{name}, {column}: missing" for column in right if not column.startswith("#") and column not in headings)
        for place, (heading, text) in enumerate(zip(headings, row, strict=True)):
            if heading in right or f"#{place}" in right:
                value = right.get(heading, right.get(f"#{place}"))
                if not _fits(heading, text, value):
                    yield f"{name}, {heading}: {text!r}, recomputed {value!r}"
            elif heading not in TEXTS and numbers(text):
                yield f"{name}, {heading}: nobody worked out {text!r}"


def _fits(heading: str, text: str, value: str | frozenset[str] | None) -> bool:
    if value is None:
        return True
    if isinstance(value, frozenset):
        return set(numbers(text)) <= value
    return text == value if heading in IDENTITY else numbers(text) == numbers(value)


def _claims(report: Path, allowed: Mapping[str, frozenset[str]]) -> Iterator[str]:
    headings, *rows = stated(report).get("claims", [[]])
    for row in rows:
        claim, why = row[headings.index("claim")], row[headings.index("why")]
        stray = set(numbers(why)) - allowed[claim]
        if stray:
            yield f"claims, {claim}, why: {why!r} has {sorted(stray)}, of which nothing is known"


def _comparison(report: Path, allowed: Mapping[tuple[str, str], frozenset[str]]) -> Iterator[str]:
    for name, (headings, *rows) in stated(report).items():
        fields = ((row[0], heading, text) for row in rows for heading, text in zip(headings, row, strict=True))
        for spec, heading, text in fields if name in COMPARISONS else ():
            stray = set(numbers(text)) - allowed.get((spec, heading), frozenset(numbers(text)))
            if stray:
                yield f"{name}, {spec}, {heading}: {text!r} has {sorted(stray)}, of which nothing is known"


# -- report.md


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip().removeprefix("**").removesuffix("**"))


def markdown(report: Path) -> Iterator[str]:
    """Tables of report.md that are not those of the files, cell by cell, nor the list of conditions."""
    lines = (report / "report.md").read_text(encoding="utf-8").split("\n")
    shown = []
    for is_table, block in itertools.groupby(enumerate(lines, 1), key=lambda pair: pair[1].startswith("|")):
        if is_table:
            shown.append([(number, [unescaped(t) for t in re.split(r"(?<!\\)\|", line)[1:-1]]) for number, line in block])
    files = list(stated(report).values())
    harmless = re.compile(r"^'(?=\s*[=+@-])")  # what keeps a spreadsheet from running a field
    for (_, headings), _ruler, *rows in shown:
        same = [
            [[harmless.sub("", " ".join(text.split("\n"))) for text in row] for row in table]
            for table in files
            if table[0] == headings
        ]
        if not same:
            continue
        # several tables have these headings: the one that differs least is meant
        yield from min((_differences(rows, table[1:]) for table in same), key=len)
    for headings_, *_ in files:
        if not any(headings == headings_ for (_, headings), *_ in shown):
            yield f"report.md: no table with the headings {headings_}"


def _differences(shown: Sequence[tuple[int, Sequence[str]]], table: Sequence[Sequence[str]]) -> list[str]:
    found = [] if len(shown) == len(table) else [f"report.md: {len(shown)} rows, {len(table)} in the file"]
    for (number, row), right in zip(shown, table, strict=False):
        found += [
            f"report.md, line {number}: {text!r}, in the file {other!r}"
            for text, other in zip(row, right, strict=True)
            if text != other
        ]
    return found


def _noise(report: Path, known: Runs) -> Iterator[str]:
    """Each group tells its noise, and those whose noise is large say more than the others."""
    lines = (report / "report.md").read_text(encoding="utf-8").split("\n")
    words: dict[bool, set[str]] = {True: set(), False: set()}
    for group, noise in known.noise.items():
        told = [line for line in lines if numbers(line) == numbers(noise.text()) and not line.startswith("|")]
        if not told:
            yield f"report.md: the noise of {group} is told nowhere"
        words[_large(noise)] |= {_wording(line) for line in told}
    if words[True] & words[False]:
        yield f"report.md: large noise and small are told in the same words: {words[True] & words[False]}"


def _disturbances(report: Path, known: Runs) -> Iterator[str]:
    """Runs that looked say how many samples were disturbed; where such samples count, it stands before the numbers too."""
    lines = (report / "report.md").read_text(encoding="utf-8").split("\n")
    for values, samples in zip(known.values, known.samples, strict=True):
        if not values.get("cpus"):
            continue
        count = [
            sample for taken in collected(samples, lambda sample: sample["cell"]).values() for sample in least_disturbed(taken)
        ]
        disturbed, left = (sum(disturbance(sample) > DISTURBED for sample in some) for some in (samples, count))
        again = sum(sample["attempt"] > 0 for sample in samples)
        right = (
            [str(number) for number in (5, disturbed, len(samples), again, len(count), left)]
            if disturbed
            else [str(len(samples))]
        )
        told = [line for line in lines if line.startswith("| disturbed by others")]
        if not any(numbers(line) == right for line in told):
            yield f"report.md, disturbed by others: {told}, recomputed {right}"
        warned = any(f"disturbed {left} of the {len(count)} samples that count" in line for line in lines)
        if warned != (left > 0):
            yield f"report.md: {'no word' if left else 'a word'} of a busy machine, where {left} samples that count were disturbed"


def _large(noise: Interval) -> bool:
    return abs(noise.value - 1) >= NOISY


def _wording(line: str) -> str:
    return re.sub(r"[\d.,]+", "", line)


# -- another language


def differing_numbers(one: Mapping[str, Sequence[Sequence[str]]], other: Mapping[str, Sequence[Sequence[str]]]) -> list[str]:
    """Fields of the same report in two languages that have other numbers; sentences may have them in another order."""
    found = [f"{name}: in one language only" for name in one.keys() ^ other.keys()]
    for name in one.keys() & other.keys():
        for number, (row, translated) in enumerate(zip(one[name][1:], other[name][1:], strict=True), 1):
            for place, (text, meaning) in enumerate(zip(row, translated, strict=True)):
                fixed = one[name][0][place] in SENTENCES
                if not fixed and sorted(numbers(text)) != sorted(numbers(meaning)):
                    found.append(f"{name}, row {number}, {one[name][0][place]}: {text!r}, {meaning!r}")
    return found
