"""Facts that cannot be measured, with their dates: a table beside this file, looked up by hand."""

import tomllib
from collections.abc import Collection
from pathlib import Path

from fairfit.models.text import Text
from fairfit.records import Fact

TABLE = Path(__file__).with_name("dated_facts.toml")


def facts(frameworks: Collection[str]) -> list[Fact]:
    """Those about these frameworks, in the order of the table."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["fact"]
    return [
        Fact(
            framework=row["framework"],
            date=row["date"],
            says=Text(row["en"], row["zh"]),
            source=Text(row["source_en"], row["source_zh"]),
            looked_up=row["looked_up"],
            kind=row.get("kind", ""),
        )
        for row in rows
        if row["framework"] in frameworks
    ]
