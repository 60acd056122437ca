"""Where the frameworks silently differ: the facts the adapters are built on, and the article's errors, each on one sample."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.frameworks.installed import load
from tests.required import require


@pytest.fixture(params=[pytest.param("mxnet", marks=pytest.mark.framework("mxnet"))])
def mx() -> Any:
    load("mxnet")  # its adapter brings what MXNet needs before it can be imported
    import mxnet

    return mxnet


@pytest.fixture(params=[pytest.param("tensorflow", marks=pytest.mark.framework("tensorflow"))])
def tf() -> Iterator[Any]:
    load("tensorflow")
    import keras
    import tensorflow

    before = keras.config.floatx()
    yield tensorflow
    keras.config.set_floatx(before)


@pytest.fixture(params=[pytest.param("pytorch", marks=pytest.mark.framework("pytorch"))])
def torch() -> Any:
    load("pytorch")
    import torch

    return torch


# -- momentum: 0.9, a gradient of 1, a rate of 0.1 and then of 0.01 ------------------------------------------------------

RATES = (0.1, 0.01)
RATE_INSIDE = -0.200  # v ← 0.9 v − rate · g, w ← w + v: the old velocity keeps the old rate
RATE_OUTSIDE = -0.119  # v ← 0.9 v + g, w ← w − rate · v: what a spec asks for


def test_mxnet_s_velocity_holds_the_rate(mx: Any) -> None:
    optimizer = mx.optimizer.SGD(momentum=0.9)
    updater, weight = mx.optimizer.get_updater(optimizer), mx.nd.zeros(1)
    for rate in RATES:
        optimizer.set_learning_rate(rate)
        updater(0, mx.nd.ones(1), weight)
    assert weight.asscalar() == pytest.approx(RATE_INSIDE)


def test_keras_s_velocity_holds_the_rate(tf: Any) -> None:
    optimizer, weight = tf.keras.optimizers.SGD(momentum=0.9), tf.Variable([0.0])
    for rate in RATES:
        optimizer.learning_rate = rate
        optimizer.apply([tf.constant([1.0])], [weight])
    assert weight.numpy()[0] == pytest.approx(RATE_INSIDE)


def test_pytorch_s_velocity_does_not_hold_the_rate(torch: Any) -> None:
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.9)
    weight.grad = torch.ones(1)
    for rate in RATES:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    assert weight.item() == pytest.approx(RATE_OUTSIDE)


# -- Adam: one step, a gradient of 1e-8, a rate of 1e-3, each library's own ε --------------------------------------------


def test_mxnet_s_adam_adds_1e_8_outside_the_correction(mx: Any) -> None:
    weight = mx.nd.zeros(1)
    mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=1e-3))(0, mx.nd.full(1, 1e-8), weight)
    assert weight.asscalar() == pytest.approx(-3.07e-5, rel=2e-3)  # rate · √0.001 / (√0.001 + 1)


def test_keras_s_adam_adds_1e_7_outside_the_correction(tf: Any) -> None:
    weight = tf.Variable([0.0])
    tf.keras.optimizers.Adam(1e-3).apply([tf.constant([1e-8])], [weight])
    assert weight.numpy()[0] == pytest.approx(-3.15e-6, rel=2e-3)  # rate · √0.001 / (√0.001 + 10)


def test_pytorch_s_adam_adds_1e_8_after_the_correction(torch: Any) -> None:
    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.full((1,), 1e-8)
    torch.optim.Adam([weight], lr=1e-3).step()
    assert weight.item() == pytest.approx(-5.0e-4, rel=2e-3)  # rate · 1 / (1 + 1)


# -- the squared error of 3 where 1 is right -----------------------------------------------------------------------------


def test_mxnet_s_l2_loss_has_the_half(mx: Any) -> None:
    assert mx.gluon.loss.L2Loss()(mx.nd.array([3.0]), mx.nd.array([1.0])).asscalar() == 2.0


def test_keras_s_mean_squared_error_has_no_half(tf: Any) -> None:
    assert float(tf.keras.losses.MeanSquaredError()(tf.constant([[1.0]]), tf.constant([[3.0]]))) == 4.0


def test_pytorch_s_mse_loss_has_no_half(torch: Any) -> None:
    assert torch.nn.functional.mse_loss(torch.tensor([3.0]), torch.tensor([1.0])).item() == 4.0


# -- the article's errors ------------------------------------------------------------------------------------------------


def test_article_x1_softmax_is_no_activation_of_a_gluon_layer(mx: Any) -> None:
    layer = mx.gluon.nn.Dense(3, activation="softmax")
    layer.initialize()
    with pytest.raises(ValueError, match="Deferred initialization failed") as caught:
        layer(mx.nd.ones((1, 2)))
    assert "Invalid Input: 'softmax'" in str(caught.value)


def test_article_x3_the_formula_s_gradient_is_twice_that_of_the_listing_s_loss(mx: Any) -> None:
    predicted, target = mx.nd.array([3.0]), mx.nd.array([1.0])
    predicted.attach_grad()
    gradients = []
    for cost in (mx.gluon.loss.L2Loss(), lambda predicted, target: mx.nd.square(predicted - target).mean()):
        with mx.autograd.record():
            loss = cost(predicted, target)
        loss.backward()
        gradients.append(predicted.grad.asscalar())
    assert gradients == [2.0, 4.0]


# -- the rounding that the registry excuses ------------------------------------------------------------------------------

TRAIN_GLUON = """
import json
from fairfit.frameworks import registry
from fairfit.models import exercise, reference, spec

spec = spec.find("article-softmax")
made = exercise.make(spec)
framework = registry.load(registry.find("mxnet"))
trainer = framework.trainer(spec, made.data, style="gluon", device="cpu", input="resident").prepare()
trainer.reset(made.start)
for epoch_order, rate in zip(made.orders, spec.training.learning_rates):
    trainer.train_epoch(epoch_order, learning_rate=rate)
expected = reference.trajectory(made)
print(json.dumps([trainer.parameters().distance_to(expected[-1]), framework.settings()["onednn"]]))
"""


def test_mxnet_s_coarse_log_softmax_is_onednn_s() -> None:
    """With oneDNN off the Gluon style stands where float32 stands; with it several times as far from the reference."""
    require("mxnet")
    found = {}
    for enabled in ("1", "0"):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", TRAIN_GLUON],
            env=os.environ | {"MXNET_MKLDNN_ENABLED": enabled},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found[enabled], built_with_onednn = json.loads(done.stdout.splitlines()[-1])
    if not built_with_onednn:
        pytest.skip("this MXNet is built without oneDNN")
    assert found["0"] < 1e-6  # 300 steps in float32: seen are 2.6e-7
    assert found["1"] > 3 * found["0"]  # seen are 2.9e-6


def test_mxnet_s_optimizers_hold_the_rate_in_float32(mx: Any) -> None:
    weight = mx.nd.zeros(1, dtype="float64")
    mx.nd.sgd_update(weight, mx.nd.ones(1, dtype="float64"), out=weight, lr=0.1)
    assert weight.asscalar() == -float(np.float32(0.1))


def test_keras_s_sgd_rounds_the_momentum_to_float32(tf: Any) -> None:
    tf.keras.config.set_floatx("float64")  # as the adapter does
    optimizer, weight = tf.keras.optimizers.SGD(1.0, momentum=0.9), tf.Variable(np.zeros(1))
    for _ in range(2):
        optimizer.apply([tf.constant([1.0], tf.float64)], [weight])
    assert weight.dtype == tf.float64
    assert weight.numpy()[0] == -1 - (1 + float(np.float32(0.9)))
