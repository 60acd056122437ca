"""What is known of PyTorch."""

FENCED = "nn"

DECLARED = {
    "linear": [
        "linear.default", "select.int", "broadcast_tensors.default", "getitem", "getitem", "mse_loss.default", "mul.Tensor",
    ],
    "softmax": ["linear.default", "cross_entropy_loss.default"],
}  # fmt: skip
BACKWARD = {
    "linear": ["mse_loss_backward.default", "mm.default", "sum.dim_IntList"],
    "softmax": ["nll_loss_backward.default", "_log_softmax_backward_data.default", "mm.default", "sum.dim_IntList"],
}
GATHERS = ("index_select.default", {"linear": 2, "softmax": 2})
UPDATE = ["mul.Tensor", "sub.Tensor", "mul.Tensor", "sub.Tensor"]
FLOWS_IN = {"features", "targets", "p_layer_weight", "p_layer_bias"}

CANNOT_BE_ASKED = {("optimizer", "gradient")}
DOES_NOT_WORK: dict[tuple[str, str], str] = {}
BUILT_IN_NESTEROV = """
import torch
weight = torch.tensor(start, requires_grad=True)
optimizer = torch.optim.SGD([weight], LEARNING_RATE, momentum=MOMENTUM, nesterov=True)
for _ in range(STEPS):
    weight.grad = torch.tensor(curvature) * weight.detach()
    optimizer.step()
last = weight.detach().numpy()
"""

DEFECTS = {"X1": True, "X2": True, "X3": False, "X5": False}
SECOND_SOFTMAX = "digits"
