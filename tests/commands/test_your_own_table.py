"""The commands of docs/your-own-table.md run as they stand there, and show what is shown."""

import dataclasses
import re
import shlex
import shutil
from pathlib import Path

import pytest

from fairfit.cli import main
from fairfit.models.sources.table import Table
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "your-own-table.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"^```\n\$ (.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


def test_the_page_shows_commands() -> None:
    assert [shlex.split(block[0])[:2] for block in BLOCKS] == [
        ["fairfit", word] for word in ("data", "data", "prove", "run", "prove")
    ]  # fmt: skip


def test_they_do_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs" / "examples" / "houses.csv", tmp_path)
    (spec,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for command, *shown in BLOCKS:
        arguments = shlex.split(command)[1:]
        if arguments[0] in ("prove", "run"):
            arguments += ["--frameworks", "numpy"]  # the others take a minute, and are tested elsewhere
        status = main(arguments)
        said = "".join(capsys.readouterr()).replace(f"{tmp_path}/", "")
        assert status == (2 if "--missing" not in arguments and arguments[0] == "data" else 0)
        assert [line for line in shown if line != "…" and line not in said] == []
        if "--missing" in arguments:
            assert spec in said
            (tmp_path / "houses.toml").write_text(spec, encoding="utf-8")
    assert (tmp_path / "results" / "houses" / "report.html").is_file()


def test_every_key_of_the_source_is_explained() -> None:
    for field in dataclasses.fields(Table):
        assert f"`{field.name}`" in PAGE, field.name
