"""The registry with fakes in it, for the tests that ask for it."""

from pathlib import Path

import pytest

from fairfit.frameworks import registry
from tests import workbench

pytest_plugins = ["tests.one_framework"]


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the fakes into the registry for one test; returns the folder in which they note what they do."""
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.setattr(registry, "FRAMEWORKS", workbench.entries(folder))
    return folder
