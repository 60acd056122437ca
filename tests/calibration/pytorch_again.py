"""PyTorch under a second name: what the comparison must not call different.

Torch is imported only in a worker, as for every adapter; the calibration itself needs the row of the registry alone.
"""

import dataclasses

from fairfit.frameworks import registry

registry.FRAMEWORKS += (dataclasses.replace(registry.find("pytorch"), name="pytorch-again", adapter=__name__),)


def __getattr__(name: str) -> object:
    if name != "FRAMEWORK":
        raise AttributeError(name)
    from fairfit.frameworks.pytorch import PyTorch

    class Again(PyTorch):
        name = "pytorch-again"

    return Again()
