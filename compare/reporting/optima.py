"""How far training ends from the optimum: the least training loss that there can be, penalty included."""

from collections.abc import Sequence

from fairfit.models.text import Text
from fairfit.records import SpecRecord
from fairfit.reporting.cells import Row
from fairfit.reporting.tabular import Column, Words, figure_text, number_text

NOTHING = 1e-12  # of the least loss: smaller differences are rounding of float64
NEGLIGIBLE = 1e-6  # of the reference's loss after its first epoch: where the least is less, this stands in its place

HEADING = Text("above the least", "高出最小值")
MEANING = Text(
    "training loss and penalty in the end, above the least that they can be, as a share of that",
    "最终训练损失（含惩罚项）高出其最小可能值的比例",
)


def above(spec: SpecRecord, loss: float | None, penalty: float) -> float | None:
    """By how much loss and penalty are above the least, as a share of it; where the least is next to nothing (a perfect fit), as
    a share of NEGLIGIBLE. None where no least is known."""
    if spec.optimum is None or loss is None:
        return None
    least = spec.optimum.loss
    difference = loss + penalty - least
    if abs(difference) <= NOTHING * least:
        return 0.0
    whole = max(least, NEGLIGIBLE * spec.reference_losses[0] if spec.reference_losses else 0.0)
    return difference / whole if whole > 0 else difference


def above_text(spec: SpecRecord, loss: float | None, penalty: float) -> Words:
    return number_text(above(spec, loss, penalty), 2)


def percent(spec: SpecRecord, loss: float | None, penalty: float) -> str:
    """The same within a sentence: '0.67 %'."""
    return f"{figure_text(100 * (above(spec, loss, penalty) or 0.0), 2)} %"


ABOVE = Column[Row](HEADING, MEANING, lambda row: above_text(row.spec, row.train_loss, row.record.penalty))


def known(rows: Sequence[Row]) -> bool:
    return any(row.spec.optimum is not None for row in rows)


def notes(spec: SpecRecord) -> list[Words]:
    """One sentence: the least training loss and how near the reference ends, or why there is none; nothing for older runs."""
    if spec.optimum is None:
        return [Text("", "") + spec.no_optimum] if spec.no_optimum else []
    least = figure_text(spec.optimum.loss, 5)
    far = percent(spec, spec.reference_losses[-1], spec.reference_penalty)
    what = Text("the least training loss", "最小训练损失")
    if spec.spec["training"].get("l2"):
        what = Text("the least training loss with its penalty", "含惩罚项的最小训练损失")
    return [what + Text(f" is {least}; the float64 reference ends {far} above it", f"为 {least}；float64 参考最终比它高 {far}")]
