"""A prepared spec: its exercise in memory and on disk, the reference trajectory, and the scores of what was trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models import exercise as exercises
from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, to_json
from fairfit.records import SpecRecord


@dataclass(frozen=True)
class Task:
    """`folder` holds the files that workers read; `exact_features` are the training features in float64, for scoring."""

    exercise: Exercise
    exact_features: np.ndarray
    reference: list[Parameters]
    folder: Path


def prepare(spec: Spec, folder: Path, data_dir: Path | None) -> Task:
    """Make the exercise, train the reference, lay out the files.

    Raises DataError where the data is missing or broken, SpecError where training diverges.
    """
    exercise = exercises.make(spec, data_dir)
    trajectory = reference.trajectory(spec, exercise.data, exercise.start, exercise.orders)
    exercises.save(exercise, folder)
    return Task(exercise, exercise.data.train_features.astype(np.float64), trajectory, folder)


def record(task: Task) -> SpecRecord:
    """What the report needs to know of the spec, its data and its reference."""
    spec, data = task.exercise.spec, task.exercise.data
    losses = [train_loss(task, parameters) for parameters in task.reference]
    scores = reference.scores(task.reference[-1], data.test_features)
    _, metric = reference.score(spec.model, scores, data.test_targets)
    return SpecRecord(
        to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric, description=spec.description
    )


def score(task: Task, trained: Sequence[Parameters], predicted: np.ndarray) -> tuple[list[float], str, float]:
    """The loss on the training rows after each epoch, and name and value of the metric on the test rows."""
    losses = [train_loss(task, parameters) for parameters in trained]
    metric, value = reference.score(task.exercise.spec.model, predicted, task.exercise.data.test_targets)
    return losses, metric, value


def train_loss(task: Task, parameters: Parameters) -> float:
    """The loss on all training rows, in float64."""
    spec, data = task.exercise.spec, task.exercise.data
    return reference.loss(spec.model, reference.scores(parameters, task.exact_features), data.train_targets)
