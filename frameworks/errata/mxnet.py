"""The article's defects in MXNet, for which its recipes are written: what happens, what it costs, and what to write instead."""

from collections.abc import Mapping
from typing import Any

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
from mxnet import autograd, gluon, nd

from fairfit.frameworks.base import Framework
from fairfit.frameworks.errata import losses, recipes, shorter_batch, trying
from fairfit.frameworks.errata.findings import ConstantBatch, Findings, Raised, SoftmaxTwice, SquaredError
from fairfit.frameworks.errata.recipes import Trained
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """Each defect that applies here, tried on these exercises without momentum and penalty; 'digits' must be among them."""
    exercises = {name: recipes.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return trying.findings(
        {
            "X1": softmax_as_activation,
            "X2": lambda: softmax_applied_twice(exercises),
            "X3": formula_without_half,
            "X4": name_never_defined,
            "X5": lambda: shorter_last_batch(exercises["digits"]),
        }
    )


def train(exercise: Exercise, *, twice: bool = False, divisor: int | None = None) -> Trained:
    """Plain gradient descent on cross-entropy, which expects raw scores; `twice` wrongly gives it their softmax.

    `divisor` is what every step divides by; None: the rows that its batch has.
    """
    data, training = exercise.data, exercise.spec.training
    features = nd.array(data.train_features, dtype=data.train_features.dtype)
    targets = nd.array(data.train_targets, dtype=data.train_targets.dtype)
    network = gluon.nn.Dense(data.outputs, in_units=data.inputs)
    network.initialize()
    network.weight.set_data(nd.array(exercise.start.weight))
    network.bias.set_data(nd.array(exercise.start.bias))
    cross_entropy = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(network.collect_params(), "sgd", {"learning_rate": 1.0})  # the rate is set by every epoch

    def loss(features: nd.NDArray, targets: nd.NDArray) -> nd.NDArray:
        """One value a row."""
        scores = network(features)
        return cross_entropy(nd.softmax(scores) if twice else scores, targets)

    trained = Trained([], [])
    for order, learning_rate in zip(exercise.orders, training.learning_rates, strict=True):
        trainer.set_learning_rate(learning_rate)
        index = nd.array(order, dtype=order.dtype)
        for first in range(0, len(order), training.batch_size):
            batch = index[first : first + training.batch_size]
            with autograd.record():
                losses = loss(nd.take(features, batch), nd.take(targets, batch))
            losses.backward()
            trainer.step(divisor or len(batch))
        trained.losses.append(float(loss(features, targets).mean().asscalar()))
        trained.parameters.append(Parameters(network.weight.data().asnumpy(), network.bias.data().asnumpy()))
    return trained


# -- X1: softmax as the activation of a layer ----------------------------------------------------------------------------


def softmax_as_activation() -> Raised:
    layer = gluon.nn.Dense(10, activation="softmax")
    layer.initialize()
    return trying.raised(lambda: layer(nd.ones((1, 64))), "gluon.nn.Dense(10)")


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> SoftmaxTwice:
    costs = {
        name: losses.cost_of_second_softmax(exercise, right=train(exercise), twice=train(exercise, twice=True))
        for name, exercise in exercises.items()
    }
    return SoftmaxTwice(
        losses.shows_second_softmax(exercises, costs),
        costs,
        "gluon.loss.SoftmaxCrossEntropyLoss()(gluon.nn.Dense(10)(features), targets)",
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def formula_without_half() -> SquaredError:
    predicted, target = nd.array([3.0]), nd.array([1.0])
    seen: dict[str, tuple[float, float]] = {}  # value and gradient
    predicted.attach_grad()
    costs = {"formula": lambda predicted, target: nd.square(predicted - target).mean(), "loss": gluon.loss.L2Loss()}
    for name, cost in costs.items():
        with autograd.record():
            value = cost(predicted, target)
        value.backward()
        seen[name] = (float(value.asscalar()), float(predicted.grad.asscalar()))
    return losses.squared_error("gluon.loss.L2Loss", **seen, instead="gluon.loss.L2Loss(weight=2.0)(predicted, targets)")


# -- X4: a name that the loop never defines ------------------------------------------------------------------------------

NAME_NEVER_DEFINED = """
def recipe(network, batches):
    for features, targets in batches:
        scores = network(features)
    return (predicted.argmax(axis=1) == targets).mean()
"""


def name_never_defined() -> Raised:
    """Run a loop of our own whose last line has the same kind of mistake: `predicted` is what the loop calls `scores`."""
    layer = gluon.nn.Dense(10)
    layer.initialize()
    names: dict[str, Any] = {}
    exec(NAME_NEVER_DEFINED, names)
    return trying.raised(
        lambda: names["recipe"](layer, [(nd.ones((1, 64)), nd.zeros(1))]), "predicted = network(features)", NameError
    )


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> ConstantBatch:
    return shorter_batch.shorter_last_batch(
        exercise,
        "trainer.step(len(features))",
        true=lambda exercise: train(exercise).parameters[-1],
        constant=lambda exercise: train(exercise, divisor=exercise.spec.training.batch_size).parameters[-1],
    )
