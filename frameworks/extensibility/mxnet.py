"""A layer, a loss, a gradient, an optimizer and a NumPy layer of one's own in MXNet."""
# mypy: allow-subclassing-any, allow-untyped-decorators

from typing import Any

import numpy as np

import fairfit.frameworks.mxnet  # noqa: F401  # brings what MXNet needs before it can be imported

# isort: split
import mxnet as mx
from mxnet import autograd, gluon, nd

# -- layer: scale · (inputs · weightᵀ + bias) ----------------------------------------------------------------------------


class Scaled(gluon.HybridBlock):
    """A dense layer with a trainable scale."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(outputs, inputs), init=mx.init.Xavier())
            self.bias = self.params.get("bias", shape=(outputs,), init="zeros")
            self.scale = self.params.get("scale", shape=(1,), init="ones")

    def hybrid_forward(self, F: Any, inputs: Any, weight: Any, bias: Any, scale: Any) -> Any:  # noqa: N803
        return F.broadcast_mul(scale, F.FullyConnected(inputs, weight, bias, num_hidden=self.outputs))


# -- loss: Huber's, with delta 1 -----------------------------------------------------------------------------------------


class Huber(gluon.loss.Loss):
    """Half the square of errors below 1, the error less ½ above; the mean over all but the batch, as Gluon's losses are."""

    def __init__(self) -> None:
        super().__init__(weight=None, batch_axis=0)

    def hybrid_forward(self, F: Any, predicted: Any, target: Any) -> Any:  # noqa: N803
        error = F.abs(predicted - target)
        loss = F.where(error < 1, 0.5 * F.square(error), error - 0.5)
        return F.mean(loss, axis=self._batch_axis, exclude=True)


# -- gradient: swish, forward and backward by hand -----------------------------------------------------------------------


class Swish(autograd.Function):
    """inputs · sigmoid(inputs), for imperative use."""

    def forward(self, inputs: nd.NDArray) -> nd.NDArray:
        sigmoid = nd.sigmoid(inputs)
        self.save_for_backward(inputs, sigmoid)
        return inputs * sigmoid

    def backward(self, upstream: nd.NDArray) -> nd.NDArray:
        inputs, sigmoid = self.saved_tensors
        return upstream * sigmoid * (1 + inputs * (1 - sigmoid))


class SwishOperator(mx.operator.CustomOp):
    """The same for hybridised blocks and symbols, which an autograd.Function is not for."""

    def forward(self, is_train: bool, req: list, in_data: list, out_data: list, aux: list) -> None:
        self.assign(out_data[0], req[0], in_data[0] * nd.sigmoid(in_data[0]))

    def backward(self, req: list, out_grad: list, in_data: list, out_data: list, in_grad: list, aux: list) -> None:
        sigmoid = nd.sigmoid(in_data[0])
        self.assign(in_grad[0], req[0], out_grad[0] * sigmoid * (1 + in_data[0] * (1 - sigmoid)))


@mx.operator.register("fairfit_swish")
class SwishProperty(mx.operator.CustomOpProp):
    """One input and one output of its shape: what the base class takes for granted."""

    def create_operator(self, ctx: str, shapes: list, dtypes: list) -> SwishOperator:
        return SwishOperator()


# -- optimizer: Nesterov's momentum --------------------------------------------------------------------------------------


@mx.optimizer.register
class Nesterov(mx.optimizer.Optimizer):
    """velocity ← momentum · velocity + gradient; weight ← weight − rate · (gradient + momentum · velocity)."""

    def __init__(self, momentum: float = 0.9, **settings: Any) -> None:
        super().__init__(**settings)
        self.momentum = momentum

    def create_state(self, index: int, weight: nd.NDArray) -> nd.NDArray:
        return nd.zeros_like(weight)

    def update(self, index: int, weight: nd.NDArray, grad: nd.NDArray, state: nd.NDArray) -> None:
        self._update_count(index)
        gradient = self.rescale_grad * grad
        state[:] = self.momentum * state + gradient
        weight -= self._get_lr(index) * (gradient + self.momentum * state)


# -- numpy: the cumulative sum along the features ------------------------------------------------------------------------


class CumulativeSum(mx.operator.CustomOp):
    """NumPy forward, NumPy backward."""

    def forward(self, is_train: bool, req: list, in_data: list, out_data: list, aux: list) -> None:
        self.assign(out_data[0], req[0], np.cumsum(in_data[0].asnumpy(), axis=1))

    def backward(self, req: list, out_grad: list, in_data: list, out_data: list, in_grad: list, aux: list) -> None:
        reversed_sum = np.cumsum(out_grad[0].asnumpy()[:, ::-1], axis=1)[:, ::-1]
        self.assign(in_grad[0], req[0], reversed_sum)


@mx.operator.register("fairfit_cumulative_sum")
class CumulativeSumProperty(mx.operator.CustomOpProp):
    """One input and one output of its shape: what the base class takes for granted."""

    def create_operator(self, ctx: str, shapes: list, dtypes: list) -> CumulativeSum:
        return CumulativeSum()
