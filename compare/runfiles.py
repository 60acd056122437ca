"""The files of a run: written and read here and nowhere else."""

import contextlib
import dataclasses
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairfit.models.errors import UserError

FORMAT = 1
STATUSES = ("pending", "measured", "refused", "unavailable", "failed")


@dataclass
class Startup:
    """What one fresh process of a cell cost; seconds and bytes.

    `costs` has the wall time of the process by what it went into (start of Python, import, transfer of the data, build,
    proof, samples, waiting for its turn, …) and is known, like peak memory, once the process has finished.
    """

    generation: int
    import_seconds: float
    build_seconds: float
    first_epoch_seconds: float
    peak_rss_bytes: int | None = None
    wall_seconds: float | None = None
    costs: dict[str, float] = field(default_factory=dict)


@dataclass
class CellRecord:
    """One cell of a run. `status` is pending until it is known; `reason` and `log` say why it has no time."""

    id: str
    spec: str
    framework: str
    style: str
    level: str
    compiled: str
    device: str
    threads: str
    input: str
    twin: int = 0
    status: str = "pending"
    reason: str = ""
    log: list[str] = field(default_factory=list)
    framework_version: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    epochs_per_sample: int = 1
    startups: list[Startup] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    tolerance: float | None = None
    mark: str = ""
    train_losses: list[float] = field(default_factory=list)
    metric: str = ""
    test_metric: float | None = None
    clock: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def group(self) -> str:
        """Cells of one group were measured in turns and can be compared."""
        return "/".join((self.spec, self.device, self.threads))


@dataclass
class Inspection:
    """What a process of its own found out about one framework under one topic; nothing of it is a sample.

    `found` is what the framework's file of the topic returned; `reason` and `log` say why there is nothing.
    """

    topic: str
    framework: str
    status: str = "pending"
    reason: str = ""
    log: list[str] = field(default_factory=list)
    seconds: float = 0.0
    found: dict[str, Any] = field(default_factory=dict)


@dataclass
class SpecRecord:
    """A spec with what the report needs to know of its data and its reference."""

    spec: dict[str, Any]
    digest: str
    rows: int
    inputs: int
    outputs: int
    reference_losses: list[float]
    reference_metric: float
    floor_seconds: float = 0.0


@dataclass
class Run:
    """All of run.json.

    `fingerprint` names what must be unchanged for the run to be continued; `generations` counts the complete ones of each
    group, `finished` lists the groups that need no more; `wall_seconds` is how long measuring took so far, and
    `harness_seconds` the part of it in which no worker had anything to do.
    """

    name: str
    created: str
    command: str
    machine: dict[str, Any]
    options: dict[str, Any]
    fingerprint: dict[str, str] = field(default_factory=dict)
    specs: dict[str, SpecRecord] = field(default_factory=dict)
    cells: list[CellRecord] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    generations: dict[str, int] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    wall_seconds: float = 0.0
    harness_seconds: float = 0.0


@dataclass(frozen=True)
class Sample:
    """`epochs` epochs of a cell, timed together: `seconds` and `cpu_seconds` are those of one epoch."""

    cell: str
    generation: int
    block: int
    epoch: int
    epochs: int
    seconds: float
    cpu_seconds: float


class RunFolder:
    """A folder that holds a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_path = path / "run.json"
        self.samples_path = path / "samples.jsonl"

    def create(self) -> None:
        """Make an empty run. Raises UserError where that cannot be done or a run is there already."""
        if self.run_path.exists():
            raise UserError(f"{self.path} holds a run already: name another folder with --out, or remove it")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.samples_path.write_text("")  # without a run.json nobody knows what samples left here are of
        except OSError as error:
            raise UserError(f"cannot write to {self.path}: {error.strerror}; name a folder of yours with --out") from error

    def discard_if_empty(self) -> None:
        """Remove a run that never began, so that its folder can be used again."""
        if not self.run_path.exists() and self.samples_path.stat().st_size == 0:
            self.samples_path.unlink()
            with contextlib.suppress(OSError):  # the user's own folder, with something else in it
                self.path.rmdir()

    def write(self, run: Run) -> None:
        """Write run.json whole: a reader sees the old or the new one, never half."""
        text = json.dumps(_plain({"format": FORMAT} | dataclasses.asdict(run)), indent=1, allow_nan=False)
        partial = self.run_path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.run_path)

    def append(self, sample: Sample) -> None:
        """Add one sample; it is with the operating system when this returns."""
        with self.samples_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(sample)) + "\n")

    def read(self) -> Run:
        """Read run.json. Raises UserError where it is missing, broken or of another format."""
        try:
            values = json.loads(self.run_path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{self.path} holds no run: it has no run.json; `fairfit run --out {self.path}` makes one") from error
        except (OSError, ValueError) as error:
            raise UserError(f"{self.run_path} cannot be read: {error}") from error
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise UserError(f"{self.run_path} is not of format {FORMAT}, the one this version of fairfit reads")
        try:
            values["specs"] = {name: SpecRecord(**spec) for name, spec in values["specs"].items()}
            values["inspections"] = [Inspection(**inspection) for inspection in values.get("inspections", [])]
            cells = values["cells"]
            values["cells"] = [_cell(cell) for cell in cells]
            return Run(**values)
        except (TypeError, KeyError, AttributeError) as error:
            raise UserError(f"{self.run_path} is damaged: {error}") from error

    def cut_partial_sample(self) -> None:
        """Remove a last line that a crash cut short, so that the next sample begins a line of its own."""
        content = self.samples_path.read_bytes() if self.samples_path.exists() else b""
        if content and not content.endswith(b"\n"):
            whole = content[: content.rfind(b"\n") + 1]
            with self.samples_path.open("r+b") as file:
                file.truncate(len(whole))

    def samples(self) -> list[Sample]:
        """All samples in the order measured. A last line cut short by a crash is left out; any other bad line is an error."""
        try:
            lines = self.samples_path.read_text(encoding="utf-8").splitlines(keepends=True)
        except OSError as error:
            raise UserError(f"{self.samples_path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{self.samples_path} is no text in UTF-8: {error.reason}") from error
        return list(self._parse(lines))

    def _parse(self, lines: list[str]) -> Iterable[Sample]:
        for number, line in enumerate(lines, 1):
            try:
                yield Sample(**json.loads(line))
            except (ValueError, TypeError) as error:
                if number == len(lines) and not line.endswith("\n"):
                    return
                raise UserError(f"{self.samples_path}, line {number}, is no sample: {error}") from error


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity: null stands for a number that is not finite."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(values: dict[str, Any]) -> CellRecord:
    numbers = {name: [math.nan if item is None else item for item in values[name]] for name in ("distances", "train_losses")}
    return CellRecord(**values | numbers | {"startups": [Startup(**startup) for startup in values["startups"]]})
