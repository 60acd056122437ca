"""Softmax regression in MXNet as one would write it for nothing else: the loops that the adapter is measured against."""

import logging

import numpy as np

from fairfit.frameworks.mxnet import MXNet, MXNetTrainer, autograd, gluon, mx, nd  # type: ignore[attr-defined]  # it prepares their import
from fairfit.models.parameters import Parameters

# -- arrays: NDArrays, autograd, own update ------------------------------------------------------------------------------


class NDArrayByHand(MXNetTrainer):
    def transfer(self) -> None:
        super().transfer()
        self.targets = self.targets.astype(self.training.dtype)  # softmax_cross_entropy wants them like the scores

    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = nd.array(parameters.weight), nd.array(parameters.bias)
        self.weight.attach_grad()
        self.bias.attach_grad()

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias, outputs, batch_size = self.weight, self.bias, self.data.outputs, self.training.batch_size
        index = nd.array(order, dtype="int32")
        for first in range(0, len(order), batch_size):
            batch = index[first : first + batch_size]
            features, targets = nd.take(self.features, batch), nd.take(self.targets, batch)
            with autograd.record():
                loss = nd.softmax_cross_entropy(nd.FullyConnected(features, weight, bias, num_hidden=outputs), targets)
            loss.backward()  # summed over the batch
            weight -= (learning_rate / len(batch)) * weight.grad
            bias -= (learning_rate / len(batch)) * bias.grad


# -- layers: the library's layer, loss and optimizer ---------------------------------------------------------------------


class GluonByHand(MXNetTrainer):
    def build(self) -> None:
        self.network = gluon.nn.Dense(self.data.outputs, in_units=self.data.inputs)
        self.network.initialize()
        self.loss = gluon.loss.SoftmaxCrossEntropyLoss()
        self.weight, self.bias = self.network.weight.data(), self.network.bias.data()

    def reset(self, parameters: Parameters) -> None:
        self.weight[:], self.bias[:] = parameters.weight, parameters.bias
        self.trainer = gluon.Trainer(self.network.collect_params(), "sgd", {"learning_rate": self.training.learning_rate})

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        network, cross_entropy, trainer, batch_size = self.network, self.loss, self.trainer, self.training.batch_size
        index = nd.array(order, dtype="int32")
        for first in range(0, len(order), batch_size):
            batch = index[first : first + batch_size]
            features, targets = nd.take(self.features, batch), nd.take(self.targets, batch)
            with autograd.record():
                loss = cross_entropy(network(features), targets)
            loss.backward()
            trainer.step(len(batch))


# -- compiled: the same, hybridised --------------------------------------------------------------------------------------


