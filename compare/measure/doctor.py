"""What works on this machine: each framework is imported in a process of its own, and each style trains a little for real."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import card, cpus, crew, environment, scratch
from fairfit.measure.card import Card
from fairfit.measure.crew import Errand
from fairfit.measure.process import TimeLimit, Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.protocol import Imported, ImportJob, Reply, Tried, Try
from fairfit.models import exercise
from fairfit.models.sources import fashion_mnist
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.models.text import Text, join, listed
from fairfit.progress import Silent

TIME_LIMIT = 120.0  # seconds; an import that takes longer is no use to anybody
PATIENCE = 5  # so many times longer may a style take, which may have to be compiled
EXERCISE = Spec(  # one batch, so that one program is compiled
    "doctor", "linear", "synthetic-linear", SyntheticLinear(rows=16, test_rows=4),
    Training(learning_rate=0.1, batch_size=16, epochs=1),
)  # fmt: skip
WORKS, PARTLY, NOT_INSTALLED, BROKEN, SILENT = "works", "works in part", "not installed", "broken", "does not answer"
STATES = {
    WORKS: Text(WORKS, "可用"),
    PARTLY: Text(PARTLY, "部分可用"),
    NOT_INSTALLED: Text(NOT_INSTALLED, "未安装"),
    BROKEN: Text(BROKEN, "已损坏"),
    SILENT: Text(SILENT, "无响应"),
}


@dataclass(frozen=True)
class Checkup:
    """One framework: its state (a key of STATES), version and devices where it works, and what to do where it does not.

    `styles` are those that work, all of them where none could be tried; `failing` has the reason for each that does not.
    """

    framework: str
    title: str
    styles: list[str]
    state: str
    version: str = ""
    devices: list[str] = field(default_factory=list)
    advice: Text | str = ""
    failing: dict[str, Text | str] = field(default_factory=dict)

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
    with scratch.temporary() as folder, Silent() as progress:
        exercise.lay_out(EXERCISE, folder / "exercise")
        errands = [Examination(entry, folder, time_limit) for entry in registry.FRAMEWORKS]
        crew.carry_out(errands, cpus.lanes(1), progress)
    return [errand.checkup for errand in errands]


class Examination(Errand):
    """Imports one framework and tries its styles; `checkup` is what came of it."""

    def __init__(self, entry: Entry, folder: Path, time_limit: float) -> None:
        self.entry = entry
        self.exercise = folder / "exercise"
        self.folder = folder / entry.name
        self.time_limit = time_limit
        self.worker: Worker | None = None
        self.imported: Imported | None = None
        self.tried: dict[str, Text | str] = {}  # style → why it does not work, empty where it does
        self.checkup = self._checkup(NOT_INSTALLED, advice=registry.how_to_install(entry))

    def start(self, cpus: list[int]) -> Worker | None:
        if registry.installed_version(self.entry) is None:
            return None
        variables = environment.of_worker(self.entry, "shipped", self.folder / "own")
        job = ImportJob(self.entry, str(self.exercise), cpus)
        self.worker = Worker(job, variables, self.folder, self.time_limit)
        return self.worker

    def heard(self, reply: Reply) -> Try | None:
        match reply:
            case Imported():
                self.imported = reply
            case Tried():
                self.tried[self._next] = reply.reason
        if len(self.tried) == len(self.entry.styles):
            self._examined()
            return None
        assert self.worker is not None
        self.worker.time_limit = PATIENCE * self.time_limit
        return Try(self._next)

    @property
    def _next(self) -> str:
        """The style whose turn it is."""
        return list(self.entry.styles)[len(self.tried)]

    def _examined(self) -> None:
        """Tell what came of the styles that were tried."""
        assert self.imported is not None
        failing = {style: reason for style, reason in self.tried.items() if reason}
        self.checkup = Checkup(
            self.entry.name,
            self.entry.title,
            [style for style in self.tried if style not in failing],
            PARTLY if failing else WORKS,
            self.imported.version,
            self.imported.devices,
            advised(self.entry, failing),
            failing,
        )

    def failed(self, failure: WorkerFailed) -> None:
        if self.imported is not None:  # it works; the style that was being tried does not
            self.tried[self._next] = failure.reason
            untried = Text("not tried, as the process had ended", "未尝试，因为进程已结束")
            self.tried |= {style: untried for style in self.entry.styles if style not in self.tried}
            self._examined()
            return
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


def advised(entry: Entry, failing: Mapping[str, Text | str]) -> Text | str:
    """What to do for styles that do not work: get what they need and is not here, else what each of them said."""
    advice: list[Text | str] = []
    by_reason: dict[Text | str, list[str]] = {}
    for style, reason in failing.items():
        missing = [need for need in entry.styles[style].needs if need.missing()]
        lacking = listed(Text(f"{need.name} is missing: ", f"缺少 {need.name}：") + need.get for need in missing)
        by_reason.setdefault(lacking if missing else reason, []).append(style)
    for reason, styles in by_reason.items():
        advice.append(Text(f"{', '.join(styles)}: ", f"{'、'.join(styles)}：") + reason)
    return join(advice, "; ", "；") if advice else ""


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
        *(
            Part(f"card {number}", Text(f"card {number}", f"显卡 {number}"), told_of(found))
            for number, found in enumerate(card.every())
        ),
        Part("C++ compiler", Text("C++ compiler", "C++ 编译器"), compiler or no_compiler),
        Part("Fashion-MNIST", Text("Fashion-MNIST", "Fashion-MNIST"), str(data) if data.is_dir() else fashion_mnist.HOW_TO_GET),
    ]


def told_of(found: Card) -> Text:
    """A card, its compute capability, and which frameworks hold no code for it."""
    without = [
        Text(
            f"{entry.title} holds code for {_dotted(entry.cards[0])} to {_dotted(entry.cards[1])} only and cannot use it",
            f"{entry.title} 只含 {_dotted(entry.cards[0])} 到 {_dotted(entry.cards[1])} 的代码，无法使用它",
        )
        for entry in registry.FRAMEWORKS
        if entry.cards is not None and not entry.cards[0] <= found.capability <= entry.cards[1]
    ]
    what = Text(f"{found}, compute capability {_dotted(found.capability)}", f"{found}，计算能力 {_dotted(found.capability)}")
    return join([what, *without], "; ", "；")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def as_json(checkups: list[Checkup], parts: list[Part]) -> dict[str, Any]:
    """For other programs: numbers with their units, lists as lists, the rest in English. Its keys stay."""
    return {
        "frameworks": [
            {
                "framework": checkup.framework,
                "styles": checkup.styles,
                "failing": {style: str(reason) for style, reason in checkup.failing.items()},
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
