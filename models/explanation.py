"""What explains where a training came to: the reference is trained anew with one or two conventions exchanged, all sets of up to
two, and every one that ends there is told; never greedily, since one that fits better alone may be in no set that fits."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairfit.models import rules
from fairfit.models.conventions import CONVENTIONS, Convention
from fairfit.models.exercise import Exercise
from fairfit.models.fits import Explanation, Fit, Part
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules
from fairfit.models.spread import Apart, Spread, between, trainings
from fairfit.models.targets import Target
from fairfit.models.text import Text

ALLOWED = 4.0
"""Times what rounding makes under its own rules that a set may be away and fit: as the proof allows."""

COARSE, NEARER = 1e-4, 0.1
"""Where no set fits by rounding alone, one within this share of what training moved, and that much nearer than the reference:
some libraries round more coarsely, and conventions that matter are further apart (the nearest wrong set was seen at 2e-3)."""

SAME = 1e-12  # of what training moved: two trainings in float64 that are nearer are the same by mathematics
NEAR, LATER, TIMES_NEAR = 1e-2, 0.5, 32.0
"""What a set is dropped beyond: this share of what it moved in the first epoch, and in later ones, where rounding may have grown
as far as training is chaotic (softmax of large scores); or so many times the rounding of the reference."""
MOST_NEAR = 20  # sets, the nearest, of which it is computed what rounding makes under their own rules

MOST_SECONDS = 20.0
"""About as long as pairs are tried, by the seconds that steps and values take on a slow processor: the most promising first."""
STEP_SECONDS, VALUE_SECONDS = 1e-4, 4e-9


def explain(
    exercise: Exercise,
    found: Sequence[Parameters],
    planned: Sequence[Target] | None = None,
    *,
    given: Rules | None = None,
) -> Explanation:
    """What explains a training, given its parameters after each epoch; `planned` are the targets of the exercise where they are
    known already. Where it is known to follow other rules than the spec's, `given`, what differs from these is explained."""
    given = given or Rules()
    count = len(list(itertools.takewhile(_finite, found)))
    whole = count == len(found)
    found = [Parameters(np.asarray(one.weight), np.asarray(one.bias)) for one in found[:count]]
    if not count:
        return Explanation(False, math.nan, tuple(_as_infinite(exercise)))
    if planned is None:
        spread = rules.spread(exercise, given, exercise.spec.training.dtype)
        exact, rounding = [spread.exact(epoch) for epoch in range(1, count + 1)], _rounding(spread, count)
    else:
        exact, rounding = [target.exact for target in planned[:count]], [target.spread for target in planned[:count]]
    base = _Search(exercise, found, None, exact, given)
    away = base.distance(base.exact)
    if whole and _times(found, base.exact, rounding) <= ALLOWED:
        return dataclasses.replace(base.searched(rounding, away, pairs=False), equal=True, sets=())
    dtype = _held_in(found, exercise.spec.training.dtype)
    if dtype is not None:
        base = dataclasses.replace(base, dtype=dtype)
        rounding = base.rounding(given)
    return base.searched(rounding, away)


