"""Runs that are killed, interrupted, resumed, short of time or precise enough: when measuring stops, and what is kept."""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fairfit.measure import cpus, runner
from fairfit.measure.forecast import Forecast
from fairfit.models.errors import UserError
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.records import Run
from fairfit.runfiles import RunFolder
from tests.measure.whole_runs import QUICK, Outcome, Recorder, empty_run, measure
from tests.workbench import comes_true, noted, noted_pids, runs, tiny, workers_alive


def test_a_worker_killed_from_outside_is_a_failed_cell(fakes: Path, tmp_path: Path) -> None:
    def kill_once_sampled() -> None:
        samples = RunFolder(tmp_path / "run").samples_path
        if "/asynchronous/" in samples.read_text():
            (pid,) = map(int, (fakes / "Asynchronous.pids").read_text().split())
            if runs(pid):
                os.kill(pid, signal.SIGKILL)

    options = dataclasses.replace(QUICK, blocks=4)
    found = measure(tmp_path / "run", ["right", "asynchronous"], options, at_step=kill_once_sampled)
    assert found.statuses() == {"numpy numpy": "measured", "fake right": "measured", "fake asynchronous": "failed"}
    assert "signal 9" in str(found.cell("asynchronous").reason)
    assert len(found.samples_of("right")) == 4


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        ("gives_up_late", "found no compiler when it came to compiling"),
        ("misshapen", "shape"),
        ("flat", "shape"),
    ],
)
def test_an_adapter_that_breaks_the_contract_does_not_stop_the_others(
    fakes: Path, tmp_path: Path, style: str, reason: str
) -> None:
    found = measure(tmp_path / "run", ["right", style])
    assert found.statuses()["fake right"] == found.statuses()["numpy numpy"] == "measured"
    assert found.cell(style).status in ("unavailable", "failed", "refused")
    assert reason in str(found.cell(style).reason)


def test_training_of_very_many_epochs_is_proven_like_any_other(fakes: Path, tmp_path: Path) -> None:
    """Its proof is told in more bytes than a pipe holds, and so comes in pieces."""
    spec = tiny(learning_rate=1e-4, batch_size=20, epochs=5000)
    found = measure(tmp_path / "run", [], dataclasses.replace(QUICK, timing=False), specs=(spec,), frameworks=("numpy",))
    assert found.cell("numpy", "numpy").reason == ""
    assert len(found.cell("numpy", "numpy").distances) == 5000


