"""A dense layer as plain arrays: NumPy's archive, and safetensors, which every framework's hub reads."""

from pathlib import Path

import numpy as np

from fairfit.frameworks.ports.form import Carried, Form, Model
from fairfit.models.parameters import Parameters


class Arrays(Form):
    """Two arrays, `weight` (outputs, inputs) and `bias` (outputs,)."""

    def open(self, path: Path) -> Model:
        found = self.read(path).parameters
        return lambda features: features @ found.weight.T + found.bias


class Npz(Arrays):
    """`numpy.savez`."""

    def write(self, carried: Carried, path: Path) -> None:
        np.savez(path, weight=carried.parameters.weight, bias=carried.parameters.bias)

    def read(self, path: Path) -> Carried:
        with np.load(path, allow_pickle=False) as arrays:
            return Carried(Parameters(arrays["weight"], arrays["bias"]))


class Safetensors(Arrays):
    """The neutral file."""

    def write(self, carried: Carried, path: Path) -> None:
        from safetensors.numpy import save_file

        # arrays that are not contiguous are written as something else without a word (safetensors 0.8.0)
        arrays = {"weight": carried.parameters.weight, "bias": carried.parameters.bias}
        save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, path, {"layout": "outputs, inputs"})

    def read(self, path: Path) -> Carried:
        from safetensors.numpy import load_file

        arrays = load_file(path)
        return Carried(Parameters(arrays["weight"], arrays["bias"]))


FORMS = {"npz": Npz(), "safetensors": Safetensors()}
