"""The plan of a run: which cells there are, in which groups, and which of them are known beforehand to be impossible."""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairfit.frameworks import registry
from fairfit.frameworks.base import INPUTS
from fairfit.frameworks.entry import Entry, Style
from fairfit.measure import cpus
from fairfit.models.errors import UserError
from fairfit.models.spec import MODELS, Spec
from fairfit.models.text import Text
from fairfit.records import Cell


@dataclass(frozen=True)
class Selection:
    """What the user chose; None means the default of each. `inputs` None: resident, and loader where users expect it."""

    frameworks: Sequence[str] | None = None
    styles: Sequence[str] | None = None
    models: Sequence[str] | None = None
    devices: Sequence[str] = ("cpu",)
    threads: Sequence[str] = ("1", "all")
    inputs: Sequence[str] | None = None


@dataclass(frozen=True)
class Plan:
    """The cells in the order of the table, by group; `impossible` gives the reason for those that cannot run."""

    specs: dict[str, Spec]
    cells: list[Cell]
    impossible: dict[str, Text] = field(default_factory=dict)

    def groups(self) -> list[list[Cell]]:
        return [list(cells) for _, cells in itertools.groupby(self.cells, key=lambda cell: cell.group)]


def make(specs: Sequence[Spec], selection: Selection) -> Plan:
    """Lay out the cells. Raises UserError for a name that does not exist or a selection that leaves nothing."""
    chosen = _choose(Text("framework", "框架"), selection.frameworks, registry.names())
    all_styles = [style for entry in registry.rows() for style in entry.styles]
    styles = _choose(Text("style", "写法"), selection.styles, all_styles)
    models = _choose(Text("model", "模型"), selection.models, MODELS)
    inputs = None if selection.inputs is None else _choose(Text("input", "输入"), selection.inputs, INPUTS)
    for device in selection.devices:
        kind, _, number = device.partition(":")
        if device != "cpu" and not (kind == "gpu" and number.isdecimal()):
            raise UserError(
                Text(
                    f"unknown device {device!r}: there is cpu, gpu:0, gpu:1 and so on",
                    f"未知的设备 {device!r}：可用的有 cpu、gpu:0、gpu:1 等",
                )
            )
    by_name: dict[str, Spec] = {}
    for spec in specs:
        if spec.name in by_name:
            raise UserError(
                Text(
                    f"two specs are called {spec.name!r}: give one of them another name",
                    f"有两个规格都叫 {spec.name!r}：请给其中一个改名",
                )
            )
        by_name[spec.name] = spec

    plan = Plan({name: spec for name, spec in by_name.items() if spec.model in models}, [])
    for name, device, threads in itertools.product(plan.specs, dict.fromkeys(selection.devices), _threads(selection.threads)):
        for entry in registry.rows():
            if entry.name not in chosen and not entry.version and not entry.file:  # a version, a file was asked for by name
                continue
            for style_name, style in entry.styles.items():
                if style_name not in styles and not entry.file:
                    continue
                for input in inputs or _default_inputs(style):
                    cell = Cell(name, entry.name, style_name, device, threads, input)
                    plan.cells.append(cell)
                    if registry.installed_version(entry) is None:
                        plan.impossible[cell.id] = registry.how_to_install(registry.used_by(entry))
                    elif reason := style.why_not(input=input) or _too_many(entry, input, plan.specs[name]):
                        plan.impossible[cell.id] = reason
                    elif entry.baseline and device == "cpu":
                        plan.cells.append(dataclasses.replace(cell, twin=1))
    if not plan.cells:
        raise UserError(
            Text(
                "nothing is left to run: no spec, framework and style passes all the filters; see `fairfit list`",
                "没有可运行的内容：没有规格、框架和写法能通过全部筛选；请看 `fairfit list`",
            )
        )
    return plan


def one_style_a_framework(plan: Plan, spec: str) -> Plan:
    """The plan with fewer cells of this spec: of each framework the style alone that starts soonest, with the first of its inputs."""
    kept: dict[tuple[str, str, str], Cell] = {}
    for cell in plan.cells:
        if cell.spec == spec and not cell.twin and cell.id not in plan.impossible:
            place = cell.framework, cell.device, cell.threads
            if place not in kept or _start(cell) < _start(kept[place]):
                kept[place] = cell
    chosen = [cell for cell in plan.cells if cell.spec != spec or dataclasses.replace(cell, twin=0) in kept.values()]
    return dataclasses.replace(plan, cells=chosen)


def _start(cell: Cell) -> float:
    return registry.find(cell.framework).styles[cell.style].start_seconds


def _too_many(entry: Entry, input: str, spec: Spec) -> Text | None:
    """Why the framework cannot hold the data of the spec, as far as their number is known."""
    size = spec.data.size
    return None if size is None or input != "resident" else entry.too_many(size.train_rows, size.inputs)


def _default_inputs(style: Style) -> list[str]:
    """Resident for every style; the loader at the level of the article's listing and where nothing else is possible."""
    return ["resident", "loader"] if style.level == "layers" or style.why_not(input="resident") else ["resident"]


def _choose(what: Text, asked: Sequence[str] | None, allowed: Sequence[str]) -> list[str]:
    for name in asked or ():
        if name not in allowed:
            raise UserError(registry.unknown(what, name, allowed))
    return list(allowed) if asked is None else list(dict.fromkeys(asked))


def _threads(asked: Sequence[str]) -> list[str]:
    """'1', '2', …, 'shipped'; 'all' becomes the number of CPUs, and what is asked twice counts once."""
    count = cpus.count()
    threads = []
    which = Text("the CPUs of this machine", "本机的 CPU 数")
    if count < len(cpus.available()):
        which = Text("the CPUs whose time a quota (cgroup) allows", "配额（cgroup）允许的 CPU 数")
    for item in asked:
        item = str(count) if item == "all" else item
        if item != "shipped" and not (item.isdecimal() and 1 <= int(item) <= count):
            raise UserError(
                Text(
                    f"threads {item!r}: must be shipped, all, or a number from 1 to {count}, {which.en}",
                    f"线程数 {item!r}：只能是 shipped、all，或 1 到 {count}（{which.zh}）之间的整数",
                )
            )
        if item not in threads:
            threads.append(item)
    return threads
