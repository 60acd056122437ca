"""PyTorch's state_dict files (.pt, .pth) without torch: the pickle inside is read as data, and nothing in it is called.

Also checkpoints that hold a state_dict beside the optimizer's, and the files of before 1.6, which are no archives.
Source: torch/serialization.py and torch/_utils.py of PyTorch 2.13.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from fairfit.frameworks.files import pickled
from fairfit.frameworks.files.archive import Archive
from fairfit.frameworks.files.pickled import Global, Made, Reference
from fairfit.frameworks.files.tensors import SIZES, Held, Slots, Tensor, from_bytes, names, number, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip
REBUILT = {"torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"}
PARAMETERS = {"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"}
DICTS = {"collections.OrderedDict"}
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and torch.compile, in any order
CANNOT_SHOW = Text("a state_dict cannot show an activation", "state_dict 无法显示激活函数")
KEPT: dict[str, tuple[set[str], tuple[str, ...]]] = {  # what SGD and Adam keep, and which of it are arrays like the weight
    "momentum": ({"momentum_buffer"}, ("momentum_buffer",)),
    "adam": ({"step", "exp_avg", "exp_avg_sq"}, ("exp_avg", "exp_avg_sq")),
}
OLD_MAGIC = 0x1950A86A20F9469CFC6C
MOST_STORAGES = 10_000

Order = Literal["<", ">"]
ORDERS: dict[bytes, Order] = {b"little": "<", b"big": ">"}
Storage = Callable[[str, int], bytes]  # key and bytes wanted → the bytes


def read(archive: Archive) -> Held:
    """What an archive holds that `torch.save` made of a state_dict, or of a dict with one in it."""
    (member,) = [name for name in archive.names if name == "data.pkl" or name.endswith("/data.pkl")][:1]
    folder = member.removesuffix("data.pkl")
    said = archive.read(f"{folder}byteorder").strip() if f"{folder}byteorder" in archive.names else b"little"
    if said not in ORDERS:
        raise UserError(Text("its byte order is neither little nor big", "其字节序既非小端也非大端"))

    def storage(key: str, size: int) -> bytes:
        if archive.size(f"{folder}data/{key}") != size:
            raise UserError(
                Text(f"storage {shown(key)} is not as long as it is said to be", f"存储 {shown(key)} 的长度与所述不符")
            )
        return archive.read(f"{folder}data/{key}")

    return _held(pickled.read(archive.read(member)), storage, ORDERS[said])


def is_old(data: bytes) -> bool:
    """Whether this is a file of `torch.save` before 1.6, or with _use_new_zipfile_serialization=False."""
    return data[:2] == b"\x80\x02" and OLD_MAGIC.to_bytes(10, "little") in data[:20]


def read_old(data: bytes) -> Held:
    """Five pickles (magic number, protocol, system, content, keys of storages), then each storage behind its length."""
    found, at = [], 0
    for _ in range(5):
        value, length = pickled.read_first(data[at:])
        found.append(value)
        at += length
    _, _, system, content, keys = found
    if not isinstance(system, dict) or not isinstance(keys, list) or len(keys) > MOST_STORAGES:
        raise UserError(Text("it is a damaged file of torch.save", "它是已损坏的 torch.save 文件"))
    widths = {reference.key[2]: _width(reference.key) for reference in _references(content)}
    places: dict[str, tuple[int, int]] = {}
    for key in keys:
        if key not in widths or at + 8 > len(data):
            raise UserError(Text("it is cut, or damaged", "文件被截断或已损坏"))
        size = struct.unpack("<Q", data[at : at + 8])[0] * widths[key]
        places[key] = (at + 8, size)
        at += 8 + size

    def storage(key: str, size: int) -> bytes:
        begin, there = places.get(key, (0, -1))
        if there != size or begin + size > len(data):
            raise UserError(
                Text(f"storage {shown(key)} is not as long as it is said to be", f"存储 {shown(key)} 的长度与所述不符")
            )
        return data[begin : begin + size]

    return _held(content, storage, "<" if system.get("little_endian", True) else ">")


# -- which of its dicts are what ---------------------------------------------------------------------------------------------


def _held(content: Any, storage: Storage, order: Order) -> Held:
    if _is_tensor(content):
        content = {"": content}
    top = _table(content)
    if top is None:
        raise _not_a_table(content)
    tables = _tables(top)
    models = {name: table for name, table in tables.items() if any(map(_is_tensor, table.values()))}
    tensors = _tensors(top, "", storage, order)
    optimizers = [table for table in tables.values() if {"state", "param_groups"} <= table.keys()]
    if not tensors:
        for name, table in models.items():
            tensors += _tensors(table, f"{name}." if len(models) > 1 else "", storage, order)
    if not tensors:
        modules = [value for value in top.values() if isinstance(value, Made) and value.name not in DICTS | REBUILT | PARAMETERS]
        if modules:
            raise _not_a_table(modules[0])
        raise UserError(
            Text(
                f"it holds no tensor under a name; it holds {names(map(str, top)) or '–'}",
                f"其中没有带名称的张量；其中有 {names(map(str, top)) or '–'}",
            )
        )
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise UserError(
            Text(
                f"without their prefixes two of its tensors have one name: {names(t.name for t in tensors)}",
                f"去掉前缀后有张量重名：{names(t.name for t in tensors)}",
            )
        )
    slots, notes = _slots(optimizers[0], storage, order) if len(optimizers) == 1 else (None, ())
    if len(optimizers) > 1:
        notes = (Text("it holds the state of more than one optimizer, which is not read", "其中有多个优化器的状态，未读取"),)
    return Held(
        "PyTorch state_dict", tuple(tensors), outputs_first=True, notes=(CANNOT_SHOW, *notes), slots=slots, framework="pytorch"
    )


def _table(value: Any) -> dict[str, Any] | None:
    """A dict or an OrderedDict under names; None for anything else."""
    items = value.items if isinstance(value, Made) and value.name in DICTS else value
    if not isinstance(items, dict):
        return None
    return {key if isinstance(key, str) else str(key)[:100]: entry for key, entry in items.items() if isinstance(key, str | int)}


def _tables(top: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The dicts in it, each object once, also those that are alone in a list: Lightning keeps its optimizer so."""
    alone = {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in top.items()}
    distinct = {id(value): name for name, value in reversed(alone.items())}  # the first name of each
    return {name: table for name in alone if distinct[id(alone[name])] == name and (table := _table(alone[name])) is not None}


