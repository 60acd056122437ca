"""The statistics: known values, and simulated runs whose truth is known."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
import pytest

from fairfit import statistics
from fairfit.records import Sample
from fairfit.statistics import Estimate, Group
from tests.calibration import coverage

Blocks = dict[tuple[int, int], float]


def blocks(*generations: list[float]) -> Blocks:
    """Seconds by generation and block."""
    return {(g, b): seconds for g, values in enumerate(generations) for b, seconds in enumerate(values)}


# -- known values


def test_samples_are_sorted_by_cell_generation_and_block() -> None:
    samples = [Sample("a", 0, 1, 0, 1, 2.0, 0.0), Sample("b", 0, 1, 0, 1, 3.0, 0.0), Sample("a", 1, 0, 0, 1, 4.0, 0.0)]
    assert statistics.by_cell(samples) == {"a": {(0, 1): 2.0, (1, 0): 4.0}, "b": {(0, 1): 3.0}}


def test_a_typical_epoch_is_the_geometric_mean_of_the_medians_of_generations() -> None:
    assert statistics.epoch_seconds(blocks([1.0, 2.0, 100.0], [8.0, 8.0, 8.0])).value == pytest.approx(4.0)  # √(2 · 8)


def test_one_disturbed_block_does_not_move_a_typical_epoch() -> None:
    assert statistics.epoch_seconds(blocks([1.0, 1.0, 50.0])).value == pytest.approx(1.0)


def test_the_interval_is_students_over_generations() -> None:
    logarithms = (0.0, 0.1, 0.2, 0.3, 0.4)
    estimate = statistics.epoch_seconds(blocks(*([math.exp(value)] * 3 for value in logarithms)))
    reach = 2.776445 * 0.158114 / math.sqrt(5)  # Student's quantile for 4 degrees of freedom · deviation / √5
    assert (estimate.low, estimate.high) == pytest.approx((math.exp(0.2 - reach), math.exp(0.2 + reach)), rel=1e-5)


def test_more_blocks_of_the_same_processes_narrow_nothing() -> None:
    few = statistics.epoch_seconds(blocks([1.0] * 3, [1.1] * 3))
    many = statistics.epoch_seconds(blocks([1.0] * 300, [1.1] * 300))
    assert (many.low, many.high) == pytest.approx((few.low, few.high))


def test_noise_within_the_only_process_widens_the_interval() -> None:
    quiet, noisy = statistics.epoch_seconds(blocks([1.0, 1.01, 1.02])), statistics.epoch_seconds(blocks([1.0, 1.3, 1.7]))
    assert noisy.half_width > 3 * quiet.half_width


def test_one_sample_alone_says_little() -> None:
    assert statistics.epoch_seconds({(0, 0): 1.0}).half_width > 0.5


@pytest.mark.parametrize("generations", [1, 2, 3])
def test_a_few_generations_that_agree_by_chance_are_not_trusted(generations: int) -> None:
    """Processes scatter by some per cent: a difference of 1 % needs more than a first look."""
    ratio = statistics.ratio(blocks(*[[1.01] * 3] * generations), blocks(*[[1.0] * 3] * generations))
    assert ratio is not None and ratio.low < 1 < ratio.high


def test_one_generation_tells_twice_from_equal() -> None:
    ratio = statistics.ratio(blocks([2.0] * 3), blocks([1.0] * 3))
    assert ratio is not None and ratio.low > 1.5


def test_a_ratio_says_how_many_times_longer() -> None:
    ratio = statistics.ratio(blocks([2.0, 4.0, 6.0], [2.0]), blocks([1.0, 2.0, 3.0], [1.0]))
    assert ratio is not None
    assert ratio.value == pytest.approx(2.0)
    assert ratio.low < 2.0 < ratio.high


def test_a_ratio_turned_round_is_one_over_it() -> None:
    here, there = blocks([1.0, 1.2], [1.1, 1.3]), blocks([2.0, 2.5], [2.1, 2.0])
    forward, back = statistics.ratio(here, there), statistics.ratio(there, here)
    assert forward is not None and back is not None
    assert (forward.value, forward.low) == pytest.approx((1 / back.value, 1 / back.high))


def test_a_ratio_uses_the_blocks_that_both_have() -> None:
    ratio = statistics.ratio(blocks([2.0, 999.0]), {(0, 0): 1.0, (5, 0): 777.0})
    assert ratio is not None and ratio.value == pytest.approx(2.0)


def test_cells_that_share_no_block_have_no_ratio() -> None:
    assert statistics.ratio({(0, 0): 1.0}, {(1, 0): 1.0}) is None


def test_half_width_is_a_share_of_the_value() -> None:
    assert Estimate(2.0, 1.9, 2.1).half_width == pytest.approx(0.05)


def test_the_fastest_cell_has_the_shortest_typical_epoch() -> None:
    cells: Mapping[str, Blocks] = {"slow": blocks([2.0, 2.0, 0.1]), "quick": blocks([1.0, 1.0, 50.0])}
    assert statistics.fastest(cells) == "quick"


def test_without_cells_there_is_no_fastest() -> None:
    assert statistics.fastest({}) is None


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (1.02, 1.05, "slower"),
        (0.95, 0.98, "faster"),
        (0.99, 1.01, "no difference shown"),
        (0.90, 1.20, "inconclusive"),
        (1.00, 1.01, "no difference shown"),  # an interval that touches 1 holds it
        (1.001, 1.002, "no difference shown"),  # certain, and too small for a word
        (1.005, 1.20, "inconclusive"),
        (1.50, 3.00, "slower"),  # a difference that is certain but not known well
    ],
)
def test_the_verdict_says_what_the_interval_shows(low: float, high: float, word: str) -> None:
    assert statistics.verdict(Estimate(math.sqrt(low * high), low, high), precision=0.02) == word


# -- cells of one group


def test_dividing_two_times_of_a_group_gives_their_ratio() -> None:
    """What a published table once showed: 775, 478 and 1,042 ms, 5.9, 5.1 and 12.9 times the fastest."""
    nn = blocks([0.775, 0.478, 1.042])
    fast = blocks([0.131, 0.094, 0.081])
    other = blocks([0.3, 0.2, 0.5], [0.4, 0.3, 0.2])
    group = Group({"nn": nn, "fast": fast, "other": other})
    seconds = {cell: group.epoch_seconds(cell).value for cell in group.cells}
    for one, two in itertools.permutations(seconds, 2):
        ratio = group.ratio(one, two)
        assert ratio is not None and ratio.value == pytest.approx(seconds[one] / seconds[two])


def test_two_cells_of_a_group_are_compared_as_they_are_alone() -> None:
    here, there = blocks([1.0, 1.2, 1.3], [1.1, 1.3, 1.0]), blocks([2.0, 2.5, 1.9], [2.1, 2.0, 3.0])
    assert Group({"a": here, "b": there}).ratio("a", "b") == pytest.approx(statistics.ratio(here, there))


def test_a_cell_alone_has_the_time_of_its_samples() -> None:
    cell = blocks([1.0, 2.0, 100.0], [8.0, 8.0, 8.0])
    assert Group({"a": cell}).epoch_seconds("a") == pytest.approx(statistics.epoch_seconds(cell))


def test_a_cell_that_lacks_the_slow_blocks_is_not_taken_for_a_faster_one() -> None:
    """The machine is three times as slow in the second half, of which one cell saw nothing: it was interrupted."""
    drift = {(g, b): 3.0 if g > 0 else 1.0 + b / 10 for g, b in np.ndindex(3, 3)}
    cells: dict[str, Blocks] = {str(times): {key: times * slow for key, slow in drift.items()} for times in (1, 2, 5)}
    cells["4"] = {key: 4 * drift[key] for key in [(0, 0), (0, 1)]}
    group = Group(cells)
    ratios = [group.ratio(cell, "1") for cell in cells]
    assert [ratio.value for ratio in ratios if ratio] == pytest.approx([1, 2, 5, 4])
    seconds = [group.epoch_seconds(cell).value for cell in cells]
    assert np.divide(seconds, seconds[0]) == pytest.approx([1, 2, 5, 4])


def test_cells_of_a_group_that_share_no_block_have_no_ratio() -> None:
    group = Group({"a": {(0, 0): 1.0}, "b": {(1, 0): 1.0}})
    assert group.ratio("a", "b") is None


def test_a_group_has_the_disturbed_block_of_one_cell_in_no_other() -> None:
    quiet, disturbed = blocks([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]), blocks([2.0, 2.0, 80.0], [2.0, 2.0, 2.0])
    group = Group({"a": quiet, "b": disturbed, "c": quiet})
    assert [group.epoch_seconds(cell).value for cell in "abc"] == pytest.approx([1, 2, 1])


# -- dispatch and rate


def test_dispatch_and_rate_are_those_of_the_line() -> None:
    seconds = {size: blocks(*[[1e-4 + size / 1e6] * 3] * 2) for size in (10, 100, 1000)}
    found = statistics.dispatch_and_rate(seconds)
    assert found is not None
    assert [estimate.value for estimate in found] == pytest.approx([1e-4, 1e6])


def test_noise_within_a_process_widens_dispatch() -> None:
    widths = []
    for noise in (0.001, 0.1):
        noisy = [[(1e-4 + size / 1e6) * factor for factor in (1 - noise, 1.0, 1 + noise)] for size in (10, 100, 1000)]
        found = statistics.dispatch_and_rate(dict(zip((10, 100, 1000), map(blocks, noisy), strict=True)))
        assert found is not None
        widths.append(found[0].half_width)
    assert widths[1] > 2 * widths[0]


def test_a_step_that_costs_nothing_but_its_rows_has_no_dispatch() -> None:
    falling = {size: blocks([size / 1e6 * factor] * 2) for size, factor in ((10, 0.8), (100, 1.0), (1000, 1.2))}
    assert statistics.dispatch_and_rate(falling) is None


# -- simulated runs


class Machine:
    """A simulated machine: its drift slows down all cells alike, each process has a speed of its own, each sample noise.

    All three are log-normal; the deviations are those of the facts the method was built on, or more.
    """

    between, noise, drift = 0.02, 0.02, 0.05

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def measure(self, *true_seconds: float, generations: int, blocks: int) -> list[Blocks]:
        """One run of cells with these true times, as samples by generation and block."""
        shape = (generations, blocks)
        logarithms = (
            np.log(true_seconds)[:, None, None]
            + self.random.normal(0, self.drift, shape)
            + self.random.normal(0, self.between, (len(true_seconds), generations, 1))
            + self.random.normal(0, self.noise, (len(true_seconds), *shape))
        )
        return [{(g, b): float(cell[g, b]) for g, b in np.ndindex(shape)} for cell in np.exp(logarithms)]


def test_a_paired_ratio_is_immune_to_drift() -> None:
    """The machine slows down by 20 % from the first sample to the last; one cell takes 1.5 times as long as the other."""
    generations, blocks_each = 5, 4
    slowdown = np.linspace(1.0, 1.2, 2 * generations * blocks_each)
    turns = [(g, b, cell) for g in range(generations) for b in range(blocks_each) for cell in ("a", "b")]
    paired: dict[str, Blocks] = {"a": {}, "b": {}}
    for moment, (g, b, cell) in zip(slowdown, turns, strict=True):
        paired[cell][g, b] = float({"a": 1.0, "b": 1.5}[cell] * moment)
    ratio = statistics.ratio(paired["b"], paired["a"])
    assert ratio is not None and abs(ratio.value / 1.5 - 1) < 0.01

    # what most benchmarks do: all of one, then all of the other, and the ratio of the means
    half = len(slowdown) // 2
    assert abs(np.mean(1.5 * slowdown[half:]) / np.mean(slowdown[:half]) / 1.5 - 1) > 0.05


REPETITIONS = 2000  # the share of 95 % is then known to ± 1 % (two standard errors)


@pytest.mark.parametrize("tails", coverage.TAILS)
@pytest.mark.parametrize(("generations", "blocks_each", "noise"), [(5, 3, 0.02), (12, 3, 0.1), (5, 2, 0.3), (1, 5, 0.1)])
def test_95_of_100_intervals_of_a_ratio_hold_the_truth(generations: int, blocks_each: int, noise: float, tails: str) -> None:
    corner = coverage.simulated(generations, blocks_each, noise, between=0.05, tails=tails)
    assert 0.93 <= corner.held <= 0.98
    assert corner.different <= 0.05


@pytest.mark.parametrize("tails", coverage.TAILS)
@pytest.mark.parametrize(("generations", "blocks_each"), [(1, 2), (1, 3), (2, 3), (3, 2), (4, 10)])
@pytest.mark.parametrize(("noise", "between"), [(0.01, 0.05), (0.2, 0.01), (0.3, 0.005)])
def test_intervals_of_few_generations_are_rather_too_wide_than_too_narrow(
    generations: int, blocks_each: int, noise: float, between: float, tails: str
) -> None:
    corner = coverage.simulated(generations, blocks_each, noise, between, tails)
    assert corner.held >= 0.93
    assert corner.different <= 0.05


@pytest.mark.parametrize(("generations", "blocks_each", "noise"), [(1, 2, 0.3), (3, 4, 0.1), (5, 2, 0.01)])
def test_the_published_coverage_is_what_is_simulated(generations: int, blocks_each: int, noise: float) -> None:
    published = coverage.PUBLISHED.read_text(encoding="utf-8").splitlines()
    assert coverage.row(generations, blocks_each, noise) in published


def test_95_of_100_intervals_of_an_epoch_hold_the_truth() -> None:
    machine, held = Machine(seed=2), 0
    for _ in range(REPETITIONS):
        (here,) = machine.measure(0.1, generations=5, blocks=3)
        estimate = statistics.epoch_seconds(here)
        held += estimate.low <= 0.1 <= estimate.high
    assert 0.93 <= held / REPETITIONS <= 0.97


@pytest.mark.parametrize("generations", [1, 2, 5])
def test_two_equal_cells_are_seldom_called_different(generations: int) -> None:
    machine, different = Machine(seed=3), 0
    for _ in range(REPETITIONS):
        here, there = machine.measure(1.0, 1.0, generations=generations, blocks=3)
        ratio = statistics.ratio(here, there)
        assert ratio is not None
        different += statistics.verdict(ratio, precision=0.02) in ("slower", "faster")
    assert different / REPETITIONS <= 0.06


def test_a_difference_of_a_tenth_is_found() -> None:
    """The counter-check of the test above: a method that never calls anything different would pass it."""
    machine, found = Machine(seed=4), 0
    for _ in range(200):
        here, there = machine.measure(1.1, 1.0, generations=5, blocks=3)
        ratio = statistics.ratio(here, there)
        assert ratio is not None
        found += statistics.verdict(ratio, precision=0.02) == "slower"
    assert found / 200 > 0.95


def test_scatter_of_processes_taken_for_scatter_of_samples_would_call_equal_cells_different() -> None:
    """Why the generation is the unit: the same samples, each counted as if it were independent."""
    machine, different = Machine(seed=5), 0
    for _ in range(200):
        here, there = machine.measure(1.0, 1.0, generations=5, blocks=5)
        pretended = [{(g * 5 + b, 0): seconds for (g, b), seconds in cell.items()} for cell in (here, there)]
        ratio = statistics.ratio(*pretended)
        assert ratio is not None
        different += not ratio.low <= 1 <= ratio.high
    assert different / 200 > 0.2


@pytest.mark.parametrize("scatter", [0.01, 0.03])
def test_stopping_when_precise_does_not_call_equal_cells_different_more_often(scatter: float) -> None:
    """A/A as `run` does it: one generation more until the interval is within ± 2 %, looking every time."""
    random, repetitions, different = np.random.default_rng(3), 1500, 0
    for _ in range(repetitions):
        found: Blocks = {}
        for generation in range(30):
            found[generation, 0] = math.exp(scatter * random.standard_normal())
            if generation < 4:
                continue
            estimate = statistics.epoch_seconds(found)
            if estimate.half_width <= 0.02:
                break
        different += not estimate.low <= 1 <= estimate.high  # the interval alone, without the smallest difference
    assert different / repetitions <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repetitions)  # three standard errors of a share
