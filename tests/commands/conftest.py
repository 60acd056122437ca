"""What the tests of the commands share."""

from pathlib import Path

import pytest

from tests.commands.smallest import SPEC


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """The smallest spec as a file, mine.toml."""
    path = tmp_path / "mine.toml"
    path.write_text(SPEC)
    return path
