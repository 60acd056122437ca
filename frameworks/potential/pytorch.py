"""What can be measured of PyTorch's standing from what is installed."""

from collections.abc import Mapping

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework
from fairfit.frameworks.potential.findings import Findings
from fairfit.frameworks.potential.inspection import examine
from fairfit.models.exercise import Exercise


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("pytorch"))
