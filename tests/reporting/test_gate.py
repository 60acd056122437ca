"""The gate: what is shown not to be slower, what is shown to be, and all that it must not be green for by not knowing."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fairfit.models.text import Text
from fairfit.records import CellRecord
from fairfit.reporting import changes, gate
from fairfit.reporting.disturbances import Disturbances
from fairfit.reporting.evidence import Evidence, read
from fairfit.reporting.gate import Gate
from fairfit.statistics import Estimate
from tests.reporting.made_up import MACHINE, record, run, samples, spec_record, write

NUMPY, NN = "tiny/numpy/numpy/cpu/1/resident", "tiny/pytorch/nn/cpu/1/resident"
TWIN = f"{NUMPY}/twin1"
FINGERPRINT = {"cpu": "a CPU", "system": "x86_64", "numpy": "1.26.4", "adapter of numpy": "a", "pytorch": "2.13.0"}


def made(path: Path, times: dict[str, float], records: tuple[CellRecord, ...] = (), **more: Any) -> Evidence:
    """A run of cells with these times, in milliseconds of five generations; `records` replaces those of their ids."""
    by_id = {name: record(name) for name in times} | {item.id: item for item in records}
    taken = [sample for name, milliseconds in times.items() for sample in samples(name, milliseconds)]
    return read([write(path, run(list(by_id.values()), **({"fingerprint": FINGERPRINT} | more)), taken)])


def judged(before: Evidence, after: Evidence, *, tolerance: float = 0.1, accuracy: float = 0.005) -> dict[str, gate.Judged]:
    return {cell.cell: cell for cell in Gate(before, after, tolerance, accuracy).cells}


def kinds(cell: gate.Judged) -> list[str]:
    return [reason.kind for reason in (*cell.behind, *cell.unknown)]


def shaken(evidence: Evidence, factor: float, generations: int) -> Evidence:
    """The same cells with times that scatter: one way in every second generation, the other way in the rest."""
    rows = [
        dataclasses.replace(
            row,
            blocks={
                key: value * factor ** ((-1) ** key[0] if row.record.id == NN else 0)
                for key, value in row.blocks.items()
                if key[0] < generations
            },
        )
        for row in evidence.rows
    ]
    return dataclasses.replace(evidence, rows=rows)


@pytest.mark.parametrize(("milliseconds", "verdict"), [(10.1, gate.NOT_SLOWER), (5.0, gate.NOT_SLOWER), (12.0, gate.SLOWER)])
def test_a_narrow_interval_decides(tmp_path: Path, milliseconds: float, verdict: str) -> None:
    found = judged(made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 2.01, NN: milliseconds}))
    assert (found[NN].verdict, found[NUMPY].verdict) == (verdict, gate.YARDSTICK)
    assert found[NN].divided_by == NUMPY


def test_a_wide_interval_decides_nothing_and_says_what_it_could_have_shown(tmp_path: Path) -> None:
    before = shaken(made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), 1.03, 2)
    found = judged(before, shaken(made(tmp_path / "b", {NUMPY: 2.0, NN: 11.5}), 1.03, 2))[NN]
    assert found.verdict == gate.UNKNOWN and kinds(found) == ["interval"]
    assert found.ratio is not None and found.ratio.low < 1.1 < found.ratio.high
    assert found.smallest_slowdown is not None
    at_the_bound = 10.0 * (1 + found.smallest_slowdown)
    just_more = shaken(made(tmp_path / "c", {NUMPY: 2.0, NN: at_the_bound * 1.001}), 1.03, 2)
    just_less = shaken(made(tmp_path / "d", {NUMPY: 2.0, NN: at_the_bound * 0.999}), 1.03, 2)
    assert judged(before, just_more)[NN].verdict == gate.SLOWER
    assert judged(before, just_less)[NN].verdict == gate.UNKNOWN


def test_drift_that_the_baseline_shares_is_no_regression(tmp_path: Path) -> None:
    before, after = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 2.4, NN: 12.0})
    assert judged(before, after)[NN].verdict == gate.NOT_SLOWER
    assert Gate(before, after, 0.1, 0.005).yardsticks["tiny/cpu/1"].drift.value == pytest.approx(1.2)


def test_a_slowdown_that_drift_hides_is_found(tmp_path: Path) -> None:
    """The machine became faster by a fifth, the cell did not."""
    found = judged(made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 1.65, NN: 10.0}))
    assert found[NN].verdict == gate.SLOWER


def test_a_machine_half_as_fast_was_busy(tmp_path: Path) -> None:
    found = judged(made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 4.0, NN: 24.0}))
    assert found[NN].verdict == gate.UNKNOWN and kinds(found[NN]) == ["drift"]


def test_without_a_shared_baseline_the_drift_is_in_the_interval(tmp_path: Path) -> None:
    before, after = made(tmp_path / "a", {NN: 10.0}), made(tmp_path / "b", {NN: 10.0})
    found = changes.changes(before, made(tmp_path / "c", {NN: 10.1}))[0]
    assert found.divided_by == "" and found.ratio is not None and found.ratio.high > 1.1
    assert judged(before, made(tmp_path / "d", {NN: 10.1}))[NN].verdict == gate.UNKNOWN
    assert judged(before, made(tmp_path / "e", {NN: 30.0}))[NN].verdict == gate.SLOWER
    assert judged(before, after)[NN].verdict == gate.NOT_SLOWER  # the same samples: nothing was measured anew


def test_another_version_of_the_baseline_measures_no_drift(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, (record(NUMPY, framework_version="2.0"),))
    assert changes.yardsticks(before, after) == {}
    other_adapter = made(tmp_path / "c", {NUMPY: 2.0, NN: 10.0}, fingerprint=FINGERPRINT | {"adapter of numpy": "b"})
    assert changes.yardsticks(before, other_adapter) == {}


def test_a_noisy_machine_is_believed_only_what_is_beyond_its_noise(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, TWIN: 2.0, NN: 10.0})
    for number, (milliseconds, verdict) in enumerate(((10.1, gate.UNKNOWN), (12.5, gate.UNKNOWN), (20.0, gate.SLOWER))):
        found = judged(before, made(tmp_path / str(number), {NUMPY: 2.0, TWIN: 2.4, NN: milliseconds}))[NN]
        assert found.verdict == verdict
        assert verdict == gate.SLOWER or kinds(found) == ["busy machine"]


def test_times_of_a_run_that_others_disturbed_are_not_believed(tmp_path: Path) -> None:
    """The same code beside another load: no regression, and not green. A slowdown that no load makes is one."""
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    for number, (milliseconds, verdict) in enumerate(((10.01, gate.UNKNOWN), (19.0, gate.UNKNOWN), (40.0, gate.SLOWER))):
        after = made(tmp_path / str(number), {NUMPY: 2.001, NN: milliseconds})
        busy = dataclasses.replace(after, disturbances=[Disturbances(10, 8, 2, 10, 8)])
        assert judged(before, busy)[NN].verdict == verdict
        assert verdict == gate.SLOWER or "8 of the 10 samples" in judged(before, busy)[NN].unknown[0].text.en
        hardly = dataclasses.replace(after, disturbances=[Disturbances(100, 8, 7, 100, 1)])
        assert judged(before, hardly)[NN].verdict == (gate.NOT_SLOWER if milliseconds < 11 else gate.SLOWER)


@pytest.mark.parametrize(
    ("before", "after", "verdict", "kind"),
    [
        ("measured", "refused", gate.WORSE, ["refused"]),
        ("measured", "failed", gate.WORSE, ["failed"]),
        ("measured", "unavailable", gate.UNKNOWN, ["unavailable"]),
        ("measured", "pending", gate.UNKNOWN, ["pending"]),
        ("refused", "measured", gate.UNKNOWN, ["refused in the baseline"]),
        ("pending", "measured", gate.UNKNOWN, ["pending in the baseline"]),
        ("failed", "failed", gate.UNKNOWN, ["failed"]),
        ("unavailable", "unavailable", gate.IN_NEITHER, []),
    ],
)
def test_a_cell_without_a_time_is_named(tmp_path: Path, before: str, after: str, verdict: str, kind: list[str]) -> None:
    reason = Text("it is so", "就是这样")
    runs = [
        made(tmp_path / str(number), {NUMPY: 2.0}, (record(NUMPY), record(NN, status, reason=reason)))
        for number, status in enumerate((before, after))
    ]
    found = judged(runs[0], runs[1])[NN]
    assert (found.verdict, kinds(found)) == (verdict, kind)
    assert all("it is so" in item.text.en for item in (*found.behind, *found.unknown) if "measured" not in (before, item.kind))


def test_a_cell_that_one_run_lacks_is_named_on_either_side(tmp_path: Path) -> None:
    both, one = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 2.0})
    assert kinds(judged(both, one)[NN]) == ["missing"]
    assert kinds(judged(one, both)[NN]) == ["missing in the baseline"]


def test_a_cell_whose_time_is_gone_is_named(tmp_path: Path) -> None:
    timed, untimed = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}), made(tmp_path / "b", {NUMPY: 2.0}, (record(NUMPY), record(NN)))
    assert kinds(judged(timed, untimed)[NN]) == ["no time"]
    assert kinds(judged(untimed, timed)[NN]) == ["no time in the baseline"]


def test_another_spec_of_the_same_name_is_not_compared(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, specs={"tiny": spec_record(batch_size=5)})
    assert kinds(judged(before, after)[NN]) == ["another spec"]
    assert changes.changes(before, after)[1].ratio is None


@pytest.mark.parametrize("other", [{"cpu": "another"}, {"cpus": 64}])
def test_another_machine_tells_nothing_of_speed(tmp_path: Path, other: dict[str, Any]) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 50.0}, machine=dataclasses.replace(MACHINE, **other))
    assert kinds(judged(before, after)[NN]) == ["another machine"]


def test_the_update_of_a_kernel_makes_no_other_machine(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0}, fingerprint=FINGERPRINT | {"system": "Linux-6.1.1"})
    machine = dataclasses.replace(MACHINE, system="Linux-6.1.2", memory_bytes=MACHINE.memory_bytes - 4096)
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, machine=machine, fingerprint=FINGERPRINT | {"system": "Linux-6.1.2"})
    assert judged(before, after)[NN].verdict == gate.NOT_SLOWER
    assert changes.differences(before.runs[0], after.runs[0]) == []


def test_what_differs_is_named(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0})
    machine = dataclasses.replace(MACHINE, governor="powersave", memory_bytes=2**30)
    after = made(tmp_path / "b", {NUMPY: 2.0}, fingerprint=FINGERPRINT | {"pytorch": "2.14.0"}, machine=machine)
    found = changes.differences(before.runs[0], after.runs[0])
    assert [(one.name, one.before, one.after) for one in found] == [
        ("governor", "", "powersave"), ("memory", "24 GiB", "1 GiB"), ("pytorch", "2.13.0", "2.14.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(("metric", "moved"), [(0.875, False), (0.8, True), (0.95, True), (0.88, False)])
def test_accuracy_may_move_neither_way(tmp_path: Path, metric: float, moved: bool) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, (record(NN, test_metric=metric),))
    assert kinds(judged(before, after, accuracy=0.01)[NN]) == (["metric"] if moved else [])
    assert judged(before, after, accuracy=0.2)[NN].verdict == gate.NOT_SLOWER


def test_a_metric_that_is_gone_is_not_green(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    after = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, (record(NN, test_metric=None),))
    assert (judged(before, after)[NN].verdict, kinds(judged(before, after)[NN])) == (gate.UNKNOWN, ["no metric"])


def test_a_distance_that_grew_tenfold_is_told_and_rounding_is_not(tmp_path: Path) -> None:
    before = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    far = made(tmp_path / "b", {NUMPY: 2.0, NN: 10.0}, (record(NN, distances=[1e-6, 1e-6]),))
    near = made(tmp_path / "c", {NUMPY: 2.0, NN: 10.0}, (record(NN, distances=[3e-7, 3e-7]),))
    assert (judged(before, far)[NN].verdict, kinds(judged(before, far)[NN])) == (gate.WORSE, ["distance"])
    assert judged(before, near)[NN].verdict == gate.NOT_SLOWER


def test_a_proof_is_gated_on_what_it_has(tmp_path: Path) -> None:
    timed = made(tmp_path / "a", {NUMPY: 2.0, NN: 10.0})
    proof = made(tmp_path / "b", {}, (record(NUMPY), record(NN)), options={"timing": False})
    assert {cell.verdict for cell in judged(timed, proof).values()} == {gate.PROVEN}


def test_the_change_of_a_quotient_adds_as_squares() -> None:
    found = changes.quotient(Estimate(2.0, 1.0, 4.0), Estimate(1.0, 0.5, 2.0))
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2 * 2 ** -(2**0.5), 2 * 2 ** (2**0.5)))
