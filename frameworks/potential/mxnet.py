"""What can be measured of MXNet's standing from what is installed."""

from collections.abc import Mapping

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework
from fairfit.frameworks.potential.findings import Findings
from fairfit.frameworks.potential.inspection import examine
from fairfit.models.exercise import Exercise

SHIMS = (  # what the adapter does before its import, each tried
    "import setuptools",  # MXNet 1.9.1 imports distutils, which Python 3.12 lost
    "import numpy; numpy.bool = numpy.bool_",  # it reads numpy.bool, gone since NumPy 1.24
)


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """The answers of `examine`; the exercises play no part."""
    return examine(registry.find("mxnet"), packages=("mxnet",), statement="import mxnet", shims=SHIMS)
