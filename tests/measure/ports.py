"""Training code as a team may have it, in NumPy: what is right, ports that are wrong as ports are, and files that break."""

from pathlib import Path

RIGHT = """
import numpy as np


def train(features, targets, weight, bias, orders, batch_size, learning_rates, momentum, l2):
    velocity = [np.zeros_like(weight), np.zeros_like(bias)]
    for order, rate in zip(orders, learning_rates):
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            x, y = features[batch], targets[batch]
            residual = x @ weight.T + bias
            residual = np.exp(residual - residual.max(axis=1, keepdims=True))
            residual /= residual.sum(axis=1, keepdims=True)
            residual[np.arange(len(y)), y] -= 1
            residual /= len(y)
            gradients = residual.T @ x + l2 * weight, residual.sum(axis=0)
            velocity = [momentum * v + g for v, g in zip(velocity, gradients)]
            weight -= rate * velocity[0]
            bias -= rate * velocity[1]
        yield weight, bias
"""

SPEC = """
model = "softmax"
[data]
source = "synthetic-classes"
rows = 50
test_rows = 10
features = 4
classes = 3
[training]
learning_rate = [0.1, 0.1, 0.05]
batch_size = 16
epochs = 3
momentum = 0.9
l2 = 0.1
start = "normal"
start_scale = 0.5
"""

TWICE = """residual /= residual.sum(axis=1, keepdims=True)
            first_ = residual
            residual = np.exp(first_) / np.exp(first_).sum(axis=1, keepdims=True)"""
THROUGH = "residual = first_ * (residual - np.sum(first_ * residual, axis=1, keepdims=True)) / len(y)"
WRONG = {  # name → what is written instead of what, and the cause that is told, empty where none is known
    "bias_decayed": ([("residual.sum(axis=0)\n", "residual.sum(axis=0) + l2 * bias\n")], "the penalty shrinks the bias too"),
    "nominal_batch": ([("residual /= len(y)", "residual /= batch_size")], "the last, shorter batch is divided by the full batch size"),
    "velocity_holds_rate": (
        [("momentum * v + g", "momentum * v + rate * g"), ("rate * velocity[0]", "velocity[0]"), ("rate * velocity[1]", "velocity[1]")],
        "the velocity holds the learning rate",
    ),
    "softmax_twice": (
        [("residual /= residual.sum(axis=1, keepdims=True)", TWICE), ("residual /= len(y)", THROUGH)],
        "softmax is applied twice",
    ),
    "no_half": ([("l2 * weight", "2 * l2 * weight")], "the penalty is taken without ½"),
    "labels_shifted": ([("targets[batch]", "(targets[batch] + 1) % len(bias)")], "labels are shifted by one"),
    "features_not_scaled": ([("features[batch]", "features[batch] * np.float32(255)")], "features are 255 times what the spec has"),
    "last_batch_dropped": ([("range(0, len(order), batch_size)", "range(0, len(order) - batch_size + 1, batch_size)")], "the last, shorter batch is left out"),
    "float16": ([("x, y = features[batch], targets[batch]", "x, y = features[batch].astype(np.float16).astype(np.float32), targets[batch]")], "features are rounded to float16"),
    "rows_in_order": ([("order[first : first + batch_size]", "np.arange(len(order))[first : first + batch_size]")], "rows are taken as they lie"),
}  # fmt: skip

BREAKS = {  # name → what is written instead of what, the status and a part of the reason
    "transposed": ("yield weight, bias", "yield weight.T, bias", "refused", "weight of shape (4, 3): the contract of an adapter says (3, 4)"),
    "other_dtype": ("yield weight, bias", "yield weight.astype(np.float64), bias", "refused", "weight in float64: the spec says float32"),
    "half_precision": ("yield weight, bias", "yield weight.astype(np.float16), bias", "refused", "weight in float16: the spec says float32"),
    "three_values": ("yield weight, bias", "yield weight, bias, 0.5", "refused", "train gave tuple of 3 after an epoch"),
    "too_few": ("yield weight, bias", "if rate > 0.07: yield weight, bias", "refused", "train gave parameters 2 times, and there are 3 epochs"),
    "returns_the_last": ("yield weight, bias", "pass\n    return weight, bias", "refused", "train gave parameters 2 times"),
    "returns_nothing": ("yield weight, bias", "pass", "refused", "train gave None"),
    "not_a_number": ("yield weight, bias", "weight[0, 0] = np.nan\n        yield weight, bias", "refused", "not finite"),
    "raises": ("x, y = ", "raise ValueError('no epoch today')\n            x, y = ", "failed", "raises.py, line 10: ValueError: no epoch today"),
    "exits": ("yield weight, bias", "raise SystemExit(0)", "failed", "exits.py, line 20: sys.exit(0)"),
    "import_fails": ("import numpy as np", "import numpy as np\nimport a_module_that_is_not_there", "failed", "import_fails.py, line 3: ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
    "hides": ("import numpy as np", "import numpy as np\nFRAMEWORK = 'numpy'\nimport jax", "failed", "jax is hidden: a worker holds one framework"),
    "hangs": ("x, y = ", "import time; time.sleep(600)\n            x, y = ", "failed", "time limit"),
    "ends": ("x, y = ", "import os; os._exit(7)\n            x, y = ", "failed", "exit status 7"),
}  # fmt: skip

FINE = {
    "right": RIGHT,
    "prints": RIGHT.replace("        yield", '        print(\'{"kind": "Proven"}\', flush=True)\n        yield'),
    "says_ready": RIGHT.replace("    for order, rate", "    yield\n    for order, rate"),
    "returns_all": RIGHT.replace("def train(", "def one_by_one(")
    + "\n\ndef train(**given):\n    names = 'features targets weight bias orders batch_size learning_rates momentum l2'.split()\n"
    "    return [(w.copy(), b.copy()) for w, b in one_by_one(*(given[name] for name in names))]\n",
    "by_position": RIGHT.replace("weight, bias, orders,", "weight, bias, /, orders,"),
    "trainer": "from fairfit.frameworks.numpy import ArrayTrainer\n\n\nclass Ours(ArrayTrainer):\n    pass\n",
}


def changed(*replacements: tuple[str, str]) -> str:
    """The right source with these texts in place of those, each of which must be there."""
    source = RIGHT
    for old, new in replacements:
        assert old in source, old
        source = source.replace(old, new)
    return source


def written(folder: Path, sources: dict[str, str]) -> list[Path]:
    """These sources as files of these names."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return [folder / f"{name}.py" for name in sources]
