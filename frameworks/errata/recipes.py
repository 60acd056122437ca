"""What the recipes of all frameworks are tried on, and how what they train is scored."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters

Recipe = Callable[[Exercise], Parameters]
"""Trains an exercise to its end."""


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
