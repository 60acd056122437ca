"""The parameters of a regression in the one layout that everything here speaks, and where training starts."""

import math
from dataclasses import dataclass

import numpy as np

from fairfit.models.spec import Spec


@dataclass(frozen=True)
class Parameters:
    """weight of shape (outputs, inputs) and bias of shape (outputs,)."""

    weight: np.ndarray
    bias: np.ndarray

    def flat(self) -> np.ndarray:
        """All values in one float64 vector of shape (outputs · inputs + outputs,)."""
        return np.concatenate([self.weight.ravel(), self.bias.ravel()]).astype(np.float64)

    def distance_to(self, reference: "Parameters") -> float:
        """‖self − reference‖ / ‖reference‖ over all parameters (Euclidean); ‖self‖ where the reference is 0.

        NaN where shapes differ; not finite where a parameter is not.
        """
        if self.weight.shape != reference.weight.shape or self.bias.shape != reference.bias.shape:
            return math.nan
        difference = float(np.linalg.norm(self.flat() - reference.flat()))
        norm = float(np.linalg.norm(reference.flat()))
        return difference / norm if norm else difference


def start(spec: Spec, inputs: int, outputs: int) -> Parameters:
    """The starting values in the dtype of the spec: made once here and handed to every framework."""
    if spec.training.start == "zeros":
        weight = np.zeros((outputs, inputs))
    else:
        weight = spec.training.start_scale * np.random.default_rng(spec.training.start_seed).standard_normal((outputs, inputs))
    return Parameters(weight.astype(spec.training.dtype), np.zeros(outputs, dtype=spec.training.dtype))
