"""docs/your-own-code.md: its commands are carried out, its files are proven, each in its framework, and what it shows is so."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

import fairfit
from fairfit.cli import main
from fairfit.models import plain_function
from tests.required import require
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "your-own-code.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)]
PORTS = ROOT / "docs" / "examples" / "ports"
FILES = {"mxnet": "gluon_port", "tensorflow": "keras_port", "pytorch": "torch_port", "jax": "jax_port", "numpy": "numpy_port"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(PORTS, tmp_path / "project"))
    monkeypatch.chdir(folder)
    return folder


def test_every_file_is_one_of_these() -> None:
    assert {path.stem for path in PORTS.glob("*.py")} == set(FILES.values())
    assert all(15 <= len(path.read_text().splitlines()) <= 40 for path in PORTS.glob("*.py"))


def test_the_page_shows_the_file_as_it_is() -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert (PORTS / "torch_port.py").read_text(encoding="utf-8").endswith("\n\n" + shown)


def test_the_page_names_all_that_a_function_may_be_given() -> None:
    table = "".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", table)) == set(plain_function.ALLOWED)


@pytest.mark.parametrize("framework", FILES)
def test_a_port_is_proven_in_its_framework(framework: str, project: Path) -> None:
    require(framework)
    result = fairfit.prove("ours.toml", frameworks="numpy", adapter=f"{FILES[framework]}.py", out="proof")
    cells = result.cells.set_index("framework")
    assert cells.loc[FILES[framework], "status"] == "measured", cells.loc[FILES[framework], "reason"]
    assert cells.loc[FILES[framework], "framework_version"] != ""
    assert result.evidence.runs[0].own_code[FILES[framework]].framework == framework


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_is_carried_out(command: list[str], project: Path) -> None:
    require("mxnet")
    require("pytorch")
    assert main(command) == 0


def test_the_port_that_lacks_two_lines_is_refused_as_the_page_says(project: Path) -> None:
    require("mxnet")
    path = project / "gluon_port.py"
    source = path.read_text(encoding="utf-8")
    path.write_text("".join(line for line in source.splitlines(keepends=True) if "velocity" not in line), encoding="utf-8")
    result = fairfit.prove("ours.toml", frameworks="numpy", adapter=path, out="proof")
    reason = str(result.cells.set_index("framework").loc["gluon_port", "reason"])
    (shown,) = re.findall(r"^gluon_port/own/resident: refused: (.*)$", PAGE, re.MULTILINE)
    rounding = re.compile(r"[\d.e+]+ times what")  # how other machines round
    assert rounding.sub("…", reason) == rounding.sub("…", shown)
