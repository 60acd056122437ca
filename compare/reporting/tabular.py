"""A table as such: columns, rows of texts, and how it is written in Markdown, CSV and LaTeX."""

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from fairfit.models.text import Text, in_language
from fairfit.statistics import Estimate

Item = TypeVar("Item")
Words = str | Text
"""What stands in a field of a table: a plain string is the same in every language."""


@dataclass(frozen=True)
class Column(Generic[Item]):
    """A column: heading, what it means (shown on the page), how the text of an item is made, whether it holds numbers, and
    whether it is a `detail`, which a narrow screen has behind a switch."""

    heading: Words
    meaning: Words
    text: Callable[[Item], Words]
    numeric: bool = True
    detail: bool = False


@dataclass(frozen=True)
class Table:
    """One table: `emphasis` has the numbers of rows that are best, `notes` stand below; `details` has the numbers of columns
    that are shown on demand."""

    key: str
    title: Words
    headings: list[Words]
    meanings: list[Words]
    numeric: list[bool]
    rows: list[list[Words]]
    emphasis: list[int] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)
    details: list[int] = field(default_factory=list)


def table(
    key: str,
    title: Words,
    columns: Sequence[Column[Item]],
    items: Sequence[Item],
    *,
    emphasis: Sequence[int] = (),
    notes: Sequence[Words] = (),
) -> Table:
    """Fill the columns with items, one a row."""
    return Table(
        key,
        title,
        [column.heading for column in columns],
        [column.meaning for column in columns],
        [column.numeric for column in columns],
        [[column.text(item) for column in columns] for item in items],
        list(emphasis),
        list(notes),
        [number for number, column in enumerate(columns) if column.detail],
    )


# -- numbers


NOT_FINITE = Text("not finite", "非有限值")


def number_text(value: float | None, digits: int = 3) -> Words:
    """As `figure_text`, in both languages where the number is not finite."""
    return NOT_FINITE if value is not None and not math.isfinite(value) else figure_text(value, digits)


def figure_text(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits and thousands separated; empty where there is none."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return NOT_FINITE.en
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.{digits - 1}e}"
    rounded = float(f"{value:.{digits - 1}e}")  # 0.9999 may become 1.00
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(0, decimals)}f}"


def interval_text(value: float, low: float, high: float) -> str:
    return f"{figure_text(value)} [{figure_text(low)}, {figure_text(high)}]"


def estimate_text(estimate: Estimate, factor: float = 1.0) -> str:
    """A value with its 95 % interval, in another unit where a factor is given."""
    return interval_text(estimate.value * factor, estimate.low * factor, estimate.high * factor)


def percent_text(share: float) -> str:
    return f"{100 * share:.0f} %"


# -- other forms


def markdown(table: Table, language: str = "en") -> str:
    """The table for GitHub; the best row is bold."""
    lines = [
        "| " + " | ".join(escaped(in_language(heading, language)) for heading in table.headings) + " |",
        "|" + "|".join("---:" if numeric else "---" for numeric in table.numeric) + "|",
    ]
    for number, row in enumerate(table.rows):
        texts = [escaped(in_language(text, language)) for text in row]
        if number in table.emphasis:
            texts = [f"**{text}**" if text else "" for text in texts]
        lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""What ends a line, moves the cursor or turns the direction of writing: nothing that a name or a message needs."""

BLOCKS = re.compile(r"(?:[#=]|[-+](?=\s|$)|-{2,}|\d+(?=[.)](?:\s|$)))")
"""What at the start of a line makes a heading, a list or a rule."""


def one_line(text: str) -> str:
    return UNSEEN.sub(" ", text)


def escaped(text: str) -> str:
    """For Markdown, so that nothing in a name or a message becomes markup."""
    text = one_line(text).strip()
    for character in "\\|*_<>`~$&":
        text = text.replace(character, "\\" + character)
    for after in "(:[":  # a link, and what defines one; brackets alone are intervals
        text = text.replace("]" + after, "]\\" + after)
    if begins := BLOCKS.match(text):  # the sign that makes it: the first, or the one behind a number
        place = begins.end() if text[0].isdigit() else 0
        text = text[:place] + "\\" + text[place:]
    return text


def fence(text: str) -> str:
    """What encloses code in Markdown: longer than any run of backticks in it."""
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))


def comma_separated(table: Table, language: str = "en") -> str:
    """The table as CSV, its texts as they stand in the report, but that none is a formula."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([in_language(heading, language) for heading in table.headings])
    writer.writerows([[csv_field(in_language(text, language)) for text in row] for row in table.rows])
    return file.getvalue()


def csv_field(text: str) -> str:
    """In one line, and with an apostrophe before what a spreadsheet would run as a formula; a number stays what it is."""
    text = one_line(text)
    if not text.lstrip().startswith(("=", "+", "-", "@")):
        return text
    try:
        float(text.replace(",", ""))
    except ValueError:
        return "'" + text
    return text


LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "µ": r"\textmu{}", "×": r"$\times$", "–": "--", "±": r"$\pm$", "≤": r"$\leq$", "→": r"$\to$",
}  # fmt: skip


def latex(table: Table, language: str = "en") -> str:
    """The table as a LaTeX tabular; needs no package beyond textcomp."""

    def line(texts: Sequence[Words]) -> str:
        shown = (
            "".join(LATEX.get(character, character) for character in one_line(in_language(text, language))) for text in texts
        )
        row = " & ".join(shown)
        guard = "{}" if row.startswith(("[", "*")) else ""  # else the line break before it takes that for its own
        return guard + row + r" \\"

    alignment = "".join("r" if numeric else "l" for numeric in table.numeric)
    lines = [rf"\begin{{tabular}}{{{alignment}}}", r"\hline", line(table.headings), r"\hline"]
    return "\n".join([*lines, *(line(row) for row in table.rows), r"\hline", r"\end{tabular}", ""])
