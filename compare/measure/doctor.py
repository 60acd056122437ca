"""What works on this machine: each framework is imported in a process of its own, for a limited time."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import cpus, crew, environment
from fairfit.measure.crew import Errand
from fairfit.measure.process import TimeLimit, Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.protocol import Imported, ImportJob, Reply
from fairfit.models.sources import fashion_mnist
from fairfit.models.text import Text
from fairfit.progress import Silent

TIME_LIMIT = 120.0  # seconds; an import that takes longer is no use to anybody
WORKS, NOT_INSTALLED, BROKEN, SILENT = "works", "not installed", "broken", "does not answer"
STATES = {
    WORKS: Text(WORKS, "可用"),
    NOT_INSTALLED: Text(NOT_INSTALLED, "未安装"),
    BROKEN: Text(BROKEN, "已损坏"),
    SILENT: Text(SILENT, "无响应"),
}


@dataclass(frozen=True)
class Checkup:
    """One framework: its state (a key of STATES), version and devices where it works, and what to do where it does not."""

    framework: str
    title: str
    styles: list[str]
    state: str
    version: str = ""
    devices: list[str] = field(default_factory=list)
    advice: Text | str = ""

    @property
    def sound(self) -> bool:
        """Not so where the framework is installed but cannot be used."""
        return self.state in (WORKS, NOT_INSTALLED)


@dataclass(frozen=True)
class Part:
    """Something of the machine that the comparison leans on: what it is, and what was found; `key` names it in JSON."""

    key: str
    title: Text
    found: Text | str


def frameworks(time_limit: float = TIME_LIMIT) -> list[Checkup]:
    """Every framework of the registry, in its order; none takes longer than the time limit (seconds)."""
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch, Silent() as progress:
        errands = [Examination(entry, Path(scratch), time_limit) for entry in registry.FRAMEWORKS]
        crew.carry_out(errands, cpus.lanes(1), progress)
    return [errand.checkup for errand in errands]


class Examination(Errand):
    """Imports one framework; `checkup` is what came of it."""

    def __init__(self, entry: Entry, scratch: Path, time_limit: float) -> None:
        self.entry = entry
        self.folder = scratch / entry.name
        self.time_limit = time_limit
        self.checkup = self._checkup(NOT_INSTALLED, advice=registry.how_to_install(entry))

    def start(self, cpus: list[int]) -> Worker | None:
        if registry.installed_version(self.entry) is None:
            return None
        variables = environment.of_worker(self.entry, "shipped", self.folder / "cache")
        return Worker(ImportJob(self.entry, cpus), variables, self.folder, self.time_limit)

    def heard(self, reply: Reply) -> None:
        assert isinstance(reply, Imported)
        self.checkup = self._checkup(WORKS, version=reply.version, devices=reply.devices)

    def failed(self, failure: WorkerFailed) -> None:
        if isinstance(failure, TimeLimit):
            advice = Text(
                f"importing it took more than {self.time_limit:g} s: try again on a quiet machine, else reinstall it",
                f"导入超过 {self.time_limit:g} 秒：请在空闲的机器上重试，否则请重新安装",
            )
            self.checkup = self._checkup(SILENT, advice=advice)
            return
        last = f" [{failure.log[-1]}]" if failure.log and not isinstance(failure, WorkerUnavailable) else ""
        advice = Text("reinstall it: ", "请重新安装：") + failure.reason + last
        self.checkup = self._checkup(BROKEN, advice=advice)

    def _checkup(self, state: str, *, version: str = "", devices: list[str] | None = None, advice: Text | str = "") -> Checkup:
        return Checkup(self.entry.name, self.entry.title, list(self.entry.styles), state, version, devices or [], advice)


def machine() -> list[Part]:
    """What else the comparison leans on."""
    found = environment.of_machine()
    compiler = shutil.which("g++") or shutil.which("c++") or shutil.which("clang++")
    no_compiler = Text("none: what compiles to C++ will fail; install g++", "无：编译为 C++ 的写法将失败；请安装 g++")
    data = fashion_mnist.DEBIAN_FOLDER
    load = ", ".join(f"{load:.1f}" for load in found.load_average)
    return [
        Part("CPU", Text("CPU", "CPU"), Text(f"{found.cpu}, {found.cpus} usable", f"{found.cpu}，可用 {found.cpus} 个")),
        Part("memory", Text("memory", "内存"), f"{found.memory_bytes / 2**30:.0f} GiB"),
        Part("load", Text("load", "负载"), Text(f"{load} (below 0.5 is quiet)", f"{load}（低于 0.5 为空闲）")),
        Part("Python", Text("Python", "Python"), found.python),
        Part("C++ compiler", Text("C++ compiler", "C++ 编译器"), compiler or no_compiler),
        Part("Fashion-MNIST", Text("Fashion-MNIST", "Fashion-MNIST"), str(data) if data.is_dir() else fashion_mnist.HOW_TO_GET),
    ]


def as_json(checkups: list[Checkup], parts: list[Part]) -> dict[str, Any]:
    """For other programs: numbers with their units, lists as lists, the rest in English. Its keys stay."""
    return {
        "frameworks": [
            {
                "framework": checkup.framework,
                "styles": checkup.styles,
                "devices": checkup.devices,
                "version": checkup.version,
                "what to do": str(checkup.advice),
                "state": checkup.state,
            }
            for checkup in checkups
        ],
        "machine": {part.key: str(part.found) for part in parts} | _numbers(),
    }


def _numbers() -> dict[str, Any]:
    """What of the machine is numbers, under the keys of its parts; the load average over 1, 5 and 15 minutes."""
    found = environment.of_machine()
    loads = zip((1, 5, 15), found.load_average, strict=True)
    return {
        "CPU": {"model": found.cpu, "usable": {"value": found.cpus, "unit": "1"}},
        "memory": {"value": found.memory_bytes, "unit": "bytes"},
        "load": {f"{minutes} min": {"value": load, "unit": "1"} for minutes, load in loads},
    }
