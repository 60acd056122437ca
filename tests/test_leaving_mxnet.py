"""docs/leaving-mxnet.md: its commands are carried out one after the other, and what it says comes out."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fairfit.cli import main
from fairfit.frameworks import registry
from fairfit.frameworks.files import reading
from fairfit.measure import environment, scratch
from tests.required import require
from tests.workbench import ROOT

PAGE = (ROOT / "docs" / "leaving-mxnet.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)]
FILES = ROOT / "docs" / "examples" / "leaving_mxnet"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    require("mxnet")
    require("pytorch")
    folder = Path(shutil.copytree(FILES, tmp_path / "project"))
    monkeypatch.chdir(folder)
    yield folder


def plain(text: str) -> str:
    """Without what differs by machine: figures, versions, and how wide a column is."""
    return re.sub(r"[\s─]+", " ", re.sub(r"\d\.\de[-+]\d\d|\d+\.\d+\.\d+(\+\w+)?", "…", text))


def test_the_page_walks_from_a_params_file_to_a_port(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the page: train, port, verify, go on."""
    assert [command[:2] for command in COMMANDS] == [
        ["python", "train.py"], ["fairfit", "port"], ["fairfit", "verify"], ["fairfit", "port"],
    ]  # fmt: skip
    with scratch.temporary() as own:
        variables = environment.of_worker(registry.find("mxnet"), "1", own)
        done = subprocess.run(
            [sys.executable, "train.py"], env=variables, capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 0 and float(done.stdout.split()[-1]) > 0.9, done.stderr[-1000:]
    printed = ""
    for command in COMMANDS[1:]:
        assert main(command[1:]) == 0
        printed += capsys.readouterr().out
    blocks = [block.strip() for block in PAGE.split("```")[1::2]]
    (shown,) = [block for block in blocks if not block.startswith("$")]
    assert plain(shown) in plain(printed)
    assert "net.json holds" in printed
    source, port = reading.read(project / "net.params"), reading.read(project / "net-pytorch.pt")
    assert source.weight.tobytes() == port.weight.tobytes()
    kept, carried = (
        reading.read(project / "net.params", states=project / "net.states").state,
        reading.read(project / "resumed.pt").state,
    )
    assert kept is not None and carried is not None and kept.holds_rate and not carried.holds_rate
    np.testing.assert_allclose(carried.weight[0], -kept.weight[0] / 0.03, rtol=1e-6)
