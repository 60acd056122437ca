"""A table of the user's own, named on the command line: its options, and the spec that they make."""

import argparse
import csv
import dataclasses
import json
import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from fairfit.arguments import checked
from fairfit.commands import values
from fairfit.commands.values import given
from fairfit.models import MODELS
from fairfit.models.checked import file_fields
from fairfit.models.errors import UserError
from fairfit.models.sources.table import Table
from fairfit.models.spec import Spec, Training, to_json
from fairfit.models.tables.training import suited
from fairfit.models.tables.understanding import Understanding
from fairfit.models.text import Text

if TYPE_CHECKING:  # it draws the figures of reports in, which `fairfit data` needs not
    from fairfit.commands.measuring import Voice

Words = str | Iterable[str]  # 'a,b' or ['a', 'b']
DTYPE = "float32"


class Options(TypedDict, total=False):
    """The keywords of `Asked`, for functions that pass them on."""

    data: str | os.PathLike[str] | None
    target: str | None
    model: str | None
    missing: Words | None
    drop: Words | None
    features: Words | None
    categories: Words | None
    decimal: str | None
    test_share: str | float | None
    seed: int | None


@dataclass(frozen=True)
class Asked:
    """What was asked, as the user gave it; None is the default of each."""

    data: str | os.PathLike[str] | None = None
    target: str | None = None
    model: str | None = None
    missing: Words | None = None
    drop: Words | None = None
    features: Words | None = None
    categories: Words | None = None
    decimal: str | None = None
    test_share: str | float | None = None
    seed: int | None = None

    def specs(self, specs: Sequence[Any], voice: "Voice") -> Sequence[Any]:
        """The spec of the table in place of `specs`, which are returned where no table was named; what is to be told of it is.

        Raises UserError where the options do not go together, or where the table is refused.
        """
        if self.data is None:
            if asked := [name for name, value in vars(self).items() if value is not None]:
                raise UserError(f"{_option(asked[0])} belongs to a table: name it with --data FILE")
            return specs
        if specs:
            raise UserError("--data makes a spec of its own: leave out the others, or run them apart")
        table = source(self)
        with voice.open() as progress:
            name = table.path.name
            progress.stage(Text(f"{name}: reading and preparing", f"{name}：读取与预处理"), 1)
            spec, found = understood(table, self.model)
            progress.note(summary(name, found))
            for note in found.notes:
                progress.note(Text("  ", "  ") + note)
        return [spec]


def add_arguments(parser: argparse.ArgumentParser, *, file: bool = False, features: bool = True) -> None:
    """Those of `Asked`; the file is an option where `file` says so, the columns to learn from where `features` does."""
    add = parser.add_argument_group("a table of your own (lists with commas)").add_argument
    words = checked(columns)
    if file:
        add("--data", type=checked(values.path), metavar="FILE", help="CSV, CSV.gz, TSV or Parquet, in place of a SPEC")
    add("--target", metavar="COLUMN", help="what is to be predicted: numbers make linear, text makes softmax")
    add("--model", choices=MODELS, help="softmax takes numbers as classes too (default: as the target is)")
    add("--missing", type=words, metavar="A,B", help="what stands for a missing value beside the empty field: NA, or =-9,NA")
    add("--drop", type=words, metavar="A,B", help="columns to leave out")
    if features:
        add("--features", type=words, metavar="A,B", help="columns to learn from (default: all others)")
    add("--categories", type=words, metavar="A,B", help="columns whose numbers or dates are names")
    add(
        "--decimal",
        choices=(".", ","),
        help="the sign before the fraction of a number (default: a point, where it is plain that it is one)",
    )
    add("--test-share", type=checked(values.share), metavar="P", help="how much is drawn for testing (default: 20%%)")
    add("--seed", type=checked(whole), metavar="N", help="another draw of it (default: 0)")


def keywords(options: argparse.Namespace) -> Options:
    """What the command line asks, as keywords."""
    return Options(**{name: getattr(options, name, None) for name in Options.__annotations__})  # type: ignore[typeddict-item]


