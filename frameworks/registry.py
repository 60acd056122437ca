"""The frameworks that can be compared, their styles and how each is installed: a table that imports none of them."""

import contextlib
import dataclasses
import difflib
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from fairfit.frameworks.entry import Entry, Impossible, Need, Rounding, Style
from fairfit.models.errors import Unavailable, UserError, first_line
from fairfit.models.text import Text, in_language, listed

if TYPE_CHECKING:  # base needs NumPy, the table does not
    from fairfit.frameworks.base import Framework

LEVELS = {  # what styles of different frameworks have in common
    "arrays": Text("arrays, autograd, own update", "数组、自动求导、自己写更新"),
    "layers": Text("the library's layer, loss and optimizer; imperative", "库自带的层、损失和优化器；命令式"),
    "compiled": Text("the same, step or forward compiled", "同上，编译单步或前向计算"),
    "graph": Text("the whole step or epoch as one program", "整个单步或整轮是一个程序"),
    "fit": Text("the library's own high-level training call", "库自带的高层训练调用"),
}

FLOAT32_IN_FLOAT64 = 2.0**29  # the unit in the last place of float32, in those of float64

MXNET_OPTIMIZER = Rounding(
    "float64", FLOAT32_IN_FLOAT64,
    Text("MXNet's optimizers hold learning rate, momentum and 1/batch in float32",
         "MXNet 的优化器以 float32 保存学习率、动量和 1/批大小"),
)  # fmt: skip
MXNET_DECAY = Rounding(
    "float32", 100.0,  # 19 times were seen in 700 steps
    Text("MXNet's fused sgd_update takes 1 − learning_rate · l2 in float32, off to the same side in every step",
         "MXNet 融合的 sgd_update 以 float32 计算 1 − learning_rate · l2，每一步都偏向同一侧"),
)  # fmt: skip
MXNET_LOG_SOFTMAX = Rounding(
    "float32", 250.0,  # 9 to 141 times were seen
    Text("MXNet's log_softmax through oneDNN is off by up to 4e-6, with a bias",
         "MXNet 经 oneDNN 计算的 log_softmax 有最大 4e-6 的系统性偏差"),
    ("softmax",),
)  # fmt: skip
KERAS_MOMENTUM = Rounding(
    "float64", FLOAT32_IN_FLOAT64, Text("Keras's SGD rounds the momentum to float32", "Keras 的 SGD 把动量系数舍入为 float32")
)

JAX_LOADER = Impossible("input", "loader", Text("JAX has no data loader", "JAX 没有数据加载器"))
TWICE = 2.1  # copies of data that is handed over: a second lives until the first operation; Keras's fit has one in the order of the epoch

CPP_COMPILER = (  # what torch.compile calls for a CPU; each left out in turn, it fails
    Need("g++", Text("install g++", "请安装 g++"), variable="CXX"),
    Need("Python.h", Text("install the headers of this Python, as python3-dev", "请安装此 Python 的头文件，如 python3-dev"), header=True),
    Need("openssl", Text("install openssl", "请安装 openssl")),
)  # fmt: skip

