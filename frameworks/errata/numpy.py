"""The article's defects by hand in float64: what the second softmax costs, and that softmax regression is one affine map."""

from collections.abc import Mapping

import numpy as np

from fairfit.frameworks.base import Framework
from fairfit.frameworks.errata import losses, recipes, trying
from fairfit.frameworks.errata.findings import Findings, OneAffineMap, SoftmaxTwice
from fairfit.frameworks.errata.recipes import Trained
from fairfit.models import reference
from fairfit.models.exercise import Exercise
from fairfit.models.order import batches
from fairfit.models.parameters import Parameters


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Findings:
    """Each defect that applies here, tried on these exercises without momentum and penalty; 'digits' must be among them."""
    exercises = {name: recipes.without_momentum_and_penalty(exercise) for name, exercise in exercises.items()}
    return trying.findings(
        {
            "X2": lambda: softmax_applied_twice(exercises),
            "X6": lambda: called_an_ensemble(framework, exercises["digits"]),
        }
    )


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> SoftmaxTwice:
    costs = {
        name: losses.cost_of_second_softmax(exercise, right=train(exercise, twice=False), twice=train(exercise, twice=True))
        for name, exercise in exercises.items()
    }
    return SoftmaxTwice(
        losses.shows_second_softmax(exercises, costs),
        costs,
        "slope = softmax(scores) - one_hot",
    )


def train(exercise: Exercise, *, twice: bool) -> Trained:
    training, targets = exercise.spec.training, exercise.data.train_targets
    features = exercise.data.train_features.astype(np.float64)  # (rows, inputs)
    parameters = Parameters(exercise.start.weight.astype(np.float64), exercise.start.bias.astype(np.float64))
    trained = Trained([], [])
    for order, learning_rate in zip(exercise.orders, training.learning_rates, strict=True):
        for index in batches(order, training.batch_size):
            slope = gradient(parameters, features[index], targets[index], twice=twice)
            parameters = Parameters(
                parameters.weight - learning_rate * slope.weight, parameters.bias - learning_rate * slope.bias
            )
        trained.parameters.append(parameters)
        trained.losses.append(loss(parameters, features, targets, twice=twice))
    return trained


def loss(parameters: Parameters, features: np.ndarray, targets: np.ndarray, *, twice: bool) -> float:
    """Mean cross-entropy, of the scores or wrongly of their softmax as if that were scores."""
    scores = reference.scores(parameters, features)  # (batch, classes)
    return reference.loss("softmax", softmax(scores) if twice else scores, targets)


def gradient(parameters: Parameters, features: np.ndarray, targets: np.ndarray, *, twice: bool) -> Parameters:
    """The gradient of `loss`.

    With p = softmax(s) and q = softmax(p) the loss of one row is −log q[target]. Its derivative by p is u = q − one-hot; that
    of p by s is diag(p) − p pᵀ; so the derivative by s is p ∘ (u − u·p), which vanishes where p is sure, right or wrong.
    """
    if not twice:
        return reference.gradient("softmax", parameters, features, targets, l2=0.0)
    probabilities = softmax(reference.scores(parameters, features))  # (batch, classes)
    outer = softmax(probabilities)
    outer[np.arange(len(targets)), targets] -= 1
    slope = probabilities * (outer - np.sum(outer * probabilities, axis=1, keepdims=True)) / len(targets)
    return Parameters(slope.T @ features, slope.sum(axis=0))


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# -- X6: softmax regression called an ensemble ---------------------------------------------------------------------------


def called_an_ensemble(framework: Framework, exercise: Exercise) -> OneAffineMap:
    """Train the baseline as it is measured, and compare what it predicts with one affine map of its parameters."""
    trainer = framework.trainer(exercise.spec, exercise.data, style="numpy", device="cpu", input="resident").prepare()
    trainer.reset(exercise.start)
    for order, learning_rate in zip(exercise.orders, exercise.spec.training.learning_rates, strict=True):
        trainer.train_epoch(order, learning_rate=learning_rate)
    parameters, features = trainer.parameters(), exercise.data.test_features
    difference = float(np.abs(trainer.predict(features) - (features @ parameters.weight.T + parameters.bias)).max())
    return OneAffineMap(difference == 0, difference, len(parameters.flat()), "scores = features @ weight.T + bias")
