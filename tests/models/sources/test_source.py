"""A source whose fields name a file: where its path counts from, what the digest knows of it, and which models it serves."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from fairfit.models import checked, exercise, sources
from fairfit.models import data as datasets
from fairfit.models import spec as specs
from fairfit.models.errors import DataError, SpecError
from fairfit.models.sources.source import Arrays, Source, split_tail

ROWS = np.array([[0.5, 0], [1.5, 1], [2.5, 2], [3.5, 1]])  # one feature and the target


@dataclass(frozen=True)
class Table(Source):
    """The rows of a .npy file of shape (rows, features and the target); the last one is the test part."""

    models: ClassVar[tuple[str, ...]] = ("linear", "softmax")

    path: Path = checked.file()

    def load(self, data_dir: Path | None) -> Arrays:
        rows = np.load(self.path)
        return split_tail(rows[:, :-1], rows[:, -1].astype(np.int64), 1)


@pytest.fixture(autouse=True)
def one_source_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources.SOURCES, "table", Table)


def write(folder: Path, *, path: Any = "rows.npy", rows: np.ndarray = ROWS, model: str = "linear") -> specs.Spec:
    """A folder with rows and a spec that names them, the spec read back."""
    folder.mkdir(exist_ok=True)
    np.save(folder / "rows.npy", rows)
    lines = [
        f'model = "{model}"',
        "[data]",
        'source = "table"',
        f"path = {json.dumps(path)}",
        "[training]",
        "learning_rate = 0.1",
    ]
    (folder / "mine.toml").write_text("\n".join(lines), encoding="utf-8")
    return specs.load(folder / "mine.toml")


# -- path ----------------------------------------------------------------------------------------------------------------


def test_a_relative_path_counts_from_the_folder_of_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "ours")
    monkeypatch.chdir(tmp_path / "elsewhere")
    data = datasets.load(specs.load(Path("../ours/mine.toml")))
    assert data.train_features.ravel().tolist() == [0.5, 1.5, 2.5]


def test_an_absolute_path_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "theirs")
    spec = write(tmp_path / "ours", path=str(tmp_path / "theirs" / "rows.npy"))
    assert spec.data == Table(tmp_path / "theirs" / "rows.npy")


def test_a_mapping_without_a_file_counts_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    values = {"model": "linear", "data": {"source": "table", "path": "rows.npy"}, "training": {"learning_rate": 0.1}}
    assert specs.from_mapping(values, "mine").data == Table(tmp_path / "rows.npy")


def test_a_spec_comes_back_from_json_with_its_file_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "ours")
    spec = specs.find("ours/mine.toml")
    written = json.dumps(specs.to_json(spec))
    monkeypatch.chdir("/")
    read = specs.from_mapping(json.loads(written), "")
    assert (read, read.digest) == (spec, spec.digest)


def test_an_exercise_is_opened_without_the_file(tmp_path: Path) -> None:
    spec = write(tmp_path / "ours")
    exercise.lay_out(spec, tmp_path / "exercise")
    (tmp_path / "ours" / "rows.npy").unlink()
    opened = exercise.open_mapped(tmp_path / "exercise")
    assert opened.spec == spec
    assert opened.data.rows == 3


@pytest.mark.parametrize("path", ["", 3, True, ["rows.npy"], "a\0b"])
def test_a_path_that_is_none_is_refused(tmp_path: Path, path: Any) -> None:
    with pytest.raises(SpecError, match="must be the path of a file, absolute or relative to the folder of the spec"):
        write(tmp_path / "ours", path=path)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    values = {"model": "linear", "data": {"source": "table"}, "training": {"learning_rate": 0.1}}
    with pytest.raises(SpecError, match=r"path is missing in \[data\] of table: must be the path of a file"):
        specs.from_mapping(values, "mine", tmp_path)


# -- digest --------------------------------------------------------------------------------------------------------------


def test_the_digest_changes_with_the_content_of_the_file(tmp_path: Path) -> None:
    assert write(tmp_path / "ours").digest != write(tmp_path / "theirs", rows=ROWS + 1).digest


def test_the_digest_stays_where_the_file_is_moved_or_renamed(tmp_path: Path) -> None:
    digest = write(tmp_path / "ours").digest
    (tmp_path / "ours" / "rows.npy").rename(tmp_path / "renamed.npy")
    assert write(tmp_path / "ours", path="../renamed.npy").digest == digest


def test_a_file_that_cannot_be_read_is_named_by_the_digest(tmp_path: Path) -> None:
    spec = write(tmp_path / "ours")
    (tmp_path / "ours" / "rows.npy").unlink()
    with pytest.raises(DataError, match=r"rows\.npy: cannot be read: No such file or directory"):
        _ = spec.digest


def test_a_source_may_say_itself_what_its_content_is(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = specs.find("digits").digest
    monkeypatch.setattr(Source, "content", lambda source: "release 2")
    assert specs.find("digits").digest != digest


@pytest.mark.parametrize("name", specs.builtin_names())
def test_the_sources_of_the_built_in_specs_name_no_files(name: str) -> None:
    assert specs.find(name).data.content() == ""


# -- models and classes --------------------------------------------------------------------------------------------------


def test_one_source_serves_both_models(tmp_path: Path) -> None:
    linear, softmax = (datasets.load(write(tmp_path / model, model=model)) for model in specs.MODELS)
    assert (linear.outputs, linear.train_targets.dtype) == (1, np.float32)
    assert (softmax.outputs, softmax.train_targets.dtype) == (3, np.int32)
    assert linear.train_targets.tolist() == softmax.train_targets.tolist() == [0, 1, 2]


def test_classes_are_counted_in_the_test_part_too(tmp_path: Path) -> None:
    rows = ROWS.copy()
    rows[-1, -1] = 6
    assert datasets.load(write(tmp_path / "ours", rows=rows, model="softmax")).outputs == 7


def test_a_label_below_zero_is_refused(tmp_path: Path) -> None:
    spec = write(tmp_path / "ours", rows=ROWS - 1, model="softmax")
    with pytest.raises(DataError, match=r"source 'table': its targets are no class numbers \(0, 1, 2, …\)"):
        datasets.load(spec)


@pytest.mark.parametrize(("classes", "told"), [(2, "has 2 classes, but a row is of class 2"), (None, "no class numbers")])
def test_what_a_source_says_of_its_classes_must_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, classes: int | None, told: str
) -> None:
    spec = write(tmp_path / "ours", model="softmax")
    arrays = spec.data.load(None)
    if classes is None:
        arrays = dataclasses.replace(arrays, test_targets=np.array([0.5]))
    monkeypatch.setattr(Table, "load", lambda *arguments: dataclasses.replace(arrays, classes=classes))
    with pytest.raises(DataError, match=told):
        datasets.load(spec)
