"""Whether there is room: what cannot fit is refused before anything is made, what does not fit at once is measured in sets."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fairfit.frameworks import registry
from fairfit.measure import cgroups, memory, plan, room
from fairfit.measure.plan import Selection
from fairfit.models import data as datasets
from fairfit.models.errors import UserError
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.records import Cell
from tests.measure.whole_runs import QUICK, measure
from tests.workbench import tiny

MB = 1_000_000


def wide(rows: int, inputs: int = 100, **training: Any) -> Spec:
    source = SyntheticLinear(weight=(1.0,) * inputs, rows=rows, test_rows=10)
    return Spec("wide", "linear", "synthetic-linear", source, Training(**({"learning_rate": 0.1, "epochs": 1} | training)))


def planned(spec: Spec, **selection: Any) -> plan.Plan:
    return plan.make([spec], Selection(**({"frameworks": ["numpy"], "threads": ["1"]} | selection)))


def refusal(spec: Spec, **selection: Any) -> str:
    with pytest.raises(UserError) as caught:
        room.check(planned(spec, **selection), Path("/nowhere/run"))
    return str(caught.value)


@pytest.fixture
def memory_of_1_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000 * MB)


@pytest.fixture(autouse=True)
def roomy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests hold must not hang on the machine that they run on."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 16_000 * MB)
    monkeypatch.setattr(room, "free_bytes", lambda _: 1_000_000 * MB)


# -- what is told and refused


def test_what_a_run_takes_is_told(memory_of_1_gb: None, tmp_path: Path) -> None:
    told = room.check(planned(wide(100_000)), tmp_path)
    assert told is not None
    assert "data 41.2 MB in files" in told.en and "1 GB are available" in told.en
    assert "41.2 MB" in told.zh


def test_rows_that_fit_with_no_worker_are_refused_with_how_many_would(memory_of_1_gb: None) -> None:
    said = refusal(wide(10_000_000))
    assert "spec 'wide' does not fit: its worker and the data would take about 8." in said
    assert "1 GB are available" in said
    rows = int(said.partition("; about ")[2].partition(" rows would fit")[0].replace(",", ""))
    assert room.check(planned(wide(rows)), Path("/nowhere/run")) is not None
    assert "\n" not in said


def test_what_a_loader_reads_may_be_larger_than_what_is_resident(memory_of_1_gb: None) -> None:
    spec = wide(1_500_000)  # 600 MB
    assert "--input loader takes less" in refusal(spec)
    chosen = planned(spec, frameworks=["pytorch"], styles=["nn"], inputs=["resident"])
    pair = chosen.cells[0], dataclasses.replace(chosen.cells[0], input="loader")
    need = room.need(spec, spec.data.known_size() or pytest.fail())
    assert need.of_worker(pair[0]) - need.of_worker(pair[1]) == 600 * MB


def test_data_that_the_disk_does_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda _: 100 * MB)
    assert "in each epoch would take 412 MB on the disk, which has 100 MB left: lower rows" in refusal(wide(1_000_000))


def test_data_that_several_specs_share_counts_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda _: 700 * MB)
    same = [dataclasses.replace(wide(1_000_000, batch_size=size), name=f"wide{size}") for size in (10, 100, 1000)]
    both = plan.make(same, Selection(frameworks=["numpy"], threads=["1"]))
    assert "data 412 MB" in str(room.check(both, tmp_path))


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 0)
    assert room.check(planned(wide(10**9)), Path("/nowhere")) is None


def test_an_array_of_more_elements_than_mxnet_counts_is_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "installed_version", lambda entry: "1")
    for rows, possible in ((21_474_836, True), (21_474_837, False)):
        chosen = planned(wide(rows), frameworks=["mxnet", "pytorch"], styles=["gluon", "nn"])
        left_out = [chosen.impossible[cell.id].en for cell in chosen.cells if cell.id in chosen.impossible]
        if possible:
            assert left_out == []
        else:
            assert left_out == [
                "MXNet counts the elements of an array up to 2,147,483,647, and 21,474,837 × 100 are 2,147,483,700: --input loader "
                "hands it one batch at a time"
            ]


def test_too_many_elements_are_told_before_data_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "installed_version", lambda entry: "1")
    monkeypatch.setattr(datasets, "lay_out", lambda *_: pytest.fail("data were made"))
    said = refusal(wide(30_000_000), frameworks=["mxnet"], styles=["symbol"], inputs=["resident"])
    assert "spec 'wide' does not fit: MXNet counts the elements of an array up to 2,147,483,647" in said


# -- sets


def cell(style: str, twin: int = 0) -> Cell:
    return Cell("s", "f", style, "cpu", "1", "resident", twin)


def test_what_fits_together_is_one_set_in_its_order() -> None:
    cells = [cell("a"), cell("a", 1), cell("b")]
    assert room.in_sets(cells, lambda _: 10, 30) == [cells]


def test_what_does_not_is_as_few_sets_as_needed_with_the_twin_in_the_last() -> None:
    cells = [cell("a"), cell("a", 1), cell("b"), cell("c"), cell("d")]
    assert room.in_sets(cells, lambda _: 10, 29) == [[cells[0], cells[2]], [cells[3], cells[4]], [cells[1]]]
    assert room.in_sets(cells, lambda _: 40, 29) == [[cells[0]], [cells[2]], [cells[3]], [cells[4]], [cells[1]]]
    assert room.in_sets([], lambda _: 10, 29) == [[]]


def test_a_group_that_memory_does_not_hold_is_measured_in_sets(
    fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = measure(tmp_path / "whole", ["right", "twin"])
    largest = max(entry.process_bytes for entry in registry.FRAMEWORKS)
    monkeypatch.setattr(memory, "available_bytes", lambda: int(2.2 * largest / room.SHARE))
    outcome = measure(tmp_path / "run", ["right", "twin"])
    assert set(outcome.statuses().values()) == {"measured"}
    assert [sample.cell for sample in outcome.samples] != [sample.cell for sample in whole.samples]
    places = {sample.cell: number for number, sample in enumerate(outcome.samples)}  # of the last sample of each
    firsts = {sample.cell: number for number, sample in reversed(list(enumerate(outcome.samples)))}
    last = next(record for record in outcome.run.cells if record.cell.twin)
    first = next(record for record in outcome.run.cells if record.cell.framework == "numpy" and not record.cell.twin)
    assert firsts[last.id] > places[first.id]
    assert {(sample.generation, sample.block) for sample in outcome.samples} == {(0, 0), (0, 1)}
    for record in outcome.run.cells:
        assert any("measured in" in str(note) and "sets" in str(note) for note in record.notes)
    assert not any(record.notes for record in whole.run.cells)


def test_a_cell_that_alone_does_not_fit_is_unavailable_with_what_it_takes(
    fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numpy = registry.find("numpy")
    room_for_numpy = int(1.5 * numpy.process_bytes / room.SHARE)
    bulky = dataclasses.replace(registry.find("fake"), process_bytes=10 * numpy.process_bytes)
    monkeypatch.setattr(registry, "FRAMEWORKS", (numpy, bulky))
    monkeypatch.setattr(memory, "available_bytes", lambda: room_for_numpy)
    outcome = measure(tmp_path / "run", ["right"])
    assert outcome.statuses() == {"numpy numpy": "measured", "fake right": "unavailable"}
    assert "would take about" in str(outcome.cell("right").reason)


def test_the_memory_of_the_process_that_measures_is_recorded(fakes: Path, tmp_path: Path) -> None:
    run = measure(tmp_path / "run", ["right"], QUICK, specs=(tiny(),)).run
    assert run.peak_rss_bytes is not None and run.own_bytes is not None
    assert 10e6 < run.own_bytes <= run.peak_rss_bytes
    for record in run.cells:
        assert all(10e6 < (startup.own_bytes or 0) <= (startup.peak_rss_bytes or 0) for startup in record.startups)


# -- what a control group allows


def test_the_memory_that_a_control_group_leaves_is_what_files_do_not_hold(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for level, limit, used, files in ((inner, "max", 500 * MB, 0), (outer, f"{1000 * MB}", 700 * MB, 300 * MB)):
        level.mkdir()
        (level / "memory.max").write_text(f"{limit}\n")
        (level / "memory.current").write_text(f"{used}\n")
        (level / "memory.stat").write_text(f"anon 1\nfile {files}\n")
    assert cgroups.memory_left([inner, outer]) == 600 * MB
    assert cgroups.memory_left([inner]) is None
    assert cgroups.memory_left([]) is None
