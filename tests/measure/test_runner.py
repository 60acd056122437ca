"""Whole small runs with the NumPy baseline and the fakes: every misbehaviour gets its label, and everything else goes on."""

import collections
import contextlib
import dataclasses
import importlib.metadata
import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure import cpus, plan, runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Selection
from fairfit.models.errors import UserError
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec
from fairfit.models.text import Text
from fairfit.progress import Silent
from fairfit.records import CellRecord, Run, Sample
from fairfit.runfiles import RunFolder
from tests.fakes import rows
from tests.workbench import MACHINE, comes_true, entries, noted, noted_pids, runs, tiny, workers_alive

TIME_LIMIT = 5.0  # seconds; only the style that hangs comes near it
QUICK = Options(precision=1e-9, budget=0, least_generations=1, most_generations=1, blocks=2, time_limit=60)


class Recorder(Silent):
    """Remembers what it is told; `at_step` is called whenever a piece of work is done."""

    def __init__(self, at_step: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.at_step = at_step
        self.notes: list[str] = []

    def step(self) -> None:
        self.at_step()

    def note(self, text: Text | str) -> None:
        self.notes.append(str(text))


@dataclass
class Outcome:
    """A run as it lies on disk, and what was told while it went on."""

    run: Run
    samples: list[Sample]
    folder: RunFolder
    progress: Recorder

    def cell(self, style: str, framework: str = "fake") -> CellRecord:
        return next(cell for cell in self.run.cells if (cell.cell.framework, cell.cell.style) == (framework, style))

    def statuses(self) -> dict[str, str]:
        return {f"{cell.cell.framework} {cell.cell.style}": cell.status for cell in self.run.cells}

    def samples_of(self, style: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.cell == self.cell(style).id]

    def generations(self) -> int:
        return len({sample.generation for sample in self.samples})


def empty_run(options: Options = QUICK) -> Run:
    return Run("test", "2020-01-01 00:00 UTC", "test", MACHINE, dataclasses.asdict(options))


def measure(
    path: Path,
    styles: list[str],
    options: Options = QUICK,
    *,
    specs: tuple[Spec, ...] = (),
    frameworks: tuple[str, ...] = ("numpy", "fake"),
    devices: tuple[str, ...] = ("cpu",),
    threads: tuple[str, ...] = ("1",),
    at_step: Callable[[], object] = lambda: None,
    made: Run | None = None,
) -> Outcome:
    """Measure the NumPy baseline and these styles, then read back what lies on disk; `made` is what the runner fills."""
    selection = Selection(frameworks=frameworks, styles=["numpy", *styles], devices=devices, threads=threads)
    laid_out = plan.make(specs or (tiny(),), selection)
    folder = RunFolder(path)
    folder.create()
    made = made or empty_run(options)
    progress = Recorder(at_step)
    runner.run(laid_out, folder, made, options, data_dir=None, progress=progress)
    return Outcome(folder.read(), folder.samples(), folder, progress)


# -- one run with everything in it

MISBEHAVIOUR = {  # style → status and what the reason must say
    "raises": ("failed", "ValueError: no epoch today"),
    "aborts": ("failed", "signal 6 (SIGABRT)"),
    "kills_itself": ("failed", "signal 9 (SIGKILL)"),
    "exits": ("failed", "exit status 3"),
    "sleeps": ("failed", "time limit"),
    "lies": ("refused", "1.0e+00 from the reference after epoch 1"),  # it stays at zero
    "diverges": ("refused", "not finite after epoch 1"),
    "unfenced": ("refused", "1.0e+00 from the reference after epoch 1"),
    "waits_when_read": ("refused", "its fence does not hold"),
    "not_here": ("unavailable", "fake has no compiler here"),
    "fails_later": ("failed", "RuntimeError: only the first process works"),
    "lies_later": ("refused", "from the reference after epoch 1"),
}
GOOD = ("numpy numpy", "fake right", "fake prints", "fake asynchronous", "slow right")
GENERATIONS, BLOCKS = 2, 3


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="module")
def outcome(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Two generations with all that can go wrong; the tests below look at it from every side."""
    options = Options(
        precision=1e-9,
        budget=0,
        least_generations=GENERATIONS,
        most_generations=GENERATIONS,
        blocks=BLOCKS,
        time_limit=TIME_LIMIT,
    )
    styles = ["right", "prints", "asynchronous", *MISBEHAVIOUR]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(registry, "FRAMEWORKS", entries(notes))
        frameworks = ("numpy", "fake", "slow", "broken", "absent")
        yield measure(tmp_path_factory.mktemp("run"), styles, options, frameworks=frameworks)


@pytest.mark.parametrize("style", MISBEHAVIOUR)
def test_a_misbehaving_cell_gets_its_label_and_the_reason(outcome: Outcome, style: str) -> None:
    cell = outcome.cell(style)
    status, reason = MISBEHAVIOUR[style]
    assert cell.status == status
    assert reason in str(cell.reason)


@pytest.mark.parametrize("name", GOOD)
def test_the_others_are_measured(outcome: Outcome, name: str) -> None:
    assert outcome.statuses()[name] == "measured"


def test_no_cell_is_left_without_an_answer(outcome: Outcome) -> None:
    assert "pending" not in outcome.statuses().values()


def test_a_time_limit_is_named_as_it_was_set(outcome: Outcome) -> None:
    assert "within 5 s" in str(outcome.cell("sleeps").reason)


def test_a_framework_that_is_not_installed_says_how_to_get_it(outcome: Outcome) -> None:
    cell = outcome.cell("right", "absent")
    assert cell.status == "unavailable" and "pip install" in str(cell.reason)


def test_a_framework_that_cannot_be_imported_keeps_its_traceback(outcome: Outcome) -> None:
    cell = outcome.cell("right", "broken")
    assert cell.status == "unavailable" and "installed but cannot be imported" in str(cell.reason)
    assert any("broken_import.py" in line for line in cell.log)


def test_a_failed_cell_keeps_the_last_lines_of_its_log(outcome: Outcome) -> None:
    assert outcome.cell("aborts").log[-1] == "last words"
    assert any("in train_epoch" in line for line in outcome.cell("raises").log)


def test_what_became_of_a_cell_is_told_at_once(outcome: Outcome) -> None:
    for style, (status, reason) in MISBEHAVIOUR.items():
        assert any(f"fake/{style}/" in note and status in note and reason in note for note in outcome.progress.notes), style


def test_our_own_sentences_are_told_in_both_languages(outcome: Outcome) -> None:
    for style in MISBEHAVIOUR:
        reason = outcome.cell(style).reason
        if isinstance(reason, str):  # what the framework itself said
            assert style in ("raises", "not_here", "fails_later")
        else:
            assert any("一" <= letter <= "鿿" for letter in reason.zh), reason


def test_every_block_holds_each_measured_cell_once(outcome: Outcome) -> None:
    measured = sorted(cell.id for cell in outcome.run.cells if cell.status == "measured")
    taken = collections.defaultdict(list)
    for sample in outcome.samples:
        if sample.cell in measured:
            taken[sample.generation, sample.block].append(sample.cell)
    assert sorted(taken) == [(g, b) for g in range(GENERATIONS) for b in range(BLOCKS)]
    assert all(sorted(cells) == measured for cells in taken.values())


def test_a_block_is_over_before_the_next_begins(outcome: Outcome) -> None:
    turns = [(sample.generation, sample.block) for sample in outcome.samples]
    assert turns == sorted(turns)


def test_the_order_within_a_block_is_random(outcome: Outcome) -> None:
    orders = collections.defaultdict(list)
    for sample in outcome.samples:
        orders[sample.generation, sample.block].append(sample.cell)
    assert len({tuple(order) for order in orders.values()}) > 1  # with six blocks of five cells and more all but certain


@pytest.mark.parametrize("style", [style for style, (status, _) in MISBEHAVIOUR.items() if not style.endswith("_later")])
def test_a_cell_that_was_never_proven_has_no_samples(outcome: Outcome, style: str) -> None:
    assert outcome.samples_of(style) == []


@pytest.mark.parametrize("style", ["fails_later", "lies_later"])
def test_a_cell_that_goes_wrong_in_the_second_generation_was_sampled_in_the_first_alone(outcome: Outcome, style: str) -> None:
    assert {sample.generation for sample in outcome.samples_of(style)} == {0}


def test_a_cell_that_failed_is_not_started_again(outcome: Outcome, notes: Path) -> None:
    assert len((notes / "Raises.pids").read_text().split()) == 1


def test_every_generation_has_processes_of_its_own(outcome: Outcome, notes: Path) -> None:
    pids = (notes / "Asynchronous.pids").read_text().split()
    assert len(pids) == len(set(pids)) == GENERATIONS


def test_the_time_measured_holds_the_work_of_the_device(outcome: Outcome) -> None:
    assert all(sample.seconds >= rows.EPOCH_SECONDS for sample in outcome.samples_of("asynchronous"))


def test_short_epochs_are_timed_many_together_and_long_ones_alone(outcome: Outcome) -> None:
    assert outcome.cell("numpy", "numpy").epochs_per_sample > 5  # an epoch of 20 rows takes well below 4 ms
    assert outcome.cell("asynchronous").epochs_per_sample == 1


def test_seconds_are_those_of_one_epoch(outcome: Outcome) -> None:
    assert all(sample.seconds < 0.005 for sample in outcome.samples_of("right"))  # together at least 0.02 s


def test_a_measured_cell_carries_its_proof(outcome: Outcome) -> None:
    cell = outcome.cell("right")
    assert cell.tolerance == 5e-5 and cell.mark == ""
    assert len(cell.distances) == 2 and all(0 <= distance < 5e-5 for distance in cell.distances)
    assert cell.metric == "r2" and cell.test_metric is not None


def test_a_refused_cell_carries_its_curve(outcome: Outcome) -> None:
    assert outcome.cell("lies").distances == [1.0, 1.0]
    assert len(outcome.cell("lies").train_losses) == 2


def test_an_asynchronous_cell_is_proven_like_any_other(outcome: Outcome) -> None:
    assert outcome.cell("asynchronous").distances == outcome.cell("right").distances


def test_startups_tell_what_each_process_cost(outcome: Outcome) -> None:
    startups = outcome.cell("right", "slow").startups
    assert [startup.generation for startup in startups] == [0, 1]
    for startup in startups:
        assert startup.import_seconds >= rows.SLOW_IMPORT_SECONDS > startup.build_seconds > 0
        assert startup.first_epoch_seconds > 0 and startup.peak_rss_bytes is not None and startup.peak_rss_bytes > 10e6


def test_a_cell_records_version_settings_and_environment(outcome: Outcome) -> None:
    cell = outcome.cell("right")
    assert cell.framework_version == "1.2.3"
    assert len(cell.settings["cpus"]) == 1  # confined to as many as it has threads
    assert cell.environment["OMP_NUM_THREADS"] == "1" and "HOME" not in cell.environment


def test_the_specs_are_recorded_with_their_reference(outcome: Outcome) -> None:
    record = outcome.run.specs["tiny"]
    assert (record.rows, record.inputs, record.outputs, record.digest) == (20, 2, 1, tiny().digest)
    assert len(record.reference_losses) == 2 and record.reference_losses[0] > record.reference_losses[1]


def test_a_run_records_what_a_report_tells_of_those_compared(outcome: Outcome) -> None:
    run = outcome.run
    assert run.fairfit_version == importlib.metadata.version("fairfit")
    assert list(run.frameworks) == ["numpy", "fake", "slow", "broken", "absent"]
    baseline = registry.find("numpy")
    assert (run.frameworks["numpy"].colour, run.frameworks["numpy"].baseline) == (baseline.colour, True)
    assert run.frameworks["fake"].levels["right"] == "arrays"
    assert list(run.levels) == list(registry.LEVELS)
    assert run.facts == []  # there is none about the fakes


def test_no_process_is_left_behind(outcome: Outcome, notes: Path) -> None:
    assert noted_pids(notes)
    assert comes_true(lambda: not any(runs(pid) for pid in noted_pids(notes)), seconds=5)
    assert workers_alive() == []


def test_run_json_can_be_read_by_any_json_reader(outcome: Outcome) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")  # Python writes NaN, which other readers refuse

    json.loads(outcome.folder.run_path.read_text(), parse_constant=refuse)


# -- runs of their own


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


def test_an_epoch_faster_than_the_machine_is_refused(fakes: Path, tmp_path: Path) -> None:
    """Who trains while the proof looks and then no longer is betrayed by the time."""
    data = SyntheticLinear(weight=(1.0,) * 20, rows=20_000, test_rows=5)
    spec = dataclasses.replace(tiny(batch_size=1000, learning_rate=0.01), data=data)
    found = measure(tmp_path / "run", ["right", "idles"], specs=(spec,))
    assert found.statuses() == {"numpy numpy": "measured", "fake right": "measured", "fake idles": "refused"}
    assert "impossible" in str(found.cell("idles").reason)


def test_the_floor_lies_below_an_honest_epoch(outcome: Outcome) -> None:
    floor = outcome.run.specs["tiny"].floor_seconds
    assert 0 < floor < min(sample.seconds for sample in outcome.samples)


def test_a_cell_that_is_not_steady_in_time_says_so(fakes: Path, tmp_path: Path) -> None:
    found = measure(tmp_path / "run", ["settles", "asynchronous"])
    assert any("no steady state" in str(note) for note in found.cell("settles").notes)
    assert found.cell("asynchronous").notes == []


def test_the_baseline_has_a_twin_that_is_measured_in_the_same_blocks(outcome: Outcome) -> None:
    baseline, twin = (cell for cell in outcome.run.cells if cell.cell.framework == "numpy")
    assert (baseline.cell.twin, twin.cell.twin, twin.status) == (0, 1, "measured")
    blocks = [{(s.generation, s.block) for s in outcome.samples if s.cell == cell.id} for cell in (baseline, twin)]
    assert blocks[0] == blocks[1] and len(blocks[0]) == GENERATIONS * BLOCKS


def test_the_time_of_the_harness_is_a_part_of_the_whole(outcome: Outcome) -> None:
    assert 0 <= outcome.run.harness_seconds < outcome.run.wall_seconds


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
