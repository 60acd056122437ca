"""What can be measured of PyTorch's standing from what is installed."""

from collections.abc import Mapping
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.potential.examination import examine
from fairfit.models.exercise import Exercise


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("pytorch"), packages=("torch",), statement="import torch")
