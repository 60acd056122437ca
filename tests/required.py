"""A framework that a test needs: where it is missing the test is skipped, or fails where the run says that all must be here."""

import os

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry


def require(name: str) -> Entry:
    """Skip the test where a framework is not installed; with FAIRFIT_REQUIRE_FRAMEWORKS=1 it fails instead."""
    entry = registry.find(name)
    if registry.installed_version(entry) is None:
        if os.environ.get("FAIRFIT_REQUIRE_FRAMEWORKS") == "1":
            pytest.fail(str(registry.how_to_install(entry)))
        pytest.skip(str(registry.how_to_install(entry)))
    return entry
