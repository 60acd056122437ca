"""What stands under the tables of performance: the noise of the machine, coarser rounding, and why a cell has no time."""

import math
from collections.abc import Sequence

from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.labels import status_words
from fairfit.reporting.tabular import Words, estimate_text, figure_text
from fairfit.statistics import Estimate

NOISY = 0.05  # a baseline that differs from itself by more is worth a warning


def noise(ratio: Estimate | None) -> list[Words]:
    if ratio is None:
        return []
    factor = estimate_text(ratio)
    told = Text(
        f"noise: the baseline measured twice side by side differs by a factor of {factor}",
        f"噪声：同一基线并排测两次，相差 {factor} 倍",
    )
    if not noisy(ratio):
        return [told]
    return [told + Text("; this machine was noisy: do not trust small differences", "；本机当时噪声较大：不要相信细小的差别")]


def noisy(ratio: Estimate) -> bool:
    """True where a cell measured twice side by side differs from itself by more than is usual."""
    return abs(ratio.value - 1) >= NOISY


def of_rows(rows: Sequence[Row]) -> list[Words]:
    marks = sorted({row.record.mark for row in rows if row.record.mark}, key=str)
    notes: list[Words] = [coarser(rows, mark) + mark for mark in marks]
    if any(row.record.proven_as for row in rows):
        notes.append(
            Text(
                "proven here over the first epoch and after every sample, and over the whole training on another number of CPUs",
                "此处证明了第一轮，并在每个样本之后再次证明；整个训练的证明是在另一 CPU 数目下做的",
            )
        )
    if any(
        row.record.status == "measured" and row.record.metric == "r2" and not _is_number(row.record.test_metric) for row in rows
    ):
        told = Text("test: R² is undefined, as all test targets are equal", "测试：所有测试目标都相等，R² 没有定义")
        notes.append(told)
    reasons: dict[tuple[str, Text | str], list[str]] = {}
    for row in rows:
        why = [(row.record.status, row.record.reason)] if row.record.reason else []
        for reason in why + [("", note) for note in row.record.notes]:
            reasons.setdefault(reason, []).append(f"{row.record.cell.framework}/{row.record.cell.style}/{row.record.cell.input}")
    for (status, why_not), cells in reasons.items():
        named = Text(f"{', '.join(dict.fromkeys(cells))}: ", f"{'、'.join(dict.fromkeys(cells))}：")
        notes.append(named + (Text("", "") + status_words(status) + Text(": ", "：") if status else "") + why_not)
    return notes


def _is_number(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def coarser(rows: Sequence[Row], mark: Text | str) -> Text:
    """How much more coarsely than others the marked cells round."""
    marked = [row for row in rows if row.record.mark == mark]
    times = max((row.times_rounding for row in marked if row.times_rounding is not None), default=None)
    if times is None:  # before version 0.3
        allowed = f"{max(row.record.tolerance or 0.0 for row in marked):.0e}"
        return Text(f"* allowed {allowed}: ", f"* 允许 {allowed}：")
    found = figure_text(times, 2)
    return Text(f"* up to {found} times the rounding of others: ", f"* 最多为其他实现舍入误差的 {found} 倍：")
