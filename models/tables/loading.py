"""All records of a table as one matrix of float64 on disk, and what each column turned out to be."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models.tables import levels
from fairfit.models.tables.choice import Choice
from fairfit.models.tables.column import Column
from fairfit.models.tables.files import kind
from fairfit.models.tables.matrix import Matrix
from fairfit.models.tables.parquet_reader import ParquetReader
from fairfit.models.tables.reading import Reader
from fairfit.models.tables.refusal import at, refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.split import LEAST, too_few
from fairfit.models.tables.text_reader import TextReader
from fairfit.models.tables.words import is_finite
from fairfit.models.text import Text


@dataclass(frozen=True)
class Loaded:
    """`matrix` has a column for each that is used, the target last; levels are their numbers, NaN is missing."""

    request: Request
    written: Text
    choice: Choice
    columns: list[Column]
    matrix: Matrix
    blank: int

    @property
    def features(self) -> list[Column]:
        return self.columns[:-1]

    @property
    def target(self) -> Column:
        return self.columns[-1]


def load(request: Request, path: Path) -> Loaded:
    """Read everything, and write the matrix to `path`. Raises DataError where a column is not what it must be."""
    reader: Reader = ParquetReader(request) if kind(request.path) == "parquet" else TextReader(request)
    names = [reader.choice.names[place] for place in reader.choice.used]
    columns = [Column(request, name, reader.unit) for name in names[:-1]]
    columns.append(Column(request, names[-1], reader.unit, label=request.model == "softmax"))
    records = 0
    with path.open("wb") as opened:
        for batch in reader.batches(columns):
            rows = np.empty((batch.records, len(columns)))
            for number, column in enumerate(columns):
                rows[:, number] = column.take(batch, number)
            rows.tofile(opened)
            records += batch.records
    if not records:
        raise refusal(request.path, "has a header and no record (row)", "只有表头，没有任何记录（行）")
    if records < 2 * LEAST:
        raise too_few(request, records)
    for column in columns[:-1]:
        _check_feature(column)
    _check_target(columns[-1], request.model)
    matrix = Matrix(path, records, len(columns))
    return Loaded(request, reader.told, reader.choice, columns, matrix, reader.blank)


def _check_feature(column: Column) -> None:
    path, name = column.request.path, shown(column.name)
    if not column.given:
        raise refusal(
            path,
            f"column {name} is empty: all {column.records} values are missing; leave it out with --drop",
            f"列 {name} 是空的：{column.records} 个值全部缺失；请用 --drop 去掉",
        )
    if not column.numeric:
        levels.check(column)
    only = f"{column.low:g}" if column.numeric else shown(column.words[0])
    if (column.numeric and column.low == column.high) or (not column.numeric and len(column.words) == 1 and not column.missing):
        raise constant(column, only, "every row")


def constant(column: Column, only: str, where: str) -> Exception:
    """The error for a column that tells rows apart in nothing."""
    name, zh = shown(column.name), {"every row": "所有行", "every training row": "所有训练行"}[where]
    if column.is_target:
        return refusal(
            column.request.path,
            f"the target {name} has one value alone, {only}, the same in {where}: there is nothing to learn",
            f"目标列 {name} 只有一个值：{zh}都是 {only}；没有可学的东西",
        )
    return refusal(
        column.request.path,
        f"column {name} is constant: the same value {only} in {where}; leave it out with --drop",
        f"列 {name} 是常数：{zh}的值都是 {only}；请用 --drop 去掉",
    )


def _check_target(column: Column, model: str | None) -> None:
    path, name = column.request.path, shown(column.name)
    if not column.given:
        raise refusal(path, f"the target {name} is empty: all values are missing", f"目标列 {name} 是空的：所有值都缺失")
    if not column.numeric:
        if model == "linear" and not column.declared:
            if any(is_finite(word, column.request.decimal) for word in column.words):
                levels.check(column)
            word, line = shown(column.words[0]), at(column.unit, column.places[0])
            raise refusal(
                path,
                f"the target {name} is text, no number: {line.en} has {word}; for classes say --model softmax",
                f"目标列 {name} 是文本而非数值：{line.zh}是 {word}；若为类别，请用 --model softmax",
            )
        levels.check(column)
    if column.missing:
        line = at(column.unit, column.first_missing or 0)
        raise refusal(
            path,
            f"the target {name} is missing (empty) in {column.missing} row{'s' * (column.missing != 1)}, first in {line.en}: a row without "
            "a target teaches nothing; fill it in or delete the row",
            f"目标列 {name} 有 {column.missing} 行缺失（为空），首先是{line.zh}：没有目标值的行无法用于学习；请补上或删除该行",
        )
