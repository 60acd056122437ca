"""A dense layer for JAX, which has no format of its own: its arrays are kept as NumPy's are."""

from pathlib import Path

import numpy as np
from jax import numpy as jnp

from fairfit.frameworks.ports import arrays
from fairfit.frameworks.ports.form import Model


def _open(form: arrays.Arrays, path: Path) -> Model:
    found = form.read(path).parameters
    weight, bias = jnp.asarray(found.weight), jnp.asarray(found.bias)
    return lambda features: np.asarray(jnp.asarray(features) @ weight.T + bias)


class Npz(arrays.Npz):
    def open(self, path: Path) -> Model:
        return _open(self, path)


class Safetensors(arrays.Safetensors):
    def open(self, path: Path) -> Model:
        return _open(self, path)


FORMS = {"npz": Npz(), "safetensors": Safetensors()}
