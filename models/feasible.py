"""Whether a spec can be trained as it is written: whether its dtype holds its values, and whether training stays finite."""

import dataclasses
import math

import numpy as np

from fairfit.models import reference
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.pieces import pieces
from fairfit.models.spec import Spec
from fairfit.models.spread import DROWNED, Spread, between
from fairfit.models.text import Text

LOSS_FACTOR = 10.0
"""Training diverges where its loss ends beyond so many times that of the start; a rate at the edge still ends within three."""


def values_held(exercise: Exercise) -> None:
    """Raises SpecError that names a number which the spec's dtype cannot hold: one that would be infinite or 0 in it."""
    training = exercise.spec.training
    given = [("learning_rate", rate) for rate in training.learning_rates]
    given += [("momentum", training.momentum), ("l2", training.l2), ("start_scale", training.start_scale)]
    limits = np.finfo(training.dtype)
    for name, value in given:
        if value and not float(limits.tiny) <= abs(value) <= float(limits.max):
            raise SpecError(_not_held(exercise.spec, f"{name} = {value:g}"))
    for name in ("train_features", "train_targets", "test_features", "test_targets"):
        if not _finite(getattr(exercise.data, name)):
            raise SpecError(_not_held(exercise.spec, f"[data] {name}"))


def _finite(array: np.ndarray) -> bool:
    return all(np.isfinite(array[piece]).all() for piece in pieces(len(array), array[:1].size))


def _not_held(spec: Spec, what: str) -> Text:
    dtype, limits = spec.training.dtype, np.finfo(spec.training.dtype)
    bounds = f"{limits.tiny:.1e}", f"{limits.max:.1e}"
    wider = Text("; float64 holds more", "；float64 的范围更大") if dtype == "float32" else Text("", "")
    return (
        Text(
            f"spec {spec.name!r}: {dtype} cannot hold {what}: numbers go from {bounds[0]} to {bounds[1]} in size",
            f"规格 {spec.name!r}：{dtype} 无法表示 {what}：其数值的绝对值只能在 {bounds[0]} 与 {bounds[1]} 之间",
        )
        + wider
    )


def stays_finite(exercise: Exercise, spread: Spread, *, search: bool = True) -> None:
    """Raises SpecError where training diverges, in float64 or in the spec's dtype; with the largest safe learning rate unless
    that is not to be searched for.

    A training diverges where a weight or a loss is no finite number, where the loss ends beyond LOSS_FACTOR times that of the
    start, or where rounding alone decides where it ends.
    """
    told = _diverges(exercise, spread)
    if told is not None:
        spec = exercise.spec
        rate = f"{max(spec.training.learning_rates):g}"
        safe = safe_learning_rate(exercise) if search else None
        cure = Text(f"lower learning_rate (now {rate})", f"请减小 learning_rate（现为 {rate}）")
        if safe is not None:
            cure += Text(f": up to {safe:g} is safe", f"：不超过 {safe:g} 是安全的")
        elif search:
            size = f"{_largest(exercise.data.train_features):.0e}"
            cure = Text(
                f"no learning_rate was found safe: scale the features, which are as large as {size}",
                f"没有找到安全的 learning_rate：请缩放特征，其绝对值可达 {size}",
            )
        raise SpecError(Text(f"spec {spec.name!r} diverges: ", f"规格 {spec.name!r} 发散：") + told + Text("; ", "；") + cure)


def _largest(features: np.ndarray) -> float:
    return max(float(np.max(np.abs(features[piece]))) for piece in pieces(*features.shape))


