"""The statistics of the comparison: pure functions over samples.

The unit that counts is the generation, a set of fresh processes: samples of one process share its memory layout and are no
independent evidence. Within a generation the cells take turns in blocks, so that the ratio of two cells in one block is
free of the machine's drift. A comparison is therefore made of log-ratios paired by block, summed up by their median in
each generation, and it is the scatter of these between generations that gives the interval.

With data nested like this the bootstrap resamples generations and leaves the blocks of each together (A. C. Davison,
D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8); its standard error of a mean over G
generations is known in closed form, and is widened by sqrt(G / (G − 1)) and Student's quantile because G is small
(T. C. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69, 2015). That is what is
computed here, without the noise of resampling.

Measuring goes on until intervals are narrow enough. An interval from all that was measured by then would be too narrow, as
one stops when the scatter happens to look small. So the scatter is taken from the first five generations alone, the mean
from all: how long to go on is then settled by the first five, and the interval is exact however often it is looked at
(C. Stein, "A two-sample test for a linear hypothesis whose power is independent of the variance", Annals of Mathematical
Statistics 16, 1945).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.special import stdtrit

from fairfit.records import Sample

ENOUGH_GENERATIONS = 5
"""The generations from which the scatter is taken; with these the interval rests on the measurements alone."""

ASSUMED_SCATTER = 0.05
"""The standard deviation of log-ratios between sets of processes that stands in for each of the missing generations while
there are fewer than five, so that a first look can tell tenfold from equal; 0.024 to 0.036 were seen between unpinned
processes, 0.009 between pinned ones."""

SMALLEST_DIFFERENCE = 0.01
"""Differences below this get no word: between two processes of the same program, pinned to the same CPU, the layout of their
memory alone makes that much."""

DISTURBED = 0.05
"""The share of a sample's time taken by others from which on it is taken again: samples of a quiet process scatter by as much,
so that less than this is not to be told from noise; a quiet CPU shows below 0.01."""

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


def by_cell(samples: Iterable[Sample]) -> dict[str, dict[tuple[int, int], float]]:
    """Seconds of an epoch by cell, generation and block."""
    cells: dict[str, dict[tuple[int, int], float]] = defaultdict(dict)
    for sample in counted(samples):
        cells[sample.cell][sample.generation, sample.block] = sample.seconds
    return dict(cells)


def disturbed(sample: Sample) -> bool:
    """Whether others had so much of its time that it is taken again."""
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


def epoch_seconds(blocks: Blocks) -> Estimate:
    """The typical epoch: the geometric mean over generations of each generation's median."""
    return _estimate({key: math.log(seconds) for key, seconds in blocks.items()})


def ratio(blocks: Blocks, baseline: Blocks) -> Estimate | None:
    """How many times longer than the baseline an epoch takes, from the blocks both have; None where they share none."""
    shared = {key: math.log(seconds / baseline[key]) for key, seconds in blocks.items() if key in baseline}
    return _estimate(shared) if shared else None


def fastest(cells: Mapping[str, Blocks]) -> str | None:
    """The cell with the shortest typical epoch; None where there are no cells."""
    return min(cells, key=lambda cell: epoch_seconds(cells[cell]).value, default=None)


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

    `step_seconds` has for each batch size the seconds of one step by generation and block. Each generation is fitted by
    itself, by non-negative least squares on relative errors; the interval comes from the scatter between generations, as
    everywhere. None where there are fewer than three batch sizes, or where the data does not tell the two apart.
    """
    if len(step_seconds) < 3:
        return None
    shared = set.intersection(*({generation for generation, _ in blocks} for blocks in step_seconds.values()))
    dispatches, rates = {}, {}
    for generation in shared:
        points = [
            (size, float(np.median([value for (number, _), value in blocks.items() if number == generation])))
            for size, blocks in step_seconds.items()
        ]
        design = np.array([[1 / seconds, size / seconds] for size, seconds in points])
        (dispatch, per_sample), _ = nnls(design, np.ones(len(points)))
        if dispatch <= 0 or per_sample <= 0:
            return None
        dispatches[generation, 0], rates[generation, 0] = math.log(dispatch), -math.log(per_sample)
    return (_estimate(dispatches), _estimate(rates)) if dispatches else None


def _estimate(logarithms: Blocks) -> Estimate:
    generations: dict[int, list[float]] = defaultdict(list)
    for (generation, _), value in logarithms.items():
        generations[generation].append(value)
    medians = np.array([np.median(generations[number]) for number in sorted(generations)])
    first = medians[:ENOUGH_GENERATIONS]
    missing, freedom = ENOUGH_GENERATIONS - len(first), ENOUGH_GENERATIONS - 1
    variance = (missing * ASSUMED_SCATTER**2 + float(np.sum((first - first.mean()) ** 2))) / freedom
    mean, reach = float(medians.mean()), float(stdtrit(freedom, 0.975)) * math.sqrt(variance / len(medians))
    return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))
