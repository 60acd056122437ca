"""The statistics of a report, written a second time: intervals, ratios, what an interval says, dispatch and rate."""

import itertools
import math
import statistics
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

FIRST_GENERATIONS = 5
SCATTER_OF_MISSING = 0.05
SMALLEST_DIFFERENCE = 0.01

Turns = Mapping[tuple[int, int], float]  # (generation, block) → seconds


def significant(value: float | None, digits: int = 3) -> str:
    """So many significant digits, thousands separated; an exponent below a thousandth; empty where there is no number."""
    if value is None or not math.isfinite(value):
        return ""
    rounded = f"{value:.{digits - 1}e}"
    if value == 0:
        return "0"
    return rounded if abs(value) < 0.001 else f"{Decimal(rounded):,f}"


def _student(share: float) -> float:
    """The quantile of Student's distribution with 4 degrees of freedom, in closed form (W. T. Shaw, 2006)."""
    root = math.sqrt(4 * share * (1 - share))
    return 2 * math.sqrt(math.cos(math.acos(root) / 3) / root - 1)


STUDENT = _student(0.975)  # 2.7764


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def text(self, factor: float = 1.0) -> str:
        return " ".join(significant(number * factor) for number in self)


def interval(logarithms: Turns) -> Interval:
    """The mean over generations of each one's median; its reach from the scatter of the first five, 5 % for each missing."""
    medians = []
    for _, turns in itertools.groupby(sorted(logarithms.items()), key=lambda turn: turn[0][0]):
        medians.append(statistics.median(logarithm for _, logarithm in turns))
    first = medians[:FIRST_GENERATIONS]
    centre = math.fsum(first) / len(first)
    squares = math.fsum((median - centre) ** 2 for median in first)
    squares += (FIRST_GENERATIONS - len(first)) * SCATTER_OF_MISSING**2
    mean = math.fsum(medians) / len(medians)
    reach = STUDENT * math.sqrt(squares / (FIRST_GENERATIONS - 1) / len(medians))
    return Interval(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


def ratio(turns: Turns, others: Turns) -> Interval | None:
    """How many times longer, from the turns that both took; None where there are none."""
    both = turns.keys() & others.keys()
    return interval({turn: math.log(turns[turn]) - math.log(others[turn]) for turn in both}) if both else None


def word(times: Interval, precision: float) -> str:
    """What the interval of a ratio says."""
    if times.low > 1 + SMALLEST_DIFFERENCE:
        return "slower"
    if times.high < 1 / (1 + SMALLEST_DIFFERENCE):
        return "faster"
    return "no difference shown" if (times.high - times.low) / (2 * times.value) <= precision else "inconclusive"


def dispatch_and_rate(steps: Mapping[int, Turns]) -> tuple[Interval, Interval] | None:
    """Seconds of a step = dispatch + batch size / rate, least squares of relative errors in each generation by itself.

    None where a generation's best line needs a dispatch or a rate that is not positive.
    """
    generations = set.intersection(*({generation for generation, _ in turns} for turns in steps.values()))
    dispatches, rates = {}, {}
    for generation in generations:
        points = [
            (size, statistics.median(seconds for turn, seconds in turns.items() if turn[0] == generation))
            for size, turns in steps.items()
        ]
        ones = math.fsum(1 / seconds**2 for _, seconds in points)
        sizes = math.fsum(size / seconds**2 for size, seconds in points)
        squares = math.fsum(size**2 / seconds**2 for size, seconds in points)
        right, right_sizes = math.fsum(1 / s for _, s in points), math.fsum(size / s for size, s in points)
        determinant = ones * squares - sizes**2
        dispatch = (right * squares - right_sizes * sizes) / determinant
        per_sample = (right_sizes * ones - right * sizes) / determinant
        if dispatch <= 0 or per_sample <= 0:
            return None
        dispatches[generation, 0], rates[generation, 0] = math.log(dispatch), -math.log(per_sample)
    return (interval(dispatches), interval(rates)) if dispatches else None
