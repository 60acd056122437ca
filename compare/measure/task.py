"""A prepared spec: its exercise in files, what training must lead to, and the scores of what was trained."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fairfit.models import exercise as exercises
from fairfit.models import feasible, reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, to_json
from fairfit.models.spread import trainings
from fairfit.models.targets import Targets
from fairfit.models.text import Text
from fairfit.records import SpecRecord


class Task:
    """`folder` holds the files that workers read; `epoch_seconds` is what an epoch took NumPy in the reference.

    `nothing_to_prove` says why no cell of this spec can be proven, `unproven` what remains without proof; None where nothing.
    """

    def __init__(self, exercise: Exercise, folder: Path) -> None:
        self.exercise = exercise
        self.folder = folder
        feasible.values_held(exercise)
        self.targets = Targets(exercise)
        began = time.perf_counter()
        self.targets.planned()
        trained = exercise.spec.training.epochs * (1 + trainings(exercise.data.train_features.size))
        self.epoch_seconds = (time.perf_counter() - began) / trained
        feasible.stays_finite(exercise, self.targets.plan)
        self.reference = [target.exact for target in self.targets.planned()]
        self.nothing_to_prove: Text | None = feasible.nothing_moved(exercise, self.targets.plan)
        self.unproven: Text | None = feasible.bias_hidden(exercise, self.targets.plan)


def prepare(spec: Spec, folder: Path, data_dir: Path | None, like: Path | None = None) -> Task:
    """Lay out the exercise (`like` is the folder of one with the same data) and train the reference.

    Raises DataError where the data is missing or broken, SpecError where the spec cannot be trained as it is written.
    """
    return Task(exercises.lay_out(spec, folder, data_dir, like), folder)


def record(task: Task) -> SpecRecord:
    """What the report needs to know of the spec, its data and its reference."""
    spec, data = task.exercise.spec, task.exercise.data
    losses = train_losses(task, task.reference)
    scores = reference.scores_in_pieces(task.reference[-1], data.test_features)
    _, metric = reference.score(spec.model, scores, data.test_targets)
    return SpecRecord(
        to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric, description=spec.description,
        spread=[_share(target.spread.weight, target.moved.weight) for target in task.targets.planned()],
    )  # fmt: skip


def score(task: Task, trained: Sequence[Parameters], predicted: np.ndarray) -> tuple[list[float], str, float]:
    """The loss on the training rows after each epoch, and name and value of the metric on the test rows."""
    losses = train_losses(task, trained)
    metric, value = reference.score(task.exercise.spec.model, predicted, task.exercise.data.test_targets)
    return losses, metric, value


def train_losses(task: Task, trained: Sequence[Parameters]) -> list[float]:
    """The loss on all training rows with each of these parameters."""
    spec, data = task.exercise.spec, task.exercise.data
    return reference.losses(spec.model, trained, data.train_features, data.train_targets)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
