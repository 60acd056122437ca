"""The article's defects in PyTorch: what happens, what it costs, and what to write instead."""

from collections.abc import Mapping

import torch
from torch import nn

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
            "X5": lambda: shorter_last_batch(exercises["digits"]),
        }
    )


def train(exercise: Exercise, *, twice: bool = False) -> Trained:
    """Plain gradient descent on cross-entropy, which expects raw scores; `twice` wrongly gives it their softmax."""
    data, training = exercise.data, exercise.spec.training
    features, targets = torch.tensor(data.train_features), torch.tensor(data.train_targets).long()
    layer = nn.Linear(data.inputs, data.outputs)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(exercise.start.weight))
        layer.bias.copy_(torch.tensor(exercise.start.bias))
    network = nn.Sequential(layer, nn.Softmax(dim=1)) if twice else layer
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)  # the rate is set by every epoch
    trained = Trained([], [])
    for order, learning_rate in zip(exercise.orders, training.learning_rates, strict=True):
        optimizer.param_groups[0]["lr"] = learning_rate
        for batch in torch.tensor(order).split(training.batch_size):
            optimizer.zero_grad()
            loss(network(features[batch]), targets[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            trained.losses.append(loss(network(features), targets).item())
        weight, bias = (value.detach().numpy().copy() for value in (layer.weight, layer.bias))
        trained.parameters.append(Parameters(weight, bias))
    return trained


# -- X1: softmax as the activation of a layer ----------------------------------------------------------------------------


def softmax_as_activation() -> Raised:
    return trying.raised(
        lambda: nn.Linear(64, 10, activation="softmax"),  # type: ignore[call-arg]  # that is the defect
        "nn.Linear(64, 10)",
    )


# -- X2: softmax applied twice -------------------------------------------------------------------------------------------


def softmax_applied_twice(exercises: Mapping[str, Exercise]) -> SoftmaxTwice:
    costs = {
        name: losses.cost_of_second_softmax(exercise, right=train(exercise), twice=train(exercise, twice=True))
        for name, exercise in exercises.items()
    }
    return SoftmaxTwice(
        losses.shows_second_softmax(exercises, costs),
        costs,
        "nn.CrossEntropyLoss()(nn.Linear(64, 10)(features), targets)",
    )


# -- X3: the formula has no ½ --------------------------------------------------------------------------------------------


def formula_without_half() -> SquaredError:
    target = torch.tensor([1.0])
    seen: dict[str, tuple[float, float]] = {}  # value and gradient
    for name, cost in (("formula", lambda predicted, target: (predicted - target).square().mean()), ("loss", nn.MSELoss())):
        predicted = torch.tensor([3.0], requires_grad=True)
        value = cost(predicted, target)
        (gradient,) = torch.autograd.grad(value, predicted)
        seen[name] = (value.item(), gradient.item())
    return losses.squared_error("nn.MSELoss", **seen, instead="nn.MSELoss()(predicted, targets)")


# -- X5: a shorter last batch --------------------------------------------------------------------------------------------


def shorter_last_batch(exercise: Exercise) -> ConstantBatch:
    return shorter_batch.shorter_last_batch(
        exercise, "nn.CrossEntropyLoss()(scores, targets).backward()", true=lambda exercise: train(exercise).parameters[-1]
    )
