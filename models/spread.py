"""The spread: how far from the reference right implementations end by rounding alone. It is found by training several times
with everything moved by the last bit."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

DROWNED = 1 / 16
"""Rounding above this share of what the reference moved leaves nothing to prove: with the fourfold allowance of the proof, no
training at all (which stands at 1) would be told apart by less than a factor of four."""


Train = Callable[..., Iterator[Parameters]]  # with the arguments of `reference.train`


def trainings(values: int) -> int:
    """How many trainings: the largest error of 16 counts, of fewer where an epoch reads so many values that each takes long."""
    return 16 if values <= 1_000_000 else 8 if values <= 10_000_000 else 4 if values <= 100_000_000 else 2


@dataclass(frozen=True)
class Apart:
    """A length for weight and bias apart, in the units of the parameters (Euclidean norm)."""

    weight: float
    bias: float


def between(found: Parameters, exact: Parameters) -> Apart:
    """How far two sets of parameters are from each other; not finite where one of them is not."""
    return Apart(_length(found.weight, exact.weight), _length(found.bias, exact.bias))


class Spread:
    """One variation of an exercise: the float64 reference after k epochs, and what rounding makes of it.

    Each training runs in the exercise's dtype. Its features, its start and its learning rates are moved by one unit in the
    last place at random, its columns begin elsewhere, and the rows within each batch are permuted, so that sums are added up in
    another order; every second one takes the other formula of softmax and adds up row by row: what right implementations do
    differently. A training longer than planned begins its plan again; it goes on where it was left. `count` says how many
    trainings there are, where the size of the data should not; `train` and `dtype` are how it is trained, where not as the spec
    has it.
    """

    def __init__(
        self,
        exercise: Exercise,
        variation: int = 0,
        count: int | None = None,
        *,
        train: Train = reference.train,
        dtype: DTypeLike | None = None,
    ) -> None:
        count, dtype = count or trainings(exercise.data.train_features.size), dtype or exercise.spec.training.dtype
        self._trainings = [_disturbed(exercise, variation, seed, train, dtype) for seed in range(count)]
        rows, plan = reference.rows_of(exercise.data), reference.plan(exercise, variation)
        self._reference = train(exercise.spec, rows, exercise.start, plan, np.float64)
        self._unit = _unit(dtype)
        self._exact: list[Parameters] = []
        self._errors: list[Apart] = []

    def exact(self, epochs: int) -> Parameters:
        """The reference after so many epochs."""
        self._exact.extend(itertools.islice(self._reference, max(0, epochs - len(self._exact))))
        return self._exact[epochs - 1]

    def after(self, epochs: int) -> Apart:
        """The largest distance from the reference that was seen, and at least what storing the reference in the dtype makes;
        not finite where training diverges."""
        while len(self._errors) < epochs:
            exact = self.exact(len(self._errors) + 1)
            seen = [_stored(exact, self._unit), *(between(next(training), exact) for training in self._trainings)]
            self._errors.append(largest(seen))
        return self._errors[epochs - 1]


def largest(errors: Iterable[Apart]) -> Apart:
    """Of weight and bias apart; NaN where one of them is."""
    lengths = np.max([(error.weight, error.bias) for error in errors], axis=0)
    return Apart(*map(float, lengths))


def _disturbed(exercise: Exercise, variation: int, seed: int, train: Train, dtype: DTypeLike) -> Iterator[Parameters]:
    """The parameters after each epoch of one training with everything moved by the last bit."""
    generator = np.random.default_rng(seed)
    spec, data, start = exercise.spec, exercise.data, exercise.start
    unit = _unit(dtype)

    def signs(*shape: int) -> np.ndarray:
        return generator.random(shape) < 0.5

    def units(down: np.ndarray) -> np.ndarray:
        return np.where(down, -unit, unit).astype(dtype)

    def up_or_down(*shape: int) -> np.ndarray:
        return units(signs(*shape))

    cut = int(generator.integers(data.inputs))  # as a deck of cards is cut: to permute them all would take most of the time
    columns = np.roll(np.arange(data.inputs), -cut)
    by_row, by_column = signs(data.rows, 1), 1 / unit * up_or_down(data.inputs)  # of each row its sign alone: they are many
    as_they_are = reference.rows_of(data)

    def rows(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        index = generator.permutation(index)
        features, targets = as_they_are(index)
        features = np.concatenate([features[:, cut:], features[:, :cut]], axis=1)
        return features * (1 + units(by_row[index]) * by_column), targets

    moved = Parameters(
        start.weight[:, columns] * (1 + up_or_down(*start.weight.shape)), start.bias * (1 + up_or_down(*start.bias.shape))
    )
    rate_factor = 1 + float(up_or_down())
    plan = itertools.starmap(lambda order, rate: (order, rate * rate_factor), reference.plan(exercise, variation))
    back = np.argsort(columns)
    for found in train(spec, rows, moved, plan, dtype, plainly=seed % 2 == 1):
        yield Parameters(found.weight[:, back], found.bias)


def _unit(dtype: DTypeLike) -> float:
    return float(np.finfo(np.zeros(0, dtype).dtype).eps)


def _stored(exact: Parameters, unit: float) -> Apart:
    """What rounding the reference itself to the dtype may make: half a unit in the last place of each value."""
    return Apart(unit / 2 * _norm(exact.weight), unit / 2 * _norm(exact.bias))


def _length(found: np.ndarray, exact: np.ndarray) -> float:
    return _norm(found.astype(np.float64) - exact)


def _norm(values: np.ndarray) -> float:
    """Infinite where a training that diverges has gone beyond what float64 squares; that is told by others, and no warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.linalg.norm(values))
