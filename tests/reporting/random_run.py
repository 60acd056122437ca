"""A run of random numbers, so that a report says all that it can: ties, noise, refusals, several places, every topic."""

import dataclasses
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.distributed import findings as distributed
from fairfit.frameworks.errata import findings as errata
from fairfit.frameworks.extensibility import findings as extensibility
from fairfit.frameworks.graphs import findings as graphs
from fairfit.frameworks.potential import findings as potential
from fairfit.models.text import Text
from fairfit.records import (
    Cell,
    CellRecord,
    ClockTest,
    Fact,
    FrameworkRecord,
    Inspection,
    Machine,
    OptimumRecord,
    Run,
    Sample,
    SolutionRecord,
    SpecRecord,
    Startup,
    Step,
)
from fairfit.runfiles import RunFolder

BATCHES = {"line": 10, "digits-16": 16, "digits-64": 64, "digits-256": 256}  # spec → batch size
PLACES = (("cpu", "1", 6), ("cpu", "2", 5), ("cpu", "shipped", 2), ("gpu:0", "shipped", 1))  # device, threads, generations
REASON = "an `error` of its own: a_b * 2 | 3 <4>"
PARTS = ("start", "import", "transfer", "build", "prove", "test_clock", "sample", "waiting")
# these alone, however many the registry has: the numbers of a seed, in which every planted fault shows, stay as they are
ENTRIES = [registry.find(name) for name in ("mxnet", "tensorflow", "pytorch", "numpy")]
FRAMEWORKS = [entry.name for entry in ENTRIES if not entry.baseline]

Change = Callable[[Run], None]


def make_up(folder: Path, change: Change = lambda run: None, *, name: str = "made-up", seed: int = 0) -> Path:
    """Write it. `change` may alter the run before; samples of cells that are not measured then go."""
    chance = random.Random(seed)
    run = Run(
        name, "2026-11-23 12:34 UTC", "fairfit run --out a_folder",
        Machine("a CPU", 2, 123456789, [0.1, 2.5], None, "Linux", "3.11.7"), {"precision": 0.02}, fairfit_version="0.2.0",
        levels=dict(registry.LEVELS), frameworks={entry.name: _framework(entry) for entry in ENTRIES},
        facts=[Fact("mxnet", "2023-09-01", Text("It was retired.", "已退役。"), Text("its page", "其页面"), "2026-11-20", "retired")],
        specs={spec: _spec(spec) for spec in BATCHES}, inspections=_inspections(chance), solutions=_solutions(),
    )  # fmt: skip
    samples: dict[str, list[Sample]] = {}
    for spec in BATCHES:
        for device, threads, generations in PLACES if spec == "line" else PLACES[:1]:
            for record, taken in _cells(spec, device, threads, generations, chance):
                run.cells.append(record)
                samples[record.id] = list(_disturbed(taken, random.Random(f"{seed} {record.id}")))
                run.cpus[record.group] = [1]
    change(run)
    made = RunFolder(folder)
    made.create()
    made.write(run)
    for record in run.cells:
        for sample in samples[record.id] if record.status == "measured" else ():
            made.append(sample)
    return folder


def _framework(entry: Any) -> FrameworkRecord:
    levels = {name: style.level for name, style in entry.styles.items()}
    steps = [Step(key, f"frameworks/{entry.name}.py", 7, ["def step():", "    pass"]) for key in ("load", "compile", "train")]
    return FrameworkRecord(entry.name.upper(), entry.colour, entry.baseline, levels, [] if entry.baseline else steps)


def _spec(name: str) -> SpecRecord:
    model = "linear" if name == "line" else "softmax"
    training = {"learning_rate": 0.1, "batch_size": BATCHES[name], "epochs": 3, "dtype": "float32"}
    spec = {"name": name, "description": f"{name}: 2 of 3_000 rows", "model": model, "data": {"source": model}}
    record = SpecRecord(spec | {"training": training}, name, 1437, 64, 10, [2.0, 1.1, 1.0], 0.9)
    if name == "line":
        record.optimum = OptimumRecord(0.98765, 1.2e-13, 0.91)
    elif name == "digits-16":
        record.no_optimum = Text("there is none: class 3 has 0 rows", "没有：类别 3 有 0 行")
    return record