def of_options(options: argparse.Namespace, file: str) -> Asked:
    """What the command line asks of this file."""
    asked = {field.name: getattr(options, field.name) for field in dataclasses.fields(Asked) if field.name != "data"}
    return Asked(file, **asked)


def whole(value: str | int) -> int:
    """A whole number from 0 on. Raises UserError."""
    return 0 if str(value) == "0" else values.count(value)


def columns(value: Words) -> list[str]:
    """A list from 'a,b' or ['a', 'b']; a name with a comma stands in quotes. Raises UserError where it names nothing."""
    items: list[Any] = []
    if isinstance(value, str):
        items = next(csv.reader([value], skipinitialspace=True), [])
    elif isinstance(value, Iterable):
        items = list(value)
    names = [item if item.isspace() else item.strip() for item in items if isinstance(item, str) and item]
    if not names or len(names) != len(items):
        raise UserError(f"{value!r} is no list of names: write 'a,b'; leave it out to have the default")
    return list(dict.fromkeys(names))


def source(asked: Asked) -> Table:
    """The [data] of the spec that the options make; nothing is read yet. Raises UserError."""
    path = given("data", values.path, asked.data, Path())
    if asked.target is None:
        raise UserError(f"which column of {path} is to be predicted? name it with --target COLUMN")
    if asked.model not in (None, *MODELS):
        raise UserError(f"unknown model {asked.model!r}: there is {', '.join(MODELS)}")
    return Table(
        path=path.absolute(), target=asked.target, decimal=asked.decimal or "auto",
        test_share=given("test_share", values.share, asked.test_share, 0.2), seed=given("seed", whole, asked.seed, 0), missing=_listed("missing", asked.missing), drop=_listed("drop", asked.drop),
        features=_listed("features", asked.features), categories=_listed("categories", asked.categories),
    )  # fmt: skip


def _listed(name: str, value: Words | None) -> tuple[str, ...]:
    nothing: list[str] = []
    return tuple(given(name, columns, value, nothing))


def understood(table: Table, model: str | None) -> tuple[Spec, Understanding]:
    """A whole spec with settings that suit the table, and what was understood of it. Raises DataError where it is refused."""
    found, folder = table.prepared(model, DTYPE)
    return Spec(name_of(table.path), found.model, "table", table, suited(table.path, found, folder, DTYPE)), found


def name_of(path: Path) -> str:
    """The name of the file, as a spec may be called."""
    stem = re.sub(r"\.(csv|tsv|txt|parquet|pq)(\.gz)?$", "", path.name, flags=re.IGNORECASE)
    return re.sub(r"[^\w@+.-]", "-", stem).lstrip(".")[:80] or "table"


def summary(name: str, found: Understanding) -> Text:
    """One line: how much was read, and what it becomes."""
    return Text(
        f"{name}: {found.records:,} records, {found.inputs:,} inputs, {found.train_rows:,} rows to train, {found.test_rows:,} to test",
        f"{name}：{found.records:,} 条记录，{found.inputs:,} 个输入，{found.train_rows:,} 行训练，{found.test_rows:,} 行测试",
    )


def as_toml(spec: Spec, path: str) -> str:
    """The spec as a file to save; what is as by default is left out. `path` counts from the folder of that file."""
    written = to_json(spec)
    kinds: dict[str, type[Table] | type[Training]] = {"data": Table, "training": Training}
    lines = [f'model = "{spec.model}"']
    for part, kind in kinds.items():
        defaults = {field.name: field.default for field in dataclasses.fields(kind)}
        lines += ["", f"[{part}]"]
        for key, value in written[part].items():
            if key in file_fields(kind):
                lines.append(f"{key} = {_toml(path)}  # counts from the folder of this file")
            elif defaults.get(key, ...) != value or key in ("test_share", "seed", "batch_size"):
                lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines)


def as_command(word: str, asked: Asked) -> str:
    """The command that runs or proves it."""
    parts = ["fairfit", word]
    for name, value in vars(asked).items():
        if value is not None:
            text = ",".join(value) if isinstance(value, list) else str(value)
            parts += [f"{_option(name)}={text}"] if text.startswith("-") else [_option(name), text]
    return shlex.join(parts)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
