"""The installed frameworks for tests: those that are missing are skipped, or fail where the run says that all must be here."""

import gc
import os

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework
from fairfit.frameworks.entry import Entry


def require(name: str) -> Entry:
    """Skip the test where a framework is not installed; with FAIRFIT_REQUIRE_FRAMEWORKS=1 it fails instead."""
    entry = registry.find(name)
    if registry.installed_version(entry) is None:
        if os.environ.get("FAIRFIT_REQUIRE_FRAMEWORKS") == "1":
            pytest.fail(str(registry.how_to_install(entry)))
        pytest.skip(str(registry.how_to_install(entry)))
    return entry


def load(name: str) -> Framework:
    """A framework as a worker loads it; see `require`."""
    entry = require(name)
    os.environ.update(entry.environment)
    framework = registry.load(entry)
    gc.freeze()  # each of MXNet's DataLoaders collects garbage: over three libraries together that takes half a second
    return framework
