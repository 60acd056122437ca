"""How a table is refused: one line with the file, the place, what was found, and what to do."""

import json
import re
from pathlib import Path

from fairfit.models.errors import DataError
from fairfit.models.text import Text


def refusal(path: Path, en: str, zh: str) -> DataError:
    """The error to raise; both texts go on where the name of the file ends."""
    return DataError(Text(f"{path}: {en}", f"{path}：{zh}"))


def shown(word: str) -> str:
    """A name or value as a message shows it: in quotes, with signs that cannot be seen written out, cut where it is long."""
    written = repr(word)
    return written if len(written) <= 60 else f"{written[:60]}…"


def printable(word: str) -> str:
    """As it is, or with signs that a terminal would obey written out."""
    return word if word.isprintable() else repr(word)[1:-1]


def examples(words: list[str], most: int = 5) -> str:
    """The first of them."""
    return ", ".join(shown(word) for word in words[:most]) + (", …" if len(words) > most else "")


def at(unit: str, number: int) -> Text:
    """'line 13' of a text file, 'row 13' of one that has no lines; both count from 1."""
    return Text(f"{unit} {number}", f"第 {number} {'行' if unit == 'line' else '条记录'}")


def quoted(name: str, *, always: bool = False) -> str:
    """A name as a shell takes it, or as TOML writes it."""
    return json.dumps(name, ensure_ascii=False) if always or not re.fullmatch(r"[\w.:-]+", name) else name


def option(name: str, value: str) -> str:
    """'--missing NA' as a shell and our parser take it: what begins with a minus and is no number must not look like an option."""
    if value.startswith("-") and not re.fullmatch(r"-(\d+(\.\d+)?)?", value):
        return f"--{name} '\"{value}\"'"  # a list whose only item stands in quotes
    return f"--{name} {quoted(value)}"
