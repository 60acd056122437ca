"""HDF5 as a tree of plain arrays and texts: the doors of the format (links, external files, virtual data, filters) stay shut.

An HDF5 file can have other files read in its place, and can hold 10^12 numbers in a few kilobytes: both are looked for
before anything is read, and only what is stored plainly, and in full, is.
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from fairfit.frameworks.files.tensors import Tensor, check_size, shown
from fairfit.models.errors import UserError
from fairfit.models.text import Text

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 10_000
DEEPEST = 32
LONGEST_TEXT = 2**24  # bytes of an attribute


class Tree:
    """An open file; `groups` and `datasets` by path without the first slash, in the order of names."""

    def __init__(self, file: Any, size: int, h5py: Any) -> None:
        self._h5py, self._size = h5py, size
        self.groups: dict[str, Any] = {"": file}
        self.datasets: dict[str, Any] = {}
        self._walk(file, "", 0)

    def _walk(self, group: Any, path: str, depth: int) -> None:
        for name in group:
            link = group.get(name, getlink=True)
            place = f"{path}/{name}" if path else name
            if not isinstance(link, self._h5py.HardLink):
                raise UserError(
                    Text(
                        f"{shown(place)} in it is a link out of its place, which is not followed",
                        f"其中的 {shown(place)} 是链接，不予跟随",
                    )
                )
            if len(self.groups) + len(self.datasets) > MOST_OBJECTS or depth > DEEPEST:
                raise UserError(Text("it holds more, or deeper, groups than any layer", "其中的组比任何一层的都多或深"))
            found = group[name]
            if isinstance(found, self._h5py.Group):
                self.groups[place] = found
                self._walk(found, place, depth + 1)
            elif isinstance(found, self._h5py.Dataset):
                self.datasets[place] = found

    def text(self, path: str, name: str) -> str | None:
        """An attribute that is one text; None where there is none of this name."""
        value = self._attribute(path, name)
        value = value.decode() if isinstance(value, bytes) else value
        return value if isinstance(value, str) else None

    def texts(self, path: str, name: str) -> list[str] | None:
        """An attribute that is a list of texts; None where there is none of this name. Keras cuts long ones into numbered parts."""
        value = self._attribute(path, name)
        if value is None:
            parts = [
                self._attribute(path, f"{name}{number}")
                for number in range(MOST_OBJECTS)
                if f"{name}{number}" in self.groups[path].attrs
            ]
            value = np.concatenate(parts) if parts else None
        return (
            None
            if value is None
            else [each.decode() if isinstance(each, bytes) else str(each) for each in np.asarray(value).reshape(-1)]
        )

    def _attribute(self, path: str, name: str) -> Any:
        attributes = self.groups[path].attrs
        if name not in attributes:
            return None
        about = attributes.get_id(name)
        if math.prod(about.shape) * about.dtype.itemsize > min(LONGEST_TEXT, self._size):
            raise UserError(Text(f"its attribute {shown(name)} is larger than the file", f"其属性 {shown(name)} 比文件还大"))
        return attributes[name]

    def tensor(self, path: str, name: str | None = None) -> Tensor:
        """A dataset that is stored plainly and in full in this file."""
        dataset = self.datasets[path]
        dtype = "bfloat16" if dataset.dtype.kind == "V" and dataset.attrs.get("dtype") == "bfloat16" else dataset.dtype.name
        door = (
            "external" if dataset.external else "virtual" if dataset.is_virtual else
            "packed" if dataset.chunks or dataset.compression else ""
        )  # fmt: skip
        stored = dataset.id.get_storage_size()
        shape = dataset.shape
        if door or shape is None or stored > self._size:
            raise UserError(
                Text(
                    f"{shown(path)} in it is {door or 'not stored in full'}: only numbers stored plainly in the file itself are read",
                    f"其中的 {shown(path)} 不是直接完整地存储在文件内的数：不予读取",
                )
            )
        if dtype in ("float16", "float32", "float64", "bfloat16"):
            check_size(stored, dtype, shape)

        def read() -> np.ndarray:
            values = np.empty(shape, dataset.dtype)
            with damage_told():
                if values.size:
                    dataset.read_direct(values)
            if dtype == "bfloat16":
                return (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
            return values.astype(dtype)

        return Tensor(name or path, tuple(shape), dtype, read)


def opened(data: bytes) -> Tree:
    """The tree of these bytes, which are kept as long as it is."""
    try:
        import h5py
    except ImportError as error:
        raise UserError(
            Text("reading it needs h5py: pip install 'fairfit[port]'", "读取它需要 h5py：pip install 'fairfit[port]'")
        ) from error
    with damage_told():
        return Tree(h5py.File(io.BytesIO(data), "r"), len(data), h5py)


@contextmanager
def damage_told() -> Iterator[None]:
    """Whatever the HDF5 library stumbles over is a fault of the file; it has no error of its own for that."""
    try:
        yield
    except (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(Text("it is an HDF5 file that was cut or damaged", "它是被截断或损坏的 HDF5 文件")) from error
