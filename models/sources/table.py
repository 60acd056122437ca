"""Rows of the user's own table: CSV, CSV.gz, TSV or Parquet."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from fairfit.models import checked
from fairfit.models.sources.source import Arrays, Source
from fairfit.models.tables import store
from fairfit.models.tables.request import Request
from fairfit.models.tables.understanding import Understanding
from fairfit.models.text import Text

NAME = Text("the name of a column", "列名")
NAMES = Text("a list of names of columns, none of them twice", "由互不相同的列名组成的列表")
WORDS = Text("a list of texts that stand for a missing value", "由表示缺失的文本组成的列表")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and "\0" not in value


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_text, value)) and len(set(value)) == len(value)


@dataclass(frozen=True)
class Table(Source):
    """The column `target` is learned from the columns `features` (all others where none are named) less `drop`.

    Only the empty field is missing, and the words of `missing`. Numbers of the columns `categories` are names. `decimal` is the
    sign before the fraction of a number; "auto" is a point, unless it may stand between thousands. The test part is a sample,
    `test_share` of all rows, drawn by `seed`. How values become inputs: see `fairfit.models.tables.preparation`.
    """

    models: ClassVar[tuple[str, ...]] = ("linear", "softmax")

    path: Path = checked.file()
    target: str = checked.value(_is_text, NAME)
    missing: tuple[str, ...] = checked.value(_is_list, WORDS, ())
    drop: tuple[str, ...] = checked.value(_is_list, NAMES, ())
    features: tuple[str, ...] = checked.value(_is_list, NAMES, ())
    categories: tuple[str, ...] = checked.value(_is_list, NAMES, ())
    decimal: str = checked.one_of(("auto", ".", ","), "auto")
    standardise: str = checked.one_of(("standard", "none"), "standard")
    test_share: float = checked.value(
        lambda given: checked.is_number(given) and 0 < given < 1,
        Text("a number between 0 and 1", "0 与 1 之间的数"),
        0.2,
        convert=float,
    )
    seed: int = checked.integer(0, default=0)

    def prepared(self, model: str | None, dtype: str) -> tuple[Understanding, Path]:
        """What was understood of the table, and the folder of its arrays; the target decides where no model is given."""
        asked = {field.name: getattr(self, field.name) for field in dataclasses.fields(Request) if hasattr(self, field.name)}
        return store.prepared(Request(model=model, dtype=dtype, **asked))

    def arrays(self, model: str, dtype: str, data_dir: Path | None) -> Arrays:
        found, folder = self.prepared(model, dtype)
        parts = ("train_features", "train_targets", "test_features", "test_targets")
        opened = {part: np.load(folder / f"{part}.npy", mmap_mode="r") for part in parts}
        return Arrays(**opened, classes=len(found.classes) or None)

    def understood(self, model: str, dtype: str) -> Understanding:
        return self.prepared(model, dtype)[0]

    def content(self) -> str:
        return store.content(self.path)
