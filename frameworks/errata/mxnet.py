"""The article's defects in MXNet, for which its recipes are written: what happens, what it costs, and what to write instead."""

from collections.abc import Mapping
from typing import Any

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
from mxnet import autograd, gluon, nd

from fairfit.frameworks.errata import erratum
from fairfit.frameworks.errata.erratum import Finding, Trained
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters


def inspect(exercises: Mapping[str, Exercise]) -> dict[str, Any]:
    exercises = {name: erratum.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return erratum.findings(
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


def softmax_as_activation() -> Finding:
    layer = gluon.nn.Dense(10, activation="softmax")
    layer.initialize()
    error = erratum.error_of(lambda: layer(nd.ones((1, 64))))
    happens = erratum.in_words(error) if error else "works here: Dense takes that activation"
    return Finding(error is not None, happens, "gluon.nn.Dense(10)")


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> Finding:
    numbers = {
        name: erratum.cost_of_second_softmax(exercise, train(exercise), train(exercise, twice=True))
        for name, exercise in exercises.items()
    }
    return Finding(
        erratum.shows_second_softmax(exercises, numbers),
        erratum.second_softmax_in_words(numbers),
        "gluon.loss.SoftmaxCrossEntropyLoss()(gluon.nn.Dense(10)(features), targets)",
        numbers,
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def formula_without_half() -> Finding:
    predicted, target = nd.array([3.0]), nd.array([1.0])
    numbers: dict[str, float] = {}
    predicted.attach_grad()
    costs = {"formula": lambda predicted, target: nd.square(predicted - target).mean(), "loss": gluon.loss.L2Loss()}
    for name, cost in costs.items():
        with autograd.record():
            value = cost(predicted, target)
        value.backward()
        numbers |= {f"{name}_value": float(value.asscalar()), f"{name}_gradient": float(predicted.grad.asscalar())}
    return erratum.squared_error("gluon.loss.L2Loss", numbers, "gluon.loss.L2Loss(weight=2.0)(predicted, targets)")


# -- X4: a name that the loop never defines ------------------------------------------------------------------------------

NAME_NEVER_DEFINED = """
def recipe(network, batches):
    for features, targets in batches:
        scores = network(features)
    return (predicted.argmax(axis=1) == targets).mean()
"""


def name_never_defined() -> Finding:
    """Run a loop of our own whose last line has the same kind of mistake: `predicted` is what the loop calls `scores`."""
    layer = gluon.nn.Dense(10)
    layer.initialize()
    names: dict[str, Any] = {}
    exec(NAME_NEVER_DEFINED, names)
    error = erratum.error_of(lambda: names["recipe"](layer, [(nd.ones((1, 64)), nd.zeros(1))]))
    happens = erratum.in_words(error) if error else "works here"
    return Finding(isinstance(error, NameError), happens, "predicted = network(features)")


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> Finding:
    return erratum.shorter_last_batch(
        exercise,
        "trainer.step(len(features))",
        true=lambda exercise: train(exercise).parameters[-1],
        constant=lambda exercise: train(exercise, divisor=exercise.spec.training.batch_size).parameters[-1],
    )
