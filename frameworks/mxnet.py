"""Linear and softmax regression in MXNet: NDArrays by hand, Gluon, hybridised, the Symbol executor, Module and Estimator."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import setuptools  # noqa: F401  # MXNet 1.9.1 imports distutils: setuptools supplies it on Python 3.12

np.bool = np.bool_  # type: ignore[attr-defined]  # MXNet 1.9.1 reads numpy.bool, gone since NumPy 1.24

import mxnet as mx  # noqa: E402
from mxnet import autograd, gluon, nd  # noqa: E402
from mxnet.gluon.contrib.estimator import Estimator  # noqa: E402
from mxnet.gluon.data import ArrayDataset, DataLoader  # noqa: E402

from fairfit.frameworks.base import Framework, Trainer  # noqa: E402
from fairfit.models.order import InOrder, batches  # noqa: E402
from fairfit.models.parameters import Parameters  # noqa: E402

# -- shared: data, prediction, checkpoints -----------------------------------------------------------------------------


class MXNetTrainer(Trainer):
    """What the styles share."""

    weight: nd.NDArray  # (outputs, inputs)
    bias: nd.NDArray  # (outputs,)

    def transfer(self) -> None:
        kind, _, number = self.device.partition(":")
        self.place = mx.Context(kind, int(number or 0))
        if self.input == "resident":
            self.features = self.array(self.data.train_features)  # (rows, inputs)
            self.targets = self.array(self.data.train_targets)  # (rows,)
        else:
            features, targets = np.asarray(self.data.train_features), np.asarray(self.data.train_targets)  # where they lie
            dataset = ArrayDataset(features, targets)
            self.order = InOrder()
            self.loader = DataLoader(dataset, self.training.batch_size, sampler=self.order, last_batch="keep")

    def array(self, values: np.ndarray) -> nd.NDArray:
        return nd.array(values, ctx=self.place, dtype=values.dtype)

    def batches(self, order: np.ndarray) -> Iterator[Any]:
        """What `fetch` turns into features and targets, one for each mini-batch; the last may be shorter."""
        if self.input == "resident":
            yield from batches(self.array(order), self.training.batch_size)
        else:
            self.order.rows = order
            for features, targets in self.loader:
                yield features.as_in_context(self.place), targets.as_in_context(self.place)

    def fetch(self, batch: Any) -> tuple[nd.NDArray, nd.NDArray]:
        """Features (batch, inputs) and targets (batch,)."""
        if self.input == "resident":
            return nd.take(self.features, batch), nd.take(self.targets, batch)
        return batch

    def synchronize(self) -> None:
        nd.waitall()

    def parameters(self) -> Parameters:
        return Parameters(self.weight.asnumpy().copy(), self.bias.asnumpy().copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        return nd.FullyConnected(self.array(features), self.weight, self.bias, num_hidden=self.data.outputs).asnumpy()

    def save(self, folder: Path) -> None:
        nd.save(str(folder / "parameters.params"), {"weight": self.weight, "bias": self.bias})

    def load(self, folder: Path) -> None:
        arrays = nd.load(str(folder / "parameters.params"))
        self.reset(Parameters(arrays["weight"].asnumpy(), arrays["bias"].asnumpy()))


# -- arrays ------------------------------------------------------------------------------------------------------------


class NDArrayTrainer(MXNetTrainer):
    """NDArrays, autograd, own update."""

    def build(self) -> None:
        if self.input == "resident":
            self.targets = self.targets.astype(self.training.dtype)  # softmax_cross_entropy wants them like the scores
        sizes = {min(self.training.batch_size, self.data.rows), self.data.rows % self.training.batch_size} - {0}
        # where backward starts from: turns the sum over a batch into its mean without an operator of its own
        self.shares = {size: self.array(np.full(1, 1 / size, self.training.dtype)) for size in sizes}

    def reset(self, parameters: Parameters) -> None:
        self.weight, self.bias = self.array(parameters.weight), self.array(parameters.bias)
        self.weight.attach_grad()
        self.bias.attach_grad()
        self.velocities = (nd.zeros_like(self.weight), nd.zeros_like(self.bias))

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        momentum, l2 = self.training.momentum, self.training.l2
        for batch in self.batches(order):
            features, targets = self.fetch(batch)
            with autograd.record():
                loss = self.loss(nd.FullyConnected(features, self.weight, self.bias, num_hidden=self.data.outputs), targets)
                if l2:
                    loss = loss + 0.5 * l2 * len(targets) * nd.square(self.weight).sum()
            loss.backward(self.shares[len(targets)])
            for value, velocity in zip((self.weight, self.bias), self.velocities, strict=True):
                gradient = value.grad
                if momentum:
                    velocity *= momentum
                    velocity += gradient
                    gradient = velocity
                value -= learning_rate * gradient

    def loss(self, scores: nd.NDArray, targets: nd.NDArray) -> nd.NDArray:
        """Summed over the batch."""
        if self.model == "linear":
            return 0.5 * nd.square(scores.reshape(-1) - targets).sum()
        return nd.softmax_cross_entropy(scores, targets.astype(scores.dtype, copy=False))


# -- layers ------------------------------------------------------------------------------------------------------------


class GluonTrainer(MXNetTrainer):
    """The library's layer, loss and optimizer."""

    def build(self) -> None:
        self.network = gluon.nn.Dense(self.data.outputs, in_units=self.data.inputs, dtype=self.training.dtype)
        self.network.initialize(ctx=self.place)
        self.network.bias.wd_mult = 0  # the bias is not penalised
        # both losses give one value a sample; L2Loss has the ½, SoftmaxCrossEntropyLoss expects raw scores
        self.loss = gluon.loss.L2Loss() if self.model == "linear" else gluon.loss.SoftmaxCrossEntropyLoss()
        self.weight, self.bias = self.network.weight.data(), self.network.bias.data()

    def reset(self, parameters: Parameters) -> None:
        self.network.weight.set_data(self.array(parameters.weight))
        self.network.bias.set_data(self.array(parameters.bias))
        settings = {"learning_rate": 1.0, "momentum": self.training.momentum, "wd": self.training.l2}
        self.trainer = gluon.Trainer(self.network.collect_params(), "sgd", settings)  # the rate is set by every epoch

    def set_learning_rate(self, learning_rate: float) -> None:
        for updater in self.trainer._updaters:
            scale_velocities(updater, learning_rate / self.trainer.learning_rate)
        self.trainer.set_learning_rate(learning_rate)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.set_learning_rate(learning_rate)
        for batch in self.batches(order):
            features, targets = self.fetch(batch)
            with autograd.record():
                loss = self.objective(features, targets)  # (batch,)
            loss.backward()
            self.trainer.step(len(features))  # divides by the true size of the batch

    def objective(self, features: nd.NDArray, targets: nd.NDArray) -> nd.NDArray:
        return self.loss(self.network(features), targets)


