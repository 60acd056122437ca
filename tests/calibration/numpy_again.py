"""The NumPy baseline under a second name: what the comparison must not call different."""

import dataclasses

from fairfit.frameworks import registry
from fairfit.frameworks.numpy import NumPy


class Again(NumPy):
    name = "numpy-again"


FRAMEWORK = Again()
registry.FRAMEWORKS += (dataclasses.replace(registry.find("numpy"), name=Again.name, adapter=__name__, baseline=False),)
