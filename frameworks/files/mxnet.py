"""MXNet's arrays (.params) without MXNet: all four versions of the format, with every kind of names.

Little-endian. u64 0x112, u64 0, u64 n, n arrays, u64 k (0 or n), k names of u64 length and UTF-8. Source: src/ndarray/ndarray.cc
of MXNet 1.9.1 (NDArray::Load, LegacyLoad); equal to what `nd.load` reads, for files that it reads rightly.
"""

import math
import struct
from collections.abc import Iterable

from fairfit.frameworks.files.tensors import SIZES, Held, Tensor, from_bytes, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

MAGIC = struct.pack("<Q", 0x112)
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA  # V2 is what 1.x writes, V3 what it writes under set_np
MOST_DIMENSIONS = 32
TYPES = (
    "float32",
    "float64",
    "float16",
    "uint8",
    "int32",
    "int8",
    "int64",
    "bool",
    "int16",
    "uint16",
    "uint32",
    "uint64",
    "bfloat16",
)
WIDTHS = {"uint8": 1, "int8": 1, "bool": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8, "uint64": 8} | SIZES
ACTIVATION = Text(
    "a .params file alone cannot show an activation: read with its -symbol.json beside it, it can",
    "单独的 .params 文件无法显示激活函数：与 -symbol.json 放在一起读取才可以",
)


class Cursor:
    """Reads from bytes, one after another, and never beyond their end."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data, self.at = memoryview(data), 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> memoryview:
        if not 0 <= count <= self.left:
            raise UserError(Text("it is cut, or has sizes that lie", "文件被截断，或其中的大小不实"))
        self.at += count
        return self.data[self.at - count : self.at]

    def numbers(self, kind: str, count: int = 1) -> tuple[int, ...]:
        return struct.unpack(f"<{count}{kind}", self.take(count * struct.calcsize(f"<{kind}")))

    def number(self, kind: str) -> int:
        return self.numbers(kind)[0]


def read(data: bytes) -> Held:
    """The arrays of a .params file; one that was saved without names has them as numbers."""
    cursor = Cursor(data)
    magic, reserved, count = cursor.numbers("Q", 3)
    if struct.pack("<Q", magic) != MAGIC or reserved:
        raise UserError(Text("it does not begin as a .params file does", "其开头与 .params 文件不符"))
    if count > cursor.left // 4:  # each has a magic number at least
        raise UserError(
            Text(f"it says it holds {count:,} arrays, more than fit in it", f"文件声称含有 {count:,} 个数组，超过其容量")
        )
    arrays = [array(cursor) for _ in range(count)]
    named = cursor.number("Q")
    if named not in (0, count):
        raise UserError(Text(f"it has {count} arrays and {named} names", f"文件有 {count} 个数组和 {named} 个名称"))
    names = list(_names(cursor, named)) or [str(number) for number in range(count)]
    if cursor.left:
        raise UserError(Text(f"it goes on for {cursor.left:,} bytes behind its end", f"结尾之后还有 {cursor.left:,} 字节"))
    tensors = (Tensor(name, *found) for name, found in zip(names, arrays, strict=True))
    return Held("MXNet .params", tuple(tensors), outputs_first=True, notes=(ACTIVATION,), framework="mxnet")


def array(cursor: Cursor) -> tuple:
    """(shape, dtype, how to read it) of one array, whose bytes are passed over."""
    magic = cursor.number("I")
    if magic in (V2, V3) and cursor.number("i") != 0:
        raise UserError(
            Text(
                "it holds a sparse array; save it dense: `array.tostype('default')`",
                "其中有稀疏数组；请以稠密形式保存：`array.tostype('default')`",
            )
        )
    kind = "I" if magic not in (V1, V2, V3) else "q"  # V0 has no magic number but begins with the number of dimensions
    dimensions = cursor.number("i") if magic in (V1, V2, V3) else magic
    if not 0 <= dimensions <= MOST_DIMENSIONS or (dimensions == 0 and magic != V3):
        raise UserError(
            Text(
                "it holds an array without a shape: one that was never initialised, or damage",
                "其中有没有形状的数组：尚未初始化，或已损坏",
            )
        )
    shape = cursor.numbers(kind, dimensions)
    _device, _number, code = cursor.numbers("i", 3)
    if not 0 <= code < len(TYPES):
        raise UserError(Text(f"it holds an array of the unknown type {code}", f"其中有未知类型 {code} 的数组"))
    if any(size < 0 for size in shape):
        raise UserError(Text("it holds an array with a negative size", "其中有大小为负的数组"))
    dtype = TYPES[code]
    data = cursor.take(math.prod(shape) * WIDTHS[dtype])
    return shape, dtype, lambda: from_bytes(data, dtype, shape)


def _names(cursor: Cursor, count: int) -> Iterable[str]:
    """Names as a layer has them: 'arg:' and 'aux:' of an exported model are taken off."""
    seen = set()
    for _ in range(count):
        data = bytes(cursor.take(cursor.number("Q")))
        try:
            name = data.decode().removeprefix("arg:").removeprefix("aux:")
        except UnicodeDecodeError as error:
            raise UserError(Text("a name in it is no text", "其中有名称不是文本")) from error
        if name in seen:
            raise UserError(Text(f"two of its arrays are called {shown(name)}", f"有两个数组都名为 {shown(name)}"))
        seen.add(name)
        yield name
