"""A dense layer as MXNet keeps it: Gluon's parameters, with the states of its trainer, and symbol with parameters."""

from pathlib import Path
from typing import Any

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import mxnet as mx
import numpy as np
from mxnet import gluon, nd

from fairfit.frameworks.ports.form import Carried, Form, Model, Momentum
from fairfit.models.parameters import Parameters


def layer_of(parameters: Parameters) -> gluon.nn.Dense:
    outputs, inputs = parameters.weight.shape
    layer = gluon.nn.Dense(outputs, in_units=inputs, dtype=parameters.weight.dtype.name)
    layer.initialize()
    layer.weight.set_data(_array(parameters.weight))
    layer.bias.set_data(_array(parameters.bias))
    return layer


SUFFIX = "-0000.params"


class Gluon(Form):
    """`layer.save_parameters`; where there is a velocity, the states of its trainer lie beside it under the same stem."""

    def write(self, carried: Carried, path: Path) -> None:
        layer_of(carried.parameters).save_parameters(str(path))
        if (momentum := carried.momentum) is not None:
            optimizer = mx.optimizer.SGD(learning_rate=momentum.rate, momentum=momentum.factor)
            updater = mx.optimizer.get_updater(optimizer)
            for number, values in enumerate((momentum.velocity.bias, momentum.velocity.weight)):  # Gluon sorts by name
                # it holds the learning rate, with its sign
                updater.states[number] = _array(values * np.asarray(-momentum.rate, values.dtype))
            path.with_suffix(".states").write_bytes(updater.get_states(dump_optimizer=True))

    def read(self, path: Path) -> Carried:
        arrays = nd.load(str(path))
        parameters = Parameters(arrays["weight"].asnumpy(), arrays["bias"].asnumpy())
        states = path.with_suffix(".states")
        if not states.exists():
            return Carried(parameters)
        updater = mx.optimizer.get_updater(mx.optimizer.SGD())
        updater.set_states(states.read_bytes())
        rate = updater.optimizer.lr
        bias, weight = (kept.asnumpy() / np.asarray(-rate, kept.dtype) for _, kept in sorted(updater.states.items()))
        return Carried(parameters, Momentum(Parameters(weight, bias), updater.optimizer.momentum, rate))

    def open(self, path: Path) -> Model:
        outputs, inputs = (found := self.read(path).parameters).weight.shape
        layer = gluon.nn.Dense(outputs, in_units=inputs, dtype=found.weight.dtype.name)
        layer.load_parameters(str(path))
        return _model(layer)


class Symbol(Form):
    """`layer.export`: the symbol as JSON and its parameters, which lie beside each other as STEM-symbol.json and STEM-0000.params."""

    def write(self, carried: Carried, path: Path) -> None:
        layer = layer_of(carried.parameters)
        layer.hybridize()
        layer(_array(np.zeros_like(carried.parameters.weight[:1])))  # what is exported is what was traced
        layer.export(_stem(path), epoch=0)

    def read(self, path: Path) -> Carried:
        arrays = {name.rpartition("_")[2]: values.asnumpy() for name, values in nd.load(str(path)).items()}
        return Carried(Parameters(arrays["weight"], arrays["bias"]))

    def open(self, path: Path) -> Model:
        symbol, arguments, _ = mx.model.load_checkpoint(_stem(path), 0)
        return lambda features: symbol.eval(data=_array(features), **arguments)[0].asnumpy()


FORMS = {"gluon": Gluon(), "symbol": Symbol()}


def _stem(path: Path) -> str:
    return str(path).removesuffix(SUFFIX)


def _array(values: np.ndarray) -> nd.NDArray:
    return nd.array(values, dtype=values.dtype)


def _model(layer: Any) -> Model:
    return lambda features: layer(_array(features)).asnumpy()
