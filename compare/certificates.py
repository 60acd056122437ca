"""The certificate of a port: what was carried where, how it was proven, and how that is proven again. One JSON file.

It is an in-toto Statement (version 1), so that tools that sign and store such statements take it as it is.
"""

import errno
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairfit.models.errors import UserError
from fairfit.models.predictions import Judged
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain, to_plain

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:fairfit:port:1"
LARGEST_FILE = 10_000_000  # bytes of a certificate


@dataclass(frozen=True)
class Subject:
    """A file, its path as seen from the folder of the certificate, and its SHA-256."""

    name: str
    digest: dict[str, str]


@dataclass(frozen=True)
class Source:
    """The file that was read: its subject by name, the format, the layer in it, and what it holds; `asked` is the layer that was
    asked for, where the file has several, and `outputs_first` how its weight lies, where the file does not say."""

    file: str
    format: str
    layer: str
    outputs: int
    inputs: int
    dtype: str
    notes: list[Text | str]
    asked: str = ""
    outputs_first: bool | None = None


@dataclass(frozen=True)
class Predicted:
    """What a framework of this version predicts, written in this form, set of rows by set of rows."""

    framework: str
    version: str
    form: str
    judged: list[Judged]


@dataclass(frozen=True)
class Asked:
    """The data whose rows were predicted too: a spec as JSON has it, and the SHA-256 of its features."""

    spec: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class Certificate:
    """What is claimed. `weights` is the SHA-256 of weight and bias (see `digest`), which are the same bits in source and port;
    `state` says what became of the optimizer's state. `predictions` has the port first."""

    fairfit: str
    created: str
    command: str
    cpu: str
    python: str
    source: Source
    port: list[str]
    weights: str
    state: Text | str
    predictions: list[Predicted]
    rows: Asked | None = None


def write(certificate: Certificate, files: list[Path], path: Path) -> list[Subject]:
    """The certificate of these files; `path` is not there yet. Returns its subjects."""
    subjects = [Subject(name(file, path.parent), {"sha256": of_file(file)}) for file in files]
    statement = {
        "_type": STATEMENT,
        "subject": to_plain(subjects),
        "predicateType": PREDICATE,
        "predicate": to_plain(certificate),
    }
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(statement, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return subjects


def read(path: Path) -> tuple[Certificate, list[Subject]]:
    """Raises UserError where it is none."""

    def refused(en: str, zh: str) -> UserError:
        return UserError(Text(f"{path}: is no certificate of fairfit: {en}", f"{path}：不是 fairfit 的证书：{zh}"))

    try:
        with path.open("rb") as file:
            held = file.read(LARGEST_FILE + 1)
        statement = json.loads(held) if len(held) <= LARGEST_FILE else None
    except (ValueError, RecursionError) as error:
        raise refused("it is no JSON", "不是 JSON") from error
    except OSError as error:
        raise UserError(Text(f"{path}: cannot be read: ", f"{path}：无法读取：") + str(error.strerror)) from error
    kinds = ("_type", STATEMENT), ("predicateType", PREDICATE)
    if not isinstance(statement, dict) or any(statement.get(key) != value for key, value in kinds):
        raise refused(f"its predicateType is not {PREDICATE}", f"其 predicateType 不是 {PREDICATE}")
    try:
        certificate = from_plain(Certificate, statement.get("predicate"), "predicate")
        subjects = from_plain(list[Subject], statement.get("subject"), "subject")
    except Misfit as error:
        raise refused(str(error), str(error)) from error
    if not certificate.port or not certificate.predictions:
        raise refused("it names no port, or no predictions", "其中没有移植后的文件或没有预测")
    named = {subject.name for subject in subjects}
    if missing := [file for file in (certificate.source.file, *certificate.port) if file not in named]:
        raise refused(f"{missing[0]!r} is none of its subjects", f"{missing[0]!r} 不在其 subject 中")
    return certificate, subjects


def name(file: Path, folder: Path) -> str:
    """A path as seen from the folder."""
    return os.path.relpath(file, folder)


def of_file(path: Path) -> str:
    """SHA-256 of a file; of a folder that of the names and digests of all files in it, sorted. Raises OSError."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "is no file", str(path))  # reading a pipe could take forever
    if path.is_dir():
        lines = [f"{of_file(file)}  {file.relative_to(path)}\n" for file in sorted(path.rglob("*")) if file.is_file()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of arrays: of each its dtype, its shape and its bytes, little-endian and row by row."""
    found = hashlib.sha256()
    for values in arrays:
        found.update(f"{values.dtype.name} {list(values.shape)}\n".encode())
        found.update(np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
    return found.hexdigest()
