"""What the files of this topic share, in no framework: how a finding is told, a recipe is scored and an update is checked."""

import dataclasses
import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

# -- findings ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What became of one defect in one framework.

    `reproduced` is None where it could not be tried. `happens` is the framework's own error or one sentence, `instead` one
    line of code, `numbers` what was measured, as plain values.
    """

    reproduced: bool | None
    happens: str
    instead: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


def findings(checks: Mapping[str, Callable[[], Finding]]) -> dict[str, Any]:
    """Carry out each check; where one breaks, its error is the answer and the others go on."""
    found = {}
    for name, check in checks.items():
        try:
            finding = check()
        except Exception as error:
            traceback.print_exc()  # the log keeps the whole story
            finding = Finding(None, f"could not be tried: {in_words(error)}", "")
        found[name] = dataclasses.asdict(finding)
    return found


def error_of(action: Callable[[], object]) -> Exception | None:
    """What the action raises; None where it works."""
    try:
        action()
    except Exception as error:
        return error
    return None


def in_words(error: Exception) -> str:
    """The type and the first line of an error."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"


# -- training ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    """`parameters` after every epoch, and the loss over all training rows that the recipe itself reports then."""

    parameters: list[Parameters]
    losses: list[float]


def without_momentum_and_penalty(exercise: Exercise) -> Exercise:
    """The same exercise in plain gradient descent, as the article's recipes have it: data, start, orders and rates stay."""
    training = dataclasses.replace(exercise.spec.training, momentum=0.0, l2=0.0)
    return dataclasses.replace(exercise, spec=dataclasses.replace(exercise.spec, training=training))


def first_epoch(exercise: Exercise, rows: int) -> Exercise:
    """Nothing but the first epoch, and of that the first `rows` rows in its order."""
    training = exercise.spec.training
    training = dataclasses.replace(training, epochs=1, learning_rate=training.learning_rates[0])
    spec = dataclasses.replace(exercise.spec, training=training)
    return dataclasses.replace(exercise, spec=spec, orders=exercise.orders[:1, :rows])


def accuracy(exercise: Exercise, parameters: Parameters) -> float:
    """The share of the test rows that these parameters get right."""
    data = exercise.data
    return reference.score("softmax", reference.scores(parameters, data.test_features), data.test_targets)[1]


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def cost_of_second_softmax(exercise: Exercise, right: Trained, twice: Trained) -> dict[str, Any]:
    """Accuracy and loss after every epoch, by both recipes."""
    right_accuracy, twice_accuracy = (
        [accuracy(exercise, parameters) for parameters in trained.parameters] for trained in (right, twice)
    )
    return {
        "right_accuracy": right_accuracy,
        "twice_accuracy": twice_accuracy,
        "twice_loss": twice.losses,
        "right_loss": right.losses,
        "epochs_to_catch_up": epochs_to_catch_up(right_accuracy, twice_accuracy),
    }


def epochs_to_catch_up(right_accuracy: list[float], twice_accuracy: list[float]) -> int | None:
    """After how many epochs the wrong recipe is as accurate as the right one after its first; None where it never is."""
    return next((epoch for epoch, value in enumerate(twice_accuracy, 1) if value >= right_accuracy[0]), None)


def loss_floor(classes: int) -> float:
    """The least cross-entropy of softmax applied twice: that of probability 1 for the right class, 0 for the others."""
    return math.log(math.e + classes - 1) - 1


def shows_second_softmax(exercises: Mapping[str, Exercise], numbers: Mapping[str, Any]) -> bool:
    """Whether in every exercise the loss stays above the floor with the second softmax and falls below it without."""
    return all(
        min(numbers[name]["right_loss"]) < loss_floor(exercise.data.outputs) <= min(numbers[name]["twice_loss"])
        for name, exercise in exercises.items()
    )


def second_softmax_in_words(numbers: Mapping[str, Any]) -> str:
    return "test accuracy after the last epoch of plain SGD, with the second softmax and without: " + ", ".join(
        f"{name} {cost['twice_accuracy'][-1]:.4f} and {cost['right_accuracy'][-1]:.4f}" for name, cost in numbers.items()
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def squared_error(name: str, numbers: Mapping[str, float], instead: str) -> Finding:
    """Whether the gradient of the loss of this name is another than that of the formula, mean of (prediction − target)²."""
    happens = (
        f"for prediction 3 and target 1 the formula gives {numbers['formula_value']:g} "
        f"with gradient {numbers['formula_gradient']:g}, "
        f"{name} {numbers['loss_value']:g} with gradient {numbers['loss_gradient']:g}"
    )
    return Finding(numbers["loss_gradient"] != numbers["formula_gradient"], happens, instead, numbers)


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------

Recipe = Callable[[Exercise], Parameters]  # trains an exercise to its end


def shorter_last_batch(exercise: Exercise, instead: str, *, true: Recipe, constant: Recipe | None = None) -> Finding:
    """Try it on one epoch of 96 rows, one batch of digits and a half, and on the whole exercise."""
    numbers = {
        f"{exercise.spec.name}-96-rows": cost_of_constant(first_epoch(exercise, 96), true=true, constant=constant),
        exercise.spec.name: cost_of_constant(exercise, true=true, constant=constant),
    }
    return Finding(
        any(abs(cost["last_update_ratio"] - 1) > 0.01 for cost in numbers.values()),  # rounding moves it by 1e-5
        "; ".join(_in_words(name, cost) for name, cost in numbers.items()),
        instead,
        numbers,
    )


def _in_words(name: str, cost: Mapping[str, Any]) -> str:
    right = f"{cost['true_distance']:.1e}"
    if cost["constant_distance"] is None:
        return f"{name}: the loss is a mean over the rows that are there, weights end {right} from the float64 reference"
    return (
        f"{name}: the first epoch's last update is {cost['last_update_ratio']:.3f} of what it should be, "
        f"weights end {cost['constant_distance']:.1e} from the float64 reference ({right} with the true size)"
    )


def cost_of_constant(exercise: Exercise, *, true: Recipe, constant: Recipe | None) -> dict[str, Any]:
    """How far two recipes end from the float64 reference (relative distance, Euclidean), and how accurate they are.

    `true` divides by the rows that a batch has, `constant` by the batch size (None: the framework has no such constant).
    `last_update_ratio` is the size of the first epoch's last update, by `constant` where there is one, over that of the
    reference; the last batch must be a shorter one.
    """
    expected = _by_hand(exercise)
    ends = {"constant": constant and constant(exercise), "true": true(exercise)}
    distances = {f"{name}_distance": None if end is None else _distance(end, expected) for name, end in ends.items()}
    accuracies = {f"{name}_accuracy": None if end is None else accuracy(exercise, end) for name, end in ends.items()}
    ratio = _last_update_size(exercise, constant or true) / _last_update_size(exercise, _by_hand)
    return {**distances, **accuracies, "last_update_ratio": ratio}


def _by_hand(exercise: Exercise) -> Parameters:
    return reference.trajectory(exercise.spec, exercise.data, exercise.start, exercise.orders)[-1]


def _distance(found: Parameters, expected: Parameters) -> float:
    return float(np.linalg.norm(found.flat() - expected.flat()) / np.linalg.norm(expected.flat()))


def _last_update_size(exercise: Exercise, recipe: Recipe) -> float:
    """How far the shorter last batch of the first epoch moves the parameters."""
    rows = exercise.orders.shape[1]
    full = rows - rows % exercise.spec.training.batch_size
    after, before = recipe(first_epoch(exercise, rows)), recipe(first_epoch(exercise, full))
    return float(np.linalg.norm(after.flat() - before.flat()))
