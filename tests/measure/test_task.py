"""A prepared spec: what was trained is scored alike however much is scored at once."""

import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fairfit.measure import task
from fairfit.models import reference
from fairfit.models import spec as specs
from fairfit.models.pieces import pieces


@pytest.mark.parametrize("name", ["diabetes", "digits"])
def test_losses_of_all_epochs_at_once_are_those_of_each(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = task.prepare(specs.find(name), tmp_path / "files", None)
    data = prepared.exercise.data
    features = data.train_features.astype(np.float64)
    alone = [
        reference.loss(prepared.exercise.spec.model, reference.scores(parameters, features), data.train_targets)
        for parameters in prepared.reference
    ]
    monkeypatch.setattr(reference, "pieces", functools.partial(pieces, most_rows=100))  # the last piece is a smaller one
    np.testing.assert_allclose(task.train_losses(prepared, prepared.reference), alone, rtol=1e-13)


def test_how_long_an_epoch_takes_numpy_is_found_on_the_way(tmp_path: Path) -> None:
    prepared = task.prepare(specs.find("diabetes"), tmp_path / "files", None)
    assert 1e-6 < prepared.epoch_seconds < 10


CHILD = """
import sys
from pathlib import Path
from fairfit.measure import memory, task
from fairfit.models import spec

before = memory.peak_rss_bytes()
prepared = task.prepare(spec.load(Path(sys.argv[1])), Path(sys.argv[2]), None)
task.record(prepared)
print(memory.peak_rss_bytes() - before, memory.own_bytes())
"""


def test_preparing_holds_no_copy_of_the_data(tmp_path: Path) -> None:
    size, weight = 200e6, ", ".join(["1.0"] * 100)
    (tmp_path / "large.toml").write_text(
        f'model = "linear"\n[data]\nsource = "synthetic-linear"\nweight = [{weight}]\nrows = 500000\n'
        "[training]\nlearning_rate = 0.1\nbatch_size = 1000\nepochs = 1\n"
    )
    command = [sys.executable, "-c", CHILD, str(tmp_path / "large.toml"), str(tmp_path / "files")]
    peak, own = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert peak < 1.8 * size  # the pages of the mapped file are once its size
    assert own < 0.8 * size
