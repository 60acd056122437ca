"""What can be measured of PyTorch's standing from what is installed."""

from collections.abc import Mapping
from typing import Any

from frameworks import registry
from frameworks.potential.examination import examine
from models.exercise import Exercise


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("pytorch"), packages=("torch",), statement="import torch")
