"""Whole small runs with the NumPy baseline and the fakes: every misbehaviour gets its label, and everything else goes on."""

import collections
import importlib.metadata
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure.options import Options
from fairfit.measure.proof import ALLOWED
from tests.fakes import rows
from tests.measure.whole_runs import Outcome, measure
from tests.workbench import comes_true, entries, noted_pids, runs, tiny, workers_alive

TIME_LIMIT = 5.0  # seconds; only the style that hangs comes near it


# -- one run with everything in it

MISBEHAVIOUR = {  # style → status and what the reason must say
    "raises": ("failed", "ValueError: no epoch today"),
    "aborts": ("failed", "signal 6 (SIGABRT)"),
    "kills_itself": ("failed", "signal 9 (SIGKILL)"),
    "exits": ("failed", "exit status 3"),
    "sleeps": ("failed", "time limit"),
    "lies": ("refused", "after epoch 1 the bias is 1.0e+00 from the reference"),  # it stays at zero
    "diverges": ("refused", "after epoch 1 weights are not finite"),
    "unfenced": ("refused", "after epoch 1 the bias is 1.0e+00 from the reference"),
    "waits_when_read": ("refused", "its fence does not hold"),
    "not_here": ("unavailable", "fake has no compiler here"),
    "fails_later": ("failed", "RuntimeError: only the first process works"),
    "lies_later": ("refused", "after epoch 1 the bias is 1.0e+00 from the reference"),
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
        again=0,
        solving=False,
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
    assert cell.allowed == ALLOWED and cell.mark == ""
    assert len(cell.distances) == 2 and all(0 <= distance < 1e-5 for distance in cell.distances)
    assert len(cell.times_rounding) == 2 and all(times <= ALLOWED for times in cell.times_rounding)
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
    assert cell.environment["OMP_NUM_THREADS"] == "1" and cell.environment["HOME"] == "<own>/home"


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


def test_the_floor_lies_below_an_honest_epoch(outcome: Outcome) -> None:
    floor = outcome.run.floors["tiny/cpu/1"].seconds
    assert 0 < floor < min(sample.seconds for sample in outcome.samples)


def test_the_baseline_has_a_twin_that_is_measured_in_the_same_blocks(outcome: Outcome) -> None:
    baseline, twin = (cell for cell in outcome.run.cells if cell.cell.framework == "numpy")
    assert (baseline.cell.twin, twin.cell.twin, twin.status) == (0, 1, "measured")
    blocks = [{(s.generation, s.block) for s in outcome.samples if s.cell == cell.id} for cell in (baseline, twin)]
    assert blocks[0] == blocks[1] and len(blocks[0]) == GENERATIONS * BLOCKS


def test_the_time_of_the_harness_is_a_part_of_the_whole(outcome: Outcome) -> None:
    assert 0 <= outcome.run.harness_seconds < outcome.run.wall_seconds