def scale_velocities(updater: mx.optimizer.Updater, factor: float) -> None:
    """MXNet's velocity holds the learning rate: when the rate changes, the velocity has to follow."""
    for velocity in updater.states.values():
        if velocity is not None:
            velocity *= factor


# -- compiled ----------------------------------------------------------------------------------------------------------


class Objective(gluon.HybridBlock):
    """Layer and loss in one block, so that hybridising makes one graph of them."""

    def __init__(self, network: gluon.nn.Dense, loss: gluon.loss.Loss) -> None:
        super().__init__()
        self.network, self.loss = network, loss

    def hybrid_forward(self, F: Any, features: Any, targets: Any) -> Any:  # noqa: N803  # MXNet passes it by this name
        return self.loss(self.network(features), targets)


class HybridTrainer(GluonTrainer):
    """The same; layer and loss hybridised."""

    def build(self) -> None:
        super().build()
        self.objective = Objective(self.network, self.loss)  # type: ignore[method-assign]
        self.objective.hybridize(static_alloc=True, static_shape=True)


# -- graph -------------------------------------------------------------------------------------------------------------


class SymbolTrainer(MXNetTrainer):
    """The Symbol executor: forward and backward as one bound graph."""

    def build(self) -> None:
        if self.input == "resident":
            self.targets = self.targets.astype(self.training.dtype)  # the output operators want them like the scores
        self.weight = nd.zeros((self.data.outputs, self.data.inputs), self.place, dtype=self.training.dtype)
        self.bias = nd.zeros((self.data.outputs,), self.place, dtype=self.training.dtype)
        self.gradients = {"weight": nd.zeros_like(self.weight), "bias": nd.zeros_like(self.bias)}
        self.velocities = {"weight": nd.zeros_like(self.weight), "bias": nd.zeros_like(self.bias)}
        sizes = {min(self.training.batch_size, self.data.rows), self.data.rows % self.training.batch_size} - {0}
        self.executors = {size: self.bind(size) for size in sizes}

    def symbol(self) -> mx.sym.Symbol:
        """Scores and loss as one graph whose gradient is summed over the batch."""
        weight, bias = mx.sym.var("weight"), mx.sym.var("bias")
        scores = mx.sym.FullyConnected(mx.sym.var("features"), weight, bias, num_hidden=self.data.outputs)
        if self.model == "linear":
            return mx.sym.LinearRegressionOutput(scores, mx.sym.var("targets"))  # gradient: scores − targets
        return mx.sym.SoftmaxOutput(scores, mx.sym.var("targets"))  # gradient: softmax(scores) − one-hot targets

    def bind(self, size: int) -> mx.executor.Executor:
        """An executor for batches of this size over the shared parameters and gradients."""
        features = nd.zeros((size, self.data.inputs), self.place, dtype=self.training.dtype)
        targets = nd.zeros((size,), self.place, dtype=self.training.dtype)
        arrays = {"features": features, "weight": self.weight, "bias": self.bias, "targets": targets}
        wanted = {"features": "null", "weight": "write", "bias": "write", "targets": "null"}
        return self.symbol().bind(self.place, args=arrays, args_grad=self.gradients, grad_req=wanted)

    def reset(self, parameters: Parameters) -> None:
        self.weight[:], self.bias[:] = parameters.weight, parameters.bias
        for velocity in self.velocities.values():
            velocity[:] = 0
        self.learning_rate = 1.0

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        for velocity in self.velocities.values() if self.training.momentum else ():
            velocity *= learning_rate / self.learning_rate  # MXNet's velocity holds the rate
        self.learning_rate = learning_rate
        for batch in self.batches(order):
            size = len(batch) if self.input == "resident" else len(batch[0])
            executor = self.executors[size]
            self.feed(executor.arg_dict, batch)
            executor.forward(is_train=True)
            executor.backward()
            self.update("weight", self.weight, lr=learning_rate, wd=self.training.l2, rescale_grad=1 / size)
            self.update("bias", self.bias, lr=learning_rate, wd=0, rescale_grad=1 / size)

    def feed(self, arguments: dict[str, nd.NDArray], batch: Any) -> None:
        if self.input == "resident":
            nd.take(self.features, batch, out=arguments["features"])
            nd.take(self.targets, batch, out=arguments["targets"])
        else:
            arguments["features"][:], arguments["targets"][:] = batch

    def update(self, name: str, value: nd.NDArray, **settings: float) -> None:
        gradient, momentum = self.gradients[name], self.training.momentum
        if momentum:
            nd.sgd_mom_update(value, gradient, self.velocities[name], out=value, momentum=momentum, **settings)
        else:
            nd.sgd_update(value, gradient, out=value, **settings)


