"""Settings of training that suit a prepared table when the user names none."""

from pathlib import Path

import numpy as np

from fairfit.models.errors import DataError
from fairfit.models.spec import Training
from fairfit.models.tables.refusal import refusal
from fairfit.models.tables.understanding import Understanding

SMALL, LARGE = 32, 256  # rows of a batch
MANY = 10_000  # training rows from which on batches are large, and epochs few
EPOCHS = 20, 5
SAMPLE = 4_000  # rows that the learning rate is computed from


def suited(path: Path, found: Understanding, folder: Path, dtype: str) -> Training:
    """Batches of SMALL or LARGE rows, and a learning rate at which no batch diverges.

    Raises DataError where the table has fewer training rows than a batch.
    """
    many = found.train_rows >= MANY
    batch = LARGE if many else SMALL
    if found.train_rows < batch:
        raise too_few(path, found.train_rows, batch)
    rate = learning_rate(np.load(folder / "train_features.npy", mmap_mode="r"), found.model, batch)
    return Training(learning_rate=rate, batch_size=batch, epochs=EPOCHS[many], dtype=dtype)


def too_few(path: Path, rows: int, batch: int) -> DataError:
    return refusal(
        path,
        f"has {rows} training rows, fewer than a batch of {batch}: add rows, or write a spec with a smaller batch_size",
        f"只有 {rows} 行训练数据，少于一批（batch）的 {batch} 行：请增加数据，或在规格中写更小的 batch_size",
    )


def learning_rate(features: np.ndarray, model: str, batch: int) -> float:
    """1 / (L + M / batch) with one digit, where L is the largest eigenvalue of the mean of x xᵀ, and M the largest ‖x‖², x being
    a row with a 1 for the bias: a batch's curvature goes beyond L by what a few large rows in it make. Twice that for softmax,
    whose loss bends half as much.
    """
    rows = np.asarray(features[np.linspace(0, len(features) - 1, min(len(features), SAMPLE)).astype(np.int64)], dtype=np.float64)
    rows = np.column_stack([rows, np.ones(len(rows))])
    largest = float(np.einsum("ij,ij->i", rows, rows).max())
    rate = (2.0 if model == "softmax" else 1.0) / (_largest_eigenvalue(rows) + largest / batch)
    digit = 10.0 ** np.floor(np.log10(rate))
    return float(f"{np.floor(rate / digit) * digit:.0e}")  # rounded down


def _largest_eigenvalue(rows: np.ndarray, steps: int = 50) -> float:
    """Of rowsᵀ rows / their number, by the power method from the longest row."""
    direction = rows[np.argmax(np.einsum("ij,ij->i", rows, rows))].copy()
    value = 0.0
    for _ in range(steps):
        direction /= np.linalg.norm(direction)
        direction = rows.T @ (rows @ direction) / len(rows)
        value = float(np.linalg.norm(direction))
    return value
