"""The pytest plugin: a fixture `fairfit` for regression tests of training, accuracy and proof."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # heavy, and every pytest of the environment imports this file
    from fairfit.commands.result import Result


class Fairfit:
    """What the fixture gives: the functions of the Python API, whose runs lie in the folder of the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0

    def assert_same_training(self, spec: Any, *trained: str | Callable[..., Any], **options: Any) -> None:
        """See `fairfit.assert_same_training`."""
        import fairfit

        fairfit.assert_same_training(spec, *trained, **({"out": self._new()} | options))

    def prove(self, *specs: Any, **options: Any) -> "Result":
        """See `fairfit.prove`."""
        import fairfit

        return fairfit.prove(*specs, **({"out": self._new()} | options))

    def run(self, *specs: Any, **options: Any) -> "Result":
        """See `fairfit.run`."""
        import fairfit

        return fairfit.run(*specs, **({"out": self._new()} | options))

    def _new(self) -> Path:
        self._runs += 1
        return self._folder / f"fairfit-{self._runs}"


@pytest.fixture
def fairfit(tmp_path: Path) -> Fairfit:
    """Regression tests of training: `fairfit.assert_same_training("digits", "mxnet", "pytorch")`."""
    return Fairfit(tmp_path)
