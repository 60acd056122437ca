"""An environment of its own for tests, which needs no network: a copy of NumPy, and nothing else."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds nothing but a copy of NumPy."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    home = Path(str(importlib.metadata.distribution("numpy").locate_file("")))
    for name in ("numpy", "numpy.libs", f"numpy-{np.__version__}.dist-info"):
        if (home / name).exists():
            shutil.copytree(home / name, packages / name)
    return place / "bin" / "python"


def described(folder: Path, **interpreters: object) -> str:
    """A file with these environments of NumPy; its path."""
    path = folder / "envs.toml"
    lines = [f'[environments.{name}]\nframework = "numpy"\npython = "{python}"' for name, python in interpreters.items()]
    path.write_text("\n".join(lines))
    return str(path)
