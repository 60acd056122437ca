"""The commands of docs/your-own-versions.md: understood as they stand, and carried out with an environment that needs no network."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from fairfit.arguments import parser
from fairfit.cli import main
from fairfit.measure import versions
from tests.measure.environments import copied as copied
from tests.measure.environments import described
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "your-own-versions.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)]


def test_every_command_is_understood() -> None:
    assert [command[0] for command in COMMANDS] == ["run", "check", "bisect"]
    for command in COMMANDS:
        parser(importlib.import_module(f"fairfit.commands.{command[0]}")).parse_args(command)


def test_the_file_is_one(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "envs.toml").write_text(shown)
    assert [one.name for one in versions.parse(str(tmp_path / "envs.toml"))] == ["tensorflow@old", "jax@mine"]


def test_side_by_side_and_the_gate(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    env = described(tmp_path, old=copied)
    run, check, _ = (
        ["numpy@old" if word == "jax@0.6.2" else "numpy" if word == "jax" else word for word in command] for command in COMMANDS
    )
    assert main([env if word == "numpy@old" else word for word in run]) == 0
    assert main([*check[:-1], "99%"]) in (0, 3)  # how busy this machine is decides what can be told
