"""What a row of the registry says of a framework: where it is, how it is used, what it cannot do. Needs no framework."""

import os
import shutil
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fairfit.models import MODELS
from fairfit.models.text import Text


@dataclass(frozen=True)
class Rounding:
    """Where a framework itself computes in less than the dtype asked for: how many times the rounding of others it makes, at
    the most, and why; for which models."""

    dtype: str
    times: float
    reason: Text
    models: tuple[str, ...] = MODELS


@dataclass(frozen=True)
class Impossible:
    """A value that a style cannot be combined with, as `Impossible("input", "loader", reason)`."""

    what: str
    value: str
    reason: Text


@dataclass(frozen=True)
class Need:
    """Something of the machine that a style compiles with: a program on PATH, or a header of Python; `get` says how to get it.

    Where the environment has `variable`, it names the program instead.
    """

    name: str
    get: Text
    header: bool = False
    variable: str = ""

    def missing(self) -> bool:
        """Whether it is not here."""
        if self.header:
            return not Path(sysconfig.get_path("include"), self.name).exists()
        return shutil.which(os.environ.get(self.variable) or self.name) is None


@dataclass(frozen=True)
class Style:
    """One way to use a framework; `compiled` says in words what is compiled, `needs` what must be here for that.

    What a run will take is forecast from `start_seconds`, until a worker has trained its first epoch of little data, and
    `step_seconds`, what a step takes beside its arithmetic: roughly, on one CPU of a small virtual machine. `copies` of the
    training rows are what a process holds at the most where they are resident.
    """

    level: str
    compiled: Text
    roundings: tuple[Rounding, ...] = ()
    impossible: tuple[Impossible, ...] = ()
    needs: tuple[Need, ...] = ()
    start_seconds: float = 3.0
    step_seconds: float = 500e-6
    copies: float = 1.0

    def why_not(self, **asked: str) -> Text | None:
        """Why this style cannot be had with what is asked, as in `why_not(input="loader")`; None where it can."""
        for item in self.impossible:
            if asked.get(item.what) == item.value:
                return item.reason
        return None


@dataclass(frozen=True)
class Entry:
    """One framework: where its adapter is, what it imports, which distributions bring it, and its styles.

    `name` is the word for it everywhere, `title` its proper name. The first of `distributions` that is installed gives the
    version; `extra` is what `pip install 'fairfit[…]'` calls it. `colour` is the one it has in every figure. A `baseline` is
    measured twice side by side, which shows the noise of the machine.

    Of the environment of its workers: `thread_variables` set its own thread pools; `environment` is set as it stands here
    (quiet logs, no helper processes); `folder_variables` name the folders in which it looks for settings and keeps what it
    compiled, each a folder of the worker's own; `shared_folders` lie below that and hold what a compiler makes once a
    machine, for all workers alike; `passed_on` choose among its kernels and stay as the user has them.

    `process_bytes` is what one of its processes takes of memory, whatever the data; `most_elements` is how many an array of it can
    have, where that is not beyond all machines.

    For those who look into its standing: `public_packages` are the top-level packages whose public names are its API,
    `import_statement` is what a stranger types, and `shims` are the statements that may have to come before it.

    `cards` are the lowest and the highest compute capability of NVIDIA's cards for which its packages hold code, where that is
    not open upwards. `newest_python` is the last that it runs on, where it does not run on the newest, and `ends_there` says why.

    An environment of its own that is built for it gets what stands in `beside`, too. Of one that has such an environment `python`
    is the interpreter there and `version` what it holds. Of code of the user's own `file` is the path, `files` has the SHA-256 of it
    and of its neighbours that it imports, by their paths from its folder, and `uses` names the framework.
    """

    name: str
    title: str
    adapter: str
    package: str
    distributions: tuple[str, ...]
    extra: str
    styles: Mapping[str, Style]
    colour: str = "#777777"
    baseline: bool = False
    thread_variables: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder_variables: tuple[str, ...] = ()
    shared_folders: tuple[str, ...] = ()
    passed_on: tuple[str, ...] = ()
    public_packages: tuple[str, ...] = ()
    import_statement: str = ""
    shims: tuple[str, ...] = ()
    process_bytes: int = 300_000_000
    most_elements: int | None = None
    cards: tuple[tuple[int, int], tuple[int, int]] | None = None
    newest_python: tuple[int, int] | None = None
    ends_there: Text | str = ""
    beside: tuple[str, ...] = ()
    python: str = ""
    version: str = ""
    file: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    uses: str = ""

    def too_many(self, rows: int, inputs: int) -> Text | None:
        """Why an array of this shape cannot be had; None where it can."""
        if self.most_elements is None or rows * inputs <= self.most_elements:
            return None
        most, asked, of = f"{self.most_elements:,}", f"{rows * inputs:,}", f"{rows:,} × {inputs:,}"
        return Text(
            f"{self.title} counts the elements of an array up to {most}, and {of} are {asked}: --input loader hands it one batch at "
            "a time",
            f"{self.title} 的数组最多有 {most} 个元素，而 {of} 是 {asked} 个：--input loader 每次只给它一个批次",
        )

    def variables(self, own: Path) -> dict[str, str]:
        """What it needs in the environment of a process whose files lie below `own`."""
        return dict(self.environment) | {name: str(own / name.lower()) for name in self.folder_variables}
