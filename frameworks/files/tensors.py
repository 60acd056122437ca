"""The tensors that a file holds, as its format tells them; an array is read only once it is the one that is wanted."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fairfit.models.errors import UserError
from fairfit.models.text import Text

SIZES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}  # bytes of an element
MOST_TOLD = 10  # tensors that a message lists
LONGEST = 80  # characters of a name that a message shows


@dataclass(frozen=True)
class Tensor:
    """`dtype` is NumPy's name of it, or bfloat16; `read` gives the array, bfloat16 as float32."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Slots:
    """An optimizer's state as a file has it: which of the `tensors` belongs to what is seen by shape (see layer.State)."""

    method: str
    tensors: tuple[Tensor, ...]
    holds_rate: bool
    rate: float | None
    steps: int | None
    nesterov: bool = False
    factor: float | None = None


@dataclass(frozen=True)
class Held:
    """What a file holds, and the framework whose format it is, where it is one's.

    `outputs_first`: how this format lays a weight, None where it does not say. `chosen`: these are the tensors of the one layer
    that was asked for by name.
    """

    format: str
    tensors: tuple[Tensor, ...]
    outputs_first: bool | None
    ends_in: str = ""
    notes: tuple[Text, ...] = ()
    slots: Slots | None = None
    framework: str = ""
    chosen: bool = False


def from_bytes(data: bytes | memoryview, dtype: str, shape: Sequence[int], order: Literal["<", ">"] = "<") -> np.ndarray:
    """The array in these bytes, which must be as many as it needs; a copy, in the machine's byte order."""
    check_size(len(data), dtype, shape)
    if dtype == "bfloat16":  # the upper half of a float32
        return (np.frombuffer(data, f"{order}u2").astype(np.uint32) << 16).view(np.float32).reshape(shape)
    return np.frombuffer(data, np.dtype(dtype).newbyteorder(order)).astype(dtype).reshape(shape)


def check_size(found: int, dtype: str, shape: Sequence[int]) -> None:
    """Refuse a shape that needs other than the `found` bytes; computed in Python's integers, which do not overflow."""
    needed = math.prod(shape) * SIZES[dtype]
    if needed != found:
        raise UserError(
            Text(
                f"a tensor of shape {_shape(shape)} needs {needed:,} bytes, the file has {found:,}",
                f"形状为 {_shape(shape)} 的张量需要 {needed:,} 字节，文件中有 {found:,} 字节",
            )
        )


def number(value: Any) -> float | None:
    """A learning rate or a momentum that a file gives, where it is a number; None where it is not."""
    return (
        float(value)
        if (isinstance(value, float) and math.isfinite(value)) or (type(value) is int and abs(value) < 2**53)
        else None
    )


def shown(name: str) -> str:
    """A name out of a file, as a message may show it: on one line, and no longer than a reader bears."""
    return repr(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")


def told(tensors: Iterable[Tensor]) -> str:
    """Names and shapes, at most ten."""
    tensors = list(tensors)
    first = ", ".join(f"{shown(tensor.name)} {_shape(tensor.shape)} {tensor.dtype}" for tensor in tensors[:MOST_TOLD])
    return first + (f" … (+{len(tensors) - MOST_TOLD})" if len(tensors) > MOST_TOLD else "")


def names(found: Iterable[str]) -> str:
    """Names as a message may show them, at most ten."""
    found = list(found)
    return ", ".join(map(shown, found[:MOST_TOLD])) + (" …" if len(found) > MOST_TOLD else "")


def _shape(shape: Sequence[int]) -> str:
    if len(shape) > MOST_TOLD:
        return f"({len(shape)} dimensions)"
    return "(" + ", ".join(str(size) if size < 10**20 else "…" for size in shape) + ("," if len(shape) == 1 else "") + ")"
