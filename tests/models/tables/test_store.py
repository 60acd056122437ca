"""Prepared arrays are kept and used again, for as long as neither file nor preparation differ; nothing half-written is left."""

import os
from pathlib import Path

import numpy as np
import pytest

from fairfit.models.errors import DataError
from fairfit.models.tables import preparation, store
from tests.models.tables.made import houses, prepared, write


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that tables were prepared into."""
    made: list[Path] = []

    def prepare(request, folder):  # type: ignore[no-untyped-def]
        made.append(folder)
        return preparation.prepare(request, folder)

    monkeypatch.setattr(store, "prepare", prepare)
    return made


def test_the_second_time_nothing_is_prepared(tmp_path: Path, counted: list[Path]) -> None:
    path = write(tmp_path, houses())
    first, second = prepared(path), prepared(path)
    assert first == second
    assert len(counted) == 1


def test_a_copy_of_the_file_needs_no_preparation_of_its_own(tmp_path: Path, counted: list[Path]) -> None:
    (tmp_path / "other").mkdir()
    assert prepared(write(tmp_path, houses())) == prepared(write(tmp_path / "other", houses()))
    assert len(counted) == 1


def test_another_content_is_prepared_anew_though_name_and_size_are_the_same(tmp_path: Path, counted: list[Path]) -> None:
    path = write(tmp_path, houses())
    prepared(path)
    time = path.stat()
    write(tmp_path, path.read_bytes().replace(b"west", b"east"))
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    assert "east" in prepared(path)[0].features[2].levels
    assert len(counted) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"target": "area"}, {"missing": ("NA",)}, {"drop": ("rooms",)}, {"features": ("area",)}, {"categories": ("rooms",)},
        {"standardise": "none"}, {"test_share": 0.3}, {"seed": 1}, {"dtype": "float64"},
    ],
    ids=lambda asked: next(iter(asked)),
)  # fmt: skip
def test_another_preparation_has_arrays_of_its_own(tmp_path: Path, asked: dict[str, object]) -> None:
    path = write(tmp_path, houses())
    assert prepared(path, **asked)[1] != prepared(path)[1]  # type: ignore[arg-type]


def test_other_rules_of_preparation_take_nothing_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, houses())
    folder = prepared(path)[1]
    monkeypatch.setattr(store, "_rules", lambda: "others")
    assert prepared(path)[1] != folder


@pytest.mark.parametrize("damage", ["cut", "deleted", "no json", "other json"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = write(tmp_path, houses())
    found, folder = prepared(path)
    expected = np.load(folder / "train_features.npy")
    if damage == "cut":
        os.truncate(folder / "train_features.npy", 200)
    elif damage == "deleted":
        (folder / "train_features.npy").unlink()
    else:
        (folder / "table.json").write_text("{" if damage == "no json" else "{}")
    assert prepared(path) == (found, folder)
    assert np.array_equal(np.load(folder / "train_features.npy"), expected)


def test_a_refused_table_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(DataError):
        prepared(write(tmp_path, houses(rooms=[None] * 60)))
    assert list((cache / "tables").iterdir()) == []


def test_what_was_begun_long_ago_is_swept_away(tmp_path: Path, cache: Path) -> None:
    old, new = cache / "tables" / "begun-old", cache / "tables" / "begun-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    prepared(write(tmp_path, houses()))
    assert (old.exists(), new.exists()) == (False, True)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(
        DataError, match=r"cannot be kept \(/dev/null/.*\): make room there, or name another folder with \$XDG_CACHE"
    ):
        prepared(write(tmp_path, houses()))


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, houses())

    def prepare(request, folder):  # type: ignore[no-untyped-def]
        found = preparation.prepare(request, folder)
        write(tmp_path, houses(61))
        return found

    monkeypatch.setattr(store, "prepare", prepare)
    with pytest.raises(DataError, match="changed while it was read: try again"):
        prepared(path)
