"""The installed frameworks for tests: those that are missing are skipped, or fail where the run says that all must be here."""

import gc
import os

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework
from tests.required import require


def load(name: str) -> Framework:
    """A framework as a worker loads it; see `require`."""
    entry = require(name)
    os.environ.update(entry.environment)
    framework = registry.load(entry)
    gc.freeze()  # each of MXNet's DataLoaders collects garbage: over three libraries together that takes half a second
    return framework
