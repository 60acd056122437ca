"""What the terminal shows of a report: the short answer and tables."""

import sys
from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text as RichText

from fairfit.models.text import Text, in_language
from fairfit.reporting import face as first_screen
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.tabular import Table, Words

WIDE = 240  # columns where standard output is no terminal
LESS_IMPORTANT = ("level", "import, s", "CPUs", "memory, MB", "samples/s", "µs/step", "first epoch, s", "loss")


def face(evidence: Evidence, language: str) -> None:
    """The answer, who should choose what, and the article's comparison, as on the first screen of the page."""
    comparison = first_screen.comparison(evidence)
    if comparison is not None:
        show([comparison], language)
    sentences(evidence, language)
    console = _console()
    for choice in first_screen.choices(evidence):
        console.print(Padding(RichText(in_language(choice.text, language)), (0, 0, 0, 2)))
    for found in evidence.disturbances:
        if found and found.warning:
            console.print(RichText(in_language(found.warning, language)), soft_wrap=True)
    console.print()


def sentences(evidence: Evidence, language: str) -> None:
    """The answer alone."""
    lines([*evidence.caveats, *first_screen.answer(evidence)], language)


def lines(texts: Sequence[Text | str], language: str) -> None:
    """Sentences that answer."""
    console = _console()
    for text in texts:
        console.print(RichText(in_language(text, language), style="bold"), soft_wrap=not sys.stdout.isatty())


def show(tables: Sequence[Table], language: str) -> None:
    """Print tables of a run; the best row stands out. Where the terminal is narrow the least important columns go first."""
    console = _console()
    for table in tables:
        used = _fitting(table, console.width, language)
        shown = _table(in_language(table.title, language))
        for number in used:
            justify: Literal["right", "left"] = "right" if table.numeric[number] else "left"
            shown.add_column(in_language(table.headings[number], language), justify=justify, overflow="fold")
        for number, row in enumerate(table.rows):
            texts = (RichText(in_language(row[index], language)) for index in used)
            shown.add_row(*texts, style="bold green" if number in table.emphasis else None)
        console.print(shown)
        notes = list(table.notes)
        if left_out := len(table.headings) - len(used):
            notes.append(Text(f"{left_out} more columns stand in the report", f"另有 {left_out} 列见报告"))
        for note in notes:
            console.print(RichText(in_language(note, language), style="dim"), soft_wrap=True)
        console.print()


def _fitting(table: Table, width: int, language: str) -> list[int]:
    """The numbers of the columns that fit into the width."""
    widths = [
        max(cell_len(in_language(words, language)) for words in (heading, *(row[number] for row in table.rows)))
        for number, heading in enumerate(table.headings)
    ]
    used = list(range(len(table.headings)))
    for heading in LESS_IMPORTANT:
        if sum(widths[number] + 3 for number in used) <= width:
            break
        used = [number for number in used if str(table.headings[number]) != heading]
    return used


def plain(title: Words, headings: Sequence[Words], rows: Sequence[Sequence[Words]], language: str) -> None:
    """Print a simple table of texts."""
    console = _console()
    shown = _table(in_language(title, language))
    for heading in headings:
        shown.add_column(in_language(heading, language), overflow="fold")
    for row in rows:
        shown.add_row(*(RichText(in_language(text, language)) for text in row))
    console.print(shown)
    console.print()


def _table(title: str) -> RichTable:
    return RichTable(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would end the program: the command knows what a reader that left means


def _console() -> Console:
    return _Console() if sys.stdout.isatty() else _Console(width=WIDE)
