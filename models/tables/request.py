"""What is asked of a table: which file, which columns, and how they are prepared."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """`model` is 'linear', 'softmax', or None where the target decides; `missing` are words that stand for nothing beside the
    empty field; `features` are the columns to learn from (all others where it is empty), less those of `drop`; `categories` are
    columns whose numbers or dates are names. `decimal` is the sign
    before the fraction of a number in a text, "." or ","; "auto" is a point, unless it may stand between thousands. `test_share` is the part of the rows that is drawn for testing.
    """

    path: Path
    target: str
    model: str | None = None
    missing: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    decimal: str = "auto"
    standardise: str = "standard"
    test_share: float = 0.2
    seed: int = 0
    dtype: str = "float32"
