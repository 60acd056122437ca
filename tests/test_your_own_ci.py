"""docs/your-own-ci.md: the example's steps run in a clean folder, are green, and red with one line changed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.required import require
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "your-own-ci.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "ci"
RIGHT, WRONG = '{"params": [layer.bias], "weight_decay": 0.0}', '{"params": [layer.bias], "weight_decay": training.l2}'


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a step runs, with the commands of this environment."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, timeout=300,
        env={"PATH": path, "HOME": str(folder)},
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    require("pytorch")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project"))


def test_the_page_shows_the_files_as_they_are() -> None:
    assert (EXAMPLE / "training.yml").read_text(encoding="utf-8") in PAGE
    shown = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None and (EXAMPLE / "test_port.py").read_text(encoding="utf-8").startswith(shown[1])
    for block in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE):
        assert block in (EXAMPLE / "training.yml").read_text().replace(" -n 2", "")


def test_its_steps_are_green(project: Path) -> None:
    steps = re.findall(r"^      - run: (.*)$", (EXAMPLE / "training.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert "pip install" in steps[0]  # what a test must not do; packaging is tested elsewhere
    for step in steps[1:]:
        done = shell(step, project)
        assert done.returncode == 0, (step, done.stdout, done.stderr)


def test_one_line_changed_is_red_and_says_why(project: Path) -> None:
    source = (project / "port.py").read_text(encoding="utf-8")
    assert source.count(RIGHT) == 1
    (project / "port.py").write_text(source.replace(RIGHT, WRONG), encoding="utf-8")
    done = shell("python -m pytest -q test_port.py", project)
    assert done.returncode == 1
    (shown,) = re.findall(r"^AssertionError: (train: .*?)$", PAGE, re.MULTILINE)
    assert "1 failed, 1 passed" in done.stdout
    rounding = re.compile(r"[\d.e+]+ times what")  # how other machines round
    assert rounding.sub("… times what", shown) in rounding.sub("… times what", done.stdout)
    assert "to see what is right: fairfit prove" in done.stdout
