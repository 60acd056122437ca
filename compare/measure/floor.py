"""The floor: the time below which no epoch can be on this machine, whatever the framework."""

import time
from collections.abc import Callable

import numpy as np

from fairfit.models.data import Data

MARGIN = 0.5  # the rates are the best seen, and NumPy is not the best there is


def shortest_epoch(data: Data) -> float:
    """Seconds that an epoch takes at the least: it reads every feature once and multiplies it forward and backward.

    Bytes are counted at the rate at which this machine reads an array of this size, operations (2 · rows · inputs ·
    outputs forward, as many backward) at the rate of a large matrix product, both measured here over all CPUs; half of
    the larger of the two times is the floor.
    """
    features = np.array(data.train_features).ravel()
    reading = _best(lambda: np.dot(features, features))
    size = 1024
    square = np.ones((size, size), dtype=data.train_features.dtype)
    operation = _best(lambda: square @ square) / (2 * size**3)
    multiplying = 4 * data.rows * data.inputs * data.outputs * operation
    return MARGIN * max(reading, multiplying)


def _best(work: Callable[[], object], times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
