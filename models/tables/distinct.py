"""Whether the cast to the dtype of the spec keeps values apart that are apart in the table."""

import numpy as np

from fairfit.models.tables.column import Column
from fairfit.models.tables.matrix import Matrix
from fairfit.models.tables.refusal import refusal, shown

LOOKED_AT = 10_000  # rows at the beginning, and as many from all over the table
DIGITS = 14  # that tell values apart: what differs in later ones is the rounding of whoever computed the table
LOST = 0.01  # share of the distinct values: among many random numbers a few always meet in float32


def sample(matrix: Matrix) -> np.ndarray:
    """The rows of a matrix that are looked at: all of them where they are few."""
    if matrix.records <= 2 * LOOKED_AT:
        return matrix.rows(np.arange(matrix.records))
    spread = np.linspace(LOOKED_AT, matrix.records - 1, LOOKED_AT).astype(np.int64)
    return matrix.rows(np.concatenate([np.arange(LOOKED_AT), spread]))


def check_distinct(column: Column, values: np.ndarray, offset: float, scale: float, dtype: str) -> None:
    """Raises DataError where (value − offset) / scale in this dtype makes more than LOST of the values equal to others."""
    for part in (values[:LOOKED_AT], values[LOOKED_AT:]):
        given = np.unique(part[~np.isnan(part)])
        with np.errstate(over="ignore"):
            kept = len(np.unique(((given - offset) / scale).astype(dtype)))
        if len(given) - kept > LOST * len(given):
            given = np.unique([float(f"{value:.{DIGITS - 1}e}") for value in given])
        if len(given) - kept > LOST * len(given):
            name, low, high = shown(column.name), f"{column.low:.12g}", f"{column.high:.12g}"
            raise refusal(
                column.request.path,
                f"column {name} goes from {low} to {high}, and of {len(given)} different values {dtype} would keep {kept}: is it an id or a "
                'time? leave it out with --drop, subtract what all have in common, or take dtype = "float64"',
                f"列 {name} 的值从 {low} 到 {high}，{len(given)} 个不同的值在 {dtype} 中只剩 {kept} 个：是编号或时间吗？请用 --drop 去掉、"
                '减去共有的部分，或取 dtype = "float64"',
            )
