"""How long a sample is, from what warming up has shown."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fairfit.measure import protocol
from fairfit.measure.options import Options
from fairfit.measure.turns import SHORTEST_SAMPLE, Timed, Turns
from fairfit.models.text import Text
from fairfit.progress import Silent
from fairfit.records import Cell
from tests.workbench import tiny

CELL = Cell("tiny", "numpy", "numpy", "cpu", "1", "resident")


class Scripted:
    """A worker whose epochs take the seconds that it is given."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = iter(seconds)

    def ask(self, request: protocol.Request) -> None:
        self.request = request

    def reply(self, kind: type) -> Any:
        if isinstance(self.request, protocol.Take):
            return SimpleNamespace(seconds=next(self.seconds), cpu_seconds=0.0, left_over=0.0, waited=0.0, paces=[])
        return protocol.Done()


@pytest.mark.parametrize("warming_up", [[0.002], [0.0021, 0.002], [0.009], [0.019]])
def test_a_disturbed_warm_up_does_not_change_how_long_a_sample_is(warming_up: list[float], tmp_path: Path) -> None:
    """Beside other work the last epochs may take any time; equal programs are to get samples of equal length."""
    found = tmp_path / "sample.npz"
    np.savez(found, weight=np.zeros((1, 1)), bias=np.zeros(1))
    record = SimpleNamespace(epochs_per_sample=1)
    target = SimpleNamespace(times_rounding=lambda found: 1.0)
    task: Any = SimpleNamespace(
        exercise=SimpleNamespace(steps=3, spec=tiny()), targets=SimpleNamespace(after=lambda epochs, variation=0: target)
    )
    ledger: Any = SimpleNamespace(samples=lambda key: [], record=lambda cell: record, noted=lambda cell, note: None)
    with Silent() as progress:
        turns = Turns("tiny/cpu/1", Text("a group", "一组"), task, ledger, Options(), progress, cpus=[0], floor=None)
        worker: Any = Scripted(warming_up + [0.01] * 9)
        turns.warm_up({CELL: Timed(worker, clock_cost=0.0, epoch_seconds=[0.3, 0.002, 0.004], found=found)})
    assert record.epochs_per_sample == SHORTEST_SAMPLE / 0.002