def test_a_run_goes_on_in_a_pool_whose_threads_come_and_go(fakes: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        going = [pool.submit(measure, tmp_path / name, ["right"]) for name in ("first", "second")]
    for found in (future.result() for future in going):
        assert found.statuses() == {"numpy numpy": "measured", "fake right": "measured"}
    assert workers_alive() == []


@pytest.mark.parametrize("when", ["starting", "sampling"])
def test_an_interrupt_leaves_no_process_behind(fakes: Path, tmp_path: Path, when: str) -> None:
    def interrupt() -> None:
        if when == "starting" or RunFolder(tmp_path / "run").samples():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(tmp_path / "run", ["right", "twin", "asynchronous"], at_step=interrupt)
    assert comes_true(lambda: not any(runs(pid) for pid in noted_pids(fakes)), seconds=5)
    assert workers_alive() == []


def interrupted(path: Path, when: Callable[[RunFolder], bool]) -> Run:
    """A run of the baseline and one fake that Ctrl-C ended."""
    folder, made = RunFolder(path), empty_run()

    def interrupt() -> None:
        if when(folder):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(path, ["right"], at_step=interrupt, made=made)
    return made


def resume(path: Path) -> Outcome:
    """Go on with the run in this folder."""
    folder, progress = RunFolder(path), Recorder()
    made = folder.read()
    laid_out, options = runner.resumed(made)
    runner.run(laid_out, folder, made, options, data_dir=None, progress=progress)
    return Outcome(folder.read(), folder.samples(), folder, progress)


def three_samples_are_there(folder: RunFolder) -> bool:
    return len(folder.samples()) == 3


def test_an_interrupt_keeps_what_was_measured(fakes: Path, tmp_path: Path) -> None:
    made = interrupted(tmp_path / "run", three_samples_are_there)
    assert len(RunFolder(tmp_path / "run").samples()) == 3
    assert {(cell.status, len(cell.distances)) for cell in made.cells} == {("measured", 2)}


def test_an_interrupt_leaves_no_scratch_behind(fakes: Path, tmp_path: Path) -> None:
    interrupted(tmp_path / "run", three_samples_are_there)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["run.json", "samples.jsonl"]


def test_a_resumed_run_keeps_its_samples_and_adds_others(fakes: Path, tmp_path: Path) -> None:
    interrupted(tmp_path / "run", three_samples_are_there)
    before = RunFolder(tmp_path / "run").samples()
    after = resume(tmp_path / "run")
    assert after.samples[:3] == before
    places = [(sample.cell, sample.generation, sample.block) for sample in after.samples]
    assert len(places) == len(set(places)) > 3


def test_a_run_interrupted_while_it_started_is_scored_when_it_is_resumed(fakes: Path, tmp_path: Path) -> None:
    interrupted(tmp_path / "run", lambda folder: True)  # as soon as the first cell is proven
    found = resume(tmp_path / "run")
    assert set(found.statuses().values()) == {"measured"}
    assert [len(cell.train_losses) for cell in found.run.cells] == [2] * len(found.run.cells)


def test_a_sample_on_disk_has_its_proof_on_disk(fakes: Path, tmp_path: Path) -> None:
    """A harness that is killed leaves samples behind; without their proofs they are worth nothing."""
    proofs: list[bool] = []

    def look() -> None:
        folder = RunFolder(tmp_path / "run")
        sampled = {sample.cell for sample in folder.samples()}
        proofs.extend(bool(cell.distances) for cell in folder.read().cells if cell.id in sampled)

    measure(tmp_path / "run", ["right"], at_step=look)
    assert proofs and all(proofs)


def test_the_files_of_a_group_do_not_outlive_it(fakes: Path, tmp_path: Path) -> None:
    """What compilers keep for the cells of a group would fill a disk by the last group."""
    seen: set[int] = set()

    def look() -> None:
        seen.add(len(list((tmp_path / "run" / "scratch").glob("group*"))))

    measure(tmp_path / "run", ["right"], threads=("1", "shipped"), at_step=look)
    assert max(seen) == 1


def test_who_stops_training_is_refused_before_a_sample_is_planned(fakes: Path, tmp_path: Path) -> None:
    """Who trains while the proof looks and then no longer would otherwise be asked for as many epochs as fill a sample."""
    data = SyntheticLinear(weight=(1.0,) * 20, rows=20_000, test_rows=5)
    spec = dataclasses.replace(tiny(batch_size=1000, learning_rate=0.01), data=data)
    found = measure(tmp_path / "run", ["right", "idles"], specs=(spec,))
    assert found.statuses() == {"numpy numpy": "measured", "fake right": "measured", "fake idles": "refused"}
    assert "what was timed is not the training" in str(found.cell("idles").reason)
    assert found.samples_of("idles") == []


def test_a_cell_that_is_not_steady_in_time_says_so(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["settles", "asynchronous"])
    assert any("no steady state" in str(note) for note in found.cell("settles").notes)
    assert found.cell("asynchronous").notes == []


def test_a_generation_goes_on_for_as_long_as_its_start_took(fakes: Path, tmp_path: Path) -> None:
    """Starting takes half a second and more, a sample 20 ms: two blocks would waste the start."""
    found = measure(tmp_path / "run", ["right"], dataclasses.replace(QUICK, budget=600))
    assert len(found.samples_of("right")) > QUICK.blocks


def test_measuring_stops_when_the_ratios_are_precise_enough(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["right"], dataclasses.replace(QUICK, budget=600, precision=100.0, most_generations=4))
    assert found.generations() == 1


def test_measuring_goes_on_until_the_ratios_are_precise_enough(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["right"], dataclasses.replace(QUICK, budget=600, most_generations=3))
    assert found.generations() == 3


def test_a_used_up_budget_stops_measuring_after_the_least_number_of_generations(fakes: Path, tmp_path: Path) -> None:
    options = dataclasses.replace(QUICK, budget=0.0, least_generations=2, most_generations=4)
    assert measure(tmp_path / "run", ["right"], options).generations() == 2


def test_every_group_is_measured_even_when_the_budget_is_used_up(fakes: Path, tmp_path: Path) -> None:
    options = dataclasses.replace(QUICK, budget=0.0, most_generations=4)
    found = measure(tmp_path / "run", ["right"], options, specs=(tiny("first"), tiny("second")))
    assert {(cell.cell.spec, cell.status) for cell in found.run.cells} == {("first", "measured"), ("second", "measured")}
    assert found.generations() == 1


def test_the_least_number_of_generations_is_measured_however_precise_the_first(fakes: Path, tmp_path: Path) -> None:
    options = dataclasses.replace(QUICK, budget=600, precision=100.0, least_generations=2, most_generations=4)
    assert measure(tmp_path / "run", ["right"], options).generations() == 2


def test_a_generation_that_would_end_too_late_is_not_begun(fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for budget, seconds, generations in ((4, 9.0, 1), (600, 0.0, 2)):
        monkeypatch.setattr(Forecast, "generation", lambda *_, seconds=seconds: seconds)
        options = dataclasses.replace(QUICK, budget=budget, most_generations=2)
        assert measure(tmp_path / f"{budget}", ["right"], options).generations() == generations


def test_what_is_said_before_it_begins_counts_what_can_run(fakes: Path, tmp_path: Path) -> None:
    told = measure(tmp_path / "run", ["right"], frameworks=("numpy", "fake", "absent")).progress.notes[0]
    assert told.startswith("2 cells: about ")


def test_when_nothing_can_be_measured_the_run_ends(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["lies"], dataclasses.replace(QUICK, budget=600, most_generations=4), frameworks=("fake",))
    assert found.statuses() == {"fake lies": "refused"}
    assert found.samples == []


def test_without_timing_cells_are_proven_and_not_sampled(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["right", "lies"], dataclasses.replace(QUICK, timing=False))
    assert found.statuses() == {"numpy numpy": "measured", "fake right": "measured", "fake lies": "refused"}
    assert found.samples == []


def test_a_framework_without_the_device_says_which_it_has(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["right", "twin"], frameworks=("fake", "gadget"), devices=("gpu:0",))
    assert found.statuses() == {"fake right": "unavailable", "fake twin": "unavailable", "gadget right": "measured"}
    assert found.cell("right").reason == found.cell("twin").reason
    assert str(found.cell("right").reason) == "fake has no device 'gpu:0' here; it has cpu"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one CPU every worker has the same")
def test_cells_are_sampled_on_the_same_cpus_wherever_they_were_proven(fakes: Path, tmp_path: Path) -> None:
    measure(tmp_path / "run", ["roams"], frameworks=("fake",))
    assert noted(fakes, "cpus")[-1] == cpus.of("1")[0]


def test_as_shipped_a_worker_may_use_every_cpu_and_no_pool_is_set(fakes: Path, tmp_path: Path) -> None:
    cell = measure(tmp_path / "run", ["right"], frameworks=("fake",), threads=("shipped",)).cell("right")
    assert cell.settings["cpus"] == sorted(os.sched_getaffinity(0))
    assert "OMP_NUM_THREADS" not in cell.environment


def test_a_spec_that_diverges_is_refused_before_anything_is_started(fakes: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="diverges"):
        measure(tmp_path / "run", ["right"], specs=(tiny(learning_rate=1e30, epochs=20),))
    assert noted_pids(fakes) == []


def test_a_spec_whose_name_is_a_path_writes_nothing_outside_of_the_run(fakes: Path, tmp_path: Path) -> None:
    with contextlib.suppress(UserError):  # to refuse such a name is as good
        measure(tmp_path / "run", ["right"], specs=(tiny(str(tmp_path / "elsewhere")),))
    assert not (tmp_path / "elsewhere").exists()


def test_a_run_that_was_refused_leaves_its_folder_free_for_the_next(fakes: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        measure(tmp_path / "run", ["right"], specs=(tiny(learning_rate=1e30, epochs=20),))
    assert measure(tmp_path / "run", ["right"]).statuses()["fake right"] == "measured"
