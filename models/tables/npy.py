"""Writing a .npy file of known shape piece by piece; nothing of it stays in memory."""

from pathlib import Path
from types import TracebackType

import numpy as np


class Writer:
    """A context: `write` rows until the shape is full."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape, self.dtype = shape, dtype
        self._rows = 0
        self._file = path.open("wb")
        header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def write(self, rows: np.ndarray) -> None:
        assert rows.dtype == self.dtype
        assert rows.shape[1:] == self.shape[1:]
        np.ascontiguousarray(rows).tofile(self._file)
        self._rows += len(rows)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        assert error or self._rows == self.shape[0]
