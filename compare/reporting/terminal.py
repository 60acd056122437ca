"""Tables on the terminal."""

import sys
from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from fairfit.reporting.tabular import Table

WIDE = 240  # columns where standard output is no terminal
LESS_IMPORTANT = ("level", "import, s", "CPUs", "memory, MB", "samples/s", "µs/step", "first epoch, s", "loss")


def show(tables: Sequence[Table]) -> None:
    """Print tables of a run; the best row stands out. Where the terminal is narrow the least important columns go first."""
    console = _console()
    for table in tables:
        used = _fitting(table, console.width)
        shown = _table(str(table.title))
        for number in used:
            justify: Literal["right", "left"] = "right" if table.numeric[number] else "left"
            shown.add_column(str(table.headings[number]), justify=justify, overflow="fold")
        for number, row in enumerate(table.rows):
            texts = (Text(str(row[index])) for index in used)
            shown.add_row(*texts, style="bold green" if number in table.emphasis else None)
        console.print(shown)
        left_out = len(table.headings) - len(used)
        more = [f"{left_out} more columns stand in the report"] if left_out else []
        for note in [*table.notes, *more]:
            console.print(Text(str(note), style="dim"), soft_wrap=True)
        console.print()


def _fitting(table: Table, width: int) -> list[int]:
    """The numbers of the columns that fit into the width."""
    headings = [str(heading) for heading in table.headings]
    widths = [max(len(text) for text in (heading, *(str(row[n]) for row in table.rows))) for n, heading in enumerate(headings)]
    used = list(range(len(headings)))
    for heading in LESS_IMPORTANT:
        if sum(widths[number] + 3 for number in used) <= width:
            break
        used = [number for number in used if headings[number] != heading]
    return used


def plain(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a simple table of texts."""
    console = _console()
    shown = _table(title)
    for heading in headings:
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(str(text)) for text in row))
    console.print(shown)
    console.print()


def _table(title: str) -> RichTable:
    return RichTable(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=WIDE)
