"""Specs of every kind at random: both models, both dtypes, made up and real data, rates up to the edge of divergence."""

import random
from collections.abc import Iterator
from typing import Any

from fairfit.models import exercise as exercises
from fairfit.models import feasible
from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.exercise import Exercise
from fairfit.models.targets import Targets


def random_spec(seed: int) -> specs.Spec:
    """The spec of this number: 1 to 300 features, batches of 1 row to all."""
    choose = random.Random(seed)
    model = choose.choice(specs.MODELS)
    rows, inputs = choose.choice([20, 50, 200, 500, 1000]), choose.choice([1, 2, 3, 5, 20, 64, 300])
    made_up: dict[str, Any] = {"rows": rows, "test_rows": 20}
    data: dict[str, Any]
    if model == "linear":
        weight = [round(choose.uniform(-5, 5), 3) for _ in range(inputs)]
        made_up |= {
            "source": "synthetic-linear", "weight": weight, "bias": choose.choice([0.0, 4.2, 1e3]),
            "noise": choose.choice([0.01, 1.0]),
        }  # fmt: skip
        data = choose.choice([made_up, {"source": "diabetes", "scaling": choose.choice(["standard", "none"])}])
    else:
        made_up |= {
            "source": "synthetic-classes", "features": inputs, "classes": choose.choice([2, 3, 10]),
            "separation": choose.choice([0.1, 0.5, 2.0]),
        }  # fmt: skip
        real = {"source": "digits", "scaling": choose.choice(["unit", "standard"]), "test_rows": 1500}
        data = choose.choice([made_up, real])
    training = {
        "learning_rate": 10 ** choose.uniform(-4, 0.7), "batch_size": choose.choice([1, 3, 7, 10, 32, 64, rows]),
        "epochs": choose.choice([1, 2, 3, 5]), "momentum": choose.choice([0.0, 0.0, 0.5, 0.9]),
        "l2": choose.choice([0.0, 0.0, 1e-4, 1e-2]), "start": choose.choice(["zeros", "normal"]),
        "start_scale": choose.choice([0.01, 0.1, 1.0]), "dtype": choose.choice(["float32", "float32", "float64"]),
    }  # fmt: skip
    return specs.from_mapping({"model": model, "data": data, "training": training}, f"random {seed}")


def provable(count: int) -> Iterator[tuple[int, Exercise, Targets]]:
    """The first so many that do not diverge and move their weights, with their numbers."""
    found = seed = 0
    while found < count:
        exercise = exercises.make(random_spec(seed))
        targets = Targets(exercise)
        try:
            feasible.values_held(exercise)
            feasible.stays_finite(exercise, targets.plan, search=False)
            moved = feasible.nothing_moved(exercise, targets.plan) is None
        except SpecError:
            moved = False
        if moved:
            found += 1
            yield seed, exercise, targets
        seed += 1
