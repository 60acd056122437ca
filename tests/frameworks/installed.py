"""The installed frameworks for tests: those that are missing are skipped, or fail where the run says that all must be here."""

import gc
import os

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework


def load(name: str) -> Framework:
    """A framework as a worker loads it; skips the test where it is not installed.

    With FAIRFIT_REQUIRE_FRAMEWORKS=1 the test fails instead.
    """
    entry = registry.find(name)
    if registry.installed_version(entry) is None:
        if os.environ.get("FAIRFIT_REQUIRE_FRAMEWORKS") == "1":
            pytest.fail(str(registry.how_to_install(entry)))
        pytest.skip(str(registry.how_to_install(entry)))
    os.environ.update(entry.environment)
    framework = registry.load(entry)
    gc.freeze()  # each of MXNet's DataLoaders collects garbage: over three libraries together that takes half a second
    return framework
