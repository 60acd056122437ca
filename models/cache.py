"""Where what is made once is kept: prepared tables, environments, what compilers make once a machine."""

import os
from pathlib import Path


def cache() -> Path:
    """$XDG_CACHE_HOME/fairfit, or ~/.cache/fairfit. Raises RuntimeError where nobody knows the user's home."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if Path(root).is_absolute() else Path.home() / ".cache") / "fairfit"
