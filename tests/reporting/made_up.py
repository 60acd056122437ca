"""Runs made up by hand, with all that a report can tell: three frameworks and a baseline, every status, every topic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fairfit.frameworks.distributed.findings import Findings as Workers
from fairfit.frameworks.errata import findings as errata
from fairfit.frameworks.extensibility.findings import CHECKS, EXTENSIONS, Check, Extension, Overhead
from fairfit.frameworks.extensibility.findings import Findings as Extensions
from fairfit.frameworks.graphs.findings import Findings as AllGraphs
from fairfit.frameworks.graphs.findings import Graph, Graphs, Node
from fairfit.frameworks.potential.findings import Findings as Package
from fairfit.frameworks.potential.findings import PlainImport, Shim
from fairfit.models.spec import to_json
from fairfit.models.text import Text
from fairfit.records import (
    Cell,
    CellRecord,
    Fact,
    FrameworkRecord,
    Inspection,
    Machine,
    Run,
    Sample,
    SpecRecord,
    Startup,
    Step,
)
from fairfit.runfiles import RunFolder
from tests.workbench import tiny

SCATTER = (1.0, 1.002, 0.998, 1.001, 0.999)  # of generations
STYLES = {  # framework → style → level
    "mxnet": {"ndarray": "arrays", "gluon": "layers", "symbol": "graph"},
    "tensorflow": {"variable": "arrays", "keras": "layers", "xla": "graph"},
    "pytorch": {"tensor": "arrays", "nn": "layers", "fullgraph": "graph"},
    "numpy": {"numpy": "arrays"},
}
TITLES = {"mxnet": "MXNet", "tensorflow": "TensorFlow", "pytorch": "PyTorch", "numpy": "NumPy"}
COLOURS = {"mxnet": "#0072B2", "tensorflow": "#E69F00", "pytorch": "#D55E00", "numpy": "#777777"}
LEVELS: dict[str, Text | str] = {
    "arrays": Text("arrays, gradients, an update by hand", "数组、梯度与手写的更新"),
    "layers": Text("the library's layer, loss and optimizer", "库的层、损失与优化器"),
    "graph": Text("a whole step as one program", "整步作为一个程序"),
}
RETIRED = Fact(
    "mxnet", "2023-09", Text("The project was retired.", "该项目已退役。"), Text("its page", "其页面"), "2026-11", "retired"
)
MACHINE = Machine("a CPU", 2, 25_276_502_016, [0.5, 0.25, 0.125], None, "Linux", "3.11.7")


def frameworks(names: Iterable[str] = STYLES) -> dict[str, FrameworkRecord]:
    return {
        name: FrameworkRecord(TITLES[name], COLOURS[name], name == "numpy", STYLES[name], [] if name == "numpy" else steps(name))
        for name in names
    }


def steps(name: str, *, loop: Sequence[str] = ("for batch in order:", "    ...")) -> list[Step]:
    keys = {"load": ["load()"], "initialise": ["start()"], "configure": ["net()"], "compile": ["speed_up()"], "train": list(loop)}
    return [Step(key, f"frameworks/{name}.py", number, lines) for number, (key, lines) in enumerate(keys.items(), 1)]


def record(name: str, status: str = "measured", **more: Any) -> CellRecord:
    """A cell by its id: 'tiny/mxnet/gluon/cpu/1/resident', perhaps with '/twin1' behind it."""
    spec, framework, style, device, threads, source, *twin = name.split("/")
    cell = Cell(spec, framework, style, device, threads, source, int(twin[0].removeprefix("twin")) if twin else 0)
    made = CellRecord(cell, STYLES.get(framework, {}).get(style, "arrays"), Text("nothing", "无"), status)
    if status in ("measured", "refused"):
        made.framework_version, made.settings = "1.0", {"devices": ["cpu"], "threads": 1, "onednn": True}
        made.environment = {"OMP_NUM_THREADS": "1"}
        made.distances, made.tolerance, made.train_losses = [1e-8, 2e-8], 5e-5, [2.0, 1.0]
        made.metric, made.test_metric = "r2", 0.875
    if status == "measured":
        costs = {"start": 0.1, "import": 0.5, "transfer": 0.01, "build": 0.2, "prove": 0.1, "waiting": 0.09}
        made.startups = [Startup(0, 0.5, 0.2, 0.3, 50_000_000, 1.0, costs), Startup(1, 0.7, 0.2, 0.1, 60_000_000, 1.0, costs)]
    for key, value in more.items():
        setattr(made, key, value)
    return made


def samples(name: str, milliseconds: float, blocks: int = 1) -> list[Sample]:
    return [
        Sample(name, generation, block, 0, 1, milliseconds / 1e3 * factor, milliseconds / 2e3)
        for generation, factor in enumerate(SCATTER)
        for block in range(blocks)
    ]


def spec_record(**training: Any) -> SpecRecord:
    spec = tiny(**training)
    what = Text("a regression of 20 rows", "20 行数据的回归")
    return SpecRecord(to_json(spec), spec.digest, 20, 2, 1, [2.0, 1.0], 0.875, 1e-6, what)


def run(records: Sequence[CellRecord], name: str = "a run", **more: Any) -> Run:
    made = Run(name, "2026-11-23 09:02 UTC", "fairfit run", MACHINE, {"precision": 0.02}, "0.2.0", {"cpu": "a CPU"})
    made.levels, made.cells = dict(LEVELS), list(records)
    made.frameworks = frameworks(dict.fromkeys(item.cell.framework for item in records if item.cell.framework in STYLES))
    made.specs = {item.cell.spec: spec_record() for item in records}
    for key, value in more.items():
        setattr(made, key, value)
    return made


def write(path: Path, made: Run, taken: Iterable[Sample] = ()) -> RunFolder:
    folder = RunFolder(path)
    folder.create()
    folder.write(made)
    for sample in taken:
        folder.append(sample)
    return folder


def rich(
    path: Path, name: str = "a run", sizes: Sequence[int] = (8, 2, 5), threads: Sequence[str] = ("1", "shipped")
) -> RunFolder:
    """Every status, mark, note and topic, and a twin; a spec for each batch size."""
    records, taken = [], []
    specs = {"tiny" if size == 8 else f"tiny@{size}": spec_record(batch_size=size) for size in sizes}
    for spec in specs:
        for count in threads:
            for number, (framework, styles) in enumerate(STYLES.items(), 1):
                for level, style in enumerate(styles, 1):
                    cell = f"{spec}/{framework}/{style}/cpu/{count}/resident"
                    records.append(record(cell))
                    taken += samples(cell, number * level)
    twin = "tiny/numpy/numpy/cpu/1/resident/twin1"
    records.append(record(twin))
    taken += samples(twin, 4.4)
    mark = Text("its exponential rounds to 4e-6", "其指数函数的舍入误差为 4e-6")
    records[0].mark, records[1].notes = mark, [Text("no steady state within 5 epochs", "5 轮内未达到稳定")]
    records[2].compiled = Text("the whole step", "完整一步")
    refused = Text("the weights are 0.5 from the reference, allowed is 5e-05", "权重与参考相距 0.5，允许的距离为 5e-05")
    records += [
        record("tiny/mxnet/gluon/cpu/1/loader"),
        record("tiny/pytorch/nn/cpu/1/loader", "refused", reason=refused, distances=[0.1, 0.5]),
        record("tiny/tensorflow/keras/cpu/1/loader", "failed", reason="ValueError: too many values", log=["a log"]),
        record("tiny/mxnet/gluon/gpu/1/resident", "unavailable", reason=Text("no GPU here", "本机没有 GPU")),
        record("tiny/pytorch/nn/gpu/1/resident", "pending"),
    ]
    taken += samples("tiny/mxnet/gluon/cpu/1/loader", 30.0)
    for sample, share in zip(taken[:2], (0.04, 0.3), strict=True):  # taken again: one for nothing, one to no avail
        taken.append(replace(sample, attempt=1, foreign_seconds=share * sample.seconds))
    taken[1] = replace(taken[1], foreign_seconds=0.4 * taken[1].seconds)
    cpus, busy = {made.cell.group: [1] for made in records}, {"0": 0.98, "1": 0.0}
    made = run(records, name, specs=specs, cpus=cpus, busy=busy, inspections=inspections(), facts=[RETIRED])
    return write(path, made, taken)


# -- what topics find


def inspections(**found: Mapping[str, Any]) -> list[Inspection]:
    """Of every topic in each framework, or of those given: topic → framework → Findings."""
    everything: dict[str, Mapping[str, Any]] = {
        "extensibility": {name: extensions(export="numpy") for name in ("mxnet", "pytorch")},
        "potential": {"mxnet": package(starts=False), "pytorch": package(0.5)},
        "graphs": {"mxnet": graphs(["a"]), "tensorflow": graphs(["a", "b"])},
        "errata": {"mxnet": defects(), "tensorflow": errata.Findings(untried={"X1": "ImportError: no module"})},
        "distributed": {"mxnet": workers(works=True), "pytorch": workers(works=False)},
    }
    made = [
        Inspection(topic, framework, "measured", found=value)
        for topic, by_framework in (found or everything).items()
        for framework, value in by_framework.items()
    ]
    if not found:
        made.append(Inspection("graphs", "pytorch", "failed", Text("ended without an answer", "结束时没有结果")))
    return made


def extensions(**failing: str) -> Extensions:
    """All checks pass but those named: check → extension."""

    def checks(name: str) -> dict[str, Check]:
        return {
            check: Check(
                failing.get(check) != name, "" if failing.get(check) != name else "TypeError: its own error", "a way", 1e-9
            )
            for check in CHECKS
        }

    overhead = Overhead(1.5, 1.4, 1.6, "nn.Dense")
    return Extensions(
        {name: Extension(Text("an extension", "一种扩展"), "a.py", 3, 12, 10, checks(name), overhead) for name in EXTENSIONS}
    )


def package(documented: float = 0.9, example: float = 0.4, *, starts: bool = True) -> Package:
    return Package(
        "1.0", ">=3.8", ["3.8", "3.11"], ["manylinux2014_x86_64"], "Apache-2.0", None, 10**8, 1000, ["numpy"], 10**7, 20, 1, 10, 5,
        documented, example, 300, PlainImport(starts, "" if starts else "AttributeError: numpy.bool"), [1.0, 1.1, 0.9],
        "import it", 1, ["DeprecationWarning: old"], [Shim("numpy.bool = bool", not starts)],
    )  # fmt: skip


def graphs(operators: Sequence[str], runs: Sequence[str] | None = None) -> AllGraphs:
    """Of both models: what is declared, and what runs (the same where nothing else is given)."""

    def graph(names: Sequence[str]) -> Graph:
        nodes = [Node("x", "", []), *(Node(name, name, ["x"]) for name in names)]
        return Graph(nodes, Text("its own listing", "其自身的列表"))

    of_model = Graphs(graph(operators), graph(operators if runs is None else runs))
    return AllGraphs({"linear": of_model, "softmax": of_model})


def workers(*, works: bool) -> Workers:
    reason = "" if works else "RuntimeError: no server"
    return Workers(works, reason, Text("an engine", "一种引擎"), 2, 20, 1e-7, True, 1.0, 3)


def defects() -> errata.Findings:
    twice = errata.Twice([0.8, 0.9], [0.5, 0.7], [1.0, 0.5], [2.0, 1.5], None)
    batch = errata.ShorterBatch(1e-3, 1e-8, 0.8, 0.9, 0.5)
    return errata.Findings(
        X1=errata.Raised(True, "ValueError: Invalid Input: 'softmax'", "Dense(10)"),
        X2=errata.SoftmaxTwice(True, {"digits": twice, "fashion-mnist": twice}, "loss(net(x), y)", True, ["it is odd"]),
        X3=errata.SquaredError(True, "L2Loss", 4.0, 4.0, 2.0, 2.0, "L2Loss()"),
        X4=errata.Raised(False, "", "predicted = net(x)"),
        X5=errata.ConstantBatch(True, {"digits": batch}, "step(len(y))"),
        X6=errata.OneAffineMap(True, 1e-6, 650, "weight @ x + bias"),
    )
