"""What is asked of an extension: the ways to run it, its export, its gradient, and a built-in to time it against."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairfit.frameworks.extensibility.cases import Arrays, Case
from fairfit.models.text import Text, join

Evaluate = Callable[[Arrays], tuple[np.ndarray, Arrays]]
"""From inputs and parameters to the output, and to the gradients of the sum of its squares by each of them (none for an
optimizer, whose output is the path of the weights)."""
Reload = Callable[[Path, Arrays], np.ndarray]
"""From what was exported into a folder, and inputs, to the output. Its source alone is run, so it imports what it needs."""
Sides = tuple[Callable[[], object], Callable[[], object]]
"""One training step with the extension, and the same with the built-in."""


@dataclass(frozen=True)
class Way:
    """One way to run an extension; `how` names it in the framework's own terms."""

    how: Text | str
    evaluate: Evaluate


@dataclass(frozen=True)
class Export:
    """The framework's format for deployment: `save` writes into a folder what a process without our source can run."""

    how: Text | str
    save: Callable[[Path], object]


@dataclass(frozen=True)
class Absent:
    """A check that cannot be asked of this framework, and why."""

    reason: Text


@dataclass(frozen=True)
class Probe:
    """An extension and what is asked of it: `definitions` is all that makes it, in the order of its file.

    `gradient` names what differentiates it. `sides` makes what is timed, with the built-in that `against` names.
    """

    what: Text
    definitions: tuple[Callable[..., object], ...]
    case: Case
    imperative: Way
    compiled: Way | Absent
    compiled_whole: Way | Absent
    export: Export | Way
    gradient: str | Absent
    sides: Callable[[], Sides]
    against: str


CALLED_AS_IT_IS = Text("called as it is", "直接调用")
NO_GRADIENT_OF_OPTIMIZER = Absent(Text("an optimizer has no gradient", "优化器没有梯度"))


def noted(way: Text | str, note: Text | None) -> Text | str:
    """The name of a way, with what there is to note of it."""
    return way if note is None else join([way, note], en="; ", zh="；")
