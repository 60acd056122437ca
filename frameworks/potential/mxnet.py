"""What can be measured of MXNet's standing from what is installed."""

from collections.abc import Mapping
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.potential.examination import examine
from fairfit.models.exercise import Exercise

SHIMS = (  # what the adapter does before its import, each tried
    "import setuptools",  # MXNet 1.9.1 imports distutils, which Python 3.12 lost
    "import numpy; numpy.bool = numpy.bool_",  # it reads numpy.bool, gone since NumPy 1.24
)


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("mxnet"), packages=("mxnet",), statement="import mxnet", shims=SHIMS)
