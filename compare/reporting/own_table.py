"""What was understood of the tables that were trained on: their columns, and the numbers of their classes."""

from fairfit.models.tables.refusal import printable
from fairfit.models.tables.understanding import Class, Feature, Understanding
from fairfit.models.text import Text, listed
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.tabular import Column, Table, Words, table

SHOWN = 12  # categories of a column that are shown

Item = tuple[str, Feature]
Labelled = tuple[str, int, Class]

COLUMNS: list[Column[Item]] = [
    Column(Text("spec", "规格"), Text("the spec's name", "规格的名称"), lambda item: item[0], numeric=False),
    Column(Text("column", "列"), Text("of the table", "表格中的列"), lambda item: item[1].name, numeric=False),
    Column(
        Text("what it is", "类型"),
        Text("numbers, or categories that make an input each", "数值，或各自成为一个输入的分类值"),
        lambda item: Text("numbers", "数值") if item[1].kind == "number" else Text("categories", "分类值"),
        numeric=False,
    ),
    Column(Text("missing", "缺失"), Text("values that are not there", "缺失的值的个数"), lambda item: f"{item[1].missing:,}"),
    Column(Text("inputs", "输入数"), Text("that it makes", "由它产生的输入个数"), lambda item: f"{item[1].inputs:,}"),
    Column(
        Text("in the training rows", "训练行中"),
        Text("mean and standard deviation, or the categories", "均值与标准差，或分类值"),
        lambda item: told(item[1]),
        numeric=False,
    ),
]
CLASSES: list[Column[Labelled]] = [
    Column(Text("spec", "规格"), Text("the spec's name", "规格的名称"), lambda item: item[0], numeric=False),
    Column(Text("number", "编号"), Text("of the class", "类别的编号"), lambda item: str(item[1])),
    Column(Text("class", "类别"), Text("as the table has it", "表格中的写法"), lambda item: item[2].label, numeric=False),
    Column(Text("rows to train", "训练行"), Text("of this class", "该类别的行数"), lambda item: f"{item[2].train:,}"),
    Column(Text("rows to test", "测试行"), Text("of this class", "该类别的行数"), lambda item: f"{item[2].test:,}"),
]


def columns(known: Evidence) -> Table:
    """Of all tables, with what else there is to tell of them as notes."""
    found = _tables(known)
    notes: list[Words] = []
    for name, one in found.items():
        split = f"{one.records:,}", f"{one.train_rows:,}", f"{one.test_rows:,}"
        notes.append(
            Text(
                f"{name}: the target is {one.target}; {split[0]} records, {split[1]} to train and {split[2]} to test",
                f"{name}：目标是 {one.target}；{split[0]} 条记录，{split[1]} 行训练，{split[2]} 行测试",
            )
        )
        if one.dropped:
            notes.append(Text(f"{name}: left out are ", f"{name}：未使用的列有 ") + listed(one.dropped))
        notes += [Text(f"{name}: ", f"{name}：") + note for note in one.notes]
    items = [(name, feature) for name, one in found.items() for feature in one.features]
    return table("table-columns", Text("What is learned from", "用于学习的列"), COLUMNS, items, notes=notes)


def classes(known: Evidence) -> Table:
    """Which number each class has in scores and predictions."""
    items = [(name, number, one) for name, found in _tables(known).items() for number, one in enumerate(found.classes)]
    return table("table-classes", Text("Classes", "类别"), CLASSES, items)


def told(feature: Feature) -> Words:
    """Mean and deviation of numbers, or the first of the categories."""
    if feature.kind == "number":
        mean, deviation = f"{feature.mean:.6g}", f"{feature.deviation:.6g}"
        return Text(f"mean {mean}, deviation {deviation}", f"均值 {mean}，标准差 {deviation}")
    return ", ".join(map(printable, feature.levels[:SHOWN])) + (", …" if len(feature.levels) > SHOWN else "")


def _tables(known: Evidence) -> dict[str, Understanding]:
    """By the names of their specs."""
    return {name: record.table for run in known.runs for name, record in run.specs.items() if record.table is not None}