def _as_infinite(exercise: Exercise) -> Iterator[Fit]:
    """The conventions under which training is not finite after the first epoch either."""
    for convention in CONVENTIONS:
        if convention.concerns(exercise.spec):
            trained = rules.trajectory(exercise, convention.rules, exercise.spec.training.dtype)
            if not _finite(next(trained)):
                yield Fit((Part(convention.told, 1.0),), convention.rules, math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class _Tried:
    """A set of conventions, its rules, and the parameters after each epoch for as long as they were near anything."""

    conventions: tuple[Convention, ...]
    rules: Rules
    trained: list[Parameters]

    def contains(self, other: "_Tried") -> bool:
        return set(other.conventions) <= set(self.conventions)


@dataclass(frozen=True)
class _Search:
    """`dtype` is what all of `found` is held in, where that is coarser than the spec has it."""

    exercise: Exercise
    found: list[Parameters]
    dtype: str | None
    exact: list[Parameters]
    given: Rules

    def searched(self, rounding: list[Apart], away: float, *, pairs: bool = True) -> Explanation:
        near = self._near([self.found, self.exact], rounding)
        singles = []
        for convention in CONVENTIONS:
            changed = rules.together(self.given, convention.rules)
            if convention.concerns(self.exercise.spec) and changed is not None:
                singles.append(_Tried((convention,), changed, list(self._while(near, changed))))
        invisible = [one for one in singles if self._same(one.trained, self.exact)]
        visible = [one for one in singles if one not in invisible]
        drowned = [one for one in visible if _times(one.trained, self.exact, rounding) <= ALLOWED]
        told = Explanation(False, away, (), _told(invisible), _told(drowned))
        if not pairs:
            return told
        couples = sorted(self._couples(singles), key=self._promise)  # what is invisible alone may be seen beside another
        most = int(MOST_SECONDS / self._seconds())
        near = self._near([self.found], rounding)
        tried = [_Tried((), self.given, self.exact), *singles]
        for one, other, both in couples[:most]:
            tried.append(_Tried(one.conventions + other.conventions, both, list(self._while(near, both))))
        whole = [one for one in tried if len(one.trained) == len(self.found)]
        fits = self._fits([one for one in whole if near(len(self.found) - 1, one.trained[-1])], away)
        fits = [dataclasses.replace(fit, hides=tuple(each for each in fit.hides if each not in told.invisible)) for fit in fits]
        return dataclasses.replace(told, sets=tuple(fits), untried=max(0, len(couples) - most))

    def rounding(self, given: Rules) -> list[Apart]:
        """What rounding makes under these rules, after each epoch."""
        dtype = self.dtype or self.exercise.spec.training.dtype
        stand_in = "float16" if dtype == "bfloat16" else dtype  # NumPy has none: its unit is eight times as large
        count = max(2, trainings(self.exercise.data.train_features.size) // 2)
        spread = _rounding(rules.spread(self.exercise, given, stand_in, count), len(self.found))
        return [Apart(8 * each.weight, 8 * each.bias) for each in spread] if dtype != stand_in else spread

    def distance(self, trained: Sequence[Parameters]) -> float:
        """The largest distance after any epoch, of weight or bias, as a share of how far that training moved from the start;
        infinite where it is shorter."""
        if len(trained) < len(self.found):
            return math.inf
        with np.errstate(all="ignore"):
            shares = [
                _share(between(here, there), between(there, self.exercise.start))
                for here, there in zip(self.found, trained, strict=True)
            ]
        largest = max(shares)
        return largest if math.isfinite(largest) else math.inf

    # -- trainings under other rules

    def _while(self, near: Callable[[int, Parameters], bool], given: Rules) -> Iterator[Parameters]:
        """The parameters after each epoch, up to the first that is near nothing."""
        for epoch, trained in enumerate(itertools.islice(rules.trajectory(self.exercise, given), len(self.found))):
            yield trained
            if not near(epoch, trained):
                return

    def _near(self, others: Iterable[list[Parameters]], rounding: list[Apart]) -> Callable[[int, Parameters], bool]:
        others = list(others)

        def near(epoch: int, trained: Parameters) -> bool:
            moved, noise = between(trained, self.exercise.start), rounding[epoch]
            share = LATER if epoch else NEAR
            most = Apart(*(max(share * far, TIMES_NEAR * each) for far, each in zip(_pair(moved), _pair(noise), strict=True)))
            return any(_within(between(other[epoch], trained), most) for other in others)

        return near

    def _couples(self, singles: list[_Tried]) -> Iterator[tuple[_Tried, _Tried, Rules]]:
        for one, other in itertools.combinations(singles, 2):
            both = rules.together(self.given, one.conventions[0].rules, other.conventions[0].rules)
            if both is not None:
                yield one, other, both

    def _promise(self, couple: tuple[_Tried, _Tried, Rules]) -> float:
        """How far the first epoch would be if what two conventions do could be added up."""
        one, other, _ = couple
        with np.errstate(all="ignore"):
            added = one.trained[0].flat() + other.trained[0].flat() - self.exact[0].flat()
            far = float(np.linalg.norm(self.found[0].flat() - added))
        return far if math.isfinite(far) else math.inf

    def _seconds(self) -> float:
        """About what an epoch takes."""
        data = self.exercise.data
        return self.exercise.steps * STEP_SECONDS + data.train_features.size * (1 + data.outputs) * VALUE_SECONDS

    # -- which of them fit

    def _fits(self, near: list[_Tried], away: float) -> list[Fit]:
        groups: list[list[_Tried]] = []
        for one in sorted(near, key=lambda one: len(one.conventions)):
            group = next((group for group in groups if self._same(one.trained, group[0].trained)), None)
            if group is None:
                groups.append(group := [])
            group.append(one)
        groups = sorted(groups, key=lambda group: self.distance(group[0].trained))[:MOST_NEAR]
        lefts = [self.distance(group[0].trained) for group in groups]
        times = [_times(self.found, group[0].trained, self.rounding(group[0].rules)) for group in groups]
        allowed = [
            many <= ALLOWED and (left < min(away, LATER) or self.dtype is not None)
            for many, left in zip(times, lefts, strict=True)
        ]
        if not any(allowed):
            allowed = [left <= min(COARSE, NEARER * away) for left in lefts]
        fitting = [row for row, fits in zip(zip(groups, lefts, times, strict=True), allowed, strict=True) if fits]
        smaller = [group[0] for group, _, _ in fitting]
        minimal = [
            (group, left, many)
            for group, left, many in fitting
            if not any(group[0] is not other and group[0].contains(other) for other in smaller)
        ]
        made = [self._fit(group, left, many, away) for group, left, many in minimal]
        return sorted(made, key=lambda fit: (len(fit.parts), fit.left))

    def _fit(self, group: list[_Tried], left: float, times: float, away: float) -> Fit:
        first = group[0]
        size = len(first.conventions)
        without = [self._without(first, convention) for convention in first.conventions] if size > 1 else [away] * size
        whole = sum(without)
        parts = [
            Part(convention.told, far / whole if math.isfinite(whole) and whole else 1 / size)
            for convention, far in zip(first.conventions, without, strict=True)
        ]
        parts.sort(key=lambda part: -part.share)
        if self.dtype is not None:
            told = Text(f"it is computed in {self.dtype}", f"以 {self.dtype} 计算")
            parts.append(Part(told, 0.0 if parts else 1.0))
        same = [one for one in group[1:] if len(one.conventions) == size]
        hidden = [one.conventions for one in group if len(one.conventions) > size and one.contains(first)]
        hides = [convention.told for conventions in hidden for convention in conventions if convention not in first.conventions]
        others = tuple(tuple(convention.told for convention in one.conventions) for one in same)
        return Fit(tuple(parts), first.rules, left, times, others, tuple(hides))

    def _without(self, tried: _Tried, convention: Convention) -> float:
        """How far the training is from this set without that convention."""
        others = rules.together(self.given, *(one.rules for one in tried.conventions if one is not convention))
        assert others is not None, "a part of what goes together does"
        return self.distance(list(itertools.islice(rules.trajectory(self.exercise, others), len(self.found))))

    def _same(self, one: Sequence[Parameters], other: Sequence[Parameters]) -> bool:
        """By mathematics."""
        return len(one) == len(other) and all(
            _within(between(here, there), Apart(*(SAME * far for far in _pair(between(there, self.exercise.start)))))
            for here, there in zip(one, other, strict=True)
        )


def _told(singles: Iterable[_Tried]) -> tuple[Text, ...]:
    return tuple(one.conventions[0].told for one in singles)


# -- distances -----------------------------------------------------------------------------------------------------------


def _finite(parameters: Parameters) -> bool:
    return bool(np.isfinite(parameters.weight).all() and np.isfinite(parameters.bias).all())


def _rounding(spread: Spread, count: int) -> list[Apart]:
    return [spread.after(epoch) for epoch in range(1, count + 1)]


def _times(found: Sequence[Parameters], trained: Sequence[Parameters], rounding: Sequence[Apart]) -> float:
    """The largest distance after any epoch, of weight or bias, in multiples of what rounding makes."""
    if len(found) != len(trained):
        return math.inf
    times = [
        far / noise if noise else math.inf * bool(far)
        for here, there, each in zip(found, trained, rounding, strict=True)
        for far, noise in zip(_pair(between(here, there)), _pair(each), strict=True)
        if far  # no distance is none, whatever rounding makes
    ]
    return math.inf if any(math.isnan(one) for one in times) else max(times, default=0.0)


def _pair(apart: Apart) -> tuple[float, float]:
    return apart.weight, apart.bias


def _within(far: Apart, most: Apart) -> bool:
    return far.weight <= most.weight and far.bias <= most.bias


def _share(far: Apart, moved: Apart) -> float:
    parts = [there and here / there if there else here for here, there in zip(_pair(far), _pair(moved), strict=True)]
    return math.inf if any(math.isnan(part) for part in parts) else max(parts)


def _held_in(found: Sequence[Parameters], dtype: str) -> str | None:
    """The coarsest dtype that holds all values of `found` as they are, if that is coarser than the spec's."""
    values = np.concatenate([one.flat() for one in found])
    for coarse in ("bfloat16", "float16", "float32"):
        if coarse != dtype and values.any() and np.array_equal(_rounded(values, coarse), values):
            return coarse
    return None


def _rounded(values: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        if dtype != "bfloat16":
            return values.astype(dtype).astype(np.float64)
        upper_half = values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
        return upper_half.view(np.float32).astype(np.float64)