# -- fit ---------------------------------------------------------------------------------------------------------------


class BatchIterator(mx.io.DataIter):
    """Hands Module one epoch of batches in the given order; the last has its true size."""

    def __init__(self, trainer: MXNetTrainer, order: np.ndarray) -> None:
        super().__init__(trainer.training.batch_size)
        size, dtype = min(self.batch_size, len(order)), trainer.training.dtype
        self.provide_data = [mx.io.DataDesc("features", (size, trainer.data.inputs), dtype)]
        self.provide_label = [mx.io.DataDesc("targets", (size,), dtype)]
        self.fetch, self.batches = trainer.fetch, trainer.batches(order)

    def next(self) -> mx.io.DataBatch:
        features, targets = self.fetch(next(self.batches))
        return mx.io.DataBatch(data=[features], label=[targets], pad=0)


class ModuleTrainer(MXNetTrainer):
    """`Module.fit`."""

    def build(self) -> None:
        quiet = logging.getLogger("module")
        quiet.setLevel(logging.ERROR)  # fit is called once an epoch and warns that it is bound already
        self.module = mx.mod.Module(self.symbol(), ["features"], ["targets"], logger=quiet, context=self.place)
        shapes = BatchIterator(self, np.arange(self.data.rows, dtype=np.int32))
        self.module.bind(shapes.provide_data, shapes.provide_label)
        # Module sets rescale_grad to 1/batch_size once, wrong for the shorter last batch: the symbol takes the mean instead
        self.settings = {"learning_rate": 1.0, "momentum": self.training.momentum, "wd": self.training.l2, "rescale_grad": 1.0}

    def symbol(self) -> mx.sym.Symbol:
        """Scores and loss as one graph whose gradient is the mean over the true size of the batch."""
        weight, bias = mx.sym.var("dense_weight"), mx.sym.var("dense_bias")  # Module penalises what ends in _weight
        scores = mx.sym.FullyConnected(mx.sym.var("features"), weight, bias, num_hidden=self.data.outputs)
        targets = mx.sym.var("targets")
        if self.model == "linear":
            losses = 0.5 * mx.sym.square(mx.sym.reshape(scores, (-1,)) - targets)
        else:
            losses = -mx.sym.pick(mx.sym.log_softmax(scores), targets)
        return mx.sym.MakeLoss(mx.sym.mean(losses))

    def reset(self, parameters: Parameters) -> None:
        arrays = {"dense_weight": self.array(parameters.weight), "dense_bias": self.array(parameters.bias)}
        self.module.init_params(arg_params=arrays, force_init=True)
        self.module.init_optimizer(optimizer="sgd", optimizer_params=self.settings, force_init=True)

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        optimizer = self.module._optimizer
        scale_velocities(self.module._updater, learning_rate / optimizer.learning_rate)
        optimizer.set_learning_rate(learning_rate)
        # no metric: mx.metric.Loss would wait for every batch to read its value
        self.module.fit(BatchIterator(self, order), eval_metric=mx.metric.CompositeEvalMetric(), num_epoch=1)

    @property
    def weight(self) -> nd.NDArray:
        return self.module.get_params()[0]["dense_weight"]

    @property
    def bias(self) -> nd.NDArray:
        return self.module.get_params()[0]["dense_bias"]


class EstimatorTrainer(GluonTrainer):
    """`Estimator.fit`."""

    def reset(self, parameters: Parameters) -> None:
        super().reset(parameters)
        self.estimator = Estimator(self.network, self.loss, train_metrics=[], trainer=self.trainer, context=[self.place])
        self.estimator.logger.setLevel(logging.WARNING)  # it would print a line for every epoch

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        self.set_learning_rate(learning_rate)
        self.order.rows = order
        self.estimator.fit(self.loader, epochs=1)


# -- the framework -----------------------------------------------------------------------------------------------------


class MXNet(Framework):
    trainers = {
        "ndarray": NDArrayTrainer, "gluon": GluonTrainer, "hybrid": HybridTrainer,
        "symbol": SymbolTrainer, "module": ModuleTrainer, "estimator": EstimatorTrainer,
    }  # fmt: skip
    version = mx.__version__

    def devices(self) -> list[str]:
        return ["cpu", *(f"gpu:{number}" for number in range(mx.context.num_gpus()))]

    def settings(self) -> dict[str, Any]:
        features = mx.runtime.Features()
        return {"onednn": features.is_enabled("MKLDNN"), "openmp": features.is_enabled("OPENMP")}


FRAMEWORK = MXNet
