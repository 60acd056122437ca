"""What is known of JAX."""

FENCED = "scan"
GRAPHS_OF = "0.7.1"

DECLARED = {
    "linear": [
        "transpose", "dot_general", "broadcast_in_dim", "add", "slice", "squeeze", "sub", "square", "reduce_sum", "div", "mul",
    ],
    "softmax": [
        "transpose", "dot_general", "broadcast_in_dim", "add",
        # log_softmax
        "reduce_max", "max", "broadcast_in_dim", "stop_gradient", "sub", "exp", "reduce_sum", "broadcast_in_dim", "log", "sub",
        # take_along_axis, mean
        "broadcast_in_dim", "lt", "add", "select_n", "reshape", "gather", "reduce_sum", "div", "neg",
    ],
}  # fmt: skip
BACKWARD = {
    "linear": ["pad", "reduce_sum", "dot_general", "transpose"],
    "softmax": ["scatter-add", "reduce_sum", "dot_general", "transpose"],
}
GATHERS = ("gather", {"linear": 2, "softmax": 3})  # of features and targets; softmax picks the score of the target
UPDATE = ["mul", "sub", "convert_element_type", "mul", "sub"]  # the rate is a Python float
FLOWS_IN = {"features", "targets", "weight", "bias"}

CANNOT_BE_ASKED = {("optimizer", "gradient")}
DOES_NOT_WORK = {  # jax.pure_callback calls back into the process that made it
    ("numpy", "export"): "NotImplementedError: serialization of host_callbacks is not yet implemented",
}
BUILT_IN_NESTEROV = """
import jax
from jax.example_libraries import optimizers
jax.config.update("jax_enable_x64", True)
create, update, values = optimizers.nesterov(LEARNING_RATE, MOMENTUM)
state = create(jax.numpy.array(start))
for step in range(STEPS):
    state = update(step, curvature * values(state), state)
last = values(state)
"""

DEFECTS = {"X2": True, "X5": False}
SECOND_SOFTMAX = "digits"
