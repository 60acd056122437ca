"""TensorFlow's tensor bundle (variables.index and variables.data-…) without TensorFlow: which tensors there are, and their bytes.

The index is a table of LevelDB's kind: blocks of sorted keys, each with its checksum; a value says where the numbers lie.
Source: tensorflow/core/util/tensor_bundle, core/lib/io/format.h, core/protobuf/tensor_bundle.proto.
"""

import struct
from collections.abc import Callable, Iterator

import numpy as np

from fairfit.frameworks.files import protobuf
from fairfit.frameworks.files.tensors import SIZES, Tensor, check_size, from_bytes, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

MAGIC = 0xDB4775248B80FB57
FOOTER = 48
MOST_TENSORS = 10_000
LARGEST_INDEX = 2**24
SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
TYPES = {1: "float32", 2: "float64", 3: "int32", 9: "int64", 10: "bool", 14: "bfloat16", 19: "float16", 7: "string"}
CHECKED = 2**22  # bytes whose checksum is computed in Python within a second


def tensors(index: bytes, shard: Callable[[int, int], bytes]) -> list[Tensor]:
    """The tensors of a bundle; `shard` gives the bytes of a data file by its number and how many there are."""
    if len(index) > LARGEST_INDEX:
        raise UserError(Text("the index of its variables is larger than that of any layer", "其变量索引比任何一层的都大"))
    if len(index) < FOOTER or struct.unpack("<Q", index[-8:])[0] != MAGIC:
        raise UserError(Text("the index of its variables is cut or damaged", "其变量索引被截断或损坏"))

    def whole_shard(number: int) -> bytes:
        data = shard(number, shards)
        if len(data) != ends[number]:
            raise UserError(
                Text(
                    f"its file of variables has {len(data):,} bytes, its index {ends[number]:,}",
                    f"其变量文件有 {len(data):,} 字节，索引记录为 {ends[number]:,}",
                )
            )
        return data

    footer = index[-FOOTER:]
    _, at = protobuf.varint(footer, 0)
    _, at = protobuf.varint(footer, at)  # the block of filters, which TensorFlow does not write
    offset, at = protobuf.varint(footer, at)
    size, at = protobuf.varint(footer, at)
    found, shards = [], 1
    ends: dict[int, int] = {}  # of each data file, so that one that was cut behind the layer is known as well
    for _, place in _entries(index, offset, size):
        begin, at = protobuf.varint(place, 0)
        length, at = protobuf.varint(place, at)
        for key, value in _entries(index, begin, length):
            about = protobuf.message(value)
            if key == b"":
                shards = protobuf.whole(about, 1)
                if protobuf.whole(about, 2):
                    raise UserError(Text("its variables were written by a big-endian machine", "其变量由大端机器写入"))
                continue
            number, offset, size = (protobuf.whole(about, field) for field in (3, 4, 5))
            ends[number] = max(ends.get(number, 0), offset + size)
            if key.endswith(SUFFIX.encode()):
                found.append(_tensor(key.decode(errors="replace").removesuffix(SUFFIX), about, whole_shard))
            if len(found) > MOST_TENSORS:
                raise UserError(Text("it holds more variables than any layer", "其中的变量比任何一层的都多"))
    return found


def _entries(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block. Each key is told by how much of the one before it begins with."""
    end = offset + size
    if end + 5 > len(index) or size < 4:
        raise protobuf.damaged()
    block, kind = index[offset:end], index[end]
    if kind != 0:
        raise UserError(
            Text("the index of its variables is packed, which TensorFlow does not do", "其变量索引被压缩，TensorFlow 不会这样写")
        )
    _check(index[offset : end + 1], struct.unpack("<I", index[end + 1 : end + 5])[0], "index")
    restarts = struct.unpack("<I", block[-4:])[0]
    stop, at, key = size - 4 - 4 * restarts, 0, b""
    if stop < 0:
        raise protobuf.damaged()
    while at < stop:
        shared, at = protobuf.varint(block, at)
        own, at = protobuf.varint(block, at)
        length, at = protobuf.varint(block, at)
        if shared > len(key) or at + own + length > stop or shared + own > 4096:
            raise protobuf.damaged()
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + length]
        at += own + length


def _tensor(name: str, about: protobuf.Message, shard: Callable[[int], bytes]) -> Tensor:
    code, number, offset, size = (protobuf.whole(about, field) for field in (1, 3, 4, 5))
    shape = tuple(
        protobuf.whole(protobuf.message(dimension), 1)
        for part in protobuf.parts(about, 2) for dimension in protobuf.parts(protobuf.message(part), 2)
    )  # fmt: skip
    dtype = TYPES.get(code, f"DataType {code}")
    if protobuf.parts(about, 7):
        raise UserError(Text(f"{shown(name)} lies there in slices", f"{shown(name)} 以切片形式存储"))
    if len(shape) > 32:
        raise protobuf.damaged()
    if dtype in SIZES:
        check_size(size, dtype, shape)

    def read() -> np.ndarray:
        data = shard(number)
        if offset + size > len(data):
            raise UserError(Text(f"the numbers of {shown(name)} are cut", f"{shown(name)} 的数据被截断"))
        own = data[offset : offset + size]
        if size <= CHECKED:
            _check(own, protobuf.whole(about, 6), name)
        return from_bytes(own, dtype, shape)

    return Tensor(name, shape, dtype, read)


# -- checksums: CRC-32C, turned and shifted as LevelDB does ---------------------------------------------------------------------


def _check(data: bytes, stored: int, name: str) -> None:
    if masked(crc32c(data)) != stored:
        raise UserError(
            Text(f"the checksum of {shown(name)} does not fit: the file is damaged", f"{shown(name)} 的校验和不符：文件已损坏")
        )


def masked(checksum: int) -> int:
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _step(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


TABLE = tuple(_step(value) for value in range(256))


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