def _not_a_table(content: Any) -> UserError:
    name = content.name if isinstance(content, Made | Global) else type(content).__name__
    return UserError(
        Text(
            f"it holds a pickled {shown(name)}, which only running code would load; save `model.state_dict()` instead",
            f"其中是 pickle 的 {shown(name)}，只有运行代码才能加载；请改为保存 `model.state_dict()`",
        )
    )


def _tensors(table: dict[str, Any], prefix: str, storage: Storage, order: Order) -> list[Tensor]:
    found = [(prefix + _stripped(name), value) for name, value in table.items()]
    return [_tensor(name, value, storage, order) for name, value in found if _is_tensor(value) or _is_odd(value)]


def _stripped(name: str) -> str:
    while name.startswith(PREFIXES):
        name = name.partition(".")[2]
    return name


# -- tensors -----------------------------------------------------------------------------------------------------------------


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Made) and value.name in REBUILT | PARAMETERS


def _is_odd(value: Any) -> bool:
    """A sparse, quantized or meta tensor: what torch rebuilds in another way."""
    return isinstance(value, Made) and value.name.startswith("torch._utils._rebuild")


def _tensor(name: str, value: Made, storage: Storage, order: Order) -> Tensor:
    """A tensor whose shape, strides and storage fit each other; its numbers are read later."""
    while value.name in PARAMETERS:
        value = value.arguments[0] if isinstance(value.arguments, tuple) and value.arguments else Made(None, None)
        if not isinstance(value, Made):
            value = Made(None, None)
    if value.name not in REBUILT:
        raise UserError(
            Text(
                f"{shown(name)} is no plain dense tensor ({shown(value.name)})",
                f"{shown(name)} 不是普通的稠密张量（{shown(value.name)}）",
            )
        )
    given = value.arguments if isinstance(value.arguments, tuple) else ()
    reference, offset, shape, strides = given[:4] if len(given) > 3 else (None, None, None, None)
    key = reference.key if isinstance(reference, Reference) else None
    if (
        key is None
        or not _is_storage(key)
        or not isinstance(shape, tuple)
        or not isinstance(strides, tuple)
        or len(shape) != len(strides)
    ):
        raise UserError(Text(f"what the file says of {shown(name)} is damaged", f"文件中关于 {shown(name)} 的内容已损坏"))
    _, kind, place, _, count = key[:5]
    dtype = STORAGES.get(kind.name.removeprefix("torch."), kind.name)
    check_strides(name, offset, shape, strides, count)

    def read() -> np.ndarray:
        return strided(from_bytes(storage(place, count * SIZES[dtype]), dtype, (count,), order), offset, shape, strides)

    return Tensor(name, shape, dtype, read)


