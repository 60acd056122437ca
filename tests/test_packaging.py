"""What is installed is `fairfit` alone, whole, and lives beside packages of the names that our folders have."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from fairfit.frameworks import registry
from tests.workbench import ROOT

TREES = {"compare": "fairfit", "models": "fairfit.models", "frameworks": "fairfit.frameworks"}  # folder → import name
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
NOT_OURS = "raise RuntimeError(f'{__name__} of somebody else was imported for one of ours')\n"


def files() -> list[Path]:
    """Every file of the three trees, relative to the root; nothing that Python or a tool leaves behind."""
    found = [path for tree in TREES for path in (ROOT / tree).rglob("*") if path.is_file()]
    return sorted(path.relative_to(ROOT) for path in found if "__pycache__" not in path.parts and not path.name.startswith("."))


def package(folder: Path) -> str:
    """The import name of a folder."""
    return ".".join((TREES[folder.parts[0]], *folder.parts[1:]))


# -- what pyproject.toml lists


def test_every_folder_is_a_package() -> None:
    assert sorted(SETTINGS["packages"]) == sorted({package(path.parent) for path in files()})


def test_every_other_file_is_data_of_a_package() -> None:
    listed = {
        path.relative_to(ROOT)
        for owner, patterns in SETTINGS["package-data"].items()
        for pattern in patterns
        for path in (ROOT / _folder(owner)).glob(pattern)
    }
    assert [str(path) for path in files() if path.suffix != ".py" and path not in listed] == []


def _folder(package: str) -> Path:
    """The folder of a package, relative to the root: the longest prefix that `package-dir` knows."""
    name, rest = package, Path()
    while name not in SETTINGS["package-dir"]:
        name, _, last = name.rpartition(".")
        rest = last / rest
    return Path(SETTINGS["package-dir"][name]) / rest


# -- the wheel and the editable installation


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, as building leaves files in them."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    for tree in TREES:
        shutil.copytree(ROOT / tree, folder / tree, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", checkout, "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_has_one_top_level_name(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (top_level,) = (name for name in archive.namelist() if name.endswith(".dist-info/top_level.txt"))
        assert archive.read(top_level).decode().split() == ["fairfit"]


def test_the_wheel_has_every_file(wheel: Path) -> None:
    wanted = {"/".join((*package(path.parent).split("."), path.name)) for path in files()}
    with ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")} == wanted


@pytest.fixture(scope="module", params=["wheel", "editable"])
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with fairfit and a package `models` of somebody else; all libraries are borrowed from this one."""
    folder = tmp_path_factory.mktemp(request.param)
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    borrowed = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    (packages / "models").mkdir()
    (packages / "models" / "__init__.py").write_text(NOT_OURS)
    if request.param == "wheel":
        source = [request.getfixturevalue("wheel")]
    else:
        source = ["--no-build-isolation", "--editable", request.getfixturevalue("checkout")]
    pip("--python", folder, "install", "--quiet", "--no-deps", "--ignore-installed", *source)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project, with folders of the names that ours have."""
    for name in TREES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(NOT_OURS)
    return tmp_path


def in_project(environment: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(environment / "bin" / arguments[0]), *arguments[1:]]
    variables = {"PYTHONPATH": ".", "COLUMNS": "200"}
    return subprocess.run(command, cwd=project, env=os.environ | variables, capture_output=True, text=True, timeout=300)


def test_what_others_installed_is_left_alone(environment: Path, project: Path) -> None:
    (theirs,) = environment.glob("lib/python3*/site-packages/models/__init__.py")
    assert theirs.read_text() == NOT_OURS
    done = in_project(environment, project, "python", "-c", "import fairfit.models as ours; print(ours.__file__)")
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).is_relative_to(ROOT)  # the installed copy, not the one that runs the tests


@pytest.mark.parametrize(
    ("framework", "styles"), [("numpy", "numpy"), ("numpy,pytorch", "numpy,tensor,nn")], ids=["numpy", "pytorch"]
)
def test_a_run_beside_folders_of_the_same_names(environment: Path, project: Path, framework: str, styles: str) -> None:
    for name in framework.split(","):
        entry = registry.find(name)
        if registry.installed_version(entry) is None:
            pytest.skip(str(registry.how_to_install(entry)))
    options = ["--quick", "--frameworks", framework, "--styles", styles, "--out", "a-run"]
    done = in_project(environment, project, "fairfit", "run", "digits", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "a-run" / "report.html").exists()


# -- a checkout


@pytest.mark.parametrize(("folder", "name"), TREES.items())
def test_a_folder_of_a_checkout_says_what_to_import(folder: str, name: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import {folder}"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: import {name}, not {folder}")
