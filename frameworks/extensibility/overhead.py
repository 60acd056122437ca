"""What an extension costs: the time of a training step with it by that of the same step with the built-in."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairfit.frameworks import clock

PAIRS = 71
SAMPLE_SECONDS = 0.001  # so many calls make a sample: long for the clock and the fence, short for a scheduler to cut in two


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, and the order statistics that hold it with at least 95 % confidence."""

    value: float
    low: float
    high: float


def overhead(custom: Callable[[], object], builtin: Callable[[], object], synchronize: Callable[[], object]) -> Ratio:
    """The time of one call of `custom` divided by that of `builtin`: pairs side by side, the order changed from pair to pair."""

    def seconds(step: Callable[[], object], calls: int) -> float:
        """Of one call."""

        def work() -> None:
            for _ in range(calls):
                step()

        return clock.timed(work, synchronize).seconds / calls

    def sample_size(step: Callable[[], object]) -> int:
        shortest = min(seconds(step, 1) for _ in range(5))  # the first calls also allocate and choose kernels
        return max(1, round(SAMPLE_SECONDS / shortest))

    custom_calls, builtin_calls = sample_size(custom), sample_size(builtin)
    ratios = []
    for pair in range(PAIRS):
        if pair % 2:
            custom_seconds = seconds(custom, custom_calls)
            builtin_seconds = seconds(builtin, builtin_calls)
        else:
            builtin_seconds = seconds(builtin, builtin_calls)
            custom_seconds = seconds(custom, custom_calls)
        ratios.append(custom_seconds / builtin_seconds)
    return median(ratios)


def median(ratios: Sequence[float]) -> Ratio:
    """The median, and its distribution-free interval: the k-th smallest and the k-th largest value.

    The median lies outside with twice the probability that fewer than k of n fair coins show heads; k is the largest for
    which that is at most 5 % (W. J. Conover, "Practical Nonparametric Statistics", 1999, section 3.2).
    """
    ordered, count = sorted(ratios), len(ratios)
    rank = 0
    while 2 * sum(math.comb(count, heads) for heads in range(rank + 1)) <= 0.05 * 2**count:
        rank += 1
    if rank == 0:
        raise ValueError(f"{count} ratios are too few for an interval of 95 %")
    return Ratio(float(np.median(ordered)), ordered[rank - 1], ordered[-rank])
