"""Where training must lead: the float64 reference after each epoch, how far it has moved by then, and what rounding makes."""

import math
from dataclasses import dataclass

import numpy as np

from fairfit.models.exercise import Exercise
from fairfit.models.order import VARIATIONS
from fairfit.models.parameters import Parameters
from fairfit.models.spread import DROWNED, Apart, Spread, between, largest, trainings


@dataclass(frozen=True)
class Target:
    """Where training must be after an epoch, how far the reference has moved from the start by then, and the spread."""

    exact: Parameters
    moved: Apart
    spread: Apart

    def distance(self, found: Parameters) -> float:
        """The larger of weight and bias, as shares of what the reference moved; a part that rounding hides does not count.

        Not finite where `found` is not, or has another shape.
        """
        if not _same_shape(found, self.exact):
            return math.nan
        far = between(found, self.exact)
        parts = [far.weight / self.moved.weight] if self.moved.weight else []
        if self.spread.bias <= DROWNED * self.moved.bias and self.moved.bias:
            parts.append(far.bias / self.moved.bias)
        return float(np.max(parts or [0.0]))  # NaN where one of them is

    def times_rounding(self, found: Parameters) -> float:
        """The larger of weight and bias, each in multiples of its spread. Not finite where `found` is not."""
        if not _same_shape(found, self.exact):
            return math.nan
        return float(np.max(self._multiples(found)))

    def furthest(self, found: Parameters) -> tuple[str, float]:
        """Which is further away in multiples of its spread, 'weight' or 'bias'; and its distance, as a share of what it moved."""
        if not _same_shape(found, self.exact):
            return "weight", math.nan
        far, (weight, bias) = between(found, self.exact), self._multiples(found)
        if bias > weight:  # where the weight is no number it is named
            return "bias", far.bias / self.moved.bias if self.moved.bias else math.inf
        return "weight", far.weight / self.moved.weight if self.moved.weight else math.inf

    def _multiples(self, found: Parameters) -> tuple[float, float]:
        far = between(found, self.exact)
        return _multiple(far.weight, self.spread.weight), _multiple(far.bias, self.spread.bias)


class Targets:
    """Those of the training as planned, and of its variations (see `fairfit.models.order.varied`): made when asked for.

    What rounding makes of the variations is taken together: two trainings of each, one where the data is so large that the plan
    itself has two.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.plan = Spread(exercise)
        count = min(2, trainings(exercise.data.train_features.size) // 2)
        self._varied = {number: Spread(exercise, number, count) for number in VARIATIONS}

    def after(self, epochs: int, variation: int = 0) -> Target:
        """The target after so many epochs."""
        if variation:
            exact = self._varied[variation].exact(epochs)
            spread = largest(each.after(epochs) for each in self._varied.values())
        else:
            exact, spread = self.plan.exact(epochs), self.plan.after(epochs)
        return Target(exact, between(exact, self.exercise.start), spread)

    def planned(self) -> list[Target]:
        """One for each epoch of the training as planned."""
        return [self.after(epoch) for epoch in range(1, self.exercise.spec.training.epochs + 1)]


def _same_shape(found: Parameters, exact: Parameters) -> bool:
    return found.weight.shape == exact.weight.shape and found.bias.shape == exact.bias.shape


def _multiple(far: float, spread: float) -> float:
    return far / spread if spread else math.inf if far else 0.0
