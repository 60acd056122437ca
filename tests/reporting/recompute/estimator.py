"""The statistics of a report, written a second time: intervals, ratios, what an interval says, dispatch and rate."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

FIRST_GENERATIONS = 5
SCATTER_OF_MISSING = 0.07
NOISE_UNSEEN = 0.4
SMALLEST_DIFFERENCE = 0.01
SWEEPS = 10
STEP = 1e-5
QUANTILE = 1.959964

Turns = Mapping[tuple[int, int], float]  # (generation, block) → seconds


def significant(value: float | None, digits: int = 3) -> str:
    """So many significant digits, thousands separated; an exponent below a thousandth; empty where there is no number."""
    if value is None or not math.isfinite(value):
        return ""
    rounded = f"{value:.{digits - 1}e}"
    if value == 0:
        return "0"
    return rounded if abs(value) < 0.001 else f"{Decimal(rounded):,f}"


STUDENT = float(student.ppf(0.975, FIRST_GENERATIONS - 1))


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def text(self, factor: float = 1.0) -> str:
        return " ".join(significant(number * factor) for number in self)


def reach(logarithms: Turns) -> float:
    """Of the mean over generations of each one's median: from the scatter of the first five; what is missing to five may be
    off by 7 % (one standard deviation) and by the noise within generations."""
    generations = [np.array(values) for values in _by_generation(logarithms).values()]
    medians = np.array([np.median(values) for values in generations])
    first = medians[:FIRST_GENERATIONS]
    least = STUDENT**2 * len(first) * np.var(first)
    freedom = sum(len(values) for values in generations) - len(generations)
    of_noise = student.ppf(0.975, freedom) ** 2 * sum(len(v) * np.var(v) for v in generations) / freedom if freedom else None
    if of_noise is None:
        of_noise = (QUANTILE * NOISE_UNSEEN) ** 2
    of_noise *= np.mean([1 / (1 + 2 * (len(values) - 1) / math.pi) for values in generations])
    missing = FIRST_GENERATIONS - len(first)
    return math.sqrt((least + missing * (QUANTILE**2 * SCATTER_OF_MISSING**2 + of_noise)) / 4 / len(medians))


def _by_generation(logarithms: Turns) -> dict[int, list[float]]:
    grouped = itertools.groupby(sorted(logarithms.items()), key=lambda turn: turn[0][0])
    return {generation: [value for _, value in turns] for generation, turns in grouped}


def _around(middle: float, off: float) -> Interval:
    return Interval(math.exp(middle), math.exp(middle - off), math.exp(middle + off))


def interval(logarithms: Turns) -> Interval:
    """The mean over generations of each one's median, with its reach."""
    medians = [statistics.median(values) for values in _by_generation(logarithms).values()]
    return _around(math.fsum(medians) / len(medians), reach(logarithms))


def logarithms(turns: Turns) -> dict[tuple[int, int], float]:
    return {turn: math.log(seconds) for turn, seconds in turns.items()}


def ratio(turns: Turns, others: Turns, quotient: float | None = None) -> Interval | None:
    """How many times longer, by default from the turns that both took alone; None where there are none."""
    both = turns.keys() & others.keys()
    if not both:
        return None
    ratios = {turn: math.log(turns[turn]) - math.log(others[turn]) for turn in both}
    return interval(ratios) if quotient is None else _around(math.log(quotient), reach(ratios))


def typical(cells: Sequence[Turns]) -> list[float]:
    """Seconds of each cell's epoch, when what each turn does to all cells alike is taken off: a table of cells by turns."""
    turns = sorted(set().union(*cells))
    table = np.array([[math.log(cell[turn]) if turn in cell else math.nan for turn in turns] for cell in cells])
    of_generation = np.array([generation for generation, _ in turns])

    def middle(row: np.ndarray) -> float:
        there = [row[(of_generation == generation) & ~np.isnan(row)] for generation in dict.fromkeys(of_generation)]
        return float(np.mean([np.median(values) for values in there if len(values)]))

    cells_off, turns_off = np.array([middle(row) for row in table]), np.zeros(len(turns))
    for _ in range(SWEEPS):
        turns_off = np.nanmedian(table - cells_off[:, None], axis=0)
        cells_off = np.array([middle(row) for row in table - turns_off])
    return [math.exp(off + middle(turns_off)) for off in cells_off]


def word(times: Interval, precision: float) -> str:
    """What the interval of a ratio says."""
    if times.low > 1 + SMALLEST_DIFFERENCE:
        return "slower"
    if times.high < 1 / (1 + SMALLEST_DIFFERENCE):
        return "faster"
    return "no difference shown" if (times.high - times.low) / (2 * times.value) <= precision else "inconclusive"


def dispatch_and_rate(steps: Mapping[int, Turns]) -> tuple[Interval, Interval] | None:
    """Seconds of a step = dispatch + batch size / rate, least squares of relative errors in each generation by itself.

    What a block adds to a generation's line is followed by small steps. None where a generation's best line needs a
    dispatch or a rate that is not positive.
    """
    found: list[dict[tuple[int, int], float]] = [{}, {}]
    series = [_by_generation(logarithms(turns)) for turns in steps.values()]
    for generation in set.intersection(*(set(generations) for generations in series)):
        blocks = [generations[generation] for generations in series]
        medians = [statistics.median(values) for values in blocks]
        line = _line(list(steps), medians)
        if min(line) <= 0:
            return None
        for block in range(min(map(len, blocks))):
            for place, sign in ((0, 1), (1, -1)):
                value = math.log(line[place])
                for number, values in enumerate(blocks):
                    there, back = list(medians), list(medians)
                    there[number] += STEP
                    back[number] -= STEP
                    slope = (_line(list(steps), there)[place] - _line(list(steps), back)[place]) / (2 * STEP * line[place])
                    value += slope * (values[block] - medians[number])
                found[place][generation, block] = sign * value
    return (interval(found[0]), interval(found[1])) if found[0] else None


def _line(sizes: Sequence[int], logarithms_of_seconds: Sequence[float]) -> tuple[float, float]:
    """Dispatch and seconds a sample."""
    points = [(size, math.exp(value)) for size, value in zip(sizes, logarithms_of_seconds, strict=True)]
    ones = math.fsum(1 / seconds**2 for _, seconds in points)
    by_size = math.fsum(size / seconds**2 for size, seconds in points)
    squares = math.fsum(size**2 / seconds**2 for size, seconds in points)
    right, right_sizes = math.fsum(1 / s for _, s in points), math.fsum(size / s for size, s in points)
    determinant = ones * squares - by_size**2
    return (right * squares - right_sizes * by_size) / determinant, (right_sizes * ones - right * by_size) / determinant
