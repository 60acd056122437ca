"""What can be measured of TensorFlow's standing from what is installed."""

from collections.abc import Mapping
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.potential.examination import examine
from fairfit.models.exercise import Exercise

PACKAGES = ("tensorflow", "keras")  # Keras is its layer library: TensorFlow requires it and shows it as tf.keras


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("tensorflow"), packages=PACKAGES, statement="import tensorflow")
