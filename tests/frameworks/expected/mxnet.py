"""What is known of MXNet."""

FENCED = "symbol"

DECLARED = {
    "linear": ["FullyConnected", "LinearRegressionOutput"],
    "softmax": ["FullyConnected", "SoftmaxOutput"],
}
BACKWARD = {
    "linear": ["_backward_linear_reg_out", "_backward_FullyConnected"],
    "softmax": ["_backward_SoftmaxOutput", "_backward_FullyConnected"],
}
GATHERS = ("GatherV2", {"linear": 0, "softmax": 0})  # batches are gathered outside of the graph
UPDATE: list[str] = []  # is called apart
FLOWS_IN = {"features", "weight", "bias", "targets"}

CANNOT_BE_ASKED = {("optimizer", "compiled"), ("optimizer", "compiled_whole"), ("optimizer", "gradient")}
DOES_NOT_WORK = {  # a CustomOp is its Python class, which the process that reloads has not
    ("gradient", "export"): "MXNetError: .*Cannot find custom operator fairfit_swish",
    ("numpy", "export"): "MXNetError: .*Cannot find custom operator fairfit_cumulative_sum",
}
BUILT_IN_NESTEROV = """
import fairfit.frameworks.mxnet
import mxnet as mx
updater = mx.optimizer.get_updater(mx.optimizer.NAG(learning_rate=LEARNING_RATE, momentum=MOMENTUM))
weight, curvature = mx.nd.array(start, dtype="float64"), mx.nd.array(curvature, dtype="float64")
for _ in range(STEPS):
    updater(0, curvature * weight, weight)
last = weight.asnumpy()
"""

DEFECTS = {"X1": True, "X2": True, "X3": True, "X4": True, "X5": True}
SECOND_SOFTMAX = "digits"
