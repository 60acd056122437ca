"""Files that were broken, or made to do harm: each is refused in one line; nothing in them is run, written or believed."""

import io
import json
import os
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.reading import read
from fairfit.models.errors import UserError
from tests.frameworks.files.made import (
    Call,
    archive,
    arrays,
    npz,
    params,
    pickled,
    pt,
    refused,
    safetensors,
    same,
    state_dict,
    tensor,
)

MOST_MEMORY = 200_000_000  # bytes: what unpacking the largest of the bombs below may take; they claim from 4 GB on
WEIGHT, BIAS = arrays(3, inputs=4)
NAN = np.where(np.eye(3, 4, dtype=bool), np.float32("nan"), WEIGHT)
SOUND = {
    "params": params({"weight": WEIGHT, "bias": BIAS}),
    "safetensors": safetensors({"weight": WEIGHT, "bias": BIAS}),
    "npz": npz(weight=WEIGHT, bias=BIAS),
    "pt": state_dict(),
}


def head(count: int, *arrays_: bytes) -> bytes:
    return struct.pack("<QQQ", 0x112, 0, count) + b"".join(arrays_)


def v2(shape: tuple[int, ...], kind: int = 0, storage: int = 0, data: bytes = b"", dims: int | None = None) -> bytes:
    """One array of a .params file, as it is said to be."""
    count = len(shape) if dims is None else dims
    return (
        struct.pack(f"<IiI{len(shape)}q", 0xF993FAC9, storage, count, *shape) + struct.pack("<iii", 1, 0, kind) + data
    )  # fmt: skip


def member(name: str, data: bytes, kind: int = zipfile.ZIP_STORED) -> bytes:
    return archive({name: data}, kind)


def npy(header: str) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def with_nan(values: np.ndarray, what: float) -> np.ndarray:
    changed = values.copy()
    changed[-1] = what
    return changed


def bomb(size: int) -> bytes:
    """An .npz whose one array unpacks to so many bytes of zeros."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file, file.open("weight.npy", "w", force_zip64=True) as inside:
        inside.write(npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {size // 4}), }}"))
        for _ in range(size // 2**20):
            inside.write(bytes(2**20))
    return stream.getvalue()


class Planted:
    """Pickled as a call that makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


