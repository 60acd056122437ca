"""Where training would end: the parameters of least loss, by other means than steps along a gradient.

Source: T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning", 2nd ed., sections 3.2 (least squares)
and 4.4 (softmax regression).
"""

import numpy as np
from scipy.optimize import minimize

from fairfit.models.data import Data
from fairfit.models.parameters import Parameters
from fairfit.models.reference import gradient, loss, scores


def least_squares(data: Data) -> Parameters:
    """The parameters that minimise the squared error on the training rows, in closed form."""
    extended = np.column_stack([data.train_features, np.ones(data.rows)]).astype(np.float64)
    solution = np.linalg.lstsq(extended, data.train_targets.astype(np.float64), rcond=None)[0]
    return Parameters(solution[None, :-1], solution[-1:])


def softmax_optimum(data: Data, l2: float) -> Parameters:
    """The parameters that minimise mean cross-entropy + ½ · l2 · ‖weight‖² on the training rows, by L-BFGS.

    Without a penalty the optimum of separable classes lies at infinity, so l2 must be above 0.
    """
    if l2 <= 0:
        raise ValueError(f"l2 = {l2}: must be above 0, without a penalty the optimum may lie at infinity")
    features, shape = data.train_features.astype(np.float64), (data.outputs, data.inputs + 1)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = Parameters(flat.reshape(shape)[:, :-1], flat.reshape(shape)[:, -1])
        value = loss("softmax", scores(parameters, features), data.train_targets) + 0.5 * l2 * float(np.sum(parameters.weight**2))
        slope = gradient("softmax", parameters, features, data.train_targets, l2)
        return value, np.column_stack([slope.weight, slope.bias]).ravel()

    options = {"maxiter": 10_000, "ftol": 1e-15, "gtol": 1e-10}
    solution = minimize(objective, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(shape)
    return Parameters(solution[:, :-1], solution[:, -1])
