"""Layers to be saved, what must be read of them, and files written by hand, byte by byte."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.layer import Layer
from fairfit.frameworks.files.reading import read
from fairfit.models.errors import UserError
from fairfit.models.text import in_language

EVERY_LAYER = [(outputs, dtype) for outputs in (1, 10) for dtype in ("float32", "float64")]  # linear and softmax
INPUTS = 7
every_layer = pytest.mark.parametrize(("outputs", "dtype"), EVERY_LAYER)


def arrays(outputs: int, dtype: str = "float32", inputs: int = INPUTS) -> tuple[np.ndarray, np.ndarray]:
    """Weight (outputs, inputs) and bias (outputs,), with numbers that no other layout has at these places."""
    drawn = np.random.default_rng(outputs).normal(size=outputs * inputs + outputs).astype(dtype)
    return drawn[outputs:].reshape(outputs, inputs), drawn[:outputs]


def same(layer: Layer, weight: np.ndarray, bias: np.ndarray | None) -> None:
    """Every bit is as it was saved."""
    assert layer.weight.dtype == layer.bias.dtype == weight.dtype
    assert layer.weight.shape == weight.shape and layer.weight.tobytes() == np.ascontiguousarray(weight).tobytes()
    assert layer.has_bias is (bias is not None)
    wanted = np.zeros(len(weight), weight.dtype) if bias is None else bias
    assert layer.bias.shape == wanted.shape and layer.bias.tobytes() == wanted.tobytes()


def refused(path: Path, **options: Any) -> str:
    """The one line, in both languages, by which a file is refused; the English one is returned."""
    with pytest.raises(UserError) as caught:
        read(path, **options)
    for language in ("en", "zh"):
        told = in_language(caught.value.text, language)
        assert told.startswith(str(path)) and told.isprintable() and len(told) < 2000
    assert any("\u4e00" <= sign <= "\u9fff" for sign in in_language(caught.value.text, "zh"))
    return str(caught.value)


# -- by hand -----------------------------------------------------------------------------------------------------------------


def params(named: Mapping[str, np.ndarray] | list[np.ndarray], version: int = 2) -> bytes:
    """A .params file of MXNet; version 0 to 3 of its arrays."""
    values = list(named.values()) if isinstance(named, Mapping) else named
    names = [name.encode() for name in named] if isinstance(named, Mapping) else []
    parts = [
        struct.pack("<QQQ", 0x112, 0, len(values)),
        *(params_array(value, version) for value in values),
        struct.pack("<Q", len(names)),
    ]
    return b"".join(parts + [struct.pack("<Q", len(name)) + name for name in names])


def params_array(value: np.ndarray, version: int = 2) -> bytes:
    head = {0: b"", 1: struct.pack("<I", 0xF993FAC8), 2: struct.pack("<Ii", 0xF993FAC9, 0), 3: struct.pack("<Ii", 0xF993FACA, 0)}
    size = "I" if version == 0 else "q"
    code = {"float32": 0, "float64": 1, "float16": 2, "uint8": 3, "int32": 4, "int8": 5, "int64": 6}[value.dtype.name]
    shape = struct.pack(f"<I{value.ndim}{size}", value.ndim, *value.shape)
    return head[version] + shape + struct.pack("<iii", 1, 0, code) + value.tobytes()


def safetensors(named: Mapping[str, np.ndarray], **changed: Any) -> bytes:
    """A safetensors file; `changed` are entries of its header that differ from the truth."""
    kinds = {"float32": "F32", "float64": "F64", "float16": "F16", "int8": "I8", "int64": "I64"}
    header: dict[str, Any] = {}
    at = 0
    for name, value in named.items():
        header[name] = {"dtype": kinds[value.dtype.name], "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header | changed).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in named.values())


def npz(**named: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **named)
    return stream.getvalue()


def archive(members: Mapping[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return stream.getvalue()


class Call:
    """Pickled as a call of something that this process need not have."""

    def __init__(self, name: str, *arguments: Any) -> None:
        self.name, self.arguments = name, arguments


class Storage:
    """Pickled as PyTorch's storage number `key` of `count` elements."""

    def __init__(self, kind: str, key: str, count: int) -> None:
        self.id = (kind, key, count)


def _instructions(value: Any) -> bytes:
    """The pickle of a value without its beginning and end."""
    if isinstance(value, Call):
        module, _, name = value.name.rpartition(".")
        return f"c{module}\n{name}\n".encode() + _instructions(value.arguments) + b"R"
    if isinstance(value, Storage):
        kind, key, count = value.id
        return (
            b"("
            + _instructions("storage")
            + f"ctorch\n{kind}\n".encode()
            + b"".join(map(_instructions, (key, "cpu", count)))
            + b"tQ"
        )
    if isinstance(value, dict):
        return b"}(" + b"".join(_instructions(each) for pair in value.items() for each in pair) + b"u"
    if isinstance(value, list | tuple):
        return b"(" + b"".join(map(_instructions, value)) + (b"l" if isinstance(value, list) else b"t")
    return pickle.dumps(value, 2)[2:-1]


def pickled(value: Any) -> bytes:
    return b"\x80\x02" + _instructions(value) + b"."


def tensor(
    key: str,
    shape: tuple[int, ...],
    strides: tuple[int, ...] | None = None,
    *,
    offset: int = 0,
    count: int | None = None,
    kind: str = "FloatStorage",
) -> Call:
    """As torch pickles a tensor; laid row by row where no strides are given."""
    rows = tuple(int(np.prod(shape[position + 1 :])) for position in range(len(shape)))
    storage = Storage(kind, key, int(np.prod(shape)) if count is None else count)
    return Call("torch._utils._rebuild_tensor_v2", storage, offset, shape, rows if strides is None else strides, False, {})


def pt(content: Any, **storages: bytes) -> bytes:
    """What torch.save would write: the storage of key 0 is given as s0."""
    members = {"archive/data.pkl": pickled(content), "archive/byteorder": b"little", "archive/version": b"3\n"}
    return archive(members | {f"archive/data/{name.removeprefix('s')}": data for name, data in storages.items()})


def state_dict(outputs: int = 3, inputs: int = 4) -> bytes:
    """A sound file, from which broken ones are made."""
    weight, bias = arrays(outputs, inputs=inputs)
    return pt({"weight": tensor("0", weight.shape), "bias": tensor("1", bias.shape)}, s0=weight.tobytes(), s1=bias.tobytes())
