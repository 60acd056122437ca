"""A report depends on the files of its run and on nothing else: no registry, no framework, no setting of the machine."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.reporting import write
from fairfit.runfiles import RunFolder
from tests.reporting import made_up
from tests.workbench import ROOT

RENDER = """
import sys
from pathlib import Path
from fairfit.reporting import write
from fairfit.runfiles import RunFolder
write.write([RunFolder(Path(sys.argv[1]))], Path(sys.argv[2]))
"""
FORBIDDEN = """
import sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] in {names} or parts[:2] == ["fairfit", "measure"] or name == "fairfit.frameworks.registry":
            raise AssertionError("a report imports " + name)

sys.meta_path.insert(0, Forbidden())
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return made_up.rich(tmp_path_factory.mktemp("run") / "rich", sizes=[8], threads=["1"])


@pytest.fixture(scope="module")
def expected(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    out = tmp_path_factory.mktemp("out")
    write.write([run], out)
    return digests(out)


def digests(folder: Path) -> dict[str, str]:
    """Every file with a digest of its content; PNGs by that they are there: their compression is the machine's."""
    return {
        str(path.relative_to(folder)): "" if path.suffix == ".png" else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rendered(run: RunFolder, out: Path, program: str = RENDER, **environment: str) -> dict[str, str]:
    """What a process of its own makes of the run."""
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(out)} | environment
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(run.path), str(out / "report")],
        env=whole, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return digests(out / "report")


def test_a_report_is_the_same_with_an_empty_registry(
    run: RunFolder, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FRAMEWORKS", ())
    monkeypatch.setattr(registry, "LEVELS", {})
    write.write([run], tmp_path)
    assert digests(tmp_path) == expected


def test_a_report_imports_no_framework_no_registry_and_nothing_of_measuring(
    run: RunFolder, expected: dict[str, str], tmp_path: Path
) -> None:
    names = {entry.package for entry in registry.FRAMEWORKS if entry.package != "numpy"} | {"keras"}
    program = FORBIDDEN.replace("{names}", repr(sorted(names))) + RENDER
    assert rendered(run, tmp_path / "out", program) == expected


@pytest.mark.parametrize(
    "surroundings",
    [
        {"MPLBACKEND": "bogus"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"},
        {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "1"},
        {"MATPLOTLIBRC": "text.usetex: True\nfont.family: serif\nfigure.dpi: 300\nsavefig.dpi: 37\nsavefig.bbox: tight\n"
                         "axes.unicode_minus: False\nsvg.fonttype: path\naxes.formatter.use_locale: True\n"},
    ],
    ids=lambda surroundings: next(iter(surroundings)),
)  # fmt: skip
def test_a_report_is_the_same_in_hostile_surroundings(
    run: RunFolder, expected: dict[str, str], tmp_path: Path, surroundings: dict[str, str]
) -> None:
    if "MATPLOTLIBRC" in surroundings:
        (tmp_path / "matplotlibrc").write_text(surroundings["MATPLOTLIBRC"], encoding="utf-8")
        surroundings = {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}
    assert rendered(run, tmp_path / "out", **surroundings) == expected


def test_writing_a_report_leaves_the_settings_of_matplotlib_alone(run: RunFolder, tmp_path: Path) -> None:
    import matplotlib

    matplotlib.rcParams["font.size"] = 7.5
    before = dict(matplotlib.rcParams)
    write.write([run], tmp_path)
    assert dict(matplotlib.rcParams) == before
    matplotlib.rcdefaults()
