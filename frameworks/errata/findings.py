"""What became of the article's defects in a framework: numbers and the framework's own errors, from which the report makes
sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Raised:
    """X1, X4: `error` is the framework's own error, empty where the recipe works there. `instead` is one line of code."""

    reproduced: bool | None
    error: str
    instead: str


@dataclass(frozen=True)
class Twice:
    """Test accuracy and training loss after every epoch, with softmax once and twice; `epochs_to_catch_up` is None where
    twice never gets as accurate as once is after its first epoch."""

    right_accuracy: list[float]
    twice_accuracy: list[float]
    right_loss: list[float]
    twice_loss: list[float]
    epochs_to_catch_up: int | None


@dataclass(frozen=True)
class SoftmaxTwice:
    """X2 by name of the exercise. `keeps_scores`: the framework takes the raw scores behind the softmax by itself;
    `warnings` is what it warns of then."""

    reproduced: bool | None
    exercises: Mapping[str, Twice]
    instead: str
    keeps_scores: bool = False
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SquaredError:
    """X3, on prediction 3 and target 1: the loss called `name` and the article's formula, each with its gradient."""

    reproduced: bool | None
    name: str
    formula_value: float
    formula_gradient: float
    loss_value: float
    loss_gradient: float
    instead: str


@dataclass(frozen=True)
class ShorterBatch:
    """Distances from the float64 reference (relative, Euclidean) and accuracies at the end, dividing by the `true` size of
    a batch and by a `constant` (None where the framework has no such constant). `last_update_ratio`: size of the first
    epoch's last update over that of the reference."""

    constant_distance: float | None
    true_distance: float
    constant_accuracy: float | None
    true_accuracy: float
    last_update_ratio: float


@dataclass(frozen=True)
class ConstantBatch:
    """X5 by name of the exercise."""

    reproduced: bool | None
    exercises: Mapping[str, ShorterBatch]
    instead: str


@dataclass(frozen=True)
class OneAffineMap:
    """X6: the largest difference between what the trained model predicts and one affine map of its parameters."""

    reproduced: bool | None
    largest_difference: float
    parameters: int
    instead: str


@dataclass(frozen=True)
class Findings:
    """By defect; None where this framework has no file for it. `untried` has the error of each defect that could not be
    tried."""

    X1: Raised | None = None
    X2: SoftmaxTwice | None = None
    X3: SquaredError | None = None
    X4: Raised | None = None
    X5: ConstantBatch | None = None
    X6: OneAffineMap | None = None
    untried: Mapping[str, str] = field(default_factory=dict)
