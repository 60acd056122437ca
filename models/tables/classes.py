"""The classes of softmax: which number each label has, and whether both parts of the table know them all."""

import numpy as np

from fairfit.models.tables.loading import Loaded, constant
from fairfit.models.tables.refusal import refusal, shown
from fairfit.models.tables.understanding import Class
from fairfit.models.tables.words import is_number


def classes(loaded: Loaded, test: np.ndarray) -> tuple[tuple[Class, ...], np.ndarray]:
    """The classes in the order of their numbers, and an int32 array from the number of a level to that of its class.

    Labels are sorted: as numbers where all are, else as text. Raises DataError where there is one class alone, or where one
    stands in one part alone.
    """
    column = loaded.target
    labels = column.levels
    if len(labels) == 1:
        raise constant(column, shown(labels[0]), "every row")
    order = sorted(range(len(labels)), key=lambda level: float(labels[level]) if all(map(is_number, labels)) else labels[level])
    numbers = np.empty(len(labels), np.int32)
    numbers[order] = np.arange(len(labels))
    counts = np.zeros((2, len(labels)), np.int64)
    for piece, rows in loaded.matrix.pieces():
        targets = rows[:, -1].astype(np.int64)
        for part, held in enumerate((~test[piece], test[piece])):
            counts[part] += np.bincount(targets[held], minlength=len(labels))
    found = tuple(Class(labels[level], int(counts[0][level]), int(counts[1][level])) for level in order)
    for one in found:
        if not one.train or not one.test:
            raise _in_one_part(loaded, one)
    return found, numbers


def _in_one_part(loaded: Loaded, one: Class) -> Exception:
    part, teil = ("training", "训练") if one.train else ("test", "测试")
    rows = one.train + one.test
    name, label = shown(loaded.target.name), shown(one.label)
    return refusal(
        loaded.request.path,
        f"class {label} of the target {name} has {rows} row{'s' * (rows != 1)}, in the {part} part alone: leave its rows out, join it "
        "with another class, or take another seed or test_share",
        f"目标列 {name} 的类别 {label} 有 {rows} 行，且只出现在{teil}部分：请去掉这些行、并入其他类别，或换一个 seed 或 test_share",
    )
