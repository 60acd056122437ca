"""Exercises on which conventions make a difference, and trainings that follow some."""

import random
from typing import Any

from fairfit.models import exercise as exercises
from fairfit.models import rules
from fairfit.models import spec as specs
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.rules import Rules

TRAINING = {
    "learning_rate": [0.1, 0.05, 0.08], "epochs": 3, "batch_size": 16, "momentum": 0.9, "l2": 0.05, "start": "normal", "start_scale": 0.3,
}  # fmt: skip
DATA = {
    "linear": {"source": "synthetic-linear", "rows": 50, "test_rows": 10},
    "softmax": {"source": "synthetic-classes", "classes": 3, "features": 6, "rows": 50, "test_rows": 10},
}


def made(model: str, data: dict[str, Any] | None = None, **training: Any) -> Exercise:
    """Momentum, penalty, a rate that changes, a shorter last batch, a start that is not zero: everything makes a difference."""
    content = {"model": model, "data": DATA[model] | (data or {}), "training": TRAINING | training}
    return exercises.make(specs.from_mapping(content, "everything"))


def random_exercise(choice: random.Random) -> Exercise:
    """Of either model, with or without momentum and penalty, at rates that fall, with and without a shorter last batch."""
    model, momentum, epochs = choice.choice(["linear", "softmax"]), choice.choice([0.0, 0.5, 0.9, 0.9]), choice.choice([3, 4])
    inputs = choice.choice([2, 4, 10])
    data: dict[str, Any] = {"rows": choice.choice([50, 90, 203])}
    if model == "linear":
        data |= {"weight": [round(choice.uniform(-3, 3), 2) for _ in range(inputs)], "noise": choice.choice([0.01, 0.5])}
    else:
        data |= {"features": inputs, "classes": choice.choice([2, 3, 6]), "separation": choice.choice([0.5, 2.0])}
    first = choice.choice([0.02, 0.05, 0.1]) * (1 - momentum) ** 0.5
    return made(
        model, data, learning_rate=[round(first * share, 5) for share in (1, choice.choice([1, 0.5]), 0.3, 0.2)[:epochs]],
        epochs=epochs, momentum=momentum, l2=choice.choice([0.0, 1e-3, 0.05]), batch_size=choice.choice([8, 16, 20, 25]),
        start=choice.choice(["zeros", "normal", "normal"]), dtype=choice.choice(["float32", "float32", "float64"]),
    )  # fmt: skip


def trained(exercise: Exercise, given: Rules, dtype: str | None = None) -> list[Parameters]:
    """In the dtype of the spec, or this one."""
    return list(rules.trajectory(exercise, given, dtype or exercise.spec.training.dtype))
