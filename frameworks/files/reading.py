"""The one door: a path to a model file that somebody made, whatever wrote it, to its one dense layer."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fairfit.frameworks.files import (
    contents,
    exported,
    keras,
    mxnet,
    mxnet_states,
    mxnet_symbol,
    numpy,
    pytorch,
    safetensors,
    tensorflow,
)
from fairfit.frameworks.files.archive import Archive
from fairfit.frameworks.files.dense import dense
from fairfit.frameworks.files.layer import Layer
from fairfit.frameworks.files.tensors import Held, names
from fairfit.models.errors import UserError
from fairfit.models.text import Text

READ = ".params, .keras, .h5, SavedModel, .pt, .pt2, safetensors, .npz"
NUMBERED = re.compile(r"-\d{4}\.params$")  # as Module and `export` call the files of an epoch


def read(
    path: str | Path,
    *,
    layer: str | None = None,
    outputs_first: bool | None = None,
    symbol: str | Path | None = None,
    states: str | Path | None = None,
) -> Layer:
    """The dense layer in a model file, told by content and not by name; a SavedModel is a folder.

    `layer` chooses by name where there are several; `outputs_first` says how a weight lies where the file cannot. For MXNet,
    `symbol` is the JSON of the network, else prefix-symbol.json beside prefix-0000.params is taken, and `states` the file of
    `trainer.save_states`. Raises UserError in one line.
    """
    path = Path(path)
    with _told_of(path):
        held = _held(path, layer, Path(symbol) if symbol is not None else None)
    if states is not None:
        with _told_of(Path(states)):
            slots, notes = mxnet_states.read(contents.of(Path(states)))
            held = dataclasses.replace(held, slots=slots, notes=held.notes + notes)
    with _told_of(path):
        return dense(held, layer=None if held.chosen else layer, outputs_first=outputs_first)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Messages begin with the file that they are about."""
    name = str(path) if str(path).isprintable() else repr(str(path))
    try:
        yield
    except UserError as error:
        told = error.text if isinstance(error.text, Text) else Text(error.text, error.text)
        raise UserError(Text(f"{name}: {told.en}", f"{name}：{told.zh}")) from error
    except OSError as error:
        raise UserError(Text(f"{name} cannot be read: {error.strerror}", f"{name} 无法读取：{error.strerror}")) from error
    except MemoryError as error:
        raise UserError(Text(f"{name} needs more memory than there is", f"{name} 所需内存超过可用内存")) from error


def _held(path: Path, layer: str | None, symbol: Path | None) -> Held:
    if path.is_dir():
        return tensorflow.read(path)
    if path.name == "saved_model.pb":
        return tensorflow.read(path.parent)
    data = contents.of(path)
    if symbol is not None and data[:8] != mxnet.MAGIC:
        raise UserError(
            Text(
                "a symbol JSON belongs to a .params file of MXNet, and this is none",
                "符号 JSON 属于 MXNet 的 .params 文件，而此文件不是",
            )
        )
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _of_archive(Archive(data), layer)
    if data[:8] == keras.HDF5:
        return keras.read_h5(data, layer)
    if data[:8] == mxnet.MAGIC:
        return _with_symbol(path, mxnet.read(data), layer, symbol)
    if data[:6] == numpy.MAGIC:
        return numpy.read_npy(data)
    if pytorch.is_old(data):
        return pytorch.read_old(data)
    if safetensors.is_one(data):
        return safetensors.read(data)
    if path.name.endswith("-symbol.json"):
        raise UserError(
            Text(
                "it is a network without its arrays: give the .params file beside it",
                "它是没有数组的网络：请给出其旁的 .params 文件",
            )
        )
    if data[:1] == b"\x80":
        raise UserError(
            Text(
                "it is a pickle, and loading one may run code; save the arrays alone",
                "它是 pickle，加载可能运行代码；请只保存数组",
            )
        )
    raise UserError(
        Text(
            f"it is of no kind that is read ({READ}), or damaged at its beginning", f"它不是可读取的类型（{READ}），或开头已损坏"
        )
    )


def _of_archive(archive: Archive, layer: str | None) -> Held:
    found = archive.names
    if keras.is_one(archive):
        return keras.read(archive, layer)
    kinds: list[tuple[bool, Callable[[Archive], Held]]] = [
        (exported.is_one(archive), exported.read),
        (_ends(archive, "data.pkl") and not _ends(archive, "constants.pkl"), pytorch.read),
        (bool(found) and all(name.endswith(".npy") for name in found), numpy.read_npz),
    ]
    for is_it, reader in kinds:
        if is_it:
            return reader(archive)
    if _ends(archive, "constants.pkl"):
        raise UserError(
            Text(
                "it is a TorchScript program, which is code; save `model.state_dict()` instead",
                "它是 TorchScript 程序，即代码；请改为保存 `model.state_dict()`",
            )
        )
    raise UserError(
        Text(
            f"it is an archive of no kind that is read; it holds {names(found) or '–'}",
            f"它是无法读取的压缩包；其中有 {names(found) or '–'}",
        )
    )


def _ends(archive: Archive, name: str) -> bool:
    return any(member == name or member.endswith(f"/{name}") for member in archive.names)


def _with_symbol(path: Path, held: Held, layer: str | None, given: Path | None) -> Held:
    """Checked against the network in the JSON that was given, or that Module and `export` write beside."""
    symbol = given or path.with_name(NUMBERED.sub("-symbol.json", path.name))
    if given is None and (symbol == path or not symbol.exists()):
        return held
    with _told_of(symbol):
        return mxnet_symbol.checked(held, contents.of(symbol), layer)
