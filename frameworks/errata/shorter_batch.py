"""X5: what dividing by a constant costs where the last batch is a shorter one."""

import numpy as np

from fairfit.frameworks.errata.findings import ConstantBatch, ShorterBatch
from fairfit.frameworks.errata.recipes import Recipe, accuracy, first_epoch
from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def shorter_last_batch(exercise: Exercise, instead: str, *, true: Recipe, constant: Recipe | None = None) -> ConstantBatch:
    """Try it on one epoch of 96 rows, one batch of digits and a half, and on the whole exercise."""
    costs = {
        f"{exercise.spec.name}-96-rows": cost_of_constant(first_epoch(exercise, 96), true=true, constant=constant),
        exercise.spec.name: cost_of_constant(exercise, true=true, constant=constant),
    }
    reproduced = any(abs(cost.last_update_ratio - 1) > 0.01 for cost in costs.values())  # rounding moves it by 1e-5
    return ConstantBatch(reproduced, costs, instead)


def cost_of_constant(exercise: Exercise, *, true: Recipe, constant: Recipe | None) -> ShorterBatch:
    """How far two recipes end from the float64 reference, and how accurate they are.

    `true` divides by the rows that a batch has, `constant` by the batch size (None: the framework has no such constant).
    The ratio of the last update is that of `constant` where there is one; the last batch must be a shorter one.
    """
    expected = _by_hand(exercise)
    true_end, constant_end = true(exercise), constant(exercise) if constant else None
    return ShorterBatch(
        constant_distance=None if constant_end is None else _distance(constant_end, expected),
        true_distance=_distance(true_end, expected),
        constant_accuracy=None if constant_end is None else accuracy(exercise, constant_end),
        true_accuracy=accuracy(exercise, true_end),
        last_update_ratio=_last_update_size(exercise, constant or true) / _last_update_size(exercise, _by_hand),
    )


def _by_hand(exercise: Exercise) -> Parameters:
    return reference.trajectory(exercise)[-1]


def _distance(ended: Parameters, expected: Parameters) -> float:
    """Euclidean, relative to the size of what is expected."""
    return float(np.linalg.norm(ended.flat() - expected.flat()) / np.linalg.norm(expected.flat()))


def _last_update_size(exercise: Exercise, recipe: Recipe) -> float:
    """How far the shorter last batch of the first epoch moves the parameters."""
    rows = exercise.orders.shape[1]
    full = rows - rows % exercise.spec.training.batch_size
    after, before = recipe(first_epoch(exercise, rows)), recipe(first_epoch(exercise, full))
    return float(np.linalg.norm(after.flat() - before.flat()))
