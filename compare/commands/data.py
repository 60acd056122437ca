"""`fairfit data`: what is understood of a table, and the spec that it makes; nothing is trained."""

import argparse
import json
from pathlib import Path

from fairfit.commands import table
from fairfit.commands.answer import Answer, Status
from fairfit.commands.table import Asked, as_command, as_toml, source, understood
from fairfit.models.sources.table import Table
from fairfit.models.spec import Spec, to_json
from fairfit.models.tables.refusal import printable
from fairfit.models.tables.understanding import Understanding, to_plain
from fairfit.models.text import Text, in_language
from fairfit.reporting import terminal
from fairfit.reporting.own_table import told

EXAMPLES = (
    "  fairfit data houses.csv --target price                   numbers: linear regression\n"
    "  fairfit data penguins.csv --target species --missing NA  text: classes, softmax regression\n"
    "  fairfit data cars.parquet --target mpg --drop name,id\n"
    "  fairfit data houses.csv --target price --json"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="CSV, CSV.gz, TSV or Parquet")
    table.add_arguments(parser)


def command(options: argparse.Namespace) -> Answer:
    asked = table.of_options(options, options.file)
    spec, found = understood(source(asked), asked.model)

    def show() -> None:
        if options.json:
            written = {"file": options.file, "spec": to_json(spec), "toml": as_toml(spec, options.file)}
            print(json.dumps(written | {"understood": to_plain(found)}, indent=1, ensure_ascii=False))
        else:
            _show(asked, spec, found, options.language)

    return Answer(Status.OK, show)


def _show(asked: Asked, spec: Spec, found: Understanding, language: str) -> None:
    def say(text: Text) -> None:
        print(in_language(text, language))

    say(table.summary(Path(str(asked.data)).name, found) + Text(" (", "（") + found.written + Text(")", "）"))
    print()
    terminal.plain(
        Text("What is learned from", "用于学习的列"),
        [
            Text("column", "列"),
            Text("what it is", "类型"),
            Text("missing", "缺失"),
            Text("inputs", "输入数"),
            Text("in the training rows", "训练行中"),
        ],
        [
            [
                printable(one.name),
                Text("numbers", "数值") if one.kind == "number" else Text("categories", "分类值"),
                f"{one.missing:,}",
                f"{one.inputs:,}",
                told(one),
            ]
            for one in found.features
        ],
        language,
    )
    if found.classes:
        terminal.plain(
            Text(f"Classes of {(target := printable(found.target))}", f"{target} 的类别"),
            [Text("number", "编号"), Text("class", "类别"), Text("rows to train", "训练行"), Text("rows to test", "测试行")],
            [[str(number), printable(one.label), f"{one.train:,}", f"{one.test:,}"] for number, one in enumerate(found.classes)],
            language,
        )
    say(_target(found))
    say(_split(found, spec))
    if found.dropped:
        say(Text("left out: ", "未使用的列：") + ", ".join(map(printable, found.dropped)))
    for note in found.notes:
        say(Text("note: ", "注意：") + note)
    say(Text("\nAs a spec, to be saved as a .toml file:\n", "\n作为规格，可存为 .toml 文件：\n"))
    print(as_toml(spec, str(asked.data)))
    say(Text(f"\nor at once: {as_command('run', asked)}", f"\n或直接运行：{as_command('run', asked)}"))


def _target(found: Understanding) -> Text:
    if found.model == "softmax":
        count = len(found.classes)
        return Text(
            f"target: {printable(found.target)}, {count} classes: softmax",
            f"目标：{printable(found.target)}，{count} 个类别：softmax",
        )
    return Text(f"target: {printable(found.target)}, numbers: linear", f"目标：{printable(found.target)}，数值：linear")


def _split(found: Understanding, spec: Spec) -> Text:
    assert isinstance(spec.data, Table)
    share, seed, dtype = f"{spec.data.test_share:g}", spec.data.seed, spec.training.dtype
    size = _size(found.records * found.inputs * (4 if dtype == "float32" else 8))
    return Text(
        f"split: {found.test_rows:,} of {found.records:,} rows drawn for testing (test_share = {share}, seed = {seed}); "
        f"{found.records:,} × {found.inputs:,} inputs in {dtype}: {size}",
        f"划分：{found.records:,} 行中抽取 {found.test_rows:,} 行用于测试（test_share = {share}，seed = {seed}）；"
        f"{found.records:,} × {found.inputs:,} 个 {dtype} 输入：{size}",
    )


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
