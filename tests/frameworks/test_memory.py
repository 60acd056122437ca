"""What a process holds of its data: one copy where they are resident, none where a loader reads them from their files."""

from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure import memory
from fairfit.models import exercise as exercises
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from tests.frameworks.installed import load

INPUTS, ROWS = 100, 500_000
SIZE = 4 * INPUTS * ROWS  # bytes of the features: 200 MB
LARGE = Spec(
    "large", "linear", "synthetic-linear", SyntheticLinear(weight=(1.0,) * INPUTS, rows=ROWS, test_rows=10),
    Training(0.01, batch_size=5000, epochs=1),
)  # fmt: skip

STYLES = [  # one that has both inputs, of each framework
    pytest.param(name, style, marks=pytest.mark.framework(name))
    for name, style in (("mxnet", "symbol"), ("tensorflow", "function"), ("pytorch", "tensor"))
]


def grown(name: str, style: str, input: str, folder: Path) -> float:
    """How much more memory the process holds after an epoch than before the data came, in copies of the features."""
    exercise = exercises.lay_out(LARGE, folder)
    warm = load(name).trainer(LARGE, exercises.make(small()).data, style=style, device="cpu", input=input).prepare()
    warm.reset(exercise.start)
    warm.train_epoch(exercises.make(small()).orders[0], learning_rate=0.01)  # what a framework takes whatever the data
    warm.synchronize()
    before = memory.own_bytes()
    trainer = load(name).trainer(LARGE, exercise.data, style=style, device="cpu", input=input).prepare()
    trainer.reset(exercise.start)
    trainer.train_epoch(exercise.orders[0], learning_rate=0.01)
    trainer.synchronize()
    return (memory.own_bytes() - before) / SIZE


def small() -> Spec:
    source = SyntheticLinear(weight=(1.0,) * INPUTS, rows=10_000, test_rows=10)
    return Spec("small", "linear", "synthetic-linear", source, LARGE.training)


@pytest.mark.parametrize(("name", "style"), STYLES)
def test_a_loader_holds_no_copy(name: str, style: str, tmp_path: Path) -> None:
    assert grown(name, style, "loader", tmp_path / "large") < 0.3


@pytest.mark.parametrize(("name", "style"), [*STYLES, pytest.param("jax", "jit", marks=pytest.mark.framework("jax"))])
def test_resident_data_are_held_as_often_as_the_registry_says(name: str, style: str, tmp_path: Path) -> None:
    copies = registry.find(name).styles[style].copies
    assert 0.7 < grown(name, style, "resident", tmp_path / "large") < copies + 0.3
