"""The statistics of the comparison: pure functions over samples.

The cells of a group take turns in blocks. What a block does to all of them alike, the drift of the machine, is taken off by
a two-way fit of the log-seconds, cells by blocks, in medians (J. W. Tukey, "Exploratory Data Analysis", 1977, chapter 11).
What is left of a cell is summed up by the mean over generations of the median of each: its typical epoch. The ratio of two
cells is the quotient of these: dividing two times of a table gives their ratio, dividing two ratios a third. For two cells
alone it is, in each generation, the median of their ratios block by block.

Two scatters make an interval. Samples of one process share its memory layout, so that they tell of the noise within
processes, and only fresh processes, a generation, tell how these differ. From five generations on it is the scatter of
their medians that counts, which holds both: Student's interval over generations. Measuring goes on until intervals are
narrow enough, and an interval from all that was measured by then would be too narrow, as one stops when the scatter happens
to look small. So the scatter is taken from the first five alone, the mean from all, and the interval is exact however often
it is looked at (C. Stein, "A two-sample test for a linear hypothesis whose power is independent of the variance", Annals of
Mathematical Statistics 16, 1945).

For each generation that is missing to five stands what it may at most be off by: the square of the normal reach of an
assumed scatter between processes, plus the square of Student's reach of the noise that was seen within. Adding squared
reaches, each with its own quantile, rather than variances with one, keeps the coverage where one of them rests on few
samples (W. G. Cochran, "Approximate significance levels of the Behrens-Fisher test", Biometrics 20, 1964; F. A. Graybill,
C.-M. Wang, "Confidence intervals on nonnegative linear combinations of variances", Journal of the American Statistical
Association 75, 1980). How often it holds is in results/published/coverage.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median

import numpy as np
from scipy.special import stdtrit

from fairfit.records import Sample

ENOUGH_GENERATIONS = 5
"""The generations from which the scatter is taken; with these the interval rests on the measurements alone."""

ASSUMED_SCATTER = 0.07
"""The standard deviation of log-ratios between generations that is assumed while there are fewer than five: 0.05 for each of
the two processes. 0.024 to 0.036 were seen between unpinned processes, 0.009 between pinned ones."""

ASSUMED_NOISE = 0.4
"""The standard deviation of log-ratios within processes that is assumed while no process has been sampled twice: more than
has been seen beside other work."""

SMALLEST_DIFFERENCE = 0.01
"""Differences below this get no word: between two processes of the same program, pinned to the same CPU, the layout of their
memory alone makes that much."""

DISTURBED = 0.05
"""The share of a sample's time lost to others from which on it is taken again: samples of a quiet process scatter by as much,
so that less than this is not to be told from noise; a quiet CPU shows below 0.01."""

SWEEPS = 10
"""Of the two-way fit: blocks by cells, cells by blocks. Two cells in all blocks need one; cells that lack some need more."""

NORMAL = 1.959964  # half the width of the normal distribution's 95 %, in standard deviations

Blocks = Mapping[tuple[int, int], float]  # (generation, block) → seconds of one epoch


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval, as a share of the value."""
        return (self.high - self.low) / 2 / self.value


@dataclass(frozen=True)
class Group:
    """Cells that took turns, by their ids; not each must have been sampled in every block."""

    cells: Mapping[str, Blocks]

    @cached_property
    def typical(self) -> dict[str, float]:
        """The logarithm of each cell's typical epoch in seconds, free of what blocks do to all cells alike."""
        logarithms = {cell: _logarithms(blocks) for cell, blocks in self.cells.items() if blocks}
        typical = {cell: _middle(values) for cell, values in logarithms.items()}
        for _ in range(SWEEPS):
            off: dict[tuple[int, int], list[float]] = defaultdict(list)
            for cell, values in logarithms.items():
                for key, value in values.items():
                    off[key].append(value - typical[cell])
            drift = {key: median(values) for key, values in off.items()}
            typical = {
                cell: _middle({key: value - drift[key] for key, value in values.items()}) for cell, values in logarithms.items()
            }
        usual = _middle(drift) if typical else 0.0  # times are those of the machine as it usually was
        return {cell: value + usual for cell, value in typical.items()}

    def epoch_seconds(self, cell: str) -> Estimate:
        """The typical epoch of a cell; its interval holds the drift of the machine, too."""
        return _around(self.typical[cell], _reach(_logarithms(self.cells[cell])))

    def ratio(self, cell: str, baseline: str) -> Estimate | None:
        """How many times longer than the baseline an epoch takes; None where they share no block.

        The interval comes from the blocks that both have.
        """
        shared = _log_ratios(self.cells[cell], self.cells[baseline])
        return _around(self.typical[cell] - self.typical[baseline], _reach(shared)) if shared else None


def by_cell(samples: Iterable[Sample]) -> dict[str, dict[tuple[int, int], float]]:
    """Seconds of an epoch by cell, generation and block."""
    cells: dict[str, dict[tuple[int, int], float]] = defaultdict(dict)
    for sample in counted(samples):
        cells[sample.cell][sample.generation, sample.block] = sample.seconds
    return dict(cells)


def disturbed(sample: Sample) -> bool:
    """Whether so much of its time was lost to others that it is taken again."""
    return sample.disturbance > DISTURBED


def counted(samples: Iterable[Sample]) -> list[Sample]:
    """Of each cell and block the least disturbed sample: one that was not disturbed where there is one, and the pairs by block
    stay whole where there is none."""
    least: dict[tuple[str, int, int], Sample] = {}
    for sample in samples:
        key = sample.cell, sample.generation, sample.block
        if key not in least or sample.disturbance <= least[key].disturbance:
            least[key] = sample
    return list(least.values())


