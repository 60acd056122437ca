"""The commands of docs/your-own-settings.md run as they stand there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from fairfit.cli import main
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "your-own-settings.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(block) for block in re.findall(r"^```\n\$ (.*?)\n```$", PAGE, re.MULTILINE)]


def test_the_page_shows_commands() -> None:
    assert [command[:2] for command in COMMANDS] == [["fairfit", "sweep"]] * 3


@pytest.mark.parametrize("number", range(3))
def test_they_do_what_the_page_says(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs" / "examples" / "houses.csv", tmp_path)
    command = COMMANDS[number]
    assert main([*command[1:], "--frameworks", "numpy"]) == 0  # the others take minutes, and are tested elsewhere
    report = (Path(command[-1]) / "report.md").read_text(encoding="utf-8")
    if number == 0:
        assert re.findall(r"table \*(.*?)\*", PAGE) == ["Do settings of one shape take the same time?", "How time grows"]
        assert "Do settings of one shape take the same time?" in report and "How time grows" in report
    assert "## Settings" in report