def _solutions() -> dict[str, list[SolutionRecord]]:
    return {
        "line/cpu/1": [
            SolutionRecord("NumPy", "numpy.linalg.lstsq", [0.00123, 0.00121, 0.0045], train_loss=0.98765, test_metric=0.91),
            SolutionRecord("a_library", "solve(C=1e-05, tol=1e-08)", [12.5], False, REASON, 0.98754, 0.0002, 0.8765),
            SolutionRecord("a_library", "crash()", [], False, REASON),
        ],
        "digits-16/cpu/1": [SolutionRecord("a_library", "solve(2)", [0.25, 0.5], train_loss=0.5, penalty=0.1, test_metric=0.95)],
    }  # fmt: skip


def _cells(
    spec: str, device: str, threads: str, generations: int, chance: random.Random
) -> Iterator[tuple[CellRecord, list[Sample]]]:
    """All cells of a group with their samples: a step takes its time however small it is, a row some more."""
    for entry in ENTRIES:
        for style, described in entry.styles.items():
            if spec != "line" and described.level != "arrays":
                continue
            typical = math.exp(chance.uniform(-8, -4)) + 1437 / BATCHES[spec] * math.exp(chance.uniform(-12, -8))
            if threads == "2" and described.level == "graph":
                typical = 1e-4  # the fastest, and the same
            twins = [("resident", 0)] + [("loader", 0)] * (described.level == "layers") + [("resident", 1)] * entry.baseline
            for input, twin in twins:
                cell = Cell(spec, entry.name, style, device, threads, input, twin)
                record = _record(cell, described.level, generations, chance)
                yield record, list(_samples(cell, typical, generations, chance)) if record.status == "measured" else []


def _record(cell: Cell, level: str, generations: int, chance: random.Random) -> CellRecord:
    rounded = cell.style in ("gluon", "hybrid")
    record = CellRecord(
        cell, level, Text("nothing", "无"), status="measured", epochs_per_sample=1, metric="accuracy", test_metric=0.87654,
        settings={"threads": 2, "devices": ["cpu", "gpu:0"]}, environment={"OMP_NUM_THREADS": cell.threads},
        allowed=1000.0 if rounded else 4.0, mark=Text("log_softmax is off by 4e-6", "log_softmax 偏差为 4e-6") if rounded else "",
        notes=[Text("an epoch is 3 times the clock's resolution", "一轮仅为时钟分辨率的 3 倍")] * (cell.style == "tensor"),
        clock=ClockTest(0.1, 0.2, 0.0, holds=True), train_losses=[2.0, 1.5, 1.2],
    )  # fmt: skip
    if cell.style not in ("ndarray", "nn"):  # these never reach the target
        record.train_losses = [2.0, 1.04, 1.0 + chance.uniform(0, 1e-4)]
    if cell.device != "cpu" and cell.framework in ("mxnet", "numpy"):
        record.status, record.reason, record.train_losses = "unavailable", REASON, []
        return record
    record.framework_version, record.penalty = "1.2.3", 0.00234
    costs = {part: chance.uniform(0.001, 20) for part in PARTS}
    record.startups = [
        Startup(
            generation, costs["import"] * chance.uniform(1, 2), costs["build"], chance.uniform(0.001, 30),
            chance.randrange(10**7, 10**9), sum(costs.values()) * 1.01, costs,
        )
        for generation in range(generations)
    ]  # fmt: skip
    why = {"module": "refused", "fit": "failed", "compile": "pending"}.get(cell.style)
    if why and (cell.spec, cell.device, cell.threads) == ("line", "cpu", "1"):
        record.status, record.reason = why, REASON if why != "pending" else ""
        record.distances = [1e-7, math.nan, 2e-3] if why == "refused" else []
        record.times_rounding = [0.9, math.nan, 2e4] if why == "refused" else []
    else:
        record.distances = [chance.uniform(1e-8, 1e-6) for _ in range(3)]
        record.times_rounding = [chance.uniform(0.2, 140.0 if rounded else 1.5) for _ in range(3)]
    return record


def _samples(cell: Cell, typical: float, generations: int, chance: random.Random) -> Iterator[Sample]:
    scatter = 0.0005 if cell.threads == "2" else 0.05
    slower = 1.08 if cell.twin and cell.threads == "1" else 1.0
    for generation in range(generations):
        for block in range(2):
            seconds = typical * slower * math.exp(chance.gauss(0, scatter))
            yield Sample(cell.id, generation, block, 0, 1, seconds, seconds * chance.uniform(0.5, 2))


