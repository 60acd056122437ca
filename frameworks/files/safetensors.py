"""safetensors: u64 length of a JSON header, the header (name → dtype, shape, data_offsets), then the numbers without a gap.

Source: the format as huggingface/safetensors describes it in its README.
"""

import struct
from typing import Any

from fairfit.frameworks.files import contents
from fairfit.frameworks.files.tensors import SIZES, Held, Tensor, check_size, from_bytes, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

TYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def is_one(data: bytes) -> bool:
    return len(data) >= 10 and data[8:9] == b"{" and struct.unpack("<Q", data[:8])[0] <= len(data) - 8


def read(data: bytes) -> Held:
    """The tensors of a file; its header must account for every byte."""
    length = struct.unpack("<Q", data[:8])[0]
    header = contents.parsed(data[8 : 8 + length], "the header")
    body = memoryview(data)[8 + length :]
    if not isinstance(header, dict):
        raise UserError(Text("its header is damaged", "其文件头已损坏"))
    entries = {name: _entry(name, entry, len(body)) for name, entry in header.items() if name != "__metadata__"}
    end = 0
    for name, (_, _, begin, stop) in sorted(entries.items(), key=lambda entry: entry[1][2:]):
        if begin != end:
            raise UserError(
                Text(f"{shown(name)} does not begin where the tensor before it ends", f"{shown(name)} 的起点与前一张量的终点不符")
            )
        end = stop
    if end != len(body):
        raise UserError(
            Text(
                f"its header accounts for {end:,} bytes, it has {len(body):,}",
                f"文件头说明了 {end:,} 字节，实际有 {len(body):,} 字节",
            )
        )
    tensors = (_tensor(name, kind, shape, body[begin:stop]) for name, (kind, shape, begin, stop) in entries.items())
    return Held("safetensors", tuple(tensors), outputs_first=None, notes=(_CANNOT_SHOW,))


_CANNOT_SHOW = Text("a safetensors file cannot show an activation", "safetensors 文件无法显示激活函数")


def _entry(name: str, entry: Any, room: int) -> tuple[str, tuple[int, ...], int, int]:
    """(dtype, shape, begin, end) as the header has them."""
    try:
        kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
        if len(entry) != 3 or not isinstance(kind, str) or not whole or not begin <= end <= room or len(shape) > 32:
            raise ValueError(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(Text(f"its header is wrong about {shown(name)}", f"其文件头中关于 {shown(name)} 的内容有误")) from error
    return kind, shape, begin, end


def _tensor(name: str, kind: str, shape: tuple[int, ...], data: memoryview) -> Tensor:
    dtype = TYPES.get(kind, kind)
    if dtype in SIZES:
        check_size(len(data), dtype, shape)
    return Tensor(name, shape, dtype, lambda: from_bytes(data, dtype, shape))
