"""X2 and X3: what softmax applied twice costs, and whether a loss is the article's formula."""

import math
from collections.abc import Mapping

from fairfit.frameworks.errata.findings import SquaredError, Twice
from fairfit.frameworks.errata.recipes import Trained, accuracy
from fairfit.models.exercise import Exercise

# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def cost_of_second_softmax(exercise: Exercise, *, right: Trained, twice: Trained) -> Twice:
    """Accuracy and loss after every epoch, by both recipes."""
    right_accuracy, twice_accuracy = (
        [accuracy(exercise, parameters) for parameters in trained.parameters] for trained in (right, twice)
    )
    return Twice(
        right_accuracy=right_accuracy,
        twice_accuracy=twice_accuracy,
        right_loss=right.losses,
        twice_loss=twice.losses,
        epochs_to_catch_up=epochs_to_catch_up(right_accuracy, twice_accuracy),
    )


def epochs_to_catch_up(right_accuracy: list[float], twice_accuracy: list[float]) -> int | None:
    """After how many epochs the wrong recipe is as accurate as the right one after its first; None where it never is."""
    return next((epoch for epoch, value in enumerate(twice_accuracy, 1) if value >= right_accuracy[0]), None)


def loss_floor(classes: int) -> float:
    """The least cross-entropy of softmax applied twice: that of probability 1 for the right class, 0 for the others."""
    return math.log(math.e + classes - 1) - 1


def shows_second_softmax(exercises: Mapping[str, Exercise], costs: Mapping[str, Twice]) -> bool:
    """Whether in every exercise the loss stays above the floor with the second softmax and falls below it without."""
    return all(
        min(costs[name].right_loss) < loss_floor(exercise.data.outputs) <= min(costs[name].twice_loss)
        for name, exercise in exercises.items()
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def squared_error(name: str, *, formula: tuple[float, float], loss: tuple[float, float], instead: str) -> SquaredError:
    """Value and gradient of the formula, mean of (prediction − target)², and those of the loss of this name.

    Reproduced where the gradients differ.
    """
    return SquaredError(formula[1] != loss[1], name, *formula, *loss, instead)