def _disturbed(samples: list[Sample], chance: random.Random) -> Iterator[Sample]:
    """Others had a part of some; these were taken again, some of them to no avail."""
    for sample in samples:
        share = chance.choice((0.0, 0.0, 0.0, 0.0, 0.04, 0.3))
        yield dataclasses.replace(
            sample, seconds=sample.seconds / (1 - share), foreign_seconds=sample.seconds * share / (1 - share)
        )
        if share > 0.05:
            left = chance.choice((0.01, 0.2))
            held_back = chance.choice((0.0, 1.0))
            throttled, slowed = held_back * left * sample.seconds, (1 - held_back) * left
            yield dataclasses.replace(sample, attempt=1, throttled_seconds=throttled, slowed_share=slowed)


# -- what was looked into


def _inspections(chance: random.Random) -> list[Inspection]:
    topics: dict[str, Callable[[str, random.Random], Any]] = {
        "extensibility": _extensibility, "potential": _potential, "graphs": _graphs, "distributed": _workers, "errata": _errata,
    }  # fmt: skip
    return [
        Inspection(topic, name, "measured", seconds=1.0, found=find(name, chance))
        for topic, find in topics.items()
        for name in FRAMEWORKS
    ]


def _extensibility(name: str, chance: random.Random) -> extensibility.Findings:
    def check() -> extensibility.Check:
        works = chance.choice([True, True, False, None])
        return extensibility.Check(works, "" if works else REASON, "a way", chance.uniform(1e-9, 1e-3) if works else None)

    def extension(number: int) -> extensibility.Extension:
        times = extensibility.Overhead(1.234, 0.99961, chance.uniform(1.3, 2000), "the built-in")
        checks = {key: check() for key in extensibility.CHECKS}
        file = f"frameworks/extensibility/{name}.py"
        return extensibility.Extension(
            Text("an extension", "一种扩展"), file, 100 * number, 100 * number + 9, chance.randrange(5, 80), checks,
            times if number % 2 else None,
        )  # fmt: skip

    return extensibility.Findings({key: extension(number) for number, key in enumerate(extensibility.EXTENSIONS)})


def _potential(name: str, chance: random.Random) -> potential.Findings:
    works = name != "mxnet"
    return potential.Findings(
        version="1.2.3", requires_python=">=3.10" if works else None, pythons=["3.9", "3.10", "3.8"],
        platform_tags=["linux_x86_64", "any"], licence="Apache 2.0", development_status=None,
        install_bytes=chance.randrange(10**7, 10**10), install_files=1234, dependencies=["a", "b"],
        dependency_bytes=chance.randrange(10**6, 10**9), public_modules=99, unimportable_modules=1234, public_functions=3053,
        public_classes=chance.randrange(900), documented_share=chance.uniform(0.7, 1), example_share=chance.random(),
        median_docstring_characters=chance.randrange(5000), plain_import=potential.PlainImport(works, "" if works else REASON),
        import_seconds=[chance.uniform(1, 30) for _ in range(3)], import_code="import it", warning_count=10, warnings=[],
        shims=[potential.Shim("a", needed=True), potential.Shim("b", needed=not works)],
    )  # fmt: skip


def _graphs(name: str, chance: random.Random) -> graphs.Findings:
    def graph(count: int) -> graphs.Graph:
        nodes = [graphs.Node("x", "", []), *(graphs.Node(f"n{number}", f"op_{number}", ["x"]) for number in range(count))]
        return graphs.Graph(nodes, Text("its 1st graph", "其第 1 个图"))

    return graphs.Findings({model: graphs.Graphs(graph(chance.randrange(2, 9)), graph(12)) for model in ("linear", "softmax")})


def _workers(name: str, chance: random.Random) -> distributed.Findings:
    engine = Text("an engine of 3 processes", "3 个进程的引擎")
    if name == "tensorflow":
        return distributed.Findings(False, REASON, engine, 2, 5, None, None, None, 4)
    return distributed.Findings(True, "", engine, 2, 5, 6.789e-8, True, chance.uniform(1, 2000), 4)


def _errata(name: str, chance: random.Random) -> errata.Findings:
    def accuracies() -> list[float]:
        return [chance.random() for _ in range(10)]

    exercises = {
        data: errata.Twice(accuracies(), accuracies(), [1.0], [2.0], chance.choice([None, 7]))
        for data in ("fashion-mnist", "digits")
    }
    return errata.Findings(
        X1=errata.Raised(name != "pytorch", REASON, "Dense(10)  # of 1"),
        X2=errata.SoftmaxTwice(name != "pytorch", exercises, "CrossEntropyLoss()"),
        untried={"X5": "ValueError: 3 of 4"},
    )
