"""The reference mathematics against hand computation, finite differences and published numbers."""

from typing import Any

import numpy as np
import pytest

from fairfit.models import data as datasets
from fairfit.models import reference
from fairfit.models import spec as specs
from fairfit.models.data import Data
from fairfit.models.exercise import Exercise
from fairfit.models.parameters import Parameters
from fairfit.models.sources.diabetes import FEATURES
from tests.models.optima import least_squares, softmax_optimum


def spec_with(model: str = "linear", **training: Any) -> specs.Spec:
    source = "synthetic-linear" if model == "linear" else "synthetic-classes"
    return specs.from_mapping({"model": model, "data": {"source": source}, "training": training}, "test")


def rows(features: Any, targets: Any, outputs: int = 1) -> Data:
    """Data of these training rows, which serve as test rows too."""
    features, targets = np.array(features, dtype=np.float64), np.array(targets)
    return Data(features, targets, features, targets, outputs)


def zeros(inputs: int, outputs: int = 1) -> Parameters:
    return Parameters(np.zeros((outputs, inputs)), np.zeros(outputs))


# -- loss and gradient ---------------------------------------------------------------------------------------------------


def test_the_linear_loss_is_half_the_mean_square() -> None:
    assert reference.loss("linear", np.array([[3.0], [0.0]]), np.array([1.0, 0.0])) == 1.0


def test_the_softmax_loss_of_equal_scores_is_the_logarithm_of_the_classes() -> None:
    assert reference.loss("softmax", np.full((3, 5), 7.0), np.array([0, 1, 4])) == pytest.approx(np.log(5), rel=1e-15)


def test_the_softmax_loss_stands_scores_of_any_size() -> None:
    assert reference.loss("softmax", np.array([[1e5, 0.0], [-1e5, 0.0]]), np.array([0, 0])) == pytest.approx(5e4)


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("model", specs.MODELS)
def test_the_gradient_is_that_of_the_loss_with_its_penalty_on_the_weight_alone(model: str, l2: float) -> None:
    generator = np.random.default_rng(0)
    outputs = 1 if model == "linear" else 3
    features = generator.standard_normal((7, 4))
    targets = generator.standard_normal(7) if model == "linear" else generator.integers(0, 3, 7)
    flat = generator.standard_normal(outputs * 5)

    def parameters(values: np.ndarray) -> Parameters:
        return Parameters(values[: outputs * 4].reshape(outputs, 4), values[outputs * 4 :])

    def objective(values: np.ndarray) -> float:
        here = parameters(values)
        penalty = 0.5 * l2 * float(np.sum(here.weight**2))
        return reference.loss(model, reference.scores(here, features), targets) + penalty

    step = 1e-5
    differences = [(objective(flat + step * axis) - objective(flat - step * axis)) / (2 * step) for axis in np.eye(len(flat))]
    found = reference.gradient(model, parameters(flat), features, targets, l2).flat()
    # central differences are off by step² and by rounding / step: both about 1e-10
    assert found == pytest.approx(np.array(differences), abs=1e-8)


# -- trajectory ----------------------------------------------------------------------------------------------------------


def trajectory(spec: specs.Spec, data: Data, start: Parameters, orders: np.ndarray) -> list[Parameters]:
    return reference.trajectory(Exercise(spec, data, start, orders))


def test_one_linear_step_by_hand() -> None:
    spec = spec_with(learning_rate=0.1, epochs=1, l2=0.5)
    start = Parameters(np.array([[1.0, 0.0]]), np.array([0.5]))
    # prediction 1.5, residual −1.5; gradient (−1.5 + 0.5 · 1, −3.0 + 0.5 · 0) and −1.5
    after = trajectory(spec, rows([[1, 2]], [3.0]), start, np.array([[0]]))
    assert after[0].flat() == pytest.approx([1.1, 0.3, 0.65], rel=1e-15)


def test_one_softmax_step_by_hand() -> None:
    spec = spec_with("softmax", learning_rate=1.0, epochs=1, batch_size=4)
    # from zero every class has probability ½; the bias gradient is ½ − share of the class, the weight gradient ½ · mean(±x)
    after = trajectory(spec, rows([[1], [2], [3], [4]], [0, 0, 0, 1], 2), zeros(1, 2), np.array([[0, 1, 2, 3]]))
    assert after[0].weight.ravel() == pytest.approx([0.25, -0.25], rel=1e-15)
    assert after[0].bias == pytest.approx([0.25, -0.25], rel=1e-15)


@pytest.mark.parametrize(("order", "expected"), [([0, 1], 1.5), ([1, 0], 0.5)])
def test_rows_are_visited_in_their_order(order: list[int], expected: float) -> None:
    spec = spec_with(learning_rate=0.5, epochs=1, batch_size=1)
    after = trajectory(spec, rows([[1], [1]], [1.0, 3.0]), zeros(1), np.array([order]))
    assert after[0].flat().tolist() == [expected, expected]