class Objective(gluon.HybridBlock):
    """Layer and loss in one block, hybridised as one."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.network = gluon.nn.Dense(outputs, in_units=inputs)
        self.loss = gluon.loss.SoftmaxCrossEntropyLoss()

    def hybrid_forward(self, F, features, targets):  # type: ignore[no-untyped-def]  # noqa: N803
        return self.loss(self.network(features), targets)


class HybridByHand(MXNetTrainer):
    def build(self) -> None:
        self.objective = Objective(self.data.inputs, self.data.outputs)
        self.objective.initialize()
        self.objective.hybridize(static_alloc=True, static_shape=True)
        self.weight, self.bias = self.objective.network.weight.data(), self.objective.network.bias.data()

    def reset(self, parameters: Parameters) -> None:
        self.weight[:], self.bias[:] = parameters.weight, parameters.bias
        self.trainer = gluon.Trainer(self.objective.collect_params(), "sgd", {"learning_rate": self.training.learning_rate})

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        objective, trainer, batch_size = self.objective, self.trainer, self.training.batch_size
        index = nd.array(order, dtype="int32")
        for first in range(0, len(order), batch_size):
            batch = index[first : first + batch_size]
            features, targets = nd.take(self.features, batch), nd.take(self.targets, batch)
            with autograd.record():
                loss = objective(features, targets)
            loss.backward()
            trainer.step(len(batch))


# -- graph: the Symbol executor ------------------------------------------------------------------------------------------


class SymbolByHand(MXNetTrainer):
    def build(self) -> None:
        self.targets = self.targets.astype(self.training.dtype)
        self.weight, self.bias = nd.zeros((self.data.outputs, self.data.inputs)), nd.zeros(self.data.outputs)
        self.weight_gradient, self.bias_gradient = nd.zeros_like(self.weight), nd.zeros_like(self.bias)
        scores = mx.sym.FullyConnected(
            mx.sym.var("features"), mx.sym.var("weight"), mx.sym.var("bias"), num_hidden=self.data.outputs
        )
        symbol = mx.sym.SoftmaxOutput(scores, mx.sym.var("targets"))
        self.executors = {}
        for size in {self.training.batch_size, self.data.rows % self.training.batch_size} - {0}:
            features, targets = nd.zeros((size, self.data.inputs)), nd.zeros(size)
            executor = symbol.bind(
                mx.cpu(),
                args={"features": features, "weight": self.weight, "bias": self.bias, "targets": targets},
                args_grad={"weight": self.weight_gradient, "bias": self.bias_gradient},
                grad_req={"features": "null", "weight": "write", "bias": "write", "targets": "null"},
            )
            self.executors[size] = (executor, features, targets)

    def reset(self, parameters: Parameters) -> None:
        self.weight[:], self.bias[:] = parameters.weight, parameters.bias

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        weight, bias, batch_size = self.weight, self.bias, self.training.batch_size
        weight_gradient, bias_gradient = self.weight_gradient, self.bias_gradient
        index = nd.array(order, dtype="int32")
        for first in range(0, len(order), batch_size):
            batch = index[first : first + batch_size]
            executor, features, targets = self.executors[len(batch)]
            nd.take(self.features, batch, out=features)
            nd.take(self.targets, batch, out=targets)
            executor.forward(is_train=True)
            executor.backward()  # summed over the batch
            nd.sgd_update(weight, weight_gradient, lr=learning_rate / len(batch), out=weight)
            nd.sgd_update(bias, bias_gradient, lr=learning_rate / len(batch), out=bias)


# -- fit: the library's own training call --------------------------------------------------------------------------------


class Batches(mx.io.DataIter):
    """One epoch of batches for Module; the last has its true size."""

    def __init__(self, trainer: MXNetTrainer, order: np.ndarray) -> None:
        super().__init__(trainer.training.batch_size)
        self.features, self.targets, self.first = trainer.features, trainer.targets, 0
        self.index = nd.array(order, dtype="int32")
        self.provide_data = [mx.io.DataDesc("features", (self.batch_size, trainer.data.inputs))]
        self.provide_label = [mx.io.DataDesc("targets", (self.batch_size,))]

    def next(self) -> mx.io.DataBatch:
        if self.first >= len(self.index):
            raise StopIteration
        batch = self.index[self.first : self.first + self.batch_size]
        self.first += self.batch_size
        return mx.io.DataBatch(data=[nd.take(self.features, batch)], label=[nd.take(self.targets, batch)], pad=0)


class ModuleByHand(MXNetTrainer):
    def build(self) -> None:
        self.targets = self.targets.astype(self.training.dtype)
        weight, bias = mx.sym.var("dense_weight"), mx.sym.var("dense_bias")
        scores = mx.sym.FullyConnected(mx.sym.var("features"), weight, bias, num_hidden=self.data.outputs)
        symbol = mx.sym.SoftmaxOutput(scores, mx.sym.var("targets"), normalization="batch")
        quiet = logging.getLogger("module")
        quiet.setLevel(logging.ERROR)  # fit warns that it is bound already
        self.module = mx.mod.Module(symbol, ["features"], ["targets"], logger=quiet)
        shapes = Batches(self, np.arange(self.data.rows, dtype=np.int32))
        self.module.bind(shapes.provide_data, shapes.provide_label)

    def reset(self, parameters: Parameters) -> None:
        arrays = {"dense_weight": nd.array(parameters.weight), "dense_bias": nd.array(parameters.bias)}
        self.module.init_params(arg_params=arrays, force_init=True)
        settings = {"learning_rate": self.training.learning_rate, "rescale_grad": 1.0}
        self.module.init_optimizer(optimizer="sgd", optimizer_params=settings, force_init=True)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.module.fit(Batches(self, order), eval_metric=mx.metric.CompositeEvalMetric(), num_epoch=1)

    @property
    def weight(self) -> nd.NDArray:
        return self.module.get_params()[0]["dense_weight"]

    @property
    def bias(self) -> nd.NDArray:
        return self.module.get_params()[0]["dense_bias"]


# -- the framework -------------------------------------------------------------------------------------------------------


class ByHand(MXNet):
    trainers = {
        "ndarray": NDArrayByHand,
        "gluon": GluonByHand,
        "hybrid": HybridByHand,
        "symbol": SymbolByHand,
        "module": ModuleByHand,
    }


FRAMEWORK = ByHand
