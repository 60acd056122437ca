"""A prepared spec: its exercise in files, what training must lead to, and the scores of what was trained."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.models import exercise as exercises
from fairfit.models import feasible, optimum, reference
from fairfit.models.exercise import Exercise
from fairfit.models.optimum import Optimum
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec, to_json
from fairfit.models.spread import trainings
from fairfit.models.targets import Targets
from fairfit.models.text import Text
from fairfit.records import OptimumRecord, SpecRecord


class Task:
    """`folder` holds the files that workers read; `epoch_seconds` is what an epoch took NumPy in the reference.

    `nothing_to_prove` says why no cell of this spec can be proven, `unproven` what remains without proof; None where nothing.
    `optimum` is the least training loss, or says why there is none.
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
        self.optimum: Optimum | Text = optimum.find(exercise.spec, exercise.data)


def prepare(spec: Spec, folder: Path, data_dir: Path | None, like: Path | None = None) -> Task:
    """Lay out the exercise (`like` is the folder of one with the same data) and train the reference.

    Raises DataError where the data is missing or broken, SpecError where the spec cannot be trained as it is written.
    """
    return Task(exercises.lay_out(spec, folder, data_dir, like), folder)


def record(task: Task) -> SpecRecord:
    """What the report needs to know of the spec, its data and its reference."""
    spec, data = task.exercise.spec, task.exercise.data
    losses = train_losses(task, task.reference)
    best = task.optimum
    return SpecRecord(
        to_json(spec), spec.digest, data.rows, data.inputs, data.outputs, losses, metric(task, task.reference[-1]),
        description=spec.description,
        spread=[_share(target.spread.weight, target.moved.weight) for target in task.targets.planned()],
        table=spec.data.understood(spec.model, spec.training.dtype),
        reference_penalty=optimum.penalty(spec, task.reference[-1]),
        reference_penalties=[optimum.penalty(spec, parameters) for parameters in task.reference],
        optimum=OptimumRecord(best.loss, best.slope, metric(task, best.parameters)) if isinstance(best, Optimum) else None,
        no_optimum="" if isinstance(best, Optimum) else best,
    )  # fmt: skip


@dataclass(frozen=True)
class Score:
    """What was trained came to: the losses on the training rows after each epoch, the penalty in the end (½ · l2 · ‖weight‖²),
    and name and value of the metric on the test rows."""

    losses: list[float]
    penalty: float
    metric: str
    value: float


def score(task: Task, trained: Sequence[Parameters], predicted: np.ndarray) -> Score:
    """Of the parameters after each epoch, and of what the last ones predict for the test rows."""
    spec = task.exercise.spec
    name, value = reference.score(spec.model, predicted, task.exercise.data.test_targets)
    return Score(train_losses(task, trained), optimum.penalty(spec, trained[-1]), name, value)


def metric(task: Task, parameters: Parameters) -> float:
    """That of these parameters on the test rows."""
    data = task.exercise.data
    return reference.score(
        task.exercise.spec.model, reference.scores_in_pieces(parameters, data.test_features), data.test_targets
    )[1]


def train_losses(task: Task, trained: Sequence[Parameters]) -> list[float]:
    """The loss on all training rows with each of these parameters."""
    spec, data = task.exercise.spec, task.exercise.data
    return reference.losses(spec.model, trained, data.train_features, data.train_targets)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
