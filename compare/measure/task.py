"""A spec made ready to be worked on: its exercise, here and as files for the workers, and what training must come to."""

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
    losses = [train_loss(task, here) for here in task.reference]
    scores = reference.scores(task.reference[-1], data.test_features)
    _, metric = reference.score(spec.model, scores, data.test_targets)
    return SpecRecord(
        to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric, description=spec.description
    )


def train_loss(task: Task, here: Parameters) -> float:
    """The loss on all training rows, in float64."""
    spec, data = task.exercise.spec, task.exercise.data
    return reference.loss(spec.model, reference.scores(here, task.exact_features), data.train_targets)
