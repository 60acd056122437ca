"""A dense layer as Keras keeps it: its own format, with or without an optimizer, and TensorFlow's SavedModel."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from fairfit.frameworks.ports.form import Carried, Form, Model, Momentum
from fairfit.models.parameters import Parameters


def model_of(parameters: Parameters) -> keras.Model:
    outputs, inputs = parameters.weight.shape
    dtype = parameters.weight.dtype.name
    model = keras.Sequential([keras.Input((inputs,), dtype=dtype), keras.layers.Dense(outputs, dtype=dtype, name="dense")])
    model.set_weights([parameters.weight.T, parameters.bias])  # Keras keeps the kernel as (inputs, outputs)
    return model


class Keras(Form):
    """`model.save("….keras")`, compiled where there is a velocity to keep."""

    def write(self, carried: Carried, path: Path) -> None:
        model, momentum = model_of(carried.parameters), carried.momentum
        if momentum is not None:
            optimizer = keras.optimizers.SGD(momentum.rate, momentum=momentum.factor)
            model.compile(optimizer)
            optimizer.build(model.trainable_variables)
            rate = float(optimizer.learning_rate.numpy())  # kept in float32, whatever the dtype of the layer
            velocity = momentum.velocity
            for kept, values in zip(optimizer.momentums, (velocity.weight.T, velocity.bias), strict=True):
                kept.assign(values * np.asarray(-rate, values.dtype))  # it holds the learning rate, with its sign
        model.save(path)

    def read(self, path: Path) -> Carried:
        model = keras.saving.load_model(path)
        parameters = _parameters(model)
        if not model.compiled:
            return Carried(parameters)
        rate = float(model.optimizer.learning_rate.numpy())
        kernel, bias = (kept.numpy() / np.asarray(-rate, kept.dtype) for kept in model.optimizer.momentums)
        return Carried(parameters, Momentum(Parameters(kernel.T, bias), model.optimizer.momentum, rate))

    def open(self, path: Path) -> Model:
        model = keras.saving.load_model(path, compile=False)
        return lambda features: model(tf.constant(features)).numpy()


class SavedModel(Form):
    """`model.export(folder)`: what TensorFlow Serving takes."""

    def write(self, carried: Carried, path: Path) -> None:
        model_of(carried.parameters).export(path, verbose=False)

    def read(self, path: Path) -> Carried:
        kernel, bias = tf.saved_model.load(path).variables
        return Carried(Parameters(kernel.numpy().T, bias.numpy()))

    def open(self, path: Path) -> Model:
        loaded = tf.saved_model.load(path)
        return lambda features: loaded.serve(tf.constant(features)).numpy()  # which keeps its variables alive


FORMS = {"keras": Keras(), "savedmodel": SavedModel()}


def _parameters(model: keras.Model) -> Parameters:
    kernel, bias = model.get_weights()
    return Parameters(kernel.T, bias)
