"""Tables on the terminal."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from compare.report.tables import Table

WIDE = 200  # columns where standard output is no terminal


def show(tables: Sequence[Table]) -> None:
    """Print tables of a run; the best row stands out. Columns without content are left out."""
    console = _console()
    for table in tables:
        shown = _table(table.title)
        used = [number for number in range(len(table.columns)) if any(row[number] for row in table.rows)]
        for number in used:
            column = table.columns[number]
            shown.add_column(column.heading, justify="right" if column.numeric else "left", overflow="fold")
        for number, row in enumerate(table.rows):
            texts = [Text(row[index]) for index in used]
            shown.add_row(*texts, style="bold green" if number in table.emphasis else None)
        console.print(shown)
        for note in table.notes:
            console.print(Text(note, style="dim"), soft_wrap=True)
        console.print()


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
