"""The spread: how far from the reference right implementations end by rounding alone. It is found by training several times
with everything moved by the last bit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.order import shuffled_within_batches
from fairfit.models.parameters import Parameters

TRAININGS, FEWER = 8, 4
"""The largest error of so many counts; of four where an epoch reads more than LARGE values, as each of them takes long."""
LARGE = 10_000_000

DROWNED = 1 / 16
"""Rounding above this share of what the reference moved leaves nothing to prove: with the fourfold allowance of the proof, no
training at all (which stands at 1) would be told apart by less than a factor of four."""


@dataclass(frozen=True)
class Apart:
    """A length for weight and bias apart, in the units of the parameters (Euclidean norm)."""

    weight: float
    bias: float


def between(found: Parameters, exact: Parameters) -> Apart:
    """How far two sets of parameters are from each other; not finite where one of them is not."""
    return Apart(_length(found.weight, exact.weight), _length(found.bias, exact.bias))


class Spread:
    """What rounding makes of one exercise: `after(k)` is the error after k epochs of the training as planned.

    Each training runs in the exercise's dtype. Its features, its start and its learning rates are moved by one unit in the last
    place at random, its columns are permuted, and so are the rows within each batch, so that sums are added up in another
    order: what right implementations do differently. A training longer than planned begins its plan again; it goes on where it was left.
    """

    def __init__(self, exercise: Exercise) -> None:
        count = TRAININGS if exercise.data.train_features.size <= LARGE else FEWER
        self._trainings = [_disturbed(exercise, seed) for seed in range(count)]
        self._exact = reference.variation(exercise, 0)
        self._unit = float(np.finfo(exercise.spec.training.dtype).eps)
        self._errors: list[Apart] = []

    def after(self, epochs: int) -> Apart:
        """The largest distance from the float64 reference that was seen, and at least what storing the reference in the
        dtype makes; not finite where training diverges."""
        while len(self._errors) < epochs:
            exact = next(self._exact)
            seen = [_stored(exact, self._unit), *(between(next(training), exact) for training in self._trainings)]
            self._errors.append(Apart(_largest(one.weight for one in seen), _largest(one.bias for one in seen)))
        return self._errors[epochs - 1]


def _disturbed(exercise: Exercise, seed: int) -> Iterator[Parameters]:
    """The parameters after each epoch of one training with everything moved by the last bit."""
    generator = np.random.default_rng(seed)
    spec, data, start = exercise.spec, exercise.data, exercise.start
    columns = generator.permutation(data.inputs)
    features = _moved(data.train_features[:, columns], generator)
    moved = Parameters(_moved(start.weight[:, columns], generator), _moved(start.bias, generator))
    unit = generator.choice([-1, 1]) * float(np.finfo(spec.training.dtype).eps)
    plan = (
        (shuffled_within_batches(order, spec.training.batch_size, generator), rate * (1 + unit))
        for order, rate in reference.plan(exercise, 0)
    )
    back = np.argsort(columns)
    for found in reference.train(spec, replace(data, train_features=features), moved, plan, spec.training.dtype):
        yield Parameters(found.weight[:, back], found.bias)


def _moved(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Each value one unit in the last place up or down; zero stays zero."""
    bits = np.unpackbits(np.frombuffer(generator.bytes(-(-values.size // 8)), np.uint8), count=values.size)
    step = np.where(bits, values.dtype.type(1), values.dtype.type(-1)) * np.finfo(values.dtype).eps
    moved: np.ndarray = values * (1 + step.reshape(values.shape))
    return moved


def _stored(exact: Parameters, unit: float) -> Apart:
    """What rounding the reference itself to the dtype may make: half a unit in the last place of each value."""
    return Apart(unit / 2 * float(np.linalg.norm(exact.weight)), unit / 2 * float(np.linalg.norm(exact.bias)))


def _largest(lengths: Iterable[float]) -> float:
    """NaN where one of them is."""
    return float(np.max(list(lengths)))


def _length(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(found.astype(np.float64) - exact))
