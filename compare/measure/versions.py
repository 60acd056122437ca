"""Frameworks in other versions: environments of their own, built once, each a row of its own beside the one that is installed."""

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from packaging.utils import canonicalize_name

from fairfit.asked import EnvironmentRecord
from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.models.cache import cache
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.progress import Progress

OLDEST_PYTHON = (3, 10)  # that the code of a worker runs on
LABEL = re.compile(r"[\w.+-]{1,40}")
DONE = "built.json"  # written last
ASK = (
    "import importlib.metadata as m, json, sys; "
    "print(json.dumps([sys.version_info[:3], sorted({(d.metadata['Name'] or '', d.version) for d in m.distributions()})]))"
)


@dataclass(frozen=True)
class Asked:
    """A framework in an environment: either of these requirements, for this interpreter, or `python` as it is."""

    framework: str
    label: str
    requirements: tuple[str, ...] = ()
    python: str = ""

    @property
    def name(self) -> str:
        """Of the row: 'jax@0.4.30'."""
        return f"{self.framework}@{self.label}"


def parse(text: str) -> list[Asked]:
    """'jax@0.4.30,0.6.2', or the name of a TOML file with tables [environments.NAME]. Raises UserError."""
    if text.endswith(".toml"):
        return _of_file(Path(text))
    framework, at, versions = text.partition("@")
    labels = [label.strip() for label in versions.split(",")]
    if not at or not all(LABEL.fullmatch(label) for label in labels):
        raise UserError(
            Text(
                f"{text!r} is no environment: write jax@0.4.30,0.6.2, or name a TOML file with [environments.NAME]",
                f"{text!r} 不是环境：请写成 jax@0.4.30,0.6.2，或给出含 [environments.NAME] 的 TOML 文件",
            )
        )
    entry = registry.find(framework)
    # everything is compared with the same NumPy, as far as the versions go together
    more = (f"numpy=={np.__version__}", *entry.beside)
    return [Asked(framework, label, (f"{entry.distributions[0]}=={label}", *more)) for label in dict.fromkeys(labels)]


def _of_file(path: Path) -> list[Asked]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["environments"]
    except OSError as error:
        raise UserError(Text(f"{path}: cannot be read: ", f"{path}：无法读取：") + str(error.strerror)) from error
    except (ValueError, KeyError) as error:
        raise UserError(
            Text(f"{path}: has no [environments.NAME]: ", f"{path}：缺少 [environments.NAME]：") + str(error)
        ) from error
    if not isinstance(tables, Mapping) or not tables:
        raise UserError(Text(f"{path}: has no [environments.NAME]", f"{path}：缺少 [environments.NAME]"))
    return [_of_table(path, name, table) for name, table in tables.items()]


def _of_table(path: Path, name: str, table: Any) -> Asked:
    def refused(en: str, zh: str) -> UserError:
        return UserError(Text(f"{path}: [environments.{name}]: {en}", f"{path}：[environments.{name}]：{zh}"))

    if not isinstance(table, Mapping) or table.keys() - {"framework", "requirements", "python"} or not LABEL.fullmatch(name):
        raise refused(
            "a table of framework, requirements and python, under a name of letters, digits and . _ + -",
            "应为由 framework、requirements、python 组成的表，名称只含字母、数字和 . _ + -",
        )
    requirements, python = table.get("requirements", []), table.get("python", "")
    texts = isinstance(requirements, list) and all(isinstance(item, str) and item for item in requirements)
    if not texts or not isinstance(python, str) or bool(requirements) == bool(python):
        raise refused('either requirements = ["…"] or python = "…"', 'requirements = ["…"] 与 python = "…" 二选一')
    framework = table.get("framework") or _guessed(requirements)
    if not isinstance(framework, str):
        raise refused('say which framework = "…"', '请写明 framework = "…"')
    registry.find(framework)
    interpreter = str((path.parent / python).absolute()) if python else ""
    return Asked(framework, name, tuple(requirements), interpreter)


def _guessed(requirements: Sequence[str]) -> str | None:
    """The framework of which one of the requirements is a distribution."""
    named = {re.split(r"[^\w-]", requirement, maxsplit=1)[0].lower() for requirement in requirements}
    found = [entry.name for entry in registry.FRAMEWORKS if named & {*entry.distributions} and not entry.baseline]
    return found[0] if len(found) == 1 else None


