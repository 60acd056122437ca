"""The files of a run: what is written is read back, what is broken is told, and nobody ever sees half a file."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from fairfit.frameworks.distributed import findings as distributed
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.records import (
    FORMAT,
    Cell,
    CellRecord,
    Fact,
    FrameworkRecord,
    Inspection,
    Machine,
    Run,
    Sample,
    SpecRecord,
    Startup,
    Step,
)
from fairfit.runfiles import RunFolder


def sample(block: int = 0, cell: str = "tiny/numpy/numpy/cpu/1/resident") -> Sample:
    return Sample(cell, 0, block, block * 10, 10, 0.001 + block, 0.002)


def a_run(name: str = "first") -> Run:
    cell = CellRecord(
        Cell("tiny", "numpy", "numpy", "cpu", "1", "resident"), "arrays", Text("nothing", "无"),
        status="measured", log=["a line"], startups=[Startup(0, 0.1, 0.2, 0.3, 4096)], distances=[1e-7], tolerance=5e-5,
    )  # fmt: skip
    workers = distributed.Findings(True, "", Text("an engine", "引擎"), 2, 4, 1e-8, True, 0.5, 3)
    return Run(
        name,
        "2020-01-01 00:00 UTC",
        "fairfit run",
        Machine("a CPU", 2, 2**34, [0.5], None, "Linux", "3.11"),
        {"blocks": 3},
        fairfit_version="0.2.0",
        levels={"arrays": Text("arrays and an update of one's own", "数组与自写的更新")},
        frameworks={
            "numpy": FrameworkRecord("NumPy", "#000", True, {"numpy": "arrays"}, [Step("load", "numpy.py", 3, ["pass"])])
        },
        facts=[Fact("numpy", "2006-10-25", Text("1.0", "1.0 版"), Text("its notes", "发布说明"), "2026-11-30")],
        specs={"tiny": SpecRecord({"name": "tiny"}, "abc", 20, 2, 1, [0.5, 0.25], 0.99)},
        cells=[cell],
        inspections=[Inspection("distributed", "numpy", "measured", found=workers)],
        wall_seconds=1.0,
    )


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A folder with a run in it and no samples."""
    made = RunFolder(tmp_path / "run")
    made.create()
    made.write(a_run())
    return made


def refusal(read: Any) -> str:
    with pytest.raises(UserError) as caught:
        read()
    message = str(caught.value)
    assert "\n" not in message
    return message


# -- run.json


def test_a_run_is_read_back_as_it_was_written(folder: RunFolder) -> None:
    assert folder.read() == a_run()


def test_numbers_that_are_not_finite_survive_as_such(folder: RunFolder) -> None:
    diverged = a_run()
    diverged.cells[0].distances = [1e-7, math.nan, math.inf]
    folder.write(diverged)
    first, *others = folder.read().cells[0].distances
    assert first == 1e-7 and not any(math.isfinite(distance) for distance in others)


def test_a_second_write_replaces_the_first(folder: RunFolder) -> None:
    folder.write(a_run("second"))
    assert folder.read().name == "second"


def test_a_write_leaves_nothing_else_behind(folder: RunFolder) -> None:
    assert sorted(path.name for path in folder.path.iterdir()) == ["run.json", "samples.jsonl"]


