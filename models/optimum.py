"""The optimum: the least training loss of a spec, its penalty included; found in float64 and certified by its gradient.

Newton's method with a line search (S. Boyd, L. Vandenberghe, "Convex Optimization", section 9.5), in coordinates in which the
features are uncorrelated and of one size, so that neither units nor nearly collinear columns harm it. Least squares takes one
step.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairfit.models import moments, reference
from fairfit.models.data import Data
from fairfit.models.moments import in_float64
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text

CERTIFIED = 1e-10  # the gradient at the optimum, as a share of that of the best constant prediction
COLLINEAR = 16.0  # times the dtype's rounding: what combinations of columns hold below is no more than that
MOST_STEPS = 100  # of Newton's method; ten are usual
MOST_PRODUCTS = 2e11  # multiplications that a search may take: some ten seconds
SETTLED = 0.1  # the largest change of a score in the last step; where there is no minimum each step changes some by 1

NO_MINIMUM = Text("the training loss has no minimum: ", "训练损失没有最小值：")
PENALISE = Text("; an l2 above 0 makes one", "；把 l2 设为大于 0 便有最小值")


@dataclass(frozen=True)
class Optimum:
    """`loss` is the least that training loss and penalty can be together, `slope` the norm of the gradient there, as a share of
    that of the best constant prediction. Where columns are collinear other parameters are as good as these."""

    parameters: Parameters
    loss: float
    slope: float


def penalty(spec: Spec, parameters: Parameters) -> float:
    """½ · l2 · ‖weight‖², which is added to the loss."""
    return 0.5 * spec.training.l2 * float(np.sum(parameters.weight.astype(np.float64) ** 2))


def objective(spec: Spec, data: Data, parameters: Parameters) -> float:
    """The training loss with its penalty, in float64."""
    losses = (
        len(targets) * reference.loss(spec.model, reference.scores(parameters, features), targets)
        for features, targets in in_float64(data)
    )
    return sum(losses) / data.rows + penalty(spec, parameters)


def slope(spec: Spec, data: Data, parameters: Parameters) -> Parameters:
    """Its gradient."""
    weight = spec.training.l2 * parameters.weight.astype(np.float64)
    bias = np.zeros(parameters.bias.shape)
    for features, targets in in_float64(data):
        found = reference.gradient(spec.model, parameters, features, targets, l2=0.0)
        weight = weight + found.weight * (len(targets) / data.rows)
        bias = bias + found.bias * (len(targets) / data.rows)
    return Parameters(weight, bias)


def find(spec: Spec, data: Data) -> Optimum | Text:
    """The optimum; or why there is none, or none was found."""
    products = data.rows * (data.inputs + 1) ** 2.0 + 10 * data.inputs**3.0
    if spec.model == "softmax":
        products *= 10 * data.outputs**2
        counts = np.bincount(data.train_targets, minlength=data.outputs)
        if not counts.all():
            absent = int(np.argmin(counts))
            return NO_MINIMUM + Text(f"no training row is of class {absent}", f"没有训练样本属于类别 {absent}")
    if products > MOST_PRODUCTS:
        return Text("to look for the least training loss would take too long", "寻找最小训练损失耗时过长")
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return _Search(spec, data).run()
    except np.linalg.LinAlgError:
        return Text("float64 cannot hold the squares of its features", "float64 无法表示其特征的平方")


class _Search:
    """Points have shape (outputs, directions + 1), the bias last; so have gradients and steps."""

    def __init__(self, spec: Spec, data: Data) -> None:
        self.spec = spec
        self.data = data
        found = moments.of(data)
        if not np.isfinite(found.with_bias()).all():
            raise np.linalg.LinAlgError("the squares of the features are not finite")
        self.mean = found.mean
        self.basis = _uncorrelated(found.covariance + spec.training.l2 * np.eye(data.inputs), data.train_features.dtype)
        self.penalised = spec.training.l2 * np.pad(self.basis.T @ self.basis, (0, 1))  # (directions + 1, directions + 1)
        self.offset = float(data.train_targets.mean(dtype=np.float64)) if spec.model == "linear" else 0.0

    def run(self) -> Optimum | Text:
        point = self._constant()
        value, slope = self._at(point)
        first = float(np.linalg.norm(slope)) or 1.0
        for _ in range(MOST_STEPS):
            share = float(np.linalg.norm(slope)) / first
            try:
                step = np.linalg.solve(self._curvature(point), slope.ravel()).reshape(slope.shape)
            except np.linalg.LinAlgError:
                break
            margin, change = self._margin_and_change(point, step)
            if margin > 0 and not self.spec.training.l2:
                separable = Text(
                    "the classes can be separated, and larger weights are always better", "各类别可以完全分开，权重越大越好"
                )
                return NO_MINIMUM + separable + PENALISE
            if share <= CERTIFIED and change <= SETTLED:
                return Optimum(self._parameters(point), value, share)
            point, value, slope = self._follow(point, value, slope, step)
        far = Text(f"{MOST_STEPS} steps of Newton's method do not reach it", f"牛顿法 {MOST_STEPS} 步之内未能到达")
        return Text("the training loss has no minimum, or a far one: ", "训练损失没有最小值，或最小值极远：") + far + PENALISE

    def _constant(self) -> np.ndarray:
        """The best constant prediction: the mean of the targets, or the share of each class."""
        point = np.zeros((self.data.outputs, self.basis.shape[1] + 1))
        if self.spec.model == "softmax":
            point[:, -1] = np.log(np.bincount(self.data.train_targets, minlength=self.data.outputs) / self.data.rows)
        return point

    def _pieces(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Features of shape (rows, directions + 1), which end with a 1, and targets, for `linear` around their mean."""
        for features, targets in in_float64(self.data):
            extended = np.column_stack([(features - self.mean) @ self.basis, np.ones(len(targets))])
            yield extended, targets.astype(np.float64) - self.offset if self.spec.model == "linear" else targets

    def _at(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Loss with penalty, and its gradient."""
        model, without_bias = self.spec.model, Parameters(point, np.zeros(len(point)))
        slope = point @ self.penalised
        value = 0.5 * float(np.sum(point * slope))
        for extended, targets in self._pieces():
            share = len(targets) / self.data.rows
            value += share * reference.loss(model, extended @ point.T, targets)
            slope = slope + share * reference.gradient(model, without_bias, extended, targets, l2=0.0).weight
        return value, slope

    def _curvature(self, point: np.ndarray) -> np.ndarray:
        """The Hessian, of shape (point.size, point.size)."""
        outputs, size = point.shape
        if self.spec.model == "linear":
            return np.eye(size)  # that is what the coordinates are made for
        found = np.zeros((outputs, size, outputs, size))
        for extended, _ in self._pieces():
            chances = reference.softmax(extended @ point.T)  # (rows, outputs)
            weighted = (chances[:, :, None] * extended[:, None, :]).reshape(len(extended), -1)
            found -= (weighted.T @ weighted).reshape(found.shape)
            for output in range(outputs):
                found[output, :, output] += (chances[:, output, None] * extended).T @ extended
        found /= self.data.rows
        for output in range(outputs):
            found[output, :, output] += self.penalised
        # to add the same to all classes changes nothing: such a step has no slope, and gets a curvature so that it is none
        found += np.eye(size)[None, :, None, :] / outputs
        return found.reshape(point.size, point.size)

    def _follow(
        self, point: np.ndarray, value: float, slope: np.ndarray, step: np.ndarray
    ) -> tuple[np.ndarray, float, np.ndarray]:
        """Go the step, or half of it and so on until the loss falls: point, loss and gradient there."""
        length, promised = 1.0, 1e-4 * float(np.sum(slope * step))
        while True:
            there = point - length * step
            lower, slope_there = self._at(there)
            if lower <= value - length * promised + 1e-14 * abs(value) or length < 1e-6:
                return there, lower, slope_there
            length /= 2

    def _margin_and_change(self, point: np.ndarray, step: np.ndarray) -> tuple[float, float]:
        """Of softmax: by how much the score of the right class leads in the row where it leads least, and the largest change of
        a score that the step would make."""
        margin, change = np.inf, 0.0
        if self.spec.model == "linear":
            return 0.0, 0.0
        for extended, targets in self._pieces():
            scores, rows = extended @ point.T, np.arange(len(targets))
            right = scores[rows, targets]
            scores[rows, targets] = -np.inf
            margin = min(margin, float(np.min(right - scores.max(axis=1))))
            change = max(change, float(np.abs(extended @ step.T).max()))
        return margin, change

    def _parameters(self, point: np.ndarray) -> Parameters:
        """Those of a point, for the features as they are."""
        weight = point[:, :-1] @ self.basis.T
        return Parameters(weight, point[:, -1] - weight @ self.mean + self.offset)


def _uncorrelated(curvature: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A basis (inputs, directions) in which this matrix is the identity; directions that are rounding alone are left out."""
    size = np.sqrt(np.diag(curvature))
    size[size == 0] = 1.0
    curvatures, directions = np.linalg.eigh(curvature / np.outer(size, size))
    least = max((COLLINEAR * np.finfo(dtype).eps) ** 2, 16 * len(size) * np.finfo(np.float64).eps)
    kept = curvatures > least * max(curvatures.max(), 1e-300)
    return directions[:, kept] / np.sqrt(curvatures[kept]) / size[:, None]
