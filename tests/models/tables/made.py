"""Small tables for tests: price = 3 area + 5 rooms + what the region adds, without noise."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairfit.models.sources.table import Table
from fairfit.models.tables.understanding import Understanding

ROWS = 60
REGIONS = {"north": 10.0, "south": 20.0, "west": 35.0}
Columns = Mapping[str, Sequence[Any]]


def houses(rows: int = ROWS, **more: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Columns area, rooms, region and price, and more; those of the same name are replaced."""
    draw = random.Random(1)
    area = [round(draw.uniform(20, 90), 2) for _ in range(rows)]
    rooms = [draw.randint(1, 6) for _ in range(rows)]
    region = [draw.choice(list(REGIONS)) for _ in range(rows)]
    price = [round(3 * a + 5 * r + REGIONS[g], 2) for a, r, g in zip(area, rooms, region, strict=True)]
    table: dict[str, Sequence[Any]] = {"area": area, "rooms": rooms, "region": region, "price": price}
    return table | more


def flowers(rows: int = ROWS, **more: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Columns length and kind, of two classes, and more; those of the same name are replaced."""
    kinds = ["tall" if number % 10 > 4 else "low" for number in range(rows)]
    table: dict[str, Sequence[Any]] = {"length": [number % 10 for number in range(rows)], "kind": kinds}
    return table | more


def lines(columns: Columns, separator: str = ",") -> list[str]:
    """As a text table, header first; None is an empty field."""
    rows = zip(*columns.values(), strict=True)
    return [separator.join(columns), *(separator.join("" if item is None else str(item) for item in row) for row in rows)]


def text(columns: Columns, separator: str = ",") -> str:
    return "\n".join(lines(columns, separator)) + "\n"


def write(folder: Path, content: str | bytes | Columns, name: str = "table.csv") -> Path:
    """A file of this content."""
    if isinstance(content, Mapping):
        content = text(content)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / name


def prepared(
    path: Path, target: str = "price", model: str | None = None, dtype: str = "float32", **asked: Any
) -> tuple[Understanding, Path]:
    """What is understood of a file, and the folder of its arrays."""
    return Table(path, target, **asked).prepared(model, dtype)