def test_a_write_that_fails_half_way_leaves_the_old_run(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises((OSError, UserError)):
        folder.write(a_run("second"))
    assert folder.read() == a_run()


def test_run_json_appears_by_rename_and_so_never_half_written(folder: RunFolder) -> None:
    before = folder.run_path.stat().st_ino
    with folder.run_path.open() as open_since_before:
        folder.write(a_run("second"))
        assert json.load(open_since_before)["name"] == "first"
    assert folder.run_path.stat().st_ino != before


def test_a_folder_without_a_run_is_told_and_how_to_make_one(tmp_path: Path) -> None:
    assert "holds no run" in refusal(RunFolder(tmp_path).read)


@pytest.mark.parametrize("text", ["", "{", "no json", '{"format": 1, "name"'])
def test_a_run_json_that_is_no_json_is_told(folder: RunFolder, text: str) -> None:
    folder.run_path.write_text(text)
    assert f"{folder.run_path} cannot be read" in refusal(folder.read)


def test_a_run_json_that_is_no_text_is_told(folder: RunFolder) -> None:
    folder.run_path.write_bytes(b"\xff\xfe\x00")
    assert f"{folder.run_path} cannot be read" in refusal(folder.read)


@pytest.mark.parametrize("values", [{"format": FORMAT + 1}, {"format": None}, {}, [], 3])
def test_a_run_of_another_format_is_told(folder: RunFolder, values: object) -> None:
    folder.run_path.write_text(json.dumps(values))
    assert f"is not of format 1 or {FORMAT}" in refusal(folder.read)


@pytest.mark.parametrize(
    "damage",
    [
        lambda values: values.pop("cells"),
        lambda values: values.pop("machine"),
        lambda values: values.update(stranger=1),
        lambda values: values["cells"][0]["cell"].pop("framework"),
        lambda values: values["cells"][0].update(cell="a/b/c"),
        lambda values: values["frameworks"]["numpy"]["steps"][0].pop("lines"),
        lambda values: values["inspections"][0]["found"].pop("works"),
        lambda values: values["inspections"][0].update(topic="astrology"),
        lambda values: values["inspections"][0].update(found=[]),
        lambda values: values["cells"][0]["startups"][0].update(stranger=1),
        lambda values: values.update(cells={"not": "a list"}),
        lambda values: values.update(specs=["not a mapping"]),
    ],
)  # fmt: skip
def test_a_run_json_with_a_part_missing_or_strange_is_told(folder: RunFolder, damage: Any) -> None:
    values = json.loads(folder.run_path.read_text())
    damage(values)
    folder.run_path.write_text(json.dumps(values))
    assert f"{folder.run_path} is damaged" in refusal(folder.read)


# -- samples.jsonl


def test_samples_are_read_back_in_the_order_measured(folder: RunFolder) -> None:
    samples = [sample(block) for block in (2, 0, 1)]
    for one in samples:
        folder.append(one)
    assert folder.samples() == samples


def test_a_sample_is_on_disk_when_append_returns(folder: RunFolder) -> None:
    folder.append(sample())
    assert json.loads(folder.samples_path.read_text())["seconds"] == 0.001


def test_a_line_holds_the_columns_that_other_programs_read(folder: RunFolder) -> None:
    folder.append(sample())
    assert {"cell", "generation", "block", "epoch", "seconds", "cpu_seconds"} <= set(json.loads(folder.samples_path.read_text()))


def test_a_new_run_has_no_samples(folder: RunFolder) -> None:
    assert folder.samples() == []


@pytest.mark.parametrize("name", ["report.html", "tables/proof.csv", "figures/epoch-time.svg"])
def test_a_folder_that_stands_where_a_file_will_be_is_told_before_anything_is_measured(tmp_path: Path, name: str) -> None:
    (tmp_path / "run" / name).mkdir(parents=True)
    with pytest.raises(UserError, match=f"{name}: Is a directory; name a folder of yours with --out"):
        RunFolder(tmp_path / "run").create()


def test_a_last_line_cut_short_by_a_crash_is_left_out(folder: RunFolder) -> None:
    folder.append(sample(0))
    folder.append(sample(1))
    whole = folder.samples_path.read_bytes()
    second = whole.index(b"\n") + 1
    for cut in range(second, len(whole) - 2):  # every place in the second line at which it may break off
        folder.samples_path.write_bytes(whole[:cut])
        assert folder.samples() == [sample(0)]


@pytest.mark.parametrize("line", ["", "{", "[1]", "{}", '{"cell": "x"}', "null"])
def test_any_other_broken_line_is_told_by_its_number(folder: RunFolder, line: str) -> None:
    folder.append(sample(0))
    with folder.samples_path.open("a") as file:
        file.write(line + "\n")
    folder.append(sample(1))
    assert f"{folder.samples_path}, line 2," in refusal(folder.samples)


def test_a_broken_last_line_that_was_not_cut_short_is_told(folder: RunFolder) -> None:
    folder.append(sample(0))
    with folder.samples_path.open("a") as file:
        file.write("{\n")
    assert "line 2" in refusal(folder.samples)


def test_a_line_that_is_no_text_is_told(folder: RunFolder) -> None:
    folder.append(sample(0))
    with folder.samples_path.open("ab") as file:
        file.write(b"\xff\xfe\n")
    assert str(folder.samples_path) in refusal(folder.samples)


def test_missing_samples_are_told(folder: RunFolder) -> None:
    folder.samples_path.unlink()
    assert f"{folder.samples_path} cannot be read" in refusal(folder.samples)


# -- making a run


def test_a_folder_is_made_with_all_above_it(tmp_path: Path) -> None:
    RunFolder(tmp_path / "a" / "b").create()
    assert (tmp_path / "a" / "b").is_dir()


def test_an_existing_run_is_refused_and_kept(folder: RunFolder) -> None:
    assert "holds a run already" in refusal(folder.create)
    assert folder.read() == a_run()


def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")  # below a file no folder can be made, not even by the administrator
    message = refusal(RunFolder(tmp_path / "file" / "run").create)
    assert "cannot write to" in message and "--out" in message


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    assert "cannot write to" in refusal(RunFolder(tmp_path / "file").create)
    assert (tmp_path / "file").read_text() == "kept"


def test_samples_left_lying_in_a_folder_do_not_join_a_new_run(tmp_path: Path) -> None:
    left = RunFolder(tmp_path)
    left.append(sample())
    try:
        left.create()
    except UserError:
        return  # to refuse such a folder is as good
    assert left.samples() == []


def test_a_run_that_never_began_can_be_discarded(tmp_path: Path) -> None:
    never_begun = RunFolder(tmp_path / "run")
    never_begun.create()
    never_begun.discard_if_empty()
    assert not (tmp_path / "run").exists()


def test_discarding_leaves_what_belongs_to_others(tmp_path: Path) -> None:
    never_begun = RunFolder(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    never_begun.create()
    never_begun.discard_if_empty()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_that_began_is_not_discarded(folder: RunFolder) -> None:
    folder.discard_if_empty()
    assert folder.read() == a_run()
    assert folder.samples() == []


# -- going on


def test_a_sample_after_one_cut_short_has_a_line_of_its_own(folder: RunFolder) -> None:
    folder.append(sample(0))
    with folder.samples_path.open("a") as file:
        file.write('{"cell": "ti')
    folder.cut_partial_sample()
    folder.append(sample(1))
    assert folder.samples() == [sample(0), sample(1)]


@pytest.mark.parametrize("content", ["", '{"cell": "ti'])
def test_without_a_whole_sample_there_is_none_after_cutting(folder: RunFolder, content: str) -> None:
    folder.samples_path.write_text(content)
    folder.cut_partial_sample()
    assert folder.samples_path.read_text() == ""


def test_whole_samples_are_not_cut(folder: RunFolder) -> None:
    folder.append(sample(0))
    folder.cut_partial_sample()
    assert folder.samples() == [sample(0)]


def test_files_of_somebody_else_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("my own report")
    (tmp_path / "samples.jsonl").write_text("")  # left by a run that never began
    with pytest.raises(UserError, match=r"of no run and would be overwritten, report\.md: name another folder with --out"):
        RunFolder(tmp_path).create()
    assert (tmp_path / "report.md").read_text() == "my own report"
