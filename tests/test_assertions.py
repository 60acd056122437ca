"""`assert_same_training` in a project of one's own: green where training is right, and where it is not it says what is wrong."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairfit
from fairfit.models.exercise import Exercise

SPEC = """
model = "linear"
[data]
source = "synthetic-linear"
rows = 50
test_rows = 10
[training]
learning_rate = 0.1
batch_size = 16
epochs = 3
momentum = 0.9
l2 = 0.1
start = "normal"
start_scale = 0.5
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def ported(*, half: float = 1.0, decayed: float = 0.0) -> Callable[[Exercise], Any]:
    """A port as a team may have it, in NumPy: with ½ missing where `half` is 2, with the bias decayed where `decayed` is 1."""

    def our_port(exercise: Exercise) -> Any:
        training, data = exercise.spec.training, exercise.data
        weight, bias = exercise.start.weight.copy(), exercise.start.bias.copy()
        velocity, bias_velocity = np.zeros_like(weight), np.zeros_like(bias)
        for order, rate in zip(exercise.orders, training.learning_rates, strict=True):
            for first in range(0, len(order), training.batch_size):
                index = order[first : first + training.batch_size]
                features, targets = data.train_features[index], data.train_targets[index]
                residual = half * ((features @ weight.T + bias)[:, 0] - targets)[:, None] / np.float32(len(index))
                velocity = training.momentum * velocity + residual.T @ features + training.l2 * weight
                bias_velocity = training.momentum * bias_velocity + residual.sum(axis=0) + decayed * training.l2 * bias
                weight, bias = weight - np.float32(rate) * velocity, bias - np.float32(rate) * bias_velocity
            yield weight, bias

    return our_port


def test_what_is_right_passes(spec: Path) -> None:
    fairfit.assert_same_training(spec, ported(), "numpy")


def test_a_function_may_name_what_it_needs(spec: Path) -> None:
    def train(features: Any, targets: Any, weight: Any, bias: Any, orders: Any, batch_size: int, learning_rates: Any) -> Any:
        yield  # all is ready
        for order, rate in zip(orders, learning_rates, strict=True):
            for index in np.split(order, range(batch_size, len(order), batch_size)):
                residual = features[index] @ weight.T + bias - targets[index][:, None]
                weight -= np.float32(rate) * residual.T @ features[index] / np.float32(len(index))
                bias -= np.float32(rate) * residual.mean(axis=0)
            yield weight, bias

    spec.write_text(SPEC.replace("momentum = 0.9", "").replace("l2 = 0.1", ""))
    fairfit.assert_same_training(spec, train)
    spec.write_text(SPEC.replace("momentum = 0.9", ""))
    with pytest.raises(AssertionError, match="likely cause: there is no penalty"):
        fairfit.assert_same_training(spec, train)


def test_a_name_that_there_is_not_is_told(spec: Path) -> None:
    with pytest.raises(fairfit.UserError, match="train has a parameter 'rate': there is features, targets, weight"):
        fairfit.assert_same_training(spec, lambda weight, rate: [])


@pytest.mark.parametrize(
    ("wrong", "part", "cause"),
    [
        ({"decayed": 1.0}, "the bias is", "the penalty shrinks the bias too"),
        ({"half": 2.0}, "", "the squared loss is taken without ½"),
    ],
)
def test_one_convention_changed_is_told_with_its_cause(spec: Path, wrong: dict[str, float], part: str, cause: str) -> None:
    with pytest.raises(AssertionError) as caught:
        fairfit.assert_same_training(spec, ported(**wrong))
    told = str(caught.value)
    assert f"our_port: after epoch 1 {part}" in told and "times what rounding makes; 4 times are allowed" in told
    assert f"likely cause: {cause}" in told
    assert f"fairfit prove {spec} --frameworks numpy" in told


def test_parameters_of_another_form_are_told(spec: Path) -> None:
    with pytest.raises(AssertionError, match="gave parameters 1 times: must be 3, after each epoch of ours"):
        fairfit.assert_same_training(spec, lambda exercise: [(exercise.start.weight, exercise.start.bias)])
    with pytest.raises(AssertionError, match=r"of shape \(2, 1\) and \(1,\): must be \(1, 2\) and \(1,\)"):
        fairfit.assert_same_training(spec, lambda exercise: [(weight.T, bias) for weight, bias in ported()(exercise)])


@pytest.mark.parametrize(
    ("trained", "says"),
    [
        ((), "name what is to train the spec"),
        (("theano",), "unknown framework 'theano'"),
        (("numpy/fast",), "unknown style 'fast': there is numpy"),
    ],
)
def test_what_cannot_be_tried_is_told(spec: Path, trained: tuple[str, ...], says: str) -> None:
    with pytest.raises(fairfit.UserError, match=says):
        fairfit.assert_same_training(spec, *trained)


PROJECT = """
def test_the_port_trains_the_same(fairfit):
    fairfit.assert_same_training("article-linear", "numpy")

def test_accuracy(fairfit):
    assert fairfit.prove("article-linear", frameworks="numpy").cells["test_metric"].min() > 0.99

def test_ten(fairfit):
    fairfit.assert_same_training("article-linear", lambda exercise: [(exercise.start.weight, exercise.start.bias)] * 3)
"""


def test_the_plugin_serves_a_project_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()  # folders of the user's that have the names of ours
    (tmp_path / "models" / "__init__.py").write_text("raise ImportError('not this one')\n")
    (tmp_path / "test_port.py").write_text(PROJECT)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)], cwd=tmp_path,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "2 passed" in done.stdout and "1 failed" in done.stdout, done.stdout
    assert "after epoch 1 the bias is" in done.stdout and "fairfit prove article-linear" in done.stdout
