"""The optimizer's state as `trainer.save_states` of Gluon and Module's .states file have it: a pickle, read as data.

MXNet's own `load_states` runs what such a file says. Which array is of the weight is seen by its shape: Gluon counts the bias
first, Module the weight.
"""

from typing import Any

from fairfit.frameworks.files import mxnet, pickled
from fairfit.frameworks.files.pickled import Made
from fairfit.frameworks.files.tensors import Slots, Tensor, number, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

OPTIMIZERS = {"SGD": "momentum", "NAG": "momentum", "Adam": "adam"}
BY_COUNT = {1: "momentum", 2: "adam"}  # arrays of each parameter
UNSAID = Text(
    "Module's .states file does not name its optimizer: one array each is taken for momentum, two for Adam",
    "Module 的 .states 文件不含优化器名称：每个参数一个数组视为动量，两个视为 Adam",
)


def read(data: bytes) -> tuple[Slots, tuple[Text, ...]]:
    found = pickled.read(data)
    states, optimizer = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
    if not isinstance(states, dict) or len(states) > 2:
        raise UserError(Text("it holds no state of an optimizer for one layer", "其中没有单层的优化器状态"))
    arrays = [
        [_tensor(value, f"{index}.{number}") for number, value in enumerate(_listed(state))]
        for index, state in enumerate(states.values())
    ]
    counts = {len(each) for each in arrays}
    if len(counts) != 1 or counts == {0}:
        raise UserError(
            Text(
                "its optimizer keeps no state that is read: momentum of SGD, and Adam",
                "其优化器没有可读取的状态：SGD 的动量和 Adam",
            )
        )
    (count,) = counts
    tensors = tuple(tensor for each in arrays for tensor in each)
    if not isinstance(optimizer, Made):
        method = BY_COUNT.get(count, "")
        _check(method, count, "?")
        return Slots(method, tensors, holds_rate=method == "momentum", rate=None, steps=None), (UNSAID,)
    kind = optimizer.name.rpartition(".")[2]
    settings = optimizer.state if isinstance(optimizer.state, dict) else {}
    method = OPTIMIZERS.get(kind, "")
    _check(method, count, optimizer.name)
    scheduled, steps = settings.get("lr_scheduler") is not None, settings.get("num_update")
    return Slots(
        method, tensors, holds_rate=method == "momentum", rate=None if scheduled else number(settings.get("lr")),
        steps=steps if type(steps) is int and 0 <= steps < 2**53 else None, nesterov=kind == "NAG", factor=number(settings.get("momentum")),
    ), ()  # fmt: skip


def _check(method: str, count: int, name: str) -> None:
    if BY_COUNT.get(count) != method:
        raise UserError(
            Text(
                f"the state of its optimizer {shown(name)} is not read: momentum of SGD and NAG, and Adam are",
                f"不读取其优化器 {shown(name)} 的状态：可读取 SGD、NAG 的动量和 Adam",
            )
        )


def _listed(state: Any) -> list[Any]:
    """The arrays of a parameter: none, one, or several."""
    return [] if state is None else list(state) if isinstance(state, list | tuple) else [state]


def _tensor(value: Any, name: str) -> Tensor:
    """An NDArray, which is pickled as its bytes in a .params file."""
    inside = value.state if isinstance(value, Made) and value.name.lower().endswith(".ndarray") else None
    handle = inside.get("handle") if isinstance(inside, dict) else None
    if (
        isinstance(handle, Made)
        and handle.name == "builtins.bytearray"
        and isinstance(handle.arguments, tuple)
        and len(handle.arguments) == 1
    ):
        handle = handle.arguments[0]
    if not isinstance(handle, bytes | bytearray):
        raise UserError(Text("it holds something else than arrays", "其中有数组以外的内容"))
    cursor = mxnet.Cursor(bytes(handle))
    tensor = Tensor(name, *mxnet.array(cursor))
    if cursor.left:
        raise UserError(Text("an array in it goes on behind its end", "其中有数组超出其结尾"))
    return tensor
