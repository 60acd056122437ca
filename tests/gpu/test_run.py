"""The script for a machine with a GPU, as far as it goes on a CPU."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


def script(out: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    variables = {"OUT": str(out), "PY": sys.executable, "DEVICES": "cpu", "FRAMEWORKS": "numpy", "SPECS": "article-linear"}
    return subprocess.run(
        ["bash", str(ROOT / "tests" / "gpu" / "run.sh")],
        env=os.environ | variables | settings,
        cwd=out.parent,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_all_of_it_on_a_cpu(tmp_path: Path) -> None:
    done = script(tmp_path / "out", GENERATIONS="1", LIMIT="480")
    assert "numpy numpy on cpu: fence holds" in done.stdout, done.stdout + done.stderr
    assert "== prove: exit 0" in done.stdout
    assert {"log.txt", "proof.tar.gz", "run.tar.gz"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert (tmp_path / "out" / "run" / "report.html").exists()


def test_what_no_time_is_left_for_is_left_out_and_said(tmp_path: Path) -> None:
    done = script(tmp_path / "out", LIMIT="1")
    assert done.returncode == 1
    assert done.stdout.count("left out, no time is left") == 5
