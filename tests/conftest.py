"""The registry with fakes in it, for the tests that ask for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure import hold, locks
from tests import workbench

pytest_plugins = ["tests.one_framework"]


@pytest.fixture(scope="session", autouse=True)
def own_locks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests that run side by side do not wait for each other's CPUs; nor look long at how busy these are."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(os.environ, locks.FOLDER, str(tmp_path_factory.mktemp("locks")))
        monkeypatch.setattr(hold, "LOOK", 0.02)
        yield


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the fakes into the registry for one test; returns the folder in which they note what they do."""
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.setattr(registry, "FRAMEWORKS", workbench.entries(folder))
    return folder
