"""The fence of every framework holds all of the work, and where it is taken out the clock's self-test says so."""

import numpy as np
import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.base import Trainer
from fairfit.measure import clock
from fairfit.models import data as datasets
from fairfit.models import order, parameters
from fairfit.models.sources.synthetic_classes import SyntheticClasses
from fairfit.models.spec import Spec, Training
from tests.frameworks import installed
from tests.frameworks.expected import known

# Few large batches: each takes the device far longer than Python takes to ask for it.
LARGE = Spec(
    "large", "softmax", "synthetic-classes", SyntheticClasses(features=2000, classes=10, rows=4000),
    Training(learning_rate=0.01, batch_size=1000, epochs=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def problem() -> tuple[datasets.Data, parameters.Parameters, np.ndarray]:
    data = datasets.load(LARGE)
    return data, parameters.start(LARGE, data.inputs, data.outputs), order.orders(LARGE, data.rows)[0]


@pytest.mark.parametrize(
    ("name", "style"),
    [pytest.param(name, known(name).FENCED, marks=pytest.mark.framework(name)) for name in registry.names()],
)
def test_the_fence_holds_all_of_the_work(
    name: str, style: str, problem: tuple[datasets.Data, parameters.Parameters, np.ndarray]
) -> None:
    trainer = _trainer(name, style, problem)
    assert any(_test(trainer, problem[2]).holds for _ in range(3))  # as the worker does: one of three


@pytest.mark.framework("mxnet")
def test_without_its_fence_mxnet_is_found_out(problem: tuple[datasets.Data, parameters.Parameters, np.ndarray]) -> None:
    trainer = _trainer("mxnet", "symbol", problem)
    trainer.synchronize = lambda: None  # type: ignore[method-assign]
    tests = [_test(trainer, problem[2]) for _ in range(3)]
    assert not any(test.holds for test in tests), tests


def _trainer(name: str, style: str, problem: tuple[datasets.Data, parameters.Parameters, np.ndarray]) -> Trainer:
    data, start, rows = problem
    trainer = installed.load(name).trainer(LARGE, data, style=style, device="cpu", input="resident").prepare()
    trainer.reset(start)
    trainer.train_epoch(rows, learning_rate=0.01)  # traces and compiles what it needs to
    trainer.parameters()
    return trainer


def _test(trainer: Trainer, rows: np.ndarray) -> clock.SelfTest:
    return clock.self_test(lambda: trainer.train_epoch(rows, learning_rate=0.01), trainer.synchronize, trainer.parameters)
