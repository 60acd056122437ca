"""The proof that a cell computes the same thing: its weights against the float64 reference, epoch by epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairfit.frameworks.entry import Style
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text

TOLERANCE = {"float32": 5e-5, "float64": 1e-9}  # relative distance; wrong arithmetic stands at 1e-3 and more
NOT_FINITE = Text("not finite", "不是有限数")


@dataclass(frozen=True)
class Proof:
    """Distances after each epoch, the distance that is allowed, and the reason where it is more than the dtype's own."""

    distances: tuple[float, ...]
    tolerance: float
    mark: Text | str = ""

    @property
    def left_at(self) -> int | None:
        """The first epoch, counted from 1, after which the distance is beyond the tolerance; None where it never is."""
        return next((epoch for epoch, d in enumerate(self.distances, 1) if not d <= self.tolerance), None)

    @property
    def refusal(self) -> Text | None:
        """Why the cell is refused; None where it is proven."""
        if self.left_at is None:
            return None
        distance = self.distances[self.left_at - 1]
        finite = math.isfinite(distance)
        far = Text(f"{distance:.1e} from the reference", f"与参考的距离为 {distance:.1e}") if finite else NOT_FINITE
        return Text(
            f"weights are {far.en} after epoch {self.left_at}; the tolerance is {self.tolerance:.0e}",
            f"第 {self.left_at} 轮后权重{far.zh}；允许的距离为 {self.tolerance:.0e}",
        )


def distance(found: Parameters, reference: Parameters) -> float:
    """‖found − reference‖ / ‖reference‖ over all parameters (Euclidean); not finite where found is not, or has another shape."""
    if found.weight.shape != reference.weight.shape or found.bias.shape != reference.bias.shape:
        return math.nan
    difference = float(np.linalg.norm(found.flat() - reference.flat()))
    norm = float(np.linalg.norm(reference.flat()))
    return difference / norm if norm else difference


def prove(found: Sequence[Parameters], reference: Sequence[Parameters], dtype: str, style: Style, model: str) -> Proof:
    """Compare the parameters after each epoch. A distance beyond the dtype's tolerance passes only where the registry
    says that this style rounds more coarsely, and is marked."""
    distances = tuple(distance(here, there) for here, there in zip(found, reference, strict=True))
    proof = Proof(distances, TOLERANCE[dtype])
    for rounding in style.roundings:
        if proof.left_at is not None and rounding.dtype == dtype and model in rounding.models:
            proof = Proof(distances, rounding.tolerance, rounding.reason)
    return proof