def nothing_moved(exercise: Exercise, spread: Spread) -> Text | None:
    """Why there is nothing to prove: the weights end so close to their start that rounding hides what was trained."""
    epochs = exercise.spec.training.epochs
    moved, hidden = between(spread.exact(epochs), exercise.start).weight, spread.after(epochs).weight
    if moved and hidden <= DROWNED * moved:
        return None
    if not moved:
        return Text(
            "not proven: nothing moved: the weights end where they began, to the last bit: their gradient is 0 there, or "
            "learning_rate is far too low; raise it, or begin elsewhere (start = 'normal')",
            "未证明：参数未动：权重的终点与起点逐位相同：该处梯度为 0，或 learning_rate 过小；请增大它，"
            "或换一个起点（start = 'normal'）",
        )
    return Text(
        f"not proven: nothing moved: training takes the weights {moved:.1e} from their start, and rounding alone takes them "
        f"{hidden:.1e}; raise learning_rate or epochs",
        f"未证明：参数几乎未动：训练只使权重离开起点 {moved:.1e}，而仅舍入就有 {hidden:.1e}；请增大 learning_rate 或 epochs",
    )


def bias_hidden(exercise: Exercise, spread: Spread) -> Text | None:
    """That nothing is proven of the bias, where rounding hides what was trained; None where it does not."""
    epochs = exercise.spec.training.epochs
    moved, hidden = between(spread.exact(epochs), exercise.start).bias, spread.after(epochs).bias
    if hidden <= DROWNED * moved:
        return None
    return Text(
        f"the bias hardly moved ({moved:.1e}, rounding makes {hidden:.1e}): of it nothing is proven",
        f"偏置几乎未动（{moved:.1e}，舍入即有 {hidden:.1e}）：对它没有证明",
    )


def safe_learning_rate(exercise: Exercise) -> float | None:
    """The largest rate, to two digits, found not to diverge by halving and then by bisection; None where none was found.

    Of a list of rates all are lowered in proportion, and the largest is named.
    """
    largest, low = max(exercise.spec.training.learning_rates), 1.0
    for _ in range(60):
        low /= 2
        if _is_safe(exercise, low):
            break
    else:
        return None
    high = 2 * low
    for _ in range(3):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _is_safe(exercise, middle) else (low, middle)
    digits = 10.0 ** (math.floor(math.log10(low * largest)) - 1)
    rounded = math.floor(low * largest / digits) * digits
    return float(f"{rounded:.2g}")


def _is_safe(exercise: Exercise, factor: float) -> bool:
    training = exercise.spec.training
    lower = dataclasses.replace(training, learning_rate=tuple(factor * rate for rate in training.learning_rates))
    slower = dataclasses.replace(exercise, spec=dataclasses.replace(exercise.spec, training=lower))
    return _diverges(slower, Spread(slower, count=2)) is None


def _diverges(exercise: Exercise, spread: Spread) -> Text | None:
    """What tells that training diverges; None where it does not."""
    spec, data = exercise.spec, exercise.data
    epochs = range(1, spec.training.epochs + 1)
    for epoch in epochs:
        if not np.isfinite(spread.exact(epoch).flat()).all():
            return Text(
                f"in float64 its weights are no finite numbers after epoch {epoch}",
                f"用 float64 计算，第 {epoch} 轮后权重已不是有限的数",
            )
    with np.errstate(all="ignore"):
        both = exercise.start, spread.exact(len(epochs))
        begin, end = reference.losses(spec.model, both, data.train_features, data.train_targets)
    if not end <= LOSS_FACTOR * begin:
        return Text(
            f"its loss is {end:.3g} after epoch {len(epochs)}, and was {begin:.3g} before",
            f"第 {len(epochs)} 轮后损失为 {end:.3g}，训练之前为 {begin:.3g}",
        )
    dtype = spec.training.dtype
    for epoch in epochs:
        found, error = spread.exact(epoch), spread.after(epoch)
        if not (math.isfinite(error.weight) and math.isfinite(error.bias)):
            return Text(
                f"in {dtype} its weights are no finite numbers after epoch {epoch}",
                f"用 {dtype} 计算，第 {epoch} 轮后权重已不是有限的数",
            )
        moved, size = between(found, exercise.start).weight, float(np.linalg.norm(found.weight))
        if moved > DROWNED * size and error.weight > DROWNED * moved:
            share = f"{error.weight / moved:.0%}"
            return Text(
                f"in {dtype} rounding alone decides {share} of where its weights are after epoch {epoch}",
                f"用 {dtype} 计算，第 {epoch} 轮后权重的位置有 {share} 仅由舍入决定",
            )
    return None
