"""Packages and distributions that tests make up."""

import textwrap
from pathlib import Path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def distribute(folder: Path, name: str, *metadata: str, files: dict[str, int] | None = None) -> None:
    """Lay out an installed distribution whose files have these sizes."""
    record = [f"{path},," for path in files or ()] + ["gone.py,,"]
    for path, size in (files or {}).items():
        (folder / path).write_bytes(b" " * size)
    write(
        folder / f"{name.replace('-', '_')}-1.0.dist-info",
        {
            "METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *metadata]),
            "RECORD": "\n".join(record),
            "WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64",
        },
    )
