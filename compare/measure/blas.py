"""Which libraries of linear algebra this process has loaded, and with which of their kernels they compute."""

import ctypes
import os
import re
from pathlib import Path

# OpenBLAS, as it stands in NumPy's wheels, in SciPy's, in distributions and inside other libraries
OPENBLAS = [(f"{prefix}openblas_get_corename{suffix}", f"{prefix}openblas_get_config{suffix}")
            for prefix in ("", "scipy_") for suffix in ("", "64_", "_64")]  # fmt: skip
MKL = "MKL_Get_Version_String"


def loaded() -> list[str]:
    """As 'OpenBLAS 0.3.23 SkylakeX' and 'MKL 2024.2', told by the libraries themselves; those that tell nothing are left out."""
    found = []
    for path in _libraries():
        try:
            library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
        except OSError:  # the loader itself, or a file that is gone
            continue
        found += _openblas(library) + _mkl(library)
    return sorted(set(found))


def _libraries() -> list[str]:
    try:
        lines = Path("/proc/self/maps").read_text(errors="surrogateescape").splitlines()
    except OSError:  # no Linux
        return []
    paths = {line.split(maxsplit=5)[5] for line in lines if len(line.split(maxsplit=5)) == 6}
    return sorted(path for path in paths if ".so" in path)


def _openblas(library: ctypes.CDLL) -> list[str]:
    told = []
    for core, config in OPENBLAS:
        if hasattr(library, core) and hasattr(library, config):
            version = re.search(r"\d+(\.\d+)+", _text(library, config))
            told.append(" ".join(["OpenBLAS", *([version[0]] if version else []), _text(library, core)]))
    return told


def _text(library: ctypes.CDLL, name: str) -> str:
    function = getattr(library, name)
    function.restype = ctypes.c_char_p
    return (function() or b"").decode(errors="replace")


def _mkl(library: ctypes.CDLL) -> list[str]:
    if not hasattr(library, MKL):
        return []
    told = ctypes.create_string_buffer(256)
    getattr(library, MKL)(told, len(told) - 1)
    version = re.search(rb"Version ([\w.]+)", told.value)
    return ["MKL " + version[1].decode()] if version else ["MKL"]
