"""From what was read to the arrays that every framework trains on: the rules, each in one place.

Numbers: a missing one becomes the mean of the training rows; then mean 0 and deviation 1 over the training rows, in float64,
before the cast. Levels: an input for each level of the training rows (one-hot), a missing one is a level of its own; a level
of the test rows alone has 0 in all of them; these inputs are standardised like numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models.tables import notes, statistics
from fairfit.models.tables.classes import classes
from fairfit.models.tables.column import Column
from fairfit.models.tables.distinct import check_distinct, sample
from fairfit.models.tables.loading import Loaded, constant, load
from fairfit.models.tables.npy import Writer
from fairfit.models.tables.refusal import refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.split import tested
from fairfit.models.tables.understanding import Feature, Understanding

MISSING = "(missing)"  # the name of the level that stands for no value
FAR = 1000.0  # spreads from 0: beyond, a target is counted from its least value

ARRAYS = ("train_features", "train_targets", "test_features", "test_targets", "test_rows")


@dataclass(frozen=True)
class Plan:
    """How one column becomes inputs: a number is (value − mean) / deviation; level k is row k of `table`, missing the last."""

    column: Column
    feature: Feature
    table: np.ndarray | None = None


def prepare(request: Request, folder: Path) -> Understanding:
    """Read the table and write ARRAYS as .npy files into the folder. Raises DataError where that would lose something."""
    raw = folder / "matrix"
    loaded = load(request, raw)
    test = tested(request, loaded.matrix.records)
    moments = _training(loaded, test)
    plans = [_plan(loaded, number, test, moments) for number in range(len(loaded.features))]
    model = request.model or ("linear" if loaded.target.numeric else "softmax")
    found, numbers = classes(loaded, test) if model == "softmax" else ((), None)
    offset = 0.0 if numbers is not None else _offset(loaded, moments)
    rows = sample(loaded.matrix)
    for number, plan in enumerate(plans):
        if plan.table is None:
            check_distinct(plan.column, rows[:, number], plan.feature.mean, plan.feature.deviation, request.dtype)
    if numbers is None:
        check_distinct(loaded.target, rows[:, -1], offset, 1.0, request.dtype)
    inputs = sum(plan.feature.inputs for plan in plans)
    _write(loaded, folder, plans, test, inputs, offset, numbers)
    told = notes.of(loaded, rows, [plan.feature for plan in plans], offset, model)
    raw.unlink()
    return Understanding(
        written=told.written, records=len(test), columns=told.columns, target=request.target, model=model,
        features=tuple(plan.feature for plan in plans), dropped=told.dropped, classes=found,
        train_rows=int(np.count_nonzero(~test)), test_rows=int(np.count_nonzero(test)), inputs=inputs, offset=offset, notes=told.notes,
    )  # fmt: skip


def _training(loaded: Loaded, test: np.ndarray) -> statistics.Moments:
    """Of all columns, over the training rows."""
    pieces = (rows[~test[piece]] for piece, rows in loaded.matrix.pieces())
    return statistics.of(pieces, loaded.matrix.columns, gaps=any(column.missing for column in loaded.columns))


def _plan(loaded: Loaded, number: int, test: np.ndarray, moments: statistics.Moments) -> Plan:
    column, standard = loaded.columns[number], loaded.request.standardise == "standard"
    if not column.numeric:
        return _one_hot(loaded, number, test, standard=standard)
    mean, deviation = float(moments.mean[number]), float(moments.deviation[number])
    if moments.low[number] == moments.high[number] or not moments.count[number]:
        raise constant(column, f"{moments.low[number]:g}", "every training row")
    if not 0 < deviation < np.inf or not np.isfinite(mean):
        name = shown(column.name)
        raise refusal(
            column.request.path,
            f"column {name} has values from {column.low:g} to {column.high:g}: their spread is no number of float64; scale them",
            f"列 {name} 的值从 {column.low:g} 到 {column.high:g}：其离散程度超出 float64 的范围；请缩放",
        )
    return Plan(column, Feature(column.name, "number", column.missing, 1, mean, deviation))


def _one_hot(loaded: Loaded, number: int, test: np.ndarray, *, standard: bool) -> Plan:
    column = loaded.columns[number]
    names = [*column.levels, MISSING]
    counts, rows = np.zeros(len(names), np.int64), int(np.count_nonzero(~test))
    for piece, values in loaded.matrix.pieces():
        codes = codes_of(values[~test[piece], number], len(column.words))
        counts += np.bincount(codes, minlength=len(names))
    seen = np.flatnonzero(counts)
    if len(seen) == 1:
        raise constant(column, shown(names[seen[0]]), "every training row")
    table = np.zeros((len(names), len(seen)))
    table[seen, np.arange(len(seen))] = 1
    if standard:
        share = counts[seen] / rows
        table = (table - share) / np.sqrt(share * (1 - share))
    unseen = [name for code, name in enumerate(names) if not counts[code] and (code < len(column.words) or column.missing)]
    feature = Feature(
        column.name, "levels", column.missing, len(seen), levels=tuple(names[code] for code in seen), unseen=tuple(unseen)
    )
    return Plan(column, feature, table)


def codes_of(values: np.ndarray, levels: int) -> np.ndarray:
    """Numbers of levels as integers; a missing one has the number after the last."""
    return np.where(np.isnan(values), levels, values).astype(np.int64)


def _offset(loaded: Loaded, moments: statistics.Moments) -> float:
    """What is subtracted from the target: its least value where it lies far from 0 against its spread, for training that starts
    at 0 would go the whole way, and float32 would not hold what lies between the values; else nothing."""
    column = loaded.target
    if moments.low[-1] == moments.high[-1]:
        raise constant(column, f"{moments.low[-1]:g}", "every training row")
    far = abs(float(moments.mean[-1])) > FAR * float(moments.deviation[-1])
    return float(moments.low[-1]) if far else 0.0


def _write(
    loaded: Loaded, folder: Path, plans: list[Plan], test: np.ndarray, inputs: int, offset: float, numbers: np.ndarray | None
) -> None:
    dtype, shape = np.dtype(loaded.request.dtype), (int(np.count_nonzero(~test)), int(np.count_nonzero(test)))
    label = dtype if numbers is None else np.dtype(np.int32)
    with (
        Writer(folder / "train_features.npy", (shape[0], inputs), dtype) as train_features,
        Writer(folder / "train_targets.npy", (shape[0],), label) as train_targets,
        Writer(folder / "test_features.npy", (shape[1], inputs), dtype) as test_features,
        Writer(folder / "test_targets.npy", (shape[1],), label) as test_targets,
    ):
        for piece, features, last in _features(loaded, plans, inputs, dtype):
            targets = (last - offset).astype(dtype) if numbers is None else numbers[last.astype(np.int64)]
            held = test[piece]
            train_features.write(features[~held])
            train_targets.write(targets[~held])
            test_features.write(features[held])
            test_targets.write(targets[held])
    np.save(folder / "test_rows.npy", np.flatnonzero(test))


def _features(loaded: Loaded, plans: list[Plan], inputs: int, dtype: np.dtype) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Which rows, their inputs and their targets as they were read; some after others."""
    standard = loaded.request.standardise == "standard"
    widths = [plan.feature.inputs for plan in plans]
    firsts = np.cumsum([0, *widths[:-1]])
    numeric = [number for number, plan in enumerate(plans) if plan.table is None]
    mean = np.array([plans[number].feature.mean for number in numeric])
    deviation = np.array([plans[number].feature.deviation for number in numeric])
    gaps = any(plans[number].column.missing for number in numeric)
    for piece, rows in loaded.matrix.pieces():
        made = np.empty((len(rows), inputs), dtype)
        if numeric:
            values = rows[:, numeric]
            if gaps:
                values = np.where(np.isnan(values), mean, values)
            if standard:
                values -= mean
                values /= deviation
            _check_held(plans, numeric, values, dtype)
            made[:, firsts[numeric]] = values
        for plan, first, number in zip(plans, firsts, range(len(plans)), strict=True):
            if plan.table is not None:
                made[:, first : first + plan.feature.inputs] = plan.table[codes_of(rows[:, number], len(plan.column.words))]
        yield piece, made, rows[:, -1]


def _check_held(plans: list[Plan], numeric: list[int], values: np.ndarray, dtype: np.dtype) -> None:
    largest, most = np.abs(values).max(axis=0), float(np.finfo(dtype).max)
    if (largest > most).any():
        number = int(np.argmax(largest > most))
        column = plans[numeric[number]].column
        name, size = shown(column.name), f"{largest[number]:.1e}"
        raise refusal(
            column.request.path,
            f"column {name} has a value of size {size}: {dtype} holds none; standardise it, or scale it",
            f"列 {name} 有大小为 {size} 的值：{dtype} 无法表示；请标准化或缩放",
        )