FRAMEWORKS: tuple[Entry, ...] = (  # colours: from the colour-blind safe palette of Okabe and Ito
    Entry(
        "mxnet", "MXNet", "fairfit.frameworks.mxnet", "mxnet", ("mxnet", "mxnet-cu112", "mxnet-cu117"), "mxnet",
        {
            "ndarray": Style(
                "arrays", Text("nothing: NDArray operators, autograd, update by hand", "无：NDArray 运算、autograd、手写更新"),
                start_seconds=2.5, step_seconds=750e-6,
            ),
            "gluon": Style(
                "layers", Text("nothing: Dense, gluon.loss, Trainer", "无：Dense、gluon.loss、Trainer"),
                (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX),
                start_seconds=2.5, step_seconds=740e-6,
            ),
            "hybrid": Style(
                "compiled", Text("layer and loss, hybridised as one block", "层与损失，hybridize 为一个块"),
                (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX),
                start_seconds=2.5, step_seconds=570e-6,
            ),
            "symbol": Style(
                "graph",
                Text("forward and backward, as one bound Symbol; sgd_update fused", "前向与反向，绑定为一个 Symbol；sgd_update 已融合"),
                (MXNET_OPTIMIZER, MXNET_DECAY),
                start_seconds=2.5, step_seconds=180e-6,
            ),
            "module": Style(
                "fit", Text("forward and backward, by Module.fit", "前向与反向，由 Module.fit 编译"),
                (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX),
                start_seconds=2.5, step_seconds=410e-6,
            ),
            "estimator": Style(
                "fit", Text("nothing: Estimator.fit around a Gluon layer", "无：Estimator.fit 训练一个 Gluon 层"),
                (MXNET_OPTIMIZER, MXNET_LOG_SOFTMAX),
                (Impossible("input", "resident", Text("MXNet's Estimator takes nothing but a Gluon DataLoader",
                                                      "MXNet 的 Estimator 只接受 Gluon 的 DataLoader")),),
                start_seconds=2.5, step_seconds=630e-6,
            ),
        },
        colour="#0072B2",
        thread_variables=("MXNET_OMP_MAX_THREADS",),
        environment={"MXNET_CUDA_ALLOW_TENSOR_CORE": "0"},  # on a GPU the default is TF32
        folder_variables=("MXNET_HOME",),
        process_bytes=150_000_000,
        most_elements=2**31 - 1,  # built without MXNET_USE_INT64_TENSOR_SIZE
        passed_on=("MXNET_MKLDNN_ENABLED", "MXNET_CUDNN_AUTOTUNE_DEFAULT"),
        public_packages=("mxnet",),
        import_statement="import mxnet",
        shims=(  # what the adapter does before its import, each tried
            "import setuptools",  # MXNet 1.9.1 imports distutils, which Python 3.12 lost
            "import numpy; numpy.bool = numpy.bool_",  # it reads numpy.bool, gone since NumPy 1.24
        ),
        cards=((5, 0), (8, 6)),  # of mxnet-cu112 and mxnet-cu117, and no PTX for later ones, by their build files
        newest_python=(3, 12),
        ends_there=Text("MXNet 1.9.1 needs NumPy < 2, which ends there", "MXNet 1.9.1 需要 NumPy < 2，而它止于该版本"),
        beside=("setuptools<81",),
    ),
    Entry(
        "tensorflow", "TensorFlow", "fairfit.frameworks.tensorflow", "tensorflow", ("tensorflow-cpu", "tensorflow"), "tensorflow",
        {
            "variable": Style(
                "arrays", Text("nothing: tf.Variable, GradientTape, update by hand", "无：tf.Variable、GradientTape、手写更新"),
                start_seconds=5, step_seconds=2400e-6, copies=TWICE,
            ),
            "keras": Style(
                "layers", Text("nothing: Dense, keras.losses, SGD under GradientTape", "无：GradientTape 下的 Dense、keras.losses、SGD"),
                (KERAS_MOMENTUM,),
                start_seconds=5, step_seconds=5400e-6, copies=TWICE,
            ),
            "function": Style(
                "compiled", Text("the step, by tf.function", "单步，由 tf.function 编译"), (KERAS_MOMENTUM,),
                start_seconds=5, step_seconds=330e-6, copies=TWICE,
            ),
            "xla": Style(
                "graph", Text("the whole epoch, by tf.function(jit_compile=True)", "整轮，由 tf.function(jit_compile=True) 编译"),
                impossible=(Impossible("input", "loader", Text("the whole epoch is one XLA program: a Python loader has no place in it",
                                                               "整轮是一个 XLA 程序：其中容不下 Python 的数据加载器")),),
                start_seconds=6, step_seconds=30e-6, copies=TWICE,
            ),
            "fit": Style(
                "fit", Text("the step, by Model.fit", "单步，由 Model.fit 编译"), (KERAS_MOMENTUM,),
                start_seconds=5, step_seconds=4400e-6, copies=TWICE,
            ),
        },
        colour="#E69F00",
        thread_variables=("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
        environment={"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        process_bytes=310_000_000,
        folder_variables=("KERAS_HOME",),  # a keras.json chooses backend and dtype
        passed_on=("TF_ENABLE_ONEDNN_OPTS", "TF_FORCE_GPU_ALLOW_GROWTH", "TF_GPU_ALLOCATOR"),
        public_packages=("tensorflow", "keras"),  # Keras is its layer library: TensorFlow requires it and shows it as tf.keras
        import_statement="import tensorflow",
    ),
    Entry(
        "pytorch", "PyTorch", "fairfit.frameworks.pytorch", "torch", ("torch",), "pytorch",
        {
            "tensor": Style(
                "arrays", Text("nothing: tensors, autograd.grad, update by hand", "无：张量、autograd.grad、手写更新"),
                start_seconds=2.5, step_seconds=210e-6,
            ),
            "nn": Style(
                "layers", Text("nothing: nn.Linear, functional losses, optim.SGD", "无：nn.Linear、函数式损失、optim.SGD"),
                start_seconds=3.5, step_seconds=250e-6,
            ),
            "compile": Style(
                "compiled", Text("gather, layer and loss, by torch.compile", "取批、层与损失，由 torch.compile 编译"),
                needs=CPP_COMPILER,
                start_seconds=25, step_seconds=350e-6,
            ),
            "fullgraph": Style(
                "graph",
                Text("forward, backward and update, by torch.compile(fullgraph=True)",
                     "前向、反向与更新，由 torch.compile(fullgraph=True) 编译"),
                needs=CPP_COMPILER,
                start_seconds=25, step_seconds=90e-6,
            ),
        },
        colour="#D55E00",
        environment={
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
            # whether the compiler knows the CPU's vector instructions is asked once a machine, not once a program: six seconds
            "TORCHINDUCTOR_VEC_ISA_OK": "1",
        },
        process_bytes=310_000_000,  # 160 without a compiler
        folder_variables=("TORCHINDUCTOR_CACHE_DIR",),
        shared_folders=("tmp/torchinductor_fairfit/precompiled_headers",),  # five seconds to make, and two thirds of a kernel's compilation
        passed_on=("ATEN_CPU_CAPABILITY", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "PYTORCH_CUDA_ALLOC_CONF"),
        public_packages=("torch",),
        import_statement="import torch",
    ),
    Entry(
        "jax", "JAX", "fairfit.frameworks.jax", "jax", ("jax",), "jax",
        {
            "jnp": Style(
                "arrays", Text("nothing: jax.numpy, jax.grad, update by hand", "无：jax.numpy、jax.grad、手写更新"),
                impossible=(JAX_LOADER,),
                start_seconds=2.5, step_seconds=2400e-6, copies=TWICE,
            ),
            "jit": Style(
                "compiled", Text("the step, by jax.jit", "单步，由 jax.jit 编译"),
                impossible=(JAX_LOADER,),
                start_seconds=2.5, step_seconds=40e-6, copies=TWICE,
            ),
            "scan": Style(
                "graph", Text("the whole epoch, by jax.lax.scan in jax.jit", "整轮，由 jax.jit 中的 jax.lax.scan 编译"),
                impossible=(JAX_LOADER,),
                start_seconds=2.5, step_seconds=3e-6, copies=TWICE,
            ),
        },
        colour="#009E73",
        process_bytes=150_000_000,
        thread_variables=("PJRT_NPROC",),
        environment={"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_CPP_MIN_LOG_LEVEL": "2"},  # else it takes 75 % of a card's memory
        passed_on=("XLA_FLAGS",),
        public_packages=("jax",),
        import_statement="import jax",
    ),
    Entry(
        "numpy", "NumPy", "fairfit.frameworks.numpy", "numpy", ("numpy",), "",
        {
            "numpy": Style(
                "arrays", Text("nothing: gradient by hand", "无：手写梯度"),
                impossible=(Impossible("input", "loader", Text("NumPy has no data loader", "NumPy 没有数据加载器")),),
                start_seconds=0.5, step_seconds=40e-6,
            ),
        },
        baseline=True,
        process_bytes=30_000_000,
    ),
)  # fmt: skip


class NotInstalled(Unavailable):
    """The framework is known but not installed."""


class Broken(Unavailable):
    """The framework is installed but cannot be imported; the cause is chained."""


_ALSO: ContextVar[tuple[Entry, ...]] = ContextVar("also", default=())


def rows() -> list[Entry]:
    """All frameworks; behind each the same in other versions, and code of the user's own in it, that are compared just now."""
    return [
        row
        for entry in FRAMEWORKS
        for row in (entry, *(one for one in _ALSO.get() if entry.name == one.uses or entry.adapter == one.adapter))
    ]


def used_by(entry: Entry) -> Entry:
    """The framework itself where the entry is code of the user's own, in the same environment; else the entry."""
    if not entry.file:
        return entry
    base = next(one for one in FRAMEWORKS if one.name == entry.uses)
    return dataclasses.replace(base, python=entry.python, version=entry.version)


@contextlib.contextmanager
def also(entries: Iterable[Entry]) -> Iterator[None]:
    """With these rows beside the others."""
    token = _ALSO.set((*_ALSO.get(), *entries))
    try:
        yield
    finally:
        _ALSO.reset(token)


def names() -> list[str]:
    return [entry.name for entry in rows()]


def find(name: str) -> Entry:
    """The entry of a framework. Raises UserError with the nearest name where there is none."""
    for entry in rows():
        if entry.name == name:
            return entry
    raise UserError(unknown(Text("framework", "框架"), name, names()))


def unknown(what: Text | str, asked: str, allowed: Iterable[str]) -> Text:
    """The message for a name that does not exist: all names that do, and the nearest."""
    allowed = list(allowed)
    here = in_language(what, "zh")
    message = Text(f"unknown {what} {asked!r}: there is ", f"未知的{here} {asked!r}：可用的有 ") + listed(allowed)
    near = difflib.get_close_matches(asked, allowed, n=1)
    return message + Text(f" (did you mean {near[0]!r}?)", f"（是否想写 {near[0]!r}？）") if near else message


def installed_version(entry: Entry) -> str | None:
    """The version that is installed, found without importing it; None where there is none."""
    if entry.version:
        return entry.version
    if importlib.util.find_spec(entry.package) is None:
        return None
    for distribution in entry.distributions:
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def how_to_install(entry: Entry) -> Text:
    """What to do about a framework that is not here; or why nothing can be done with this Python."""
    if entry.newest_python is not None and sys.version_info[:2] > entry.newest_python:
        newest, here = (".".join(map(str, version)) for version in (entry.newest_python, sys.version_info[:2]))
        return (
            Text(
                f"{entry.name} is not to be had on Python {here}: its last is {newest} (",
                f"{entry.name} 无法用于 Python {here}：最高为 {newest}（",
            )
            + entry.ends_there
            + Text(f"); use Python {newest}", f"）；请使用 Python {newest}")
        )
    anywhere, checkout = f"pip install 'fairfit[{entry.extra}]'", f"pip install -e '.[{entry.extra}]'"
    return Text(
        f"{entry.name} is not installed: {anywhere}, in a checkout {checkout}",
        f"{entry.name} 未安装：请运行 {anywhere}，在源码目录中则运行 {checkout}",
    )


def load(entry: Entry) -> "Framework":
    """Import a framework through its adapter, whose FRAMEWORK is the class.

    Raises NotInstalled with the way to install it, or Broken with the first line of what went wrong (the whole is chained).
    """
    if not entry.version and installed_version(entry) is None:
        raise NotInstalled(how_to_install(entry))
    try:
        framework: Framework = importlib.import_module(entry.adapter).FRAMEWORK(entry)
    except Unavailable:  # said already, of what it uses
        raise
    except Exception as error:
        said = first_line(error)
        raise Broken(
            Text(f"{entry.name} is installed but cannot be imported: {said}", f"{entry.name} 已安装，但无法导入：{said}")
        ) from error
    return framework


def imported_from(entry: Entry) -> str:
    """The file that a framework was imported from in this process, empty where it was not: two versions must not be the same
    files. Code of the user's own may use the same."""
    return "" if entry.file else str(getattr(sys.modules.get(entry.package), "__file__", None) or "")
