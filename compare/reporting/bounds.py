"""Whether the cells of a run keep within bounds: the thresholds of their specs, and the time of another version."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fairfit.models.errors import UserError
from fairfit.models.text import Text, listed
from fairfit.models.thresholds import Thresholds
from fairfit.records import Cell
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import status_words
from fairfit.reporting.tabular import estimate_text, figure_text
from fairfit.statistics import Estimate

HELD, MISSED, UNKNOWN = "held", "missed", "cannot be told"


@dataclass(frozen=True)
class Bound:
    """One threshold for one cell: `name` is the field of `Thresholds`, `found` what was measured, None where nothing was."""

    cell: str
    name: str
    asked: float
    found: float | Estimate | None
    verdict: str
    text: Text


def judged(evidence: Evidence) -> list[Bound]:
    """Every threshold for every cell that can be had here."""
    return [bound for row in evidence.rows if row.record.status != "unavailable" for bound in _of_row(row)]


def against(evidence: Evidence, other: str, tolerance: float) -> list[Bound]:
    """Every cell of a framework beside the same in another version of it, which took turns with it: not slower by more than the
    tolerance. Raises UserError where the run has no such version."""
    framework = other.partition("@")[0]
    old = {_place(row): row for row in evidence.rows if row.record.cell.framework == other}
    new = [row for row in evidence.rows if row.record.cell.framework == framework]
    if not old or not new or other == framework:
        there = sorted({row.record.cell.framework for row in evidence.rows if "@" in row.record.cell.framework}) or ["-"]
        told = (
            f"{framework} and {other} did not take turns in this run; versions in it: ",
            f"{framework} 与 {other} 未在这次运行中轮流计时；其中的版本：",
        )
        raise UserError(Text(*told) + listed(there))
    return [
        _beside(row, old[_place(row)], 1 + tolerance) for row in new if _place(row) in old and row.record.status != "unavailable"
    ]


def _place(row: Row) -> Cell:
    return replace(row.record.cell, framework="")


def _beside(row: Row, old: Row, limit: float) -> Bound:
    record, name = row.record, old.record.cell.framework
    if record.status in ("refused", "failed"):
        text = Text("", "") + status_words(record.status) + Text(": ", "：") + record.reason
        return Bound(record.id, "against", limit, None, MISSED, text)
    ratio = row.times(old) if row.epoch and old.epoch else None
    if ratio is None:
        return Bound(record.id, "against", limit, None, UNKNOWN, Text(f"{name} has no time", f"{name} 没有用时"))
    text = Text(f"times {name} ", f"为 {name} 的几倍 ") + estimate_text(ratio) + Text(", asked is at most ", "，要求至多 ")
    return Bound(record.id, "against", limit, ratio, _verdict(ratio, limit), text + figure_text(limit, 4))


def _verdict(ratio: Estimate, limit: float) -> str:
    """Missed where the whole interval is beyond, held where none of it is."""
    return HELD if ratio.high <= limit else MISSED if ratio.low > limit else UNKNOWN


def _of_row(row: Row) -> Iterator[Bound]:
    for field in dataclasses.fields(Thresholds):
        if (limit := row.spec.spec.get("thresholds", {}).get(field.name)) is not None:
            yield _judged(row, field.name, float(limit))


def _judged(row: Row, name: str, limit: float) -> Bound:
    record = row.record
    if record.status in ("refused", "failed"):
        text = Text("", "") + status_words(record.status) + Text(": ", "：") + record.reason
        return Bound(record.id, name, limit, None, MISSED, text)
    if name == "ratio":
        return _ratio(row, limit)
    found = {"metric": record.test_metric, "loss": row.train_loss, "distance": row.proof_error}[name]
    title = {
        "metric": Text(record.metric or "test metric", record.metric or "测试指标"),
        "loss": Text("training loss", "训练损失"),
        "distance": Text("distance from the reference", "与参考的距离"),
    }[name]
    if found is None:
        return Bound(record.id, name, limit, None, UNKNOWN, title + Text(": not measured", "：未测量"))
    held = found >= limit if name == "metric" else found <= limit  # a metric that is no number holds nothing
    side = Text("at least", "至少") if name == "metric" else Text("at most", "至多")
    text = title + f" {figure_text(found, 4)}" + Text(", asked is ", "，要求") + side + f" {figure_text(limit, 4)}"
    return Bound(record.id, name, limit, found, HELD if held else MISSED, text)


def _ratio(row: Row, limit: float) -> Bound:
    if row.ratio is None:
        return Bound(row.record.id, "ratio", limit, None, UNKNOWN, Text("ratio: not measured", "比值：未测量"))
    text = Text("times the fastest ", "为最快者的倍数 ") + estimate_text(row.ratio) + Text(", asked is at most ", "，要求至多 ")
    return Bound(row.record.id, "ratio", limit, row.ratio, _verdict(row.ratio, limit), text + figure_text(limit, 4))