def check_strides(name: str, offset: Any, shape: tuple[Any, ...], strides: tuple[Any, ...], count: int) -> None:
    """Refuse what reaches beyond the `count` elements of the storage, and what shows one element at several places."""
    numbers = (offset, *shape, *strides)
    sound = all(type(number) is int and 0 <= number < 2**62 for number in numbers) and len(shape) <= 32
    if sound and 0 not in shape:
        order = sorted(((stride, size) for stride, size in zip(strides, shape, strict=True) if size > 1), reverse=True)
        reach = 1
        for stride, size in reversed(order):
            sound = sound and stride >= reach  # each step leaves behind all that the smaller ones reach
            reach += stride * (size - 1)
        sound = sound and offset + reach <= count
    if not sound:
        raise UserError(Text(f"{shown(name)} does not fit the storage that it is a part of", f"{shown(name)} 与其所在的存储不符"))


def strided(flat: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """The tensor in its storage, once its strides are known to stay inside: a copy."""
    if 0 in shape:
        return np.zeros(shape, flat.dtype)
    steps = tuple(stride * flat.itemsize for stride in strides)
    return np.lib.stride_tricks.as_strided(flat[offset:], shape, steps).copy()


def _is_storage(key: Any) -> bool:
    if not isinstance(key, tuple) or len(key) not in (5, 6) or key[0] != "storage":  # files before 1.6 have a sixth: a view
        return False
    _, kind, place, _, count = key[:5]
    return isinstance(kind, Global) and isinstance(place, str) and type(count) is int and 0 <= count < 2**62


def _width(key: tuple[Any, ...]) -> int:
    """Bytes of an element."""
    dtype = STORAGES.get(key[1].name.removeprefix("torch."), "")
    return SIZES.get(dtype) or {"int64": 8, "int32": 4, "int16": 2}.get(dtype, 1)


def _references(content: Any) -> Iterator[Reference]:
    """The storages that a pickle names; every object is looked at once, as a few bytes can name one a thousand times."""
    seen, waiting = set(), [content]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Reference) and _is_storage(value.key):
            yield value
        elif isinstance(value, Made):
            waiting += [value.arguments, value.items]
        elif isinstance(value, dict | list | tuple):
            waiting += value.values() if isinstance(value, dict) else value


# -- the optimizer -----------------------------------------------------------------------------------------------------------


def _slots(optimizer: dict[str, Any], storage: Storage, order: Order) -> tuple[Slots | None, tuple[Text, ...]]:
    """Momentum or Adam as `optimizer.state_dict()` has it; which entry belongs to what is seen by shape."""
    entries = list((_table(optimizer["state"]) or {}).values())
    if len(entries) > 2:
        return None, (
            Text(
                f"the optimizer's state is of {len(entries)} tensors and is not read",
                f"优化器状态属于 {len(entries)} 个张量，未读取",
            ),
        )
    states = [table for value in entries if (table := _table(value)) is not None]
    groups = optimizer["param_groups"]
    group = (_table(groups[0]) if isinstance(groups, list) and len(groups) == 1 else None) or {}
    kinds = {name for state in states for name, value in state.items() if value is not None}
    if not kinds:
        return None, ()
    method, wanted = next(((method, arrays) for method, (all_of, arrays) in KEPT.items() if kinds == all_of), ("", ()))
    unread = not method or bool(group.get("dampening")) or bool(group.get("amsgrad"))
    if unread or any(not _is_tensor(state.get(name)) for state in states for name in wanted):
        return None, (
            Text(f"the optimizer's state is not read: {names(sorted(kinds))}", f"未读取优化器状态：{names(sorted(kinds))}"),
        )
    tensors = [
        _tensor(f"{method}.{number}.{name}", state[name], storage, order)
        for number, state in enumerate(states)
        for name in wanted
    ]
    steps = {_steps(state["step"], storage, order) for state in states} if method == "adam" else {None}
    slots = Slots(
        method, tuple(tensors), holds_rate=False, rate=number(group.get("lr")), steps=steps.pop() if len(steps) == 1 else None,
        nesterov=group.get("nesterov") is True, factor=number(group.get("momentum")),
    )  # fmt: skip
    return slots, ()


def _steps(value: Any, storage: Storage, order: Order) -> int | None:
    """The steps that Adam made: a number, or a tensor of one."""
    if _is_tensor(value):
        tensor = _tensor("step", value, storage, order)
        if tensor.dtype not in SIZES or tensor.shape not in ((), (1,)):
            return None
        value = float(tensor.read().reshape(()))
    whole = isinstance(value, int | float) and 0 <= value < 2**53 and value == int(value)
    return int(value) if whole else None
