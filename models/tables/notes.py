"""What is told of a table although it is no reason to refuse it."""

from dataclasses import dataclass

import numpy as np

from fairfit.models.tables.column import Column
from fairfit.models.tables.loading import Loaded
from fairfit.models.tables.refusal import at, examples, option, shown
from fairfit.models.tables.understanding import Feature
from fairfit.models.tables.words import is_number, usually_missing
from fairfit.models.text import Text

OFTEN = 0.01  # share of the rows from which on a value is frequent
OUT = 3.0  # ranges of all others: a value so far off is another kind of value


@dataclass(frozen=True)
class Told:
    """What `Understanding` takes over."""

    written: Text
    columns: int
    dropped: tuple[str, ...]
    notes: tuple[Text, ...]


def of(loaded: Loaded, rows: np.ndarray, features: list[Feature], offset: float, model: str) -> Told:
    """`rows` is a sample of the matrix."""
    found: list[Text] = []
    if loaded.blank:
        found.append(Text(f"{loaded.blank} blank lines hold no record", f"{loaded.blank} 个空行不含记录"))
    if all(map(is_number, loaded.choice.names)):
        found.append(
            Text(
                "all names in the header are numbers: is its first line a record, and the header missing?",
                "表头中的列名全是数：第一行是否其实是记录，而缺少表头？",
            )
        )
    for number, (column, feature) in enumerate(zip(loaded.features, features, strict=True)):
        found += _of_feature(column, feature, rows[:, number])
    found += _of_numbers(loaded.target, rows[:, -1]) + _of_words(loaded.target)
    target = shown(loaded.target.name)
    if offset:
        found.append(
            Text(
                f"the target {target} lies far from 0 against its spread: {offset:.12g}, its least training value, is subtracted",
                f"目标列 {target} 远离 0 而离散很小：已减去训练行中的最小值 {offset:.12g}",
            )
        )
    if model == "linear" and len(np.unique(rows[:, -1])) == 2:
        found.append(
            Text(
                f"the target {target} has two values only: for classes say --model softmax",
                f"目标列 {target} 只有两个值：若为类别，请用 --model softmax",
            )
        )
    return Told(loaded.written, len(loaded.choice.names), loaded.choice.dropped, tuple(found))


def _of_feature(column: Column, feature: Feature, values: np.ndarray) -> list[Text]:
    found = _of_numbers(column, values) + _of_words(column)
    name = shown(column.name)
    if column.missing:
        share = f"{column.missing / column.records:.1%}"
        becomes = (
            (f"filled with the mean of the training rows, {feature.mean:.6g}", f"以训练行的均值 {feature.mean:.6g} 填补")
            if column.numeric
            else ("a category of their own", "自成一个类别")
        )
        found.append(
            Text(
                f"{name}: {column.missing} of {column.records} values are missing ({share}): {becomes[0]}",
                f"{name}：{column.records} 个值中缺失 {column.missing} 个（{share}）：{becomes[1]}",
            )
        )
    if column.leading_zero is not None:
        word, line = shown(column.leading_zero[0]), at(column.unit, column.leading_zero[1])
        found.append(
            Text(
                f"{name}: {word} in {line.en} begins with 0, and is taken as a number: if it is a code, say {option('categories', column.name)}",
                f"{name}：{line.zh}的 {word} 以 0 开头，被当作数值：若是编号，请用 {option('categories', column.name)}",
            )
        )
    if feature.unseen:
        listed = examples(list(feature.unseen))
        found.append(
            Text(
                f"{name}: {listed} stands in test rows alone: no input of its own, 0 in all of the others",
                f"{name}：{listed} 只出现在测试行中：没有自己的输入，其余输入均取 0",
            )
        )
    steps = np.diff(values)
    if (
        column.numeric
        and not column.missing
        and len(steps) > 2
        and column.high - column.low == column.records - 1
        and (steps > 0).all()
    ):
        found.append(
            Text(
                f"{name} counts the rows ({values[0]:g}, {values[1]:g}, {values[2]:g}, …): if it is a row number, --drop it",
                f"{name} 依次给行编号（{values[0]:g}, {values[1]:g}, {values[2]:g}, …）：若为行号，请用 --drop 去掉",
            )
        )
    return found


def _of_numbers(column: Column, values: np.ndarray) -> list[Text]:
    """A frequent value far from all others, which may stand for a missing one."""
    if not column.numeric:
        return []
    kinds, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    for end, others in ((0, kinds[1:]), (-1, kinds[:-1])):
        if len(others) < 2 or counts[end] < max(3, OFTEN * len(values)):
            continue
        gap = min(abs(kinds[end] - others[0]), abs(kinds[end] - others[-1]))
        if gap > OUT * (others[-1] - others[0]):
            name, value = shown(column.name), f"{kinds[end]:.12g}"
            return [
                Text(
                    f"{name}: {value} is frequent and far from all others ({others[0]:g} to {others[-1]:g}): if it means missing, say "
                    f"{option('missing', value)}",
                    f"{name}：{value} 频繁出现且远离其他值（{others[0]:g} 到 {others[-1]:g}）：若表示缺失，请用 {option('missing', value)}",
                )
            ]
    return []


def _of_words(column: Column) -> list[Text]:
    name = shown(column.name)
    broken = next((word for word in column.words if "\ufffd" in word), None)
    found = []
    if broken is not None:
        found.append(
            Text(
                f"{name}: {shown(broken)} has a sign (U+FFFD) that stands for a lost letter: the file was written in another encoding",
                f"{name}：{shown(broken)} 含有表示丢失字符的符号（U+FFFD）：文件曾以其他编码写成",
            )
        )
    return found + [
        Text(
            f"{name}: {shown(word)} is taken as a category; if it means missing, say {option('missing', word.strip())}",
            f"{name}：{shown(word)} 被当作一个类别；若表示缺失，请用 {option('missing', word.strip())}",
        )
        for word in column.words
        if usually_missing(word)
    ]