# -- building


def rows(asked: Sequence[Asked], progress: Progress) -> tuple[list[Entry], dict[str, EnvironmentRecord]]:
    """A row of the registry for each, and what its environment holds. Raises UserError where one cannot be built or used."""
    made: list[Entry] = []
    records: dict[str, EnvironmentRecord] = {}
    for one in asked:
        if one.name in records:
            raise UserError(Text(f"two environments are called {one.name}", f"有两个环境都叫 {one.name}"))
        progress.stage(Text(f"{one.name}: environment", f"{one.name}：环境"), 1)
        python = one.python or str(_built(one))
        version, packages = _looked_at(one, python)
        entry = registry.find(one.framework)
        installed = dict(packages)
        known = [installed[name] for name in entry.distributions if name in installed]
        if not known:
            raise UserError(Text(f"{one.name}: {entry.title} is not in {python}", f"{one.name}：{python} 中没有 {entry.title}"))
        colour = lighter(entry.colour, 1 + sum(other.adapter == entry.adapter for other in made))
        title = f"{entry.title} {one.label}"
        made.append(dataclasses.replace(entry, name=one.name, title=title, colour=colour, python=python, version=known[0]))
        records[one.name] = EnvironmentRecord(
            one.framework, one.label, list(one.requirements), one.python, ".".join(map(str, version)),
            [f"{name}=={number}" for name, number in packages],
        )  # fmt: skip
    return made, records


def lighter(colour: str, steps: int) -> str:
    """A colour nearer to white, so that versions are told from each other and known by their framework."""
    parts = (int(colour[first : first + 2], 16) for first in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * 0.65**steps):02X}" for part in parts)


def again(records: Mapping[str, EnvironmentRecord]) -> list[Asked]:
    """What a run asked, from its records."""
    return [Asked(one.framework, one.label, tuple(one.requirements), one.interpreter) for one in records.values()]


def folder() -> Path:
    """Where environments are kept."""
    return cache() / "environments"


def _built(asked: Asked) -> Path:
    """The interpreter of an environment that has these requirements: built now, or before."""
    key = json.dumps([os.path.realpath(sys.executable), sys.version, asked.requirements])
    place = folder() / hashlib.sha256(key.encode()).hexdigest()[:16]
    python = place / "bin" / "python"
    with _only_one(place):
        if not (place / DONE).exists():
            shutil.rmtree(place, ignore_errors=True)
            for command in _commands(place, python, asked.requirements):
                _carry_out(asked, command)
            (place / DONE).write_text(json.dumps(asked.requirements), encoding="utf-8")
    return python


def _commands(place: Path, python: Path, requirements: Sequence[str]) -> list[list[str]]:
    uv = shutil.which("uv")
    if uv is not None:
        return [[uv, "venv", "--quiet", "--python", sys.executable, str(place)], [uv, "pip", "install", "--quiet", "--python", str(python), *requirements]]  # fmt: skip
    return [
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements],
    ]


def _carry_out(asked: Asked, command: Sequence[str]) -> None:
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith(("error", "×", "╰"))]  # the last says what it came to
        said = (errors or lines or ["no word"])[-1]
        raise UserError(Text(f"{asked.name}: its environment cannot be built: {said}", f"{asked.name}：无法建立其环境：{said}"))


@contextlib.contextmanager
def _only_one(place: Path) -> Iterator[None]:
    """Nobody else builds it meanwhile; whoever waits finds it built."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _looked_at(asked: Asked, python: str) -> tuple[list[int], list[tuple[str, str]]]:
    """Version of an interpreter, and its packages. Raises UserError where it cannot run a worker."""
    try:
        done = subprocess.run([python, "-I", "-c", ASK], capture_output=True, text=True, timeout=60, check=True)
        version, packages = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UserError(
            Text(f"{asked.name}: {python} is no Python that runs", f"{asked.name}：{python} 不是可运行的 Python")
        ) from error
    if tuple(version[:2]) < OLDEST_PYTHON:
        here, least = ".".join(map(str, version[:2])), ".".join(map(str, OLDEST_PYTHON))
        raise UserError(
            Text(
                f"{asked.name}: Python {here} is too old: at least {least}", f"{asked.name}：Python {here} 过旧：至少需要 {least}"
            )
        )
    return version, [(canonicalize_name(name), number) for name, number in packages]
