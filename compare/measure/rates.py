"""How fast a process reads and multiplies here, and how long an epoch must take at that: asked by the floor. Needs NumPy."""

import time
from collections.abc import Callable

import numpy as np

from fairfit.models.data import Data

MARGIN = 0.5  # the rates are the best seen, and NumPy is not the best there is
SIZES = (256, 512, 1024)  # of matrices: small ones are done within a turn on a busy CPU, large ones keep many CPUs at work
READ = 2**26  # values; 256 MB of float32, far more than any cache holds
SECONDS, TIMES = 0.15, 5  # each is repeated so long, and so many times at the least: the best of them is undisturbed


def shortest_epoch(data: Data) -> float:
    """Seconds that an epoch takes at the least: it reads every feature once and multiplies it forward and backward.

    Bytes are counted at the rate at which this process reads an array of this size, operations (2 · rows · inputs ·
    outputs forward, as many backward) at its best rate of a matrix product, both measured here; half of the larger of
    the two times is the floor. Of more features than READ values the first are read, again and again: they are long out of the
    cache by then.
    """
    features = np.array(data.train_features[: max(1, READ // data.inputs)]).ravel()
    reading = _best(lambda: np.dot(features, features)) * (data.train_features.size / features.size)
    operation = min(_product(size, data.train_features.dtype) / (2 * size**3) for size in SIZES)
    multiplying = 4 * data.rows * data.inputs * data.outputs * operation
    return MARGIN * max(reading, multiplying)


def _product(size: int, dtype: np.dtype) -> float:
    square = np.ones((size, size), dtype=dtype)
    return _best(lambda: square @ square)


def _best(work: Callable[[], object]) -> float:
    seconds: list[float] = []
    until = time.perf_counter() + SECONDS
    while len(seconds) < TIMES or time.perf_counter() < until:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
