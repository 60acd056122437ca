"""The frameworks that can be compared, their styles and how each is installed: a table that imports none of them."""

import difflib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairfit.models import MODELS
from fairfit.models.errors import Unavailable, UserError

if TYPE_CHECKING:
    from fairfit.frameworks.base import Framework

LEVELS = {  # what styles of different frameworks have in common
    "arrays": "arrays, autograd, own update",
    "layers": "the library's layer, loss and optimizer; imperative",
    "compiled": "the same, step or forward compiled",
    "graph": "the whole step or epoch as one program",
    "fit": "the library's own high-level training call",
}


@dataclass(frozen=True)
class Rounding:
    """Where a framework itself computes in less than the dtype asked for: the distance to allow, and why; for which models."""

    dtype: str
    tolerance: float
    reason: str
    models: tuple[str, ...] = MODELS


@dataclass(frozen=True)
class Style:
    """One way to use a framework.

    `compiled` says in words what is compiled; `impossible` gives for an input that cannot be had in this style the reason.
    """

    level: str
    compiled: str
    roundings: tuple[Rounding, ...] = ()
    impossible: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One framework: where its adapter is, what it imports, which distributions bring it, and its styles.

    `thread_variables` are the environment variables that set its own thread pools; `environment` is set for its workers
    (quiet logs, no helper processes); `cache_variable` names the folder in which it keeps compiled programs; `colour` is
    the one it has in every figure (from the colour-blind safe palette of Okabe and Ito). A `baseline` is measured twice
    side by side, which shows the noise of the machine.
    """

    name: str
    adapter: str
    package: str
    distributions: tuple[str, ...]
    extra: str
    styles: Mapping[str, Style]
    colour: str = "#777777"
    baseline: bool = False
    thread_variables: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cache_variable: str = ""


MXNET_OPTIMIZER = Rounding("float64", 1e-6, "MXNet's optimizers hold learning rate, momentum and 1/batch in float32")
MXNET_LOG_SOFTMAX = Rounding(
    "float32", 5e-4, "MXNet's log_softmax through oneDNN is off by up to 4e-6, with a bias", ("softmax",)
)
KERAS_MOMENTUM = Rounding("float64", 1e-6, "Keras's SGD rounds the momentum to float32")

FRAMEWORKS: tuple[Entry, ...] = (
    Entry(
        "mxnet", "fairfit.frameworks.mxnet", "mxnet", ("mxnet", "mxnet-cu112", "mxnet-cu117"), "mxnet",
        {
            "ndarray": Style("arrays", "nothing: NDArray operators, autograd, update by hand"),
            "gluon": Style("layers", "nothing: Dense, gluon.loss, Trainer", (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX)),
            "hybrid": Style("compiled", "layer and loss, hybridised as one block", (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX)),
            "symbol": Style("graph", "forward and backward, as one bound Symbol; sgd_update fused", (MXNET_OPTIMIZER,)),
            "module": Style("fit", "forward and backward, by Module.fit", (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX)),
            "estimator": Style("fit", "nothing: Estimator.fit around a Gluon layer", (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX),
                               {"resident": "MXNet's Estimator takes nothing but a Gluon DataLoader"}),
        },
        colour="#0072B2",
        thread_variables=("MXNET_OMP_MAX_THREADS",),
    ),
    Entry(
        "tensorflow", "fairfit.frameworks.tensorflow", "tensorflow", ("tensorflow-cpu", "tensorflow"), "tensorflow",
        {
            "variable": Style("arrays", "nothing: tf.Variable, GradientTape, update by hand"),
            "keras": Style("layers", "nothing: Dense, keras.losses, SGD under GradientTape", (KERAS_MOMENTUM,)),
            "function": Style("compiled", "the step, by tf.function", (KERAS_MOMENTUM,)),
            "xla": Style("graph", "the whole epoch, by tf.function(jit_compile=True)",
                         impossible={"loader": "the whole epoch is one XLA program: a Python loader has no place in it"}),
            "fit": Style("fit", "the step, by Model.fit", (KERAS_MOMENTUM,)),
        },
        colour="#E69F00",
        thread_variables=("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
        environment={"TF_CPP_MIN_LOG_LEVEL": "2"},
    ),
    Entry(
        "pytorch", "fairfit.frameworks.pytorch", "torch", ("torch",), "pytorch",
        {
            "tensor": Style("arrays", "nothing: tensors, autograd.grad, update by hand"),
            "nn": Style("layers", "nothing: nn.Linear, functional losses, optim.SGD"),
            "compile": Style("compiled", "gather, layer and loss, by torch.compile"),
            "fullgraph": Style("graph", "forward, backward and update, by torch.compile(fullgraph=True)"),
        },
        colour="#D55E00",
        environment={"TORCHINDUCTOR_COMPILE_THREADS": "1"},
        cache_variable="TORCHINDUCTOR_CACHE_DIR",
    ),
    Entry(
        "numpy", "fairfit.frameworks.numpy", "numpy", ("numpy",), "",
        {"numpy": Style("arrays", "nothing: gradient by hand", impossible={"loader": "NumPy has no data loader"})},
        baseline=True,
    ),
)  # fmt: skip


class NotInstalled(Unavailable):
    """The framework is known but not installed."""


class Broken(Unavailable):
    """The framework is installed but cannot be imported; the cause is chained."""


def names() -> list[str]:
    return [entry.name for entry in FRAMEWORKS]


def find(name: str) -> Entry:
    """The entry of a framework. Raises UserError with the nearest name where there is none."""
    for entry in FRAMEWORKS:
        if entry.name == name:
            return entry
    raise UserError(unknown("framework", name, names()))


def unknown(what: str, asked: str, allowed: Iterable[str]) -> str:
    """The message for a name that does not exist."""
    allowed = list(allowed)
    near = difflib.get_close_matches(asked, allowed, n=1)
    return f"unknown {what} {asked!r}: there is {', '.join(allowed)}" + (f" (did you mean {near[0]!r}?)" if near else "")


def installed_version(entry: Entry) -> str | None:
    """The version that is installed, found without importing it; None where there is none."""
    if importlib.util.find_spec(entry.package) is None:
        return None
    for distribution in entry.distributions:
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def how_to_install(entry: Entry) -> str:
    return f"{entry.name} is not installed: pip install 'fairfit[{entry.extra}]', in a checkout pip install -e '.[{entry.extra}]'"


def load(entry: Entry) -> "Framework":
    """Import a framework through its adapter.

    Raises NotInstalled with the way to install it, or Broken with the first line of what went wrong (the whole is chained).
    """
    if installed_version(entry) is None:
        raise NotInstalled(how_to_install(entry))
    try:
        framework: Framework = importlib.import_module(entry.adapter).FRAMEWORK
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [""])[0]
        raise Broken(f"{entry.name} is installed but cannot be imported: {type(error).__name__}: {first_line}") from error
    return framework