PLANTED = "planted-by-a-pickle"
HOSTILE: dict[str, bytes] = {
    # neither this nor that
    "empty": b"",
    "one byte": b"\x12",
    "text": b"weight = 1\n",
    "an HTML page": b"<!doctype html><html><body>404</body></html>",
    "zeros": bytes(1000),
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "JSON of another kind": b'{"weight": [[1, 2]], "bias": [0]}',
    "a bare pickle": pickle.dumps({"weight": WEIGHT}),
    "a pickle with code": pickle.dumps(Planted(PLANTED)),
    "a pickle of protocol 0 with code": pickle.dumps(Planted(PLANTED), 0),
    # MXNet
    "params: cut header": SOUND["params"][:20],
    "params: a million arrays": head(10**6),
    "params: 2^60 arrays": head(2**60),
    "params: 10^12 elements": head(1, v2((10**6, 10**6))) + struct.pack("<Q", 0),
    "params: 2^62 by 4": head(1, v2((2**62, 4))) + struct.pack("<Q", 0),
    "params: 2^32 by 2^32": head(1, v2((2**32, 2**32))) + struct.pack("<Q", 0),
    "params: a negative size": head(1, v2((-3, 4), data=bytes(48))) + struct.pack("<Q", 0),
    "params: a thousand dimensions": head(1, v2((1, 1), dims=1000)),
    "params: 2^31 dimensions": head(1, v2((1, 1), dims=2**31)),
    "params: an unknown type": head(1, v2((1, 1), kind=99, data=bytes(4))) + struct.pack("<Q", 0),
    "params: row_sparse": head(1, v2((1, 1), storage=1, data=bytes(4))) + struct.pack("<Q", 0),
    "params: an unknown magic": head(1, struct.pack("<I", 0xDEADBEEF) + bytes(60)),
    "params: names that are cut": SOUND["params"][:-3],
    "params: a name of 2^60 bytes": head(1, v2((1, 1), data=bytes(4))) + struct.pack("<QQ", 1, 2**60) + b"weight",
    "params: more names than arrays": head(1, v2((1, 1), data=bytes(4))) + struct.pack("<Q", 2) + 2 * (struct.pack("<Q", 1) + b"w"),
    "params: a name twice": head(2, 2 * v2((1, 1), data=bytes(4))) + struct.pack("<Q", 2) + 2 * (struct.pack("<Q", 1) + b"w"),
    "params: a name that is no text": head(1, v2((1, 1), data=bytes(4))) + struct.pack("<QQ", 1, 2) + b"\xff\xfe",
    "params: something behind the end": SOUND["params"] + b"more",
    "params: three layers": params({f"{n}_weight": WEIGHT for n in "abc"} | {f"{n}_bias": BIAS for n in "abc"}),
    "params: no layer": params({"gamma": BIAS, "beta": BIAS}),
    "params: a kernel of a convolution": params({"weight": np.ones((3, 4, 5, 5), np.float32)}),
    "params: whole numbers": params({"weight": WEIGHT.astype(np.int32)}),
    "params: NaN": params({"weight": NAN, "bias": BIAS}),
    "params: infinite": params({"weight": WEIGHT, "bias": with_nan(BIAS, np.inf)}),
    "params: a bias that does not fit": params({"weight": WEIGHT, "bias": np.ones(5, np.float32)}),
    # safetensors
    "safetensors: cut": SOUND["safetensors"][:-1],
    "safetensors: header of 10^15 bytes": struct.pack("<Q", 10**15) + b"{}",
    "safetensors: 10^12 elements": safetensors({"weight": WEIGHT}, weight={"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 48]}),
    "safetensors: overlap": safetensors({"weight": WEIGHT, "bias": BIAS}, bias={"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}),
    "safetensors: offsets beyond the end": safetensors({"weight": WEIGHT}, weight={"dtype": "F32", "shape": [3, 4], "data_offsets": [48, 96]}),
    "safetensors: negative": safetensors({"weight": WEIGHT}, weight={"dtype": "F32", "shape": [-3, -4], "data_offsets": [0, 48]}),
    "safetensors: a shape of texts": safetensors({"weight": WEIGHT}, weight={"dtype": "F32", "shape": ["3", 4], "data_offsets": [0, 48]}),
    "safetensors: an unknown type": safetensors({"weight": WEIGHT}, weight={"dtype": "F8", "shape": [3, 4], "data_offsets": [0, 48]}),
    "safetensors: something behind the end": SOUND["safetensors"] + b"more",
    "safetensors: names twice": (lambda text: struct.pack("<Q", len(text)) + text)(b'{"w": {"dtype": "F32", "shape": [1, 0], "data_offsets": [0, 0]}, "w": {}}'),
    "safetensors: no object": struct.pack("<Q", 4) + b"{1}}" + bytes(4),
    "safetensors: deep": (lambda text: struct.pack("<Q", len(text)) + text)(b'{"w":' + b"[" * 100_000),
    "safetensors: NaN": safetensors({"weight": NAN}),
    # npz
    "npz: cut": SOUND["npz"][: len(SOUND["npz"]) // 2],
    "npz: a pickled object": npz(weight=np.array([{"a": 1}], dtype=object)),
    "npz: 10^12 elements": member("weight.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }")),
    "npz: negative": member("weight.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 4), }") + bytes(48)),
    "npz: a header with code": member("weight.npy", npy(f"open({PLANTED!r}, 'w')")),
    "npz: a header that is deep": member("weight.npy", npy("(" * 5000)),
    "npz: nothing in it": archive({}),
    "npz: other files in it": archive({"readme.txt": b"hello", "weight.bin": bytes(48)}),
    "npz: a name twice": SOUND["npz"].replace(b"bias.npy", b"weight.npy"[:8]),
    "npz: NaN": npz(weight=NAN, bias=BIAS),
    "npz: three layers": npz(a=WEIGHT, b=WEIGHT, c=WEIGHT),
    "npz: a bomb": bomb(2**28),
    # PyTorch
    "pt: cut": SOUND["pt"][: len(SOUND["pt"]) // 2],
    "pt: a call of os.system": pt(Call("os.system", f"touch {PLANTED}")),
    "pt: a call of posix.system": pt(Call("posix.system", f"touch {PLANTED}")),
    "pt: a call of builtins.exec": pt(Call("builtins.exec", f"open({PLANTED!r}, 'w')")),
    "pt: a call of builtins.eval in a state_dict": pt({"weight": Call("builtins.eval", f"open({PLANTED!r}, 'w')")}),
    "pt: numpy's scalar": pt({"weight": Call("numpy.core.multiarray.scalar", 1)}),
    "pt: a module": pt(Call("torch.nn.modules.linear.Linear", 3, 4)),
    "pt: bytearray of 10^12": pt({"weight": Call("builtins.bytearray", 10**12)}),
    "pt: strides of 0": pt({"weight": tensor("0", (10**6, 10**6), (0, 0), count=1)}, s0=bytes(4)),
    "pt: an offset beyond": pt({"weight": tensor("0", (3, 4), offset=100)}, s0=WEIGHT.tobytes()),
    "pt: a negative offset": pt({"weight": tensor("0", (3, 4), offset=-1)}, s0=WEIGHT.tobytes()),
    "pt: negative strides": pt({"weight": tensor("0", (3, 4), (-4, -1))}, s0=WEIGHT.tobytes()),
    "pt: a storage that is not there": pt({"weight": tensor("7", (3, 4))}, s0=WEIGHT.tobytes()),
    "pt: a storage that is too short": pt({"weight": tensor("0", (3, 4))}, s0=WEIGHT.tobytes()[:20]),
    "pt: a storage elsewhere": pt({"weight": tensor("../../weight", (3, 4))}, s0=WEIGHT.tobytes()),
    "pt: whole numbers": pt({"weight": tensor("0", (3, 4), kind="IntStorage")}, s0=WEIGHT.tobytes()),
    "pt: no pickle": archive({"archive/data.pkl": b"hello", "archive/version": b"3\n"}),
    "pt: a pickle without an end": archive({"archive/data.pkl": b"\x80\x02}", "archive/version": b"3\n"}),
    "pt: a pickle that claims 2 GB": archive({"archive/data.pkl": b"\x80\x02Nr\xff\xff\xff\x7f.", "archive/version": b"3\n"}),
    "pt: a text that claims 4 GB": archive({"archive/data.pkl": b"\x80\x02X\xff\xff\xff\xff.", "archive/version": b"3\n"}),
    "pt: a list in itself": archive({"archive/data.pkl": b"\x80\x02]q\x00h\x00a.", "archive/version": b"3\n"}),
    "pt: deep": archive({"archive/data.pkl": b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".", "archive/version": b"3\n"}),
    "pt: no state_dict": pt([1, 2, 3]),
    "pt: three layers": pt({f"{n}.weight": tensor("0", (3, 4)) for n in "abc"}, s0=WEIGHT.tobytes()),
    "pt: NaN": pt({"weight": tensor("0", (3, 4))}, s0=NAN.tobytes()),
    "pt: an unknown byte order": archive({"archive/data.pkl": pickled({}), "archive/byteorder": b"middle"}),
    "pt2: a folder of weights without a program": archive({"m/data/weights/model_weights_config.json": json.dumps({}).encode()}),
}  # fmt: skip


def test_there_are_many() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_broken_or_hostile_is_refused_in_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model"
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    try:
        refused(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == HOSTILE[name]


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_folder, _pipe, _link_to_nothing, _link_to_itself, _device, lambda path: None])
def test_what_is_no_file_is_refused_and_not_waited_for(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "model")
    refused(tmp_path / "model")


@pytest.mark.parametrize("kind", SOUND)
def test_a_file_that_was_cut_anywhere_is_refused(kind: str, tmp_path: Path) -> None:
    same(read(_written(tmp_path, SOUND[kind])), WEIGHT, BIAS)
    for size in range(0, len(SOUND[kind]), max(1, len(SOUND[kind]) // 60)):
        refused(_written(tmp_path, SOUND[kind][:size]))


@pytest.mark.parametrize("kind", SOUND)
def test_bytes_that_changed_give_other_numbers_or_a_refusal(kind: str, tmp_path: Path) -> None:
    """Never another exception: whoever reads a folder of such files goes on with the next."""
    drawn = random.Random(kind)
    for _ in range(300):
        data = bytearray(SOUND[kind])
        for _ in range(drawn.choice((1, 1, 2, 8))):
            data[drawn.randrange(len(data))] = drawn.choice((0, 1, 127, 128, 255, drawn.randrange(256)))
        try:
            layer = read(_written(tmp_path, bytes(data)))
        except UserError:
            continue
        assert np.all(np.isfinite(layer.weight)) and layer.weight.ndim == 2


def _written(folder: Path, data: bytes) -> Path:
    (folder / "model").write_bytes(data)
    return folder / "model"


# -- HDF5


def _external(h5: Any, group: Any, elsewhere: Path) -> None:
    group["kernel"] = h5.ExternalLink(str(elsewhere), "weight")


def _soft(h5: Any, group: Any, elsewhere: Path) -> None:
    group["kernel"] = h5.SoftLink("/somewhere/else")


def _stored_elsewhere(h5: Any, group: Any, elsewhere: Path) -> None:
    group.create_dataset("kernel", (4, 3), "f4", external=[(str(elsewhere), 0, 48)])


def _virtual(h5: Any, group: Any, elsewhere: Path) -> None:
    layout = h5.VirtualLayout((4, 3), "f4")
    layout[:] = h5.VirtualSource(str(elsewhere), "weight", (4, 3))
    group.create_virtual_dataset("kernel", layout)


def _huge(h5: Any, group: Any, elsewhere: Path) -> None:
    group.create_dataset("kernel", (10**6, 10**6), "f4", chunks=(1000, 1000))


def _bomb(h5: Any, group: Any, elsewhere: Path) -> None:
    group.create_dataset("kernel", (20_000, 5_000), "f4", chunks=(2000, 500), compression="gzip", fillvalue=0)[0, 0] = 1.0


def _objects(h5: Any, group: Any, elsewhere: Path) -> None:
    group.create_dataset("kernel", (4, 3), h5.string_dtype())


@pytest.mark.parametrize("plant", [_external, _soft, _stored_elsewhere, _virtual, _huge, _bomb, _objects])
def test_no_link_out_of_an_h5_is_followed_and_no_size_believed(plant: Callable[[Any, Any, Path], None], tmp_path: Path) -> None:
    h5 = pytest.importorskip("h5py", reason="h5py is not installed: pip install 'fairfit[port]'")
    elsewhere = tmp_path / "elsewhere.h5"
    with h5.File(elsewhere, "w") as file:
        file["weight"] = np.full((4, 3), 7, np.float32)
    with h5.File(tmp_path / "model.h5", "w") as file:
        plant(h5, file.create_group("scores/scores"), elsewhere)
        file["scores/scores/bias"] = np.zeros(3, np.float32)
    refused(tmp_path / "model.h5")
