"""What the tests of the commands share."""

from pathlib import Path

import pytest

from fairfit.cli import main
from tests.commands.smallest import SPEC
from tests.commands.tables import Told


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """The smallest spec as a file, mine.toml."""
    path = tmp_path / "mine.toml"
    path.write_text(SPEC)
    return path


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepared tables are kept in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a command; its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(list(map(str, arguments)))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
