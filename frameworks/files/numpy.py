"""NumPy's files: .npy, and .npz, which is a zip archive of them. Objects, which would be pickles, are refused."""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from tokenize import TokenError
from typing import Any

import numpy as np

from fairfit.frameworks.files.archive import Archive
from fairfit.frameworks.files.tensors import Held, Tensor, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000  # bytes, as NumPy has it
CANNOT_SHOW = Text("a NumPy file cannot show an activation", "NumPy 文件无法显示激活函数")


@dataclass(frozen=True)
class Header:
    """What stands before the numbers; `length` in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    length: int


def read_npz(archive: Archive) -> Held:
    tensors = tuple(_member(archive, name) for name in archive.names)
    return Held("NumPy .npz", tensors, outputs_first=None, notes=(CANNOT_SHOW,), framework="numpy")


def read_npy(data: bytes) -> Held:
    header = _header(data[:LONGEST_HEADER], len(data), "array")
    return Held(
        "NumPy .npy", (_tensor("array", header, lambda: data),), outputs_first=None, notes=(CANNOT_SHOW,), framework="numpy"
    )


def _member(archive: Archive, name: str) -> Tensor:
    size = archive.size(name)
    header = _header(archive.read(name, LONGEST_HEADER), size, name)
    return _tensor(name.removesuffix(".npy"), header, lambda: archive.read(name))


def _tensor(name: str, header: Header, data: Callable[[], bytes]) -> Tensor:
    def read() -> np.ndarray:
        flat = np.frombuffer(data(), header.dtype, offset=header.length)
        return flat.astype(header.dtype.newbyteorder("=")).reshape(header.shape, order="F" if header.fortran else "C")

    return Tensor(name, header.shape, header.dtype.name, read)


def _header(begin: bytes, size: int, name: str) -> Header:
    """The header of a .npy file of `size` bytes that begins so; its numbers must fill the file."""
    stream = io.BytesIO(begin)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise ValueError(version)
        # version 3 differs from 2 by UTF-8 in names of fields, which are refused
        head: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = head(stream, max_header_size=LONGEST_HEADER)
    except (
        ValueError,
        TypeError,
        KeyError,
        SyntaxError,
        MemoryError,
        RecursionError,
        EOFError,
        OverflowError,
        TokenError,
    ) as error:
        raise UserError(Text(f"the header of {shown(name)} is damaged", f"{shown(name)} 的文件头已损坏")) from error
    if dtype.hasobject:
        raise UserError(
            Text(
                f"{shown(name)} holds Python objects, which are pickles and not loaded",
                f"{shown(name)} 含有 Python 对象（pickle），不予加载",
            )
        )
    whole = all(type(length) is int and length >= 0 for length in shape)
    if (
        not whole
        or dtype.fields
        or dtype.subdtype
        or len(shape) > 32
        or math.prod(shape) * dtype.itemsize != size - stream.tell()
    ):
        raise UserError(Text(f"{shown(name)} is cut, or its shape lies", f"{shown(name)} 被截断，或其形状不实"))
    return Header(shape, dtype, fortran, stream.tell())
