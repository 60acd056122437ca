"""The NumPy baseline made slower on purpose, by the share in the variable SLOWDOWN: what the comparison must be able to see."""

import os
import time

import numpy as np

from fairfit.frameworks.numpy import ArrayTrainer, NumPy


class SlowedTrainer(ArrayTrainer):
    def build(self) -> None:
        super().build()
        self.slowdown = float(os.environ["SLOWDOWN"])

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        start = time.perf_counter()
        super().train_epoch(order, learning_rate=learning_rate)
        end = start + (time.perf_counter() - start) * (1 + self.slowdown)
        while time.perf_counter() < end:
            pass


class Slowed(NumPy):
    trainers = {"numpy": SlowedTrainer}


FRAMEWORK = Slowed