def test_the_last_shorter_batch_counts_its_true_size() -> None:
    spec = spec_with(learning_rate=0.5, epochs=1, batch_size=2)
    # the full batch is at its optimum; the residual of the lone last row is −6, not −6/2
    after = trajectory(spec, rows([[1], [1], [1]], [0.0, 0.0, 6.0]), zeros(1), np.array([[0, 1, 2]]))
    assert after[0].flat().tolist() == [3.0, 3.0]


def test_the_velocity_does_not_hold_the_learning_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "gradient", lambda *arguments, **named: Parameters(np.ones((1, 1)), np.ones(1)))
    spec = spec_with(learning_rate=[0.1, 0.01], epochs=2, momentum=0.9)
    after = trajectory(spec, rows([[1]], [0.0]), zeros(1), np.array([[0], [0]]))
    assert after[0].flat() == pytest.approx([-0.1, -0.1])
    assert after[1].flat() == pytest.approx([-0.119, -0.119])  # with the rate inside it would be −0.200


def test_the_trajectory_is_float64_and_leaves_the_start_alone() -> None:
    start = Parameters(np.ones((1, 1), dtype=np.float32), np.ones(1, dtype=np.float32))
    after = trajectory(spec_with(learning_rate=0.5, epochs=2), rows([[1]], [9.0]), start, np.array([[0], [0]]))
    assert [(point.weight.dtype, point.bias.dtype) for point in after] == [(np.float64, np.float64)] * 2
    assert start.flat().tolist() == [1.0, 1.0]


def test_training_that_diverges_goes_on_with_what_is_no_number() -> None:
    """Whether a spec diverges is judged elsewhere; here nothing is hidden and nothing warns."""
    after = trajectory(
        spec_with(learning_rate=1e300, epochs=3), rows([[1e3], [2e3]], [1.0, 3.0]), zeros(1), np.array([[0, 1]] * 3)
    )
    assert not np.isfinite(after[-1].flat()).all()


# -- score ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("predicted", "expected"), [([1, 2, 3], 1.0), ([2, 2, 2], 0.0), ([3, 2, 1], -3.0)])
def test_a_linear_score_is_the_share_of_variance_explained(predicted: list[float], expected: float) -> None:
    assert reference.score("linear", np.array(predicted)[:, None], np.array([1.0, 2.0, 3.0])) == ("r2", expected)


def test_a_softmax_score_is_the_share_of_right_classes() -> None:
    predicted = np.array([[0.1, 0.2], [5.0, -1.0], [0.0, 9.0], [1.0, 0.0]])
    assert reference.score("softmax", predicted, np.array([1, 0, 1, 1])) == ("accuracy", 0.75)


# -- where training would end --------------------------------------------------------------------------------------------


def diabetes(**data: Any) -> Data:
    values = {
        "model": "linear",
        "data": {"source": "diabetes"} | data,
        "training": {"learning_rate": 0.1, "dtype": "float64"},
    }
    return datasets.load(specs.from_mapping(values, "test"))


def test_least_squares_on_all_of_diabetes_reaches_the_known_error() -> None:
    part = diabetes()
    features = np.vstack([part.train_features, part.test_features])
    targets = np.concatenate([part.train_targets, part.test_targets])
    predicted = reference.scores(least_squares(rows(features, targets)), features)
    assert 2 * reference.loss("linear", predicted, targets) == pytest.approx(2859.69635, abs=5e-6)
    assert reference.score("linear", predicted, targets)[1] == pytest.approx(0.517748, abs=5e-7)


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize(
    ("features", "mean_square", "r2"),
    [(FEATURES, 2004.51869, 0.585085), (("bmi",), 2548.07240, 0.472575)],
    ids=["all features", "bmi"],
)
def test_least_squares_on_diabetes_predicts_the_last_rows_with_the_known_error(
    features: tuple[str, ...], mean_square: float, r2: float, scaling: str
) -> None:
    data = diabetes(features=list(features), scaling=scaling)
    predicted = reference.scores(least_squares(data), data.test_features)
    assert 2 * reference.loss("linear", predicted, data.test_targets) == pytest.approx(mean_square, abs=5e-6)
    assert reference.score("linear", predicted, data.test_targets)[1] == pytest.approx(r2, abs=5e-7)


def test_the_softmax_optimum_has_no_gradient() -> None:
    data = datasets.load(spec_with("softmax", learning_rate=0.1, dtype="float64"))
    optimum = softmax_optimum(data, l2=0.1)
    slope = reference.gradient("softmax", optimum, data.train_features, data.train_targets, 0.1)
    assert np.abs(optimum.weight).max() > 0.1
    # L-BFGS stops where the loss falls by less than its rounding, 1e-15: the gradient is then about its square root
    assert np.abs(slope.flat()).max() < 1e-6


@pytest.mark.parametrize("l2", [0.0, -0.1])
def test_a_softmax_optimum_without_a_penalty_is_refused(l2: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        softmax_optimum(rows([[1.0]], [0], 2), l2)
