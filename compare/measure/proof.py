"""The proof that a cell computes the same thing: its weights against the float64 reference, epoch by epoch.

The unit is the spread: how far from the reference right implementations end by rounding alone (see `fairfit.models.spread`).
Over a thousand specs at random those stand at 2.6 times the spread at the most (`python -m tests.calibration.proof`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairfit.frameworks.entry import Rounding, Style
from fairfit.models import reference
from fairfit.models.parameters import Parameters
from fairfit.models.pieces import large_pieces
from fairfit.models.targets import Target
from fairfit.models.text import Text

ALLOWED = 4.0
"""Times the spread that a cell may be from the reference."""

NOT_FINITE = Text("not finite", "不是有限数")


@dataclass(frozen=True)
class Proof:
    """After each epoch the distance from the reference, as a share of how far that has moved and in multiples of rounding;
    the multiple that is allowed, the reason where a framework is allowed more, and whether weight or bias is furthest, and how far."""

    distances: tuple[float, ...]
    times_rounding: tuple[float, ...]
    allowed: float = ALLOWED
    mark: Text | str = ""
    furthest: tuple[tuple[str, float], ...] = ()

    @property
    def left_at(self) -> int | None:
        """The first epoch, counted from 1, after which the distance is beyond what is allowed; None where it never is."""
        return next((epoch for epoch, times in enumerate(self.times_rounding, 1) if not times <= self.allowed), None)

    @property
    def refusal(self) -> Text | None:
        """Why the cell is refused; None where it is proven."""
        if self.left_at is None:
            return None
        told = too_far(*self.furthest[self.left_at - 1], self.times_rounding[self.left_at - 1], self.allowed)
        return Text(f"after epoch {self.left_at} ", f"第 {self.left_at} 轮后") + told


def too_far(part: str, distance: float, times: float, allowed: float) -> Text:
    """How a distance beyond what is allowed is told; `part` is 'weight' or 'bias', the distance its own."""
    what = {"weight": Text("weights are ", "权重"), "bias": Text("the bias is ", "偏置")}[part]
    if not math.isfinite(times):
        return what + NOT_FINITE
    return what + Text(
        f"{distance:.1e} from the reference, {times:.3g} times what rounding makes; {allowed:.3g} times are allowed",
        f"与参考的距离为 {distance:.1e}，是舍入所致的 {times:.3g} 倍；允许 {allowed:.3g} 倍",
    )


def prove(found: Sequence[Parameters], targets: Sequence[Target], dtype: str, style: Style, model: str) -> Proof:
    """Compare the parameters after each epoch. A distance beyond what is allowed to all passes only where the registry says
    that this style rounds more coarsely, and is marked."""
    pairs = list(zip(found, targets, strict=True))
    distances = tuple(target.distance(here) for here, target in pairs)
    times = tuple(target.times_rounding(here) for here, target in pairs)
    furthest = tuple(target.furthest(here) for here, target in pairs)
    proof = Proof(distances, times, furthest=furthest)
    for rounding in _roundings(dtype, style, model):
        if proof.left_at is not None:
            proof = Proof(distances, times, ALLOWED * rounding.times, rounding.reason, furthest)
    return proof


def most_allowed(dtype: str, style: Style, model: str) -> float:
    """The multiple that is allowed to what a style is timed at: a variation may need a rounding that the plan did not."""
    return ALLOWED * max((rounding.times for rounding in _roundings(dtype, style, model)), default=1.0)


def _roundings(dtype: str, style: Style, model: str) -> list[Rounding]:
    return [rounding for rounding in style.roundings if rounding.dtype == dtype and model in rounding.models]


def prediction_refusal(predicted: np.ndarray, found: Parameters, features: np.ndarray) -> Text | None:
    """Why predictions are not the raw scores of these parameters; None where they are, but for rounding.

    Rounding makes at most (n + 1) · u · (|features| |weight|ᵀ + |bias|) with n the number of inputs and u the unit in the last
    place of the dtype, in whatever order the sums are taken (N. J. Higham, "Accuracy and Stability of Numerical Algorithms",
    2nd ed., section 3.1).
    """
    exact = _exact(found)
    sizes = Parameters(np.abs(exact.weight), np.abs(exact.bias))
    unit = (features.shape[1] + 1) * np.finfo(found.weight.dtype).eps
    beyond, off = 0, [0.0]
    for piece in large_pieces(*features.shape):
        here = np.asarray(features[piece], np.float64)
        far = np.abs(predicted[piece] - reference.scores(exact, here))
        beyond += np.count_nonzero(~(far <= unit * reference.scores(sizes, np.abs(here))))
        off.append(float(np.max(far)))
    if not beyond:
        return None
    share, most = f"{beyond / predicted.size:.0%}", f"{np.max(off):.1e}"
    return Text(
        f"predict does not give the raw scores of the weights: {share} of them are beyond rounding, by up to {most}",
        f"predict 给出的不是权重的原始分数：{share} 超出舍入误差，最多相差 {most}",
    )


def _exact(found: Parameters) -> Parameters:
    return Parameters(found.weight.astype(np.float64), found.bias.astype(np.float64))
