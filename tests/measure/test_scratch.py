"""Folders for workers: their paths are plain, whatever a run, a spec or the temporary folder is called."""

import tempfile
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