def fastest(cells: Mapping[str, Blocks]) -> str | None:
    """The cell of a group with the shortest typical epoch; None where there are no cells."""
    typical = Group(cells).typical
    return min(typical, key=typical.__getitem__, default=None)


def epoch_seconds(blocks: Blocks) -> Estimate:
    """The typical epoch of a cell alone: the geometric mean over generations of each generation's median."""
    return _estimate(_logarithms(blocks))


def ratio(blocks: Blocks, baseline: Blocks) -> Estimate | None:
    """How many times longer than the baseline an epoch takes, of two cells alone: from the blocks both have; None where they
    share none."""
    shared = _log_ratios(blocks, baseline)
    return _estimate(shared) if shared else None


def quotient(one: Estimate, two: Estimate) -> Estimate:
    """Of two estimates that know nothing of each other: the squares of their reaches add up."""
    middle = math.log(one.value / two.value)
    reach = math.hypot(math.log(one.high / one.value), math.log(two.high / two.value))
    return Estimate(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach))


def verdict(estimate: Estimate, precision: float) -> str:
    """What an interval of a ratio says: 'slower', 'faster', 'no difference shown' or 'inconclusive'.

    A difference needs an interval that lies beyond 1 by more than the smallest difference worth a word. 'No difference
    shown' needs one of ± precision or less; a wider one decides nothing.
    """
    if estimate.low > 1 + SMALLEST_DIFFERENCE:
        return "slower"
    if estimate.high < 1 / (1 + SMALLEST_DIFFERENCE):
        return "faster"
    return "no difference shown" if estimate.half_width <= precision else "inconclusive"


def dispatch_and_rate(step_seconds: Mapping[int, Blocks]) -> tuple[Estimate, Estimate] | None:
    """Fit seconds of a step = dispatch + batch size / rate; returns dispatch (seconds) and rate (samples a second).

    `step_seconds` has for each batch size the seconds of one step by generation and block. Each generation's medians are
    fitted by least squares of relative errors; how far each block is from it follows to first order, so that both scatters
    make the interval, as everywhere. None where there are fewer than three batch sizes, or where the data does not tell the
    two apart.
    """
    if len(step_seconds) < 3:
        return None
    sizes = np.array(list(step_seconds), dtype=float)
    of_size = [_generations(_logarithms(blocks)) for blocks in step_seconds.values()]
    dispatches, rates = {}, {}
    for generation in set.intersection(*(set(generations) for generations in of_size)):
        series = [generations[generation] for generations in of_size]
        medians = np.array([median(values) for values in series])
        design = np.exp(-medians)[:, None] * np.stack([np.ones_like(sizes), sizes], axis=1)
        inverse = np.linalg.pinv(design)
        fitted = inverse.sum(axis=1)  # dispatch and seconds a sample: design @ fitted is nearest to 1
        if not np.all(fitted > 0):
            return None
        change = inverse * (2 * design @ fitted - 1) / fitted[:, None]  # of the logarithms of both, by those of seconds
        for block, values in enumerate(zip(*series, strict=False)):
            dispatch, per_sample = np.log(fitted) + change @ (np.array(values) - medians)
            dispatches[generation, block], rates[generation, block] = float(dispatch), -float(per_sample)
    return (_estimate(dispatches), _estimate(rates)) if dispatches else None


def _logarithms(blocks: Blocks) -> dict[tuple[int, int], float]:
    return {key: math.log(seconds) for key, seconds in blocks.items()}


def _log_ratios(blocks: Blocks, baseline: Blocks) -> dict[tuple[int, int], float]:
    return {key: math.log(seconds / baseline[key]) for key, seconds in blocks.items() if key in baseline}


def _generations(logarithms: Blocks) -> dict[int, list[float]]:
    """The values of each generation, both in their order."""
    generations: dict[int, list[float]] = defaultdict(list)
    for (generation, _), value in sorted(logarithms.items()):
        generations[generation].append(value)
    return generations


def _middle(logarithms: Blocks) -> float:
    return fmean(median(values) for values in _generations(logarithms).values())


def _estimate(logarithms: Blocks) -> Estimate:
    return _around(_middle(logarithms), _reach(logarithms))


def _around(middle: float, reach: float) -> Estimate:
    return Estimate(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach))


def _reach(logarithms: Blocks) -> float:
    """How far the mean over generations of each one's median may be off, at 95 %."""
    generations = list(_generations(logarithms).values())
    medians = [median(values) for values in generations]
    first, freedom = medians[:ENOUGH_GENERATIONS], ENOUGH_GENERATIONS - 1
    squares = _student(freedom) ** 2 * _squares(first)
    if len(first) < ENOUGH_GENERATIONS:
        squares += (ENOUGH_GENERATIONS - len(first)) * _squared_reach_of_one(generations)
    return math.sqrt(squares / freedom / len(medians))


def _squared_reach_of_one(generations: Sequence[Sequence[float]]) -> float:
    """Of a generation's median: that of the scatter assumed between generations and that of the noise within."""
    freedom = sum(len(values) - 1 for values in generations)
    seen = math.fsum(_squares(values) for values in generations)
    noise = _student(freedom) * math.sqrt(seen / freedom) if freedom else NORMAL * ASSUMED_NOISE
    # a median's variance as a share of one value's: π/2 of the mean's where there are many, 1 where there is one
    share = fmean(math.pi / 2 / (len(values) + math.pi / 2 - 1) for values in generations)
    return (NORMAL * ASSUMED_SCATTER) ** 2 + noise**2 * share


def _squares(values: Sequence[float]) -> float:
    middle = fmean(values)
    return math.fsum((value - middle) ** 2 for value in values)


def _student(freedom: int) -> float:
    return float(stdtrit(freedom, 0.975))
