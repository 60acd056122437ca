"""Rows of the registry for calibration: second names for what is there, a slowed baseline, and loops written by hand.

Needs no framework: each row names the module that does, which only a worker imports.
"""

import dataclasses
import importlib.util
from pathlib import Path

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from tests.calibration.modes import SLOWDOWNS

HERE = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}  # where a worker finds these modules
NOT_BY_HAND = {"estimator"}  # around the same Gluon layer: there is nothing to write by hand


def again() -> tuple[Entry, ...]:
    """Baseline and PyTorch under a second name, for what must not be called different, and the baseline slowed."""
    slower = (
        dataclasses.replace(
            registry.find("numpy"), name=f"numpy-slowed-{share:.0%}", adapter=f"{__package__}.numpy_slowed", baseline=False,
            environment={**HERE, "SLOWDOWN": str(share)},
        )
        for share in SLOWDOWNS
    )  # fmt: skip
    return (
        dataclasses.replace(registry.find("numpy"), name="numpy-again", baseline=False),
        dataclasses.replace(registry.find("pytorch"), name="pytorch-again"),
        *slower,
    )


def by_hand() -> dict[str, Entry]:
    """By framework the row of its loops written by hand: softmax regression without momentum, penalty or new rates."""
    found = {}
    for entry in registry.FRAMEWORKS:
        adapter = f"{__package__}.by_hand_{entry.name}"
        if importlib.util.find_spec(adapter) is not None:
            styles = {name: style for name, style in entry.styles.items() if name not in NOT_BY_HAND}
            found[entry.name] = dataclasses.replace(
                entry, name=f"{entry.name}-by-hand", adapter=adapter, styles=styles, environment={**entry.environment, **HERE}
            )
    return found
