"""`fairfit prove --adapter FILE --explain`: what was refused is tried stage by stage."""

import json
from pathlib import Path

import pytest

import fairfit
from fairfit.cli import main
from fairfit.commands.answer import Status
from tests.workbench import ROOT

PORTS = ROOT / "docs" / "examples" / "ports"
RIGHT = (PORTS / "numpy_port.py").read_text(encoding="utf-8")
TWO = RIGHT.replace("residual.sum(axis=0)\n", "residual.sum(axis=0) + l2 * bias\n").replace("/ len(batch)", "/ batch_size")
UNKNOWN = RIGHT.replace("velocity[0] + residual", "velocity[0] + 0.7 * residual")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.toml").write_bytes((PORTS / "ours.toml").read_bytes())
    return tmp_path


def explained(project: Path, source: str) -> dict[str, str]:
    """What was found at each stage."""
    (project / "mine.py").write_text(source, encoding="utf-8")
    result = fairfit.prove("ours.toml", frameworks="numpy", adapter="mine.py", explain=True, out=project / "run")
    (tried,) = result.explained.values()
    return {str(one.probe.stage): str(one.told()) for one in tried}


def test_two_differences_are_found_at_two_stages(project: Path) -> None:
    stages = explained(project, TWO)
    assert "the penalty shrinks the bias too" in stages["data and loss"]
    assert "divided by the full batch size" in stages["shorter batch"]
    assert stages["state"] == stages["rates"] == stages["order"] == "as the spec has it"


def test_what_no_convention_explains_is_told_where_it_begins(project: Path) -> None:
    stages = explained(project, UNKNOWN)
    assert stages["start"] == stages["penalty"] == "as the spec has it"
    assert stages["data and loss"] == "no convention that is known explains it"


def test_what_breaks_in_a_stage_is_told(project: Path) -> None:
    stages = explained(project, TWO.replace("yield weight", "assert len(order) > 900, 'too few rows'\n        yield weight"))
    assert all("AssertionError: too few rows" in told for told in stages.values())


def test_what_is_proven_needs_no_explanation(project: Path) -> None:
    (project / "mine.py").write_text(RIGHT, encoding="utf-8")
    result = fairfit.prove("ours.toml", frameworks="numpy", adapter="mine.py", explain=True, out=project / "run")
    assert result.status == Status.OK and result.explained == {}


def test_the_command_says_where_to_look_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "mine.py").write_text(TWO, encoding="utf-8")
    arguments = ["prove", "ours.toml", "--frameworks", "numpy", "--adapter", "mine.py", "--explain"]
    assert main([*arguments, "--out", "one"]) == Status.NO
    printed = capsys.readouterr().out
    assert "look first at: data and loss: likely cause: the penalty shrinks the bias too" in printed
    assert "in all: the penalty shrinks the bias too, and the last, shorter batch is divided by the full batch size" in printed
    assert main([*arguments, "--out", "two", "--json"]) == Status.NO
    found = json.loads(capsys.readouterr().out)
    (stages,) = found["explained"].values()
    assert [one["stage"] for one in stages if not one["passed"]] == ["data and loss", "shorter batch"]
