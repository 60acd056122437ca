"""Folders for workers: their paths are plain, whatever a run, a spec or the temporary folder is called."""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.measure import scratch
from fairfit.models.errors import UserError

AWKWARD = ["a b", "Fisher's", 'say "hi"', "$HOME", "a;b", "a&b", "(x)", "数据", "a\nb", "back\\slash", "star*", "#1"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder of this process."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert list(place.iterdir()) == []  # whatever happened, nothing is left


def test_a_plain_path_is_taken_as_it_is_and_removed_in_the_end(tmp_path: Path) -> None:
    with scratch.folder(tmp_path / "run" / "scratch") as folder:
        assert folder == tmp_path / "run" / "scratch" and folder.is_dir()
    assert not folder.exists()


def test_a_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with scratch.folder(Path("scratch")) as folder:
        assert folder == tmp_path / "scratch"


def test_what_a_killed_run_left_is_not_found_again(tmp_path: Path) -> None:
    (tmp_path / "scratch" / "old").mkdir(parents=True)
    with scratch.folder(tmp_path / "scratch") as folder:
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", AWKWARD)
def test_where_a_path_is_not_plain_the_folder_lies_elsewhere(name: str, tmp_path: Path, temporary: Path) -> None:
    with scratch.folder(tmp_path / name / "scratch") as folder:
        assert scratch.is_plain(folder) and temporary in folder.parents


@pytest.mark.parametrize("name", AWKWARD)
def test_where_the_temporary_folder_is_not_plain_another_is_taken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    with scratch.folder(tmp_path / name / "scratch") as folder:
        assert scratch.is_plain(folder) and folder.is_dir()
    assert not folder.exists()


def test_where_no_path_is_plain_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a b"))
    monkeypatch.setattr(scratch, "SHARED", ())
    with pytest.raises(UserError, match="set TMPDIR"), scratch.folder(tmp_path / "a b" / "scratch"):
        pass


def test_an_error_leaves_nothing_behind(tmp_path: Path, temporary: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch.folder(tmp_path / "a b" / "scratch"):
        raise KeyboardInterrupt


def test_short_names_are_plain_short_and_differ_where_names_do() -> None:
    names = [*AWKWARD, "house prices", "house-prices", "x" * 255, "数" * 80, "a/b", "topics"]
    made = [scratch.short(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(len(name) == 16 and scratch.is_plain(Path(name)) for name in made)


@pytest.mark.parametrize("name", AWKWARD)
def test_a_path_that_is_not_plain_is_reached_by_a_link(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "file").write_text("here")
    for _ in range(2):  # a second process of the cell finds it made
        reached = scratch.plain(tmp_path / name, tmp_path / "own" / "link")
        assert scratch.is_plain(reached) and (reached / "file").read_text() == "here"


def test_a_plain_path_needs_no_link(tmp_path: Path) -> None:
    assert scratch.plain(tmp_path, tmp_path / "own" / "link") == tmp_path
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("name", ["a b", "Fisher's"])
def test_a_python_in_an_awkward_folder_is_started_with_plain_paths(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a virtual environment is in the paths of all that it holds."""
    prefix = tmp_path / name / ".venv"
    venv.create(prefix, symlinks=True)
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(sys, "executable", str(prefix / "bin" / "python"))
    program = "import sys, sysconfig; print(sys.prefix); print(sysconfig.get_path('purelib'))"
    command = [str(scratch.interpreter(tmp_path / "worker")), "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert all(scratch.is_plain(Path(path)) for path in told)
    assert Path(told[0]).resolve() == prefix.resolve()


def test_a_python_in_a_plain_folder_is_started_as_it_is(tmp_path: Path) -> None:
    if scratch.is_plain(Path(sys.prefix)):
        assert scratch.interpreter(tmp_path) == Path(sys.executable)
