"""Where training must lead: the float64 reference after each epoch, how far it has moved by then, and what rounding makes."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.spread import DROWNED, Apart, Spread, between


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
        far = between(found, self.exact)
        return float(np.max([_multiple(far.weight, self.spread.weight), _multiple(far.bias, self.spread.bias)]))


class Targets:
    """Those of one exercise and of its variations (see `fairfit.models.order.varied`), each trained when it is asked for."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._exact: dict[int, Iterator[Parameters]] = {}
        self._spreads: dict[int, Spread] = {}
        self._known: dict[int, list[Target]] = {}

    def after(self, epochs: int, variation: int = 0) -> Target:
        """The target after so many epochs."""
        exact = self._exact.setdefault(variation, reference.variation(self._exercise, variation))
        spread, known = self.spread(variation), self._known.setdefault(variation, [])
        for parameters in itertools.islice(exact, max(0, epochs - len(known))):
            known.append(Target(parameters, between(parameters, self._exercise.start), spread.after(len(known) + 1)))
        return known[epochs - 1]

    def spread(self, variation: int = 0) -> Spread:
        """What rounding makes of a variation; four trainings have to do where it is not the one that was planned."""
        return self._spreads.setdefault(variation, Spread(self._exercise, variation, count=4 if variation else None))

    def planned(self) -> list[Target]:
        """One for each epoch of the training as planned."""
        return [self.after(epoch) for epoch in range(1, self._exercise.spec.training.epochs + 1)]


def _same_shape(found: Parameters, exact: Parameters) -> bool:
    return found.weight.shape == exact.weight.shape and found.bias.shape == exact.bias.shape


def _multiple(far: float, spread: float) -> float:
    return far / spread if spread else math.inf if far else 0.0
