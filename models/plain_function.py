"""A training as a plain function: it is given what its signature names, and gives weight and bias after each epoch."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from fairfit.models.data import Data
from fairfit.models.errors import Refused, UserError
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text, listed

ALLOWED = (
    "features", "targets", "weight", "bias", "orders", "batch_size", "learning_rates", "momentum", "l2", "model", "epochs",
    "dtype", "device",
)  # fmt: skip

AFTER_EACH = Text(
    "must yield, or return in a list, weight and bias after each epoch", "每轮之后必须 yield（或以列表返回）权重和偏置"
)


def names(function: Callable[..., Any]) -> list[str]:
    """Those of its parameters. Raises UserError where one is not allowed."""
    parameters = inspect.signature(function).parameters.values()
    if refusal := refused(parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD):
        raise UserError(refusal)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return list(ALLOWED)
    return [parameter.name for parameter in parameters]


def refused(named: Iterable[str]) -> Text | None:
    """Why a function with these parameters cannot be called; None where it can."""
    for name in named:
        if name not in ALLOWED:
            told = Text(f"train has a parameter {name!r}: there is ", f"train 有参数 {name!r}：可用的有 ")
            return told + listed(ALLOWED)
    return None


def bound(
    function: Callable[..., Any],
    spec: Spec,
    data: Data,
    start: Parameters,
    orders: Sequence[np.ndarray],
    rates: Sequence[float],
    device: str = "cpu",
) -> Callable[[], Iterator[Any] | list[Any]]:
    """The call of the function with what it asks for, in copies of its own: features (rows, inputs), targets (rows,), weight
    (outputs, inputs) and bias (outputs,) at the start, orders (epochs, rows), learning rates (epochs,), and what the spec says.

    The call gives an iterator with an item an epoch, or a list of all. It raises Refused where the function gives neither.
    """
    training = spec.training
    made: dict[str, Callable[[], Any]] = {
        "features": lambda: np.array(data.train_features),
        "targets": lambda: np.array(data.train_targets),
        "weight": start.weight.copy,
        "bias": start.bias.copy,
        "orders": lambda: np.array(orders, np.int64),
        "batch_size": lambda: training.batch_size,
        "learning_rates": lambda: [float(rate) for rate in rates],
        "momentum": lambda: training.momentum,
        "l2": lambda: training.l2,
        "model": lambda: spec.model,
        "epochs": lambda: len(rates),
        "dtype": lambda: training.dtype,
        "device": lambda: device,
    }
    given = {name: made[name]() for name in names(function)}
    parameters = inspect.signature(function).parameters.values()
    in_place = [given.pop(one.name) for one in parameters if one.kind is one.POSITIONAL_ONLY]
    return functools.partial(_called, functools.partial(function, *in_place, **given))


def _called(function: Callable[[], Any]) -> Iterator[Any] | list[Any]:
    what = function()
    if isinstance(what, Iterator):
        return what
    if isinstance(what, list | tuple):
        return list(what)
    raise Refused(Text(f"train gave {_kind(what)}: ", f"train 返回了 {_kind(what)}：") + AFTER_EACH)


def whole(function: Callable[..., Any], exercise: Exercise) -> list[Parameters]:
    """What the function gives after each epoch of an exercise; a first None, which says that it is ready, left out."""
    rates = exercise.spec.training.learning_rates
    call = bound(function, exercise.spec, exercise.data, exercise.start, list(exercise.orders), rates)
    found = [None if item is None and not number else parameters(item) for number, item in enumerate(call())]
    return [one for one in found if one is not None]


def is_plain(function: Callable[..., Any]) -> bool:
    """Whether it is called by the names of its parameters; one with a single parameter of another name takes an exercise."""
    named = list(inspect.signature(function).parameters.values())
    return len(named) != 1 or named[0].name in ALLOWED or named[0].kind is named[0].VAR_KEYWORD


def parameters(item: Any) -> Parameters:
    """Copies of a pair of weight and bias, of whichever framework. Raises Refused where it is none."""
    check_pair(item)
    return Parameters(*(np.array(_on_the_host(value)) for value in item))


def check_pair(item: Any) -> None:
    """Raises Refused where what was given after an epoch is no pair."""
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise Refused(Text(f"train gave {_kind(item)} after an epoch: ", f"train 在一轮之后给出了 {_kind(item)}：") + AFTER_EACH)


def miscounted(count: int, epochs: int) -> Refused:
    """The error of a function that gives parameters more or less often than there are epochs."""
    return Refused(
        Text(f"train gave parameters {count} times, and there are {epochs} epochs: ",
             f"train 给出了 {count} 次参数，而共有 {epochs} 轮：") + AFTER_EACH
    )  # fmt: skip


def _on_the_host(value: Any) -> Any:
    """What NumPy can read: PyTorch's tensors may want a gradient and be on a card, MXNet's are no arrays to NumPy."""
    if hasattr(value, "asnumpy"):
        return value.asnumpy()
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _kind(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)}"
    return "None" if value is None else type(value).__name__
