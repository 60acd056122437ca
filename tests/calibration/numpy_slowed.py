"""The NumPy baseline made 5 % slower on purpose: what the comparison must be able to see."""

import time

import numpy as np

from fairfit.frameworks.numpy import ArrayTrainer, NumPy

SLOWDOWN = 0.05


class SlowedTrainer(ArrayTrainer):
    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        start = time.perf_counter()
        super().train_epoch(order, learning_rate=learning_rate)
        end = start + (time.perf_counter() - start) * (1 + SLOWDOWN)
        while time.perf_counter() < end:
            pass


class Slowed(NumPy):
    trainers = {"numpy": SlowedTrainer}


FRAMEWORK = Slowed
