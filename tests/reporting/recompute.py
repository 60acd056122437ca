"""Every number of report.md worked out once more from run.json and samples.jsonl: a second implementation of the report.

It shares no code with the package `compare`, in plain Python throughout: what the report says is compared, line by line and
cell by cell, with what follows from the files of the run. Besides these only what the report copies is read: the table of
frameworks, the dated facts and the adapters' source. Reports of several runs and reports in Chinese are not covered.
"""

import ast
import difflib
import itertools
import json
import math
import statistics
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from fairfit.frameworks import registry

ROOT = Path(__file__).parents[2]
SUBJECT = "mxnet"
FRAMEWORKS = [entry.name for entry in registry.FRAMEWORKS if not entry.baseline]

# -- the wording: all that is adapted where the report says the same in other words

TITLE = "The article, answered: linear and softmax regression in three frameworks"
LEAD = "One regression, the same in every framework: proven first, then timed."
HOW_TO_READ = (
    "Every cell trained from the same start, over the same rows in the same order, and ended within the allowed distance of a "
    "float64 reference; a cell that did not is refused and has no time.",
    "An epoch's time is taken between two fences: the device has nothing left to do when the clock is read.",
    "Cells of one table took turns on the same CPUs in random order; “times the fastest” compares samples taken side by side, "
    "so that drift of the machine cancels.",
    "Square brackets hold 95 % intervals. “Slower” means that the interval lies more than 1 % above 1; “no difference shown” "
    "that it does not, and is narrow; “inconclusive” that it is wide: more time would tell. A tie has no winner.",
    "Three questions are kept apart: “as shipped” (nothing is set), equal hardware (so many CPUs, the same for all), and each "
    "framework at its best.",
    "With fewer than five generations of fresh processes the intervals lean on an assumed scatter of 5 % between processes.",
)
CLAIMS = {  # claim → section, what it says, how it is tested
    "P1": (
        "1",
        "There is no absolute gap in speed between the three.",
        "Each framework's best style, side by side in every group: is the slowest of the three beyond 1.25 times the fastest?",
    ),
    "P2": (
        "1",
        "MXNet may be the fastest in some cases, on a GPU for example.",
        "Is there a group in which its best style is first, and both others are shown to be slower?",
    ),
    "E1": (
        "1",
        "MXNet is flexible: layers of one's own are easy to define, for any kind of task.",
        "Five extensions made for real in each framework: do they run, compile, survive export, and have right gradients?",
    ),
    "T1": (
        "1",
        "MXNet has rich documentation and tutorials, an active community, and many new features coming.",
        "Measured on the installed package: at least 80 % of the public names documented? And: not retired, and does it start "
        "as it was released?",
    ),
    "T2": (
        "1",
        "The documentation and ecosystem of TensorFlow and PyTorch are comparatively weak.",
        "The same measures: is the share of documented public names, or of names with an example, lower in both others by "
        "more than 5 points? The ecosystem itself cannot be read off a package.",
    ),
    "V1": (
        "1",
        "MXNet is the most attractive of the three and should be the main framework.",
        "Does it lead, or share the lead, in each of the article's three aspects, by the measures above?",
    ),
    "S1": (
        "2.1",
        "Symbol is a declarative graph like TensorFlow's, more abstract; it is compiled to low-level instructions, then "
        "executed.",
        "The graphs themselves: has it fewer operators than the others' for the same computation? Does the executor run other "
        "operators than were declared?",
    ),
    "N1": (
        "2.2",
        "NDArray holds parameters, inputs and outputs, and is bound to Symbols when they execute.",
        "Training with NDArrays by hand, and with NDArrays bound to a Symbol: do both end at the reference's weights?",
    ),
    "G1": (
        "2.3",
        "Building a network in Gluon takes four steps (load data, initialise parameters, configure the network, compile); the "
        "developer cares only about structure.",
        "Our own source, step by step: are the four steps there, is the result proven, and is the loop over batches written by "
        "the library?",
    ),
    "G2": (
        "2.3",
        "Gluon supports distributed training: several servers train one model.",
        "Two workers train one model over this machine's loopback: do they end at the weights of one?",
    ),
}
DEFECTS = {  # defect → section, what is wrong
    "X1": ("3.2.2", "A layer is given softmax as its activation."),
    "X2": ("3.2.2", "Softmax is applied before a loss that applies it itself: twice in all."),
    "X3": ("3.1", "The cost as a formula has no ½, the library's loss has it: their gradients differ by a factor of 2."),
    "X4": ("3.1.2, 3.2.2", "The line that evaluates uses a name that the loop never defines."),
    "X5": ("3.1.2, 3.2.2", "The step divides by a constant batch size: wrong for a shorter last batch."),
    "X6": ("3.2.1", "Softmax regression is called an ensemble method; it is one generalised linear model."),
    "X7": ("1", "The recommended project is retired and has no further releases."),
}
STEPS = (  # level of the style, method, title, whether it is one of the article's four steps
    ("layers", "transfer", "load the data", True),
    ("layers", "reset", "initialise the parameters", True),
    ("layers", "build", "configure the network", True),
    ("compiled", "build", "compile it", True),
    ("layers", "train_epoch", "and train: the loop", False),
)
STATUS = {
    "pending": "not measured: the run was stopped before",
    "measured": "proven",
    "refused": "refused",
    "unavailable": "unavailable",
    "failed": "failed",
}
HOLDS, PARTLY, NOT, UNTESTED = "holds", "partly", "does not hold", "not tested here"
PROBES = {
    "layer": "layer with a trainable scale",
    "loss": "loss (Huber)",
    "gradient": "forward and gradient by hand",
    "optimizer": "optimizer",
    "numpy": "layer that calls NumPy",
}
CHECKS = {
    "imperative": "imperative",
    "compiled": "compiled",
    "compiled_whole": "compiled whole",
    "export": "export, reload",
    "gradient": "gradient right",
}
COSTS = {
    "start": "start, s",
    "import": "import, s",
    "transfer": "transfer, s",
    "build": "build, s",
    "prove": "proof, s",
    "test_clock": "clock test, s",
    "sample": "samples, s",
    "waiting": "waiting, s",
}


# -- numbers as they are printed


def significant(value: float | None, digits: int = 3) -> str:
    """So many significant digits, thousands separated; an exponent below a thousandth; empty where there is no number."""
    if value is None:
        return ""
    if math.isnan(value) or math.isinf(value):
        return "not finite"
    rounded = f"{value:.{digits - 1}e}"
    if value == 0:
        return "0"
    return rounded if abs(value) < 0.001 else f"{Decimal(rounded):,f}"


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def yes_or_no(value: object) -> str:
    return "yes" if value else "no"


# -- statistics

FIRST_GENERATIONS = 5
SCATTER_OF_MISSING = 0.05
SMALLEST_DIFFERENCE = 0.01
NOISY = 0.05
GAP = 1.25
RICH = 0.80
WEAKER = 0.05
TARGET = 1.05


def _student(share: float) -> float:
    """The quantile of Student's distribution with 4 degrees of freedom, in closed form (W. T. Shaw, 2006)."""
    root = math.sqrt(4 * share * (1 - share))
    return 2 * math.sqrt(math.cos(math.acos(root) / 3) / root - 1)


STUDENT = _student(0.975)  # 2.7764


class Interval(NamedTuple):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def text(self, factor: float = 1.0) -> str:
        return f"{significant(self.value * factor)} [{significant(self.low * factor)}, {significant(self.high * factor)}]"


Turns = Mapping[tuple[int, int], float]  # (generation, block) → seconds


def interval(logarithms: Turns) -> Interval:
    """The mean over generations of each one's median; its reach from the scatter of the first five, 5 % for each missing."""
    medians = []
    for _, turns in itertools.groupby(sorted(logarithms.items()), key=lambda turn: turn[0][0]):
        medians.append(statistics.median(logarithm for _, logarithm in turns))
    first = medians[:FIRST_GENERATIONS]
    centre = math.fsum(first) / len(first)
    squares = math.fsum((median - centre) ** 2 for median in first)
    squares += (FIRST_GENERATIONS - len(first)) * SCATTER_OF_MISSING**2
    mean = math.fsum(medians) / len(medians)
    reach = STUDENT * math.sqrt(squares / (FIRST_GENERATIONS - 1) / len(medians))
    return Interval(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


def ratio(turns: Turns, others: Turns) -> Interval | None:
    """How many times longer, from the turns that both took; None where there are none."""
    both = turns.keys() & others.keys()
    return interval({turn: math.log(turns[turn]) - math.log(others[turn]) for turn in both}) if both else None


def word(times: Interval, precision: float) -> str:
    """What the interval of a ratio says."""
    if times.low > 1 + SMALLEST_DIFFERENCE:
        return "slower"
    if times.high < 1 / (1 + SMALLEST_DIFFERENCE):
        return "faster"
    return "no difference shown" if (times.high - times.low) / (2 * times.value) <= precision else "inconclusive"


def dispatch_and_rate(steps: Mapping[int, Turns]) -> tuple[Interval, Interval] | None:
    """Seconds of a step = dispatch + batch size / rate, least squares of relative errors in each generation by itself.

    None where a generation's best line needs a dispatch or a rate that is not positive.
    """
    generations = set.intersection(*({generation for generation, _ in turns} for turns in steps.values()))
    dispatches, rates = {}, {}
    for generation in generations:
        points = []
        for size, turns in steps.items():
            points.append((size, statistics.median(seconds for turn, seconds in turns.items() if turn[0] == generation)))
        ones = math.fsum(1 / seconds**2 for _, seconds in points)
        sizes = math.fsum(size / seconds**2 for size, seconds in points)
        squares = math.fsum(size**2 / seconds**2 for size, seconds in points)
        right, right_sizes = math.fsum(1 / s for _, s in points), math.fsum(size / s for size, s in points)
        determinant = ones * squares - sizes**2
        dispatch = (right * squares - right_sizes * sizes) / determinant
        per_sample = (right_sizes * ones - right * sizes) / determinant
        if dispatch <= 0 or per_sample <= 0:
            return None
        dispatches[generation, 0], rates[generation, 0] = math.log(dispatch), -math.log(per_sample)
    return (interval(dispatches), interval(rates)) if dispatches else None


# -- the run


@dataclass
class Cell:
    """One cell: its record in run.json (by `cell["framework"]` and so on), its spec, and its samples if it was measured."""

    record: Mapping[str, Any]
    spec: Mapping[str, Any]
    samples: Sequence[Mapping[str, Any]]
    ratio: Interval | None = None  # to the fastest of its group
    word: str = ""

    def __getitem__(self, key: str) -> Any:
        return self.record[key]

    @cached_property
    def turns(self) -> Turns:
        return {(sample["generation"], sample["block"]): sample["seconds"] for sample in self.samples}

    @cached_property
    def epoch(self) -> Interval | None:
        return interval({turn: math.log(seconds) for turn, seconds in self.turns.items()}) if self.turns else None

    @property
    def seconds(self) -> float:
        """The typical epoch; a cell without one comes after all others."""
        return self.epoch.value if self.epoch else math.inf

    @property
    def steps(self) -> int:
        return -(-self.spec["rows"] // self.spec["spec"]["training"]["batch_size"])

    @property
    def place(self) -> tuple[str, str]:
        return self["device"], self["threads"]

    @property
    def group(self) -> tuple[str, str, str]:
        return self["spec"], self["device"], self["threads"]

    @property
    def title(self) -> str:
        return f"{self['spec']}, {place_text(self)}"

    @property
    def name(self) -> str:
        return f"{self['framework']} {self['style']}"

    @property
    def distance(self) -> float | None:
        """The largest; what is no number is larger than any."""
        return max((math.inf if value is None else value for value in self["distances"]), default=None)

    @property
    def generations(self) -> int:
        return len({sample["generation"] for sample in self.samples})

    @property
    def cold(self) -> Mapping[str, Any] | None:
        """The first process."""
        return self["startups"][0] if self["startups"] else None


@dataclass
class Run:
    """A run as its files tell it; `noise` is the ratio of what was measured twice in a group, which should be 1."""

    values: Mapping[str, Any]
    cells: list[Cell]
    noise: dict[tuple[str, str, str], Interval] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.values["options"].get("precision", 0.02)

    @property
    def groups(self) -> dict[tuple[str, str, str], list[Cell]]:
        return collected(self.cells, lambda cell: cell.group)

    def found(self, topic: str) -> dict[str, Any]:
        """What was found under a topic, by framework."""
        return {
            inspection["framework"]: inspection["found"]
            for inspection in self.values.get("inspections", [])
            if inspection["topic"] == topic and inspection["status"] == "measured"
        }


def collected(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """The items by key, keys in the order in which they are met."""
    found: dict[Any, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def read(folder: Path) -> Run:
    """The run with all that follows for each cell: its typical epoch, its ratio to the fastest, its word."""
    values = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
    samples = collected(map(json.loads, lines), lambda sample: sample["cell"])
    every = {}
    for record in values["cells"]:
        counts = record["twin"] or record["status"] == "measured"
        every[record["id"]] = Cell(record, values["specs"][record["spec"]], samples.get(record["id"], []) if counts else [])
    run = Run(values, [cell for cell in every.values() if not cell["twin"]])
    for cells in run.groups.values():
        _compare(cells, run.precision)
    for twin in every.values():
        original = every[twin["id"].rpartition("/")[0]] if twin["twin"] else twin
        noise = ratio(twin.turns, original.turns)
        if twin["twin"] and noise:
            run.noise[twin.group] = noise
    return run


def _compare(cells: Sequence[Cell], precision: float) -> None:
    timed = [cell for cell in cells if cell.epoch]
    if not timed:
        return
    fastest = min(timed, key=lambda cell: cell.seconds)
    for cell in timed:
        cell.ratio = ratio(cell.turns, fastest.turns)
        cell.word = word(cell.ratio, precision) if cell.ratio else ""
    close = [cell for cell in timed if cell is not fastest and cell.word in ("no difference shown", "inconclusive")]
    fastest.word = "first, not alone" if close else "fastest"


def facts() -> list[dict[str, str]]:
    path = ROOT / "compare" / "measure" / "dated_facts.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["fact"]


def retired() -> list[dict[str, str]]:
    return [fact for fact in facts() if fact["framework"] == SUBJECT and fact.get("kind") == "retired"]


@dataclass(frozen=True)
class Step:
    """One of the article's steps in an adapter's source."""

    title: str
    required: bool
    where: str
    lines: list[str]


def source_steps(framework: str) -> list[Step]:
    """The methods that do the article's steps, cut out of the adapter; without lines where there is none."""
    entry = registry.find(framework)
    file = entry.adapter.replace(".", "/") + ".py"
    text = (ROOT / file).read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    trainers = {}
    for node in itertools.chain.from_iterable(made.body for made in classes.values()):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "trainers" and isinstance(node.value, ast.Dict):
            pairs = zip(node.value.keys, node.value.values, strict=True)
            trainers = {ast.literal_eval(style): ast.unparse(trainer) for style, trainer in pairs if style}
    steps = []
    for level, method, title, required in STEPS:
        style = next((name for name, style in entry.styles.items() if style.level == level), "")
        owner = trainers.get(style, "")
        while owner in classes:
            node = classes[owner]
            own = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == method]
            if own:
                cut = text.splitlines()[own[0].lineno - 1 : own[0].end_lineno]
                steps.append(Step(title, required, f"{file}:{own[0].lineno}", textwrap.dedent("\n".join(cut)).split("\n")))
                break
            owner = ast.unparse(node.bases[0]) if node.bases else ""
        else:
            steps.append(Step(title, required, "", []))
    return steps


# -- Markdown


def escaped(text: str) -> str:
    return "".join("\\" + character if character in "\\|*_<>`" else character for character in text).replace("\n", " ")


@dataclass
class Table:
    """A table as it stands in the report; one without rows is left out."""

    title: str
    headings: list[str]
    rows: list[list[str]]
    bold: int | None = None
    notes: list[str] = field(default_factory=list)

    def lines(self, level: str = "###") -> Iterator[str]:
        if not self.rows:
            return
        yield f"{level} {self.title}"
        yield row_text(map(escaped, self.headings))
        for number, row in enumerate(self.rows):
            texts = [escaped(text) for text in row]
            yield row_text([f"**{text}**" if text else "" for text in texts] if number == self.bold else texts)
        yield from map(escaped, self.notes)


def row_text(texts: Iterable[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def is_ruler(line: str) -> bool:
    """The line below a table's headings: it holds no number."""
    return line.startswith("|-") and not line.strip("|-:")


# -- tables of performance


def place_text(cell: Cell) -> str:
    return f"{cell['device']}, {threads_text(cell['threads'])}"


def threads_text(threads: str) -> str:
    return {"shipped": "as shipped", "1": "on 1 CPU"}.get(threads, f"on {threads} CPUs")


def distance_text(cell: Cell) -> str:
    if cell.distance is None:
        return ""
    return (f"{cell.distance:.1e}" if math.isfinite(cell.distance) else "not finite") + "*" * bool(cell["mark"])


def cpus_text(cell: Cell) -> str:
    used = math.fsum(sample["cpu_seconds"] for sample in cell.samples) / math.fsum(s["seconds"] for s in cell.samples)
    return f"{used:.2f}"


def speed_texts(cell: Cell) -> list[str]:
    """Epoch in ms, µs of a step, samples a second, CPUs used: empty where there is no time."""
    if cell.epoch is None:
        return ["", "", "", ""]
    step, speed = significant(cell.epoch.value / cell.steps * 1e6), significant(cell.spec["rows"] / cell.epoch.value)
    return [cell.epoch.text(1e3), step, speed, cpus_text(cell)]


def group_table(run: Run, cells: Sequence[Cell]) -> Table:
    ordered = sorted(cells, key=lambda cell: cell.seconds)
    rows = []
    for cell in ordered:
        epoch, step, speed, cpus = speed_texts(cell)
        if cell.ratio:
            times = "1" if cell.word in ("fastest", "first, not alone") else cell.ratio.text()
        else:
            times = "" if cell["status"] == "measured" else STATUS[cell["status"]]
        first, imported, memory = "", "", ""
        if cell.cold:
            first = significant(cell.cold["first_epoch_seconds"], 2)
            imported = significant(statistics.median(startup["import_seconds"] for startup in cell["startups"]), 2)
            peaks = [startup["peak_rss_bytes"] for startup in cell["startups"] if startup["peak_rss_bytes"] is not None]
            memory = significant(max(peaks) / 1e6) if peaks else ""
        loss = [math.nan if value is None else value for value in cell["train_losses"][-1:]]
        rows.append(
            [
                *(cell[part] for part in ("framework", "style", "level", "input")),
                *(epoch, times, cell.word, step, speed, cpus, first, imported, memory),
                *(significant(loss[0], 5) if loss else "", significant(cell["test_metric"], 4), distance_text(cell)),
            ]
        )
    headings = ["framework", "style", "level", "input", "epoch, ms", "times the fastest", "verdict", "µs/step", "samples/s"]
    headings += ["CPUs", "first epoch, s", "import, s", "memory, MB", "loss", "test", "distance"]
    alone = ordered[0].word == "fastest" and sum(cell.epoch is not None for cell in ordered) > 1
    notes = [*noise_note(run.noise.get(ordered[0].group)), *cell_notes(ordered)]
    return Table(ordered[0].title, headings, rows, 0 if alone else None, notes)


def noise_note(noise: Interval | None) -> Iterator[str]:
    if noise:
        told = f"noise: the baseline measured twice side by side differs by a factor of {noise.text()}"
        warning = "; this machine was noisy: do not trust small differences"
        yield told + (warning if abs(noise.value - 1) >= NOISY else "")


def cell_notes(cells: Sequence[Cell]) -> Iterator[str]:
    """What asterisks mean, then why cells have no time and what was noted, each reason once with the cells that it is of."""
    for mark, marked in sorted(collected((cell for cell in cells if cell["mark"]), lambda cell: cell["mark"]).items()):
        yield f"* allowed {max(cell['tolerance'] or 0.0 for cell in marked):.0e}: {mark}"
    reasons = []
    for cell in cells:
        if cell["reason"]:
            reasons.append((f"{STATUS[cell['status']]}: {cell['reason']}", cell))
        reasons += [(note, cell) for note in cell["notes"]]
    for reason, of in collected(reasons, lambda pair: pair[0]).items():
        names = dict.fromkeys(f"{cell['framework']}/{cell['style']}/{cell['input']}" for _, cell in of)
        yield f"{', '.join(names)}: {reason}"


def no_gpu(run: Run) -> str:
    tried = [cell for cell in run.cells if cell["device"] != "cpu"]
    if tried:
        return "; ".join(dict.fromkeys(f"{cell['framework']}: {cell['reason']}" for cell in tried if cell["reason"]))
    asked = [cell for cell in run.cells if cell["framework"] in FRAMEWORKS and "devices" in cell["settings"]]
    devices = {cell["framework"]: cell["settings"]["devices"] for cell in asked}
    had = [framework for framework, seen in devices.items() if len(seen) > 1]
    if had:
        return f"though {', '.join(had)} had one: --devices was not given"
    return f"{', '.join(devices)} found none on this machine" if devices else "no framework was asked"


def levels_table(run: Run) -> Table:
    places = collected(run.cells, lambda cell: cell.place)
    headings = ["spec", "level", "framework", *(f"{place_text(cells[0])}, ms" for cells in places.values())]
    gpu_missing = all(device == "cpu" for device, _ in places)
    rows = []
    for spec, of_spec in collected(run.cells, lambda cell: cell["spec"]).items():
        lines = collected(of_spec, lambda cell: (cell["level"], cell["framework"]))
        known = list(registry.LEVELS)
        for (level, framework), cells in sorted(lines.items(), key=lambda line: known.index(line[0][0])):
            row = [spec, level, framework]
            for place in places:
                here = [cell for cell in cells if cell.place == place]
                best = min(here, key=lambda cell: cell.seconds, default=None)
                if best is None or best.epoch is None:
                    row.append(STATUS[here[0]["status"]] if here else "–")
                else:
                    row.append(f"{best.epoch.text(1e3)} {best['style']}" + " (loader)" * (best["input"] == "loader"))
            rows.append(row + [""] * gpu_missing)
    notes = [f"GPU: nothing was measured: {no_gpu(run)}"] * gpu_missing
    title = "Level by level: the fastest style of each framework"
    return Table(title, headings + ["GPU, ms"] * gpu_missing, rows, notes=notes)


@dataclass(frozen=True)
class Race:
    """From nothing to the target: when a cell can train, and how long it then trains; seconds."""

    cell: Cell
    target: float
    epochs: int
    start: float
    training: float


def races(cells: Iterable[Cell]) -> list[Race]:
    """The cells that reach the target, the first to reach it first."""
    found = []
    for cell in cells:
        target = TARGET * cell.spec["reference_losses"][-1]
        reached = [epoch for epoch, loss in enumerate(cell["train_losses"], 1) if loss is not None and loss <= target]
        if cell.epoch and cell.cold and reached:
            start = math.fsum(cell.cold["costs"].get(part, 0.0) for part in ("import", "transfer", "build"))
            training = cell.cold["first_epoch_seconds"] + (reached[0] - 1) * cell.epoch.value
            found.append(Race(cell, target, reached[0], start, training))
    return sorted(found, key=lambda race: race.start + race.training)


def where_texts(cell: Cell) -> list[str]:
    return [cell["spec"], cell["framework"], cell["style"], cell["input"], place_text(cell)]


def target_table(run: Run) -> Table:
    rows = []
    for cells in collected(run.cells, lambda cell: cell["spec"]).values():
        for race in races(cells):
            seconds = [significant(race.start, 2), significant(race.training, 2), significant(race.start + race.training)]
            rows.append([*where_texts(race.cell), significant(race.target, 4), str(race.epochs), *seconds])
    headings = ["spec", "framework", "style", "input", "device", "target loss", "epochs"]
    return Table("Time to the target, from nothing", [*headings, "start, s", "training, s", "to the target, s"], rows)


def best_table(run: Run) -> Table:
    rows = []
    for of_spec in collected(run.cells, lambda cell: cell["spec"]).values():
        by_framework = collected((cell for cell in of_spec if cell.epoch), lambda cell: cell["framework"])
        best = [min(cells, key=lambda cell: cell.seconds) for cells in by_framework.values()]
        for cell in sorted(best, key=lambda cell: cell.seconds):
            spec, framework, style, input, place = where_texts(cell)
            rows.append([spec, framework, style, cell["level"], input, place, *speed_texts(cell)])
    headings = ["spec", "framework", "style", "level", "input", "device", "epoch, ms", "µs/step", "samples/s", "CPUs"]
    return Table("Each at its best", headings, rows)


def dispatch_table(run: Run) -> Table:
    def family(cell: Cell) -> str:
        """What specs that differ in the batch size alone have in common, with all that makes a cell."""
        spec = cell.spec["spec"]
        training = {key: value for key, value in spec["training"].items() if key != "batch_size"}
        parts = [cell[part] for part in ("framework", "style", "level", "input", "device", "threads")]
        return json.dumps([spec["model"], spec["data"], training, parts], sort_keys=True)

    found = []
    for cells in collected((cell for cell in run.cells if cell.turns), family).values():
        steps = {
            cell.spec["spec"]["training"]["batch_size"]: {turn: seconds / cell.steps for turn, seconds in cell.turns.items()}
            for cell in cells
        }
        if len(steps) >= 3:
            found.append((cells[0], ", ".join(map(str, sorted(steps))), dispatch_and_rate(steps)))
    rows = []
    for cell, sizes, fit in sorted(found, key=lambda item: item[2][0].value if item[2] else math.inf):
        parts = [cell.spec["spec"]["data"]["source"], *where_texts(cell)[1:], sizes]
        rows.append([*parts, fit[0].text(1e6), fit[1].text()] if fit else [*parts, "not told apart", ""])
    headings = ["data", "framework", "style", "input", "device", "batch sizes", "dispatch, µs/step", "samples/s when full"]
    return Table("What a step costs before its arithmetic", headings, rows)


def proof_table(run: Run) -> Table:
    rows = []
    for cell in run.cells:
        spec, framework, style, input, place = where_texts(cell)
        allowed = cell["tolerance"] or 0.0
        beyond = [str(e) for e, distance in enumerate(cell["distances"], 1) if distance is None or distance > allowed]
        row = [spec, framework, style, cell["level"], input, place, distance_text(cell), f"{allowed:.0e}" if allowed else ""]
        rows.append([*row, beyond[0] if beyond else "", STATUS[cell["status"]]])
    headings = [
        "spec",
        "framework",
        "style",
        "level",
        "input",
        "device",
        "largest distance",
        "allowed",
        "left at epoch",
        "status",
    ]
    return Table("Proof: distance from the float64 reference", headings, rows, notes=list(cell_notes(run.cells)))


def costs_table(run: Run) -> Table:
    rows = []
    for cell in run.cells:
        if cell.cold and cell.cold["wall_seconds"]:
            whole, costs = cell.cold["wall_seconds"], cell.cold["costs"]
            parts = (costs.get(part, 0.0) for part in COSTS)
            told = f"{math.fsum(costs.values()) / whole * 100:.1f}"
            shown = [f"{seconds:.2f}" if seconds >= 0.005 else "0" for seconds in parts]
            rows.append([*where_texts(cell), *shown, significant(whole), told])
    headings = ["spec", "framework", "style", "input", "device", *COSTS.values(), "whole, s", "told, %"]
    return Table("Where the time of a process went", headings, rows)


# -- tables of what was looked into


def extensibility_table(run: Run) -> Table:
    found = run.found("extensibility")
    rows, notes = [], []
    for probe, title in PROBES.items():
        for framework, values in found.items():
            if probe not in values["probes"]:
                continue
            made = values["probes"][probe]
            outcomes = {check: made["checks"].get(check, {"works": None}) for check in CHECKS}
            words = ["–" if outcome["works"] is None else yes_or_no(outcome["works"]) for outcome in outcomes.values()]
            error, overhead = outcomes["gradient"].get("error"), made["overhead"]
            times = Interval(overhead["value"], overhead["low"], overhead["high"]).text() if overhead else ""
            source = f"{made['file']}:{made['first_line']}"
            rows.append([title, framework, *words, "" if error is None else f"{error:.1e}", times, str(made["lines"]), source])
            for check, outcome in made["checks"].items():
                if outcome["works"] is not True and outcome["reason"]:
                    notes.append(f"{title}, {framework}, {CHECKS[check]}: {outcome['reason']}")
    headings = ["extension", "framework", *CHECKS.values(), "gradient error", "times the built-in", "lines", "source"]
    return Table("Extensions, made for real", headings, rows, notes=notes)


def potential_table(run: Run) -> Table:
    found = run.found("potential")
    columns = []
    for values in found.values():
        newest = max(values["pythons"], key=lambda version: tuple(map(int, version.split("."))), default="–")
        columns.append(
            {
                "version": values["version"],
                "public functions and classes": f"{values['public_functions'] + values['public_classes']:,}",
                "of these with a docstring": percent(values["documented_share"]),
                "of these with an example": percent(values["example_share"]),
                "median length of a docstring, characters": f"{values['median_docstring_characters']:,}",
                "public modules that cannot be imported": f"{values['unimportable_modules']:,}",
                "installed, MB": significant(values["install_bytes"] / 1e6),
                "other packages it brings": str(len(values["dependencies"])),
                "their size, MB": significant(values["dependency_bytes"] / 1e6),
                "Python asked for, by its metadata": values["requires_python"] or "–",
                "newest Python in its metadata": newest,
                "platform of the wheel": ", ".join(values["platform_tags"]),
                "a plain import works": yes_or_no(values["plain_import"]["works"]),
                "import, s (median)": significant(statistics.median(values["import_seconds"]), 2),
                "warnings and lines printed by an import": str(values["warning_count"]),
                "shims needed to start today": str(len([shim for shim in values["shims"] if shim["needed"]])),
            }
        )
    rows = [[measured, *(column[measured] for column in columns)] for measured in columns[0]] if columns else []
    broken = {name: values["plain_import"]["error"] for name, values in found.items() if not values["plain_import"]["works"]}
    notes = [f"{name}: {error}" for name, error in broken.items()]
    return Table("Potential, measured on what is installed", ["measured", *found], rows, notes=notes)


def facts_table() -> Table:
    ordered = sorted(facts(), key=lambda fact: (fact["framework"], fact["date"]))
    rows = [[fact["framework"], fact["date"], fact["en"], fact["source_en"], fact["looked_up"]] for fact in ordered]
    return Table("Facts that cannot be measured", ["framework", "date", "fact", "source", "looked up"], rows)


def operators(nodes: Iterable[Mapping[str, str]]) -> list[str]:
    return [node["op"] for node in nodes if node["op"]]


def graphs_table(run: Run) -> Table:
    found = run.found("graphs")
    rows = []
    for model in sorted({model for models in found.values() for model in models}):
        for part, words in (("forward", "scores and loss"), ("step", "a whole step")):
            for framework, models in found.items():
                if model in models:
                    names = operators(models[model][part])
                    origin = models[model][f"{part}_from"]
                    rows.append([model, framework, words, str(len(names)), ", ".join(names), origin])
    headings = ["model", "framework", "graph of", "operators", "in order", "taken from"]
    return Table("The graph each framework made", headings, rows)


def distributed_table(run: Run) -> Table:
    found = run.found("distributed")
    rows = []
    for framework, values in found.items():
        distance = values["largest_distance"]
        row = [framework, values["engine"], yes_or_no(values["works"]), str(values["workers"]), str(values["processes"])]
        rows.append([*row, "" if distance is None else f"{distance:.1e}", significant(values["step_milliseconds"], 2)])
    headings = ["framework", "engine", "works", "workers", "processes in all", "distance", "ms a step"]
    notes = [f"{framework}: {values['reason']}" for framework, values in found.items() if values["reason"]]
    return Table("Several workers, one model", headings, rows, notes=notes)


def defects_table(run: Run) -> Table:
    found = run.found("errata")
    rows = []
    for defect, (section, what) in DEFECTS.items():
        seen = {framework: values[defect] for framework, values in found.items() if defect in values}
        for framework, values in seen.items():
            outcome = "not tested here" if values["reproduced"] is None else yes_or_no(values["reproduced"])
            rows.append([defect, section, what, framework, outcome, values["happens"], values["instead"]])
        if not seen:
            known = retired() if defect == "X7" else []
            happens = " ".join(fact["en"] for fact in known)
            rows.append([defect, section, what, "", "yes" if known else "not tested here", happens, ""])
    headings = ["defect", "section", "what", "framework", "reproduced", "what happens", "instead"]
    return Table("What is wrong in the article", headings, rows)


def twice_table(run: Run) -> Table:
    numbers = {framework: values.get("X2", {}).get("numbers", {}) for framework, values in run.found("errata").items()}
    rows = []
    for data in sorted({data for of_framework in numbers.values() for data in of_framework}):
        for framework, of_framework in numbers.items():
            if data in of_framework:
                right, wrong = of_framework[data]["right_accuracy"], of_framework[data]["twice_accuracy"]
                lost, caught_up = (right[-1] - wrong[-1]) * 100, of_framework[data]["epochs_to_catch_up"]
                row = [data, framework, str(len(right)), f"{right[-1]:.4f}", f"{wrong[-1]:.4f}", f"{lost:.1f}"]
                rows.append([*row, str(caught_up) if caught_up else "never"])
    headings = ["data", "framework", "epochs", "accuracy, softmax once", "accuracy, softmax twice", "lost, points"]
    return Table("Softmax applied twice (X2): what it costs", [*headings, "epochs to catch up"], rows)


# -- claims

Answer = tuple[str, str]  # verdict, why


def contests(run: Run) -> list[list[Cell]]:
    """For each group with the article's framework and another: the fastest cell of each, the fastest first."""
    found = []
    for cells in run.groups.values():
        timed = collected((c for c in cells if c.epoch and c["framework"] in FRAMEWORKS), lambda cell: cell["framework"])
        best = sorted((min(of, key=lambda cell: cell.seconds) for of in timed.values()), key=lambda cell: cell.seconds)
        if SUBJECT in timed and len(best) > 1 and all(ratio(cell.turns, best[0].turns) for cell in best):
            found.append(best)
    return found


def times(cell: Cell, other: Cell) -> Interval:
    found = ratio(cell.turns, other.turns)
    assert found is not None
    return found


def behind(best: Sequence[Cell], precision: float) -> bool:
    """Whether the article's framework is shown to be slower than the first."""
    return any(cell["framework"] == SUBJECT and word(times(cell, best[0]), precision) == "slower" for cell in best)


def not_looked_into(run: Run, topic: str) -> Answer:
    tried = [i for i in run.values.get("inspections", []) if (i["topic"], i["framework"]) == (topic, SUBJECT)]
    reason = (tried[0]["reason"] or tried[0]["status"]) if tried else f"--topics {topic}"
    return UNTESTED, f"This run has not looked into it: {reason}."


def no_gap(run: Run) -> Answer:
    held = contests(run)
    if not held:
        return UNTESTED, "No group has times of this framework and another one."
    ratios = [times(best[-1], best[0]) for best in held]
    gaps, closes = sum(r.low > GAP for r in ratios), sum(r.high < GAP for r in ratios)
    told = [
        f"{best[0].title}: {best[-1].name} takes {r.text()} times as long as {best[0].name}"
        for best, r in zip(held, ratios, strict=True)
    ]
    counted = f"A gap of {GAP:g} times or more is shown in {gaps} of {len(held)} groups. Slowest best by fastest best: "
    verdict = NOT if gaps == len(held) else HOLDS if closes == len(held) else PARTLY
    return verdict, counted + "; ".join(told) + "."


def fastest_somewhere(run: Run) -> Answer:
    held = contests(run)
    if not held:
        return UNTESTED, "No group has times of this framework and another one."

    def alone(best: Sequence[Cell]) -> bool:
        return best[0]["framework"] == SUBJECT and all(word(times(cell, best[0]), run.precision) == "slower" for cell in best[1:])

    first = [best for best in held if alone(best)]
    level = [best for best in held if not alone(best) and not behind(best, run.precision)]
    on_gpu = [best for best in held if best[0]["device"] != "cpu"]

    def named(groups: list[list[Cell]]) -> str:
        return f" ({'; '.join(best[0].title for best in groups)})" if groups else ""

    told = f"Of {len(held)} groups {SUBJECT} is shown to be first in {len(first)}{named(first)}"
    told += f", and may be as fast as the first in {len(level)} more{named(level)}. "
    told += f"{len(on_gpu)} of the groups ran on a GPU." if on_gpu else f"On a GPU: not tested here, {no_gpu(run)}."
    return HOLDS if first else PARTLY if level else NOT, told


def outcomes(probes: Mapping[str, Any], *checks: str) -> list[bool]:
    """Whether each check that applies works, of all checks or those named."""
    return [
        outcome["works"]
        for probe in probes.values()
        for check, outcome in probe["checks"].items()
        if outcome["works"] is not None and (check in checks or not checks)
    ]


def flexible(run: Run) -> Answer:
    found = {framework: values["probes"] for framework, values in run.found("extensibility").items()}
    if SUBJECT not in found:
        return not_looked_into(run, "extensibility")
    told = []
    for framework, probes in found.items():
        passed, lines = outcomes(probes), sum(probe["lines"] for probe in probes.values())
        told.append(f"{framework}: {sum(passed)} of {len(passed)} checks passed, {lines} lines for {len(probes)} extensions")
    mine = found[SUBJECT]
    failed = [f"{p}/{check}" for p, probe in mine.items() for check, o in probe["checks"].items() if o["works"] is False]
    because = "; ".join(told) + ". " + (f"What {SUBJECT} does not do: {', '.join(failed)}." if failed else "")
    if not all(outcomes(mine, "imperative", "gradient")):
        return NOT, because
    return HOLDS if all(outcomes(mine, "compiled", "export")) else PARTLY, because


def rich_and_lively(run: Run) -> Answer:
    found = run.found("potential")
    if SUBJECT not in found:
        return not_looked_into(run, "potential")
    rich, starts = found[SUBJECT]["documented_share"] >= RICH, found[SUBJECT]["plain_import"]["works"]
    shares = ", ".join(f"{name} {percent(values['documented_share'])}" for name, values in found.items())
    told = f"Public names with a docstring: {shares}. "
    told += (
        "A plain import works here. " if starts else f"A plain import fails here ({found[SUBJECT]['plain_import']['error']}). "
    )
    told += "".join(f"{fact['date']}: {fact['en']} " for fact in retired())
    lively = starts and not retired()
    return (HOLDS, PARTLY, NOT)[2 - rich - lively], told


def others_weaker(run: Run) -> Answer:
    found = run.found("potential")
    others = [values for name, values in found.items() if name != SUBJECT]
    if SUBJECT not in found or not others:
        return not_looked_into(run, "potential")
    mine = found[SUBJECT]
    shares = ("documented_share", "example_share")
    weaker = [[values[share] < mine[share] - WEAKER for share in shares] for values in others]
    told = []
    for name, values in found.items():
        public = f"{name}: {values['public_functions'] + values['public_classes']:,} public functions and classes"
        documented, example = percent(values["documented_share"]), percent(values["example_share"])
        told.append(f"{public}, {documented} documented, {example} with an example")
    verdict = HOLDS if all(map(all, weaker)) else PARTLY if any(map(any, weaker)) else NOT
    return verdict, "; ".join(told) + ". The ecosystem was not measured."


def aspects(run: Run) -> dict[str, bool | None]:
    """Whether the article's framework leads or may share the lead, by aspect; None where that was not tested."""
    held = contests(run)
    level = [best for best in held if not behind(best, run.precision)]
    shares = {}
    for framework, values in run.found("extensibility").items():
        passed = outcomes(values["probes"])
        if passed:
            shares[framework] = sum(passed) / len(passed)
    comparable = SUBJECT in shares and len(shares) > 1
    potential, _ = rich_and_lively(run)
    return {
        "performance": len(level) * 2 >= len(held) if held else None,
        "extensibility": shares[SUBJECT] >= max(shares.values()) if comparable else None,
        "potential": None if potential == UNTESTED else potential == HOLDS,
    }


def attractive(run: Run) -> Answer:
    found = aspects(run)
    tested = [leads for leads in found.values() if leads is not None]
    if not tested:
        return UNTESTED, "None of the three aspects was tested."
    words = {True: "leads or shares the lead", False: "does not lead", None: UNTESTED}
    told = "; ".join(f"{aspect}: {words[leads]}" for aspect, leads in found.items())
    verdict = HOLDS if all(found.values()) else PARTLY if any(tested) else NOT
    return verdict, f"{SUBJECT}, by aspect: {told}."


def declarative_graph(run: Run) -> Answer:
    found = run.found("graphs")
    if SUBJECT not in found or len(found) < 2:
        return not_looked_into(run, "graphs")
    counts = {name: sum(len(operators(graph["forward"])) for graph in models.values()) for name, models in found.items()}
    fewer = all(counts[SUBJECT] < count for name, count in counts.items() if name != SUBJECT)
    differs = any(set(operators(g["forward"])) - set(operators(g["step"])) for g in found[SUBJECT].values())
    told = "Operators of scores and loss, both models: " + ", ".join(f"{name} {count}" for name, count in counts.items())
    told += (
        f". What {SUBJECT}'s executor runs differs from what was declared."
        if differs
        else f". {SUBJECT}'s executor runs the very operators that were declared, and their gradients: nothing shows a "
        "compilation to lower-level instructions."
    )
    return (NOT, PARTLY, HOLDS)[fewer + differs], told


def trained(run: Run, level: str) -> list[Cell]:
    return [cell for cell in run.cells if (cell["framework"], cell["level"]) == (SUBJECT, level) and cell["distances"]]


def proven(cells: Iterable[Cell]) -> int:
    return sum(cell["status"] == "measured" for cell in cells)


def arrays_bound(run: Run) -> Answer:
    arrays, graph = trained(run, "arrays"), trained(run, "graph")
    if not arrays or not graph:
        return UNTESTED, "Neither or only one of the two was trained."
    both = arrays + graph
    verdict = HOLDS if proven(both) == len(both) else PARTLY if proven(both) else NOT
    return verdict, (
        f"By hand {proven(arrays)} of {len(arrays)} cells are proven, bound to a graph {proven(graph)} of {len(graph)}; the "
        f"largest distance from the reference is {significant(max(cell.distance or 0.0 for cell in both), 2)}."
    )


def four_steps(run: Run) -> Answer:
    cells, steps = trained(run, "layers"), source_steps(SUBJECT)
    if not cells:
        return UNTESTED, "No cell of this level was trained."
    loop = any(step.lines for step in steps if not step.required)
    told = ", ".join(f"{step.title}: {len(step.lines)} lines" for step in steps)
    told += f". {proven(cells)} of {len(cells)} cells are proven. "
    if loop:
        told += "The loop over batches, with forward, backward and update, is the developer's own: structure is not all there is."
    if not proven(cells) or not all(step.lines for step in steps if step.required):
        return NOT, told
    return PARTLY if loop or proven(cells) < len(cells) else HOLDS, told


def distributed(run: Run) -> Answer:
    found = run.found("distributed")
    if SUBJECT not in found:
        return not_looked_into(run, "distributed")
    told = []
    for name, values in found.items():
        within, step = significant(values["largest_distance"], 2), significant(values["step_milliseconds"], 2)
        if values["works"]:
            weights = f"{values['workers']} workers end within {within} of one process's weights"
            told.append(f"{name}: {weights}, {step} ms a step ({values['engine']})")
        else:
            told.append(f"{name}: {values['reason']}")
    return HOLDS if found[SUBJECT]["works"] else NOT, "; ".join(told) + ". All on one machine, over its loopback."


ANSWERS: Mapping[str, Callable[[Run], Answer]] = {
    "P1": no_gap,
    "P2": fastest_somewhere,
    "E1": flexible,
    "T1": rich_and_lively,
    "T2": others_weaker,
    "V1": attractive,
    "S1": declarative_graph,
    "N1": arrays_bound,
    "G1": four_steps,
    "G2": distributed,
}


def claims_table(answers: Mapping[str, Answer]) -> Table:
    rows = []
    for claim, (section, says, tested) in CLAIMS.items():
        verdict, because = answers[claim]
        rows.append([claim, section, says, verdict, because, tested])
    headings = ["claim", "section", "what it says", "verdict", "why", "how it is tested"]
    return Table("The article, claim by claim", headings, rows)


# -- the verdict


def verdict_paragraph(run: Run, answers: Mapping[str, Answer]) -> str:
    ids = collected(CLAIMS, lambda claim: answers[claim][0])
    counts = [
        f"{verdict}: {len(ids[verdict])} ({', '.join(ids[verdict])})"
        for verdict in (HOLDS, PARTLY, NOT, UNTESTED)
        if verdict in ids
    ]
    recommended = f"Its recommendation {answers['V1'][0]}: {answers['V1'][1]}"
    if retired():
        recommended += (
            f" {SUBJECT} is retired: new work should not begin with it, whatever its speed; what runs on it can be ported and "
            "proven equal."
        )
    return " ".join([f"Of the article's {len(CLAIMS)} claims: {'; '.join(counts)}.", recommended, *picks(run), how_sure(run)])


def picks(run: Run) -> Iterator[str]:
    """Who is first, or may be, at what."""
    timed = [cell for cell in run.cells if cell.epoch and cell["framework"] in FRAMEWORKS]
    line_by_line = [cell for cell in timed if (cell["level"], cell["input"]) == ("layers", "resident")]
    for heading, cells in (("Fastest in steady state", timed), ("With code that runs line by line", line_by_line)):
        told = []
        for group in collected(cells, lambda cell: cell.group).values():
            ordered = sorted(group, key=lambda cell: cell.seconds)
            may_be_first: dict[str, str] = {}
            for cell in ordered:
                to_first = ratio(cell.turns, ordered[0].turns)
                if to_first and word(to_first, run.precision) != "slower":
                    may_be_first.setdefault(cell["framework"], cell.name)
            told.append((ordered[0].title, " or ".join(may_be_first.values())))
        if told:
            yield f"{heading}: {by_winner(told)}."
    won = [races(group)[:1] for group in collected(timed, lambda cell: cell.group).values()]
    told = [(race.cell.title, race.cell.name) for race in itertools.chain.from_iterable(won)]
    if told:
        yield f"From nothing to the target: {by_winner(told)}."


def by_winner(told: list[tuple[str, str]]) -> str:
    groups = sorted(collected(told, lambda pair: pair[1]).items(), key=lambda item: -len(item[1]))
    return "; ".join(
        f"{winner} in {len(of)} of {len(told)}" + (f" ({'; '.join(title for title, _ in of)})" if len(of) <= 3 else "")
        for winner, of in groups
    )


def how_sure(run: Run) -> str:
    counts = sorted({cell.generations for cell in run.cells if cell.epoch})
    if not counts:
        return "Nothing was timed."
    told = "How sure: generations of fresh processes behind each time: "
    told += str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    if counts[0] < FIRST_GENERATIONS:
        told += f" (below {FIRST_GENERATIONS} the intervals lean on an assumed scatter)"
    told += "; one regression on one machine: dispatch more than arithmetic, and no statement about large networks."
    return told + " No GPU was measured." * all(cell["device"] == "cpu" for cell in run.cells)


# -- the whole report


def performance_lines(run: Run) -> Iterator[str]:
    yield "## Performance"
    yield from levels_table(run).lines()
    for name, of_spec in collected(run.cells, lambda cell: cell["spec"]).items():
        record = of_spec[0].spec
        training, described = record["spec"]["training"], escaped(record["spec"]["description"])
        shape = f"{record['rows']:,} × {record['inputs']} → {record['outputs']}"
        yield f"### {name}"
        yield f"{described}: {shape}, batches of {training['batch_size']}, {training['epochs']} epochs, {training['dtype']}."
        for group, cells in collected(of_spec, lambda cell: cell.group).items():
            yield from group_table(run, cells).lines("####")
            if any(cell.epoch for cell in cells):
                file = "-".join(group).replace(":", "")
                yield f"![{cells[0].title}: time of one epoch by style](figures/epoch-time-{file}.svg)"
        yield f"![{name}: training loss by epoch](figures/training-loss-{name}.svg)"
    yield from target_table(run).lines()
    yield from best_table(run).lines()
    yield from dispatch_table(run).lines()


def concept_lines(run: Run) -> Iterator[str]:
    yield "## Concepts: the article's four steps, in our own source"
    for framework in FRAMEWORKS:
        yield f"### {framework}"
        for step in source_steps(framework):
            if step.lines:
                yield from (f"{step.title} (`{step.where}`)", "```python", *step.lines, "```")
    yield from graphs_table(run).lines()
    if any("softmax" in models for models in run.found("graphs").values()):
        yield "![The graph of softmax regression, scores and loss, in each framework](figures/graphs-softmax.svg)"


def condition_lines(run: Run) -> Iterator[str]:
    values = run.values
    told = {"made": f"{values['created']}: {values['command']}"}
    told |= {key.replace("_", " "): str(value) for key, value in values["machine"].items()}
    known = [cell for cell in run.cells if cell["framework_version"]]
    told |= {cell["framework"]: cell["framework_version"] for cell in known}
    for cells in collected(known, lambda cell: (cell["framework"], cell["threads"])).values():
        settings = cells[0]["settings"] | cells[0]["environment"]
        heading = f"{cells[0]['framework']}, {threads_text(cells[0]['threads'])}"
        told[heading] = ", ".join(f"{key} {value}" for key, value in settings.items())
    yield "## Conditions"
    yield "| | |"
    yield from (row_text([escaped(key), escaped(value)]) for key, value in told.items())


def recompute(folder: Path) -> list[str]:
    """All lines of the report of a run, without blank ones and those that rule a table."""
    run = read(folder)
    answers = {claim: answer(run) for claim, answer in ANSWERS.items()}
    lines = [f"# {TITLE}", LEAD, "## Verdict", escaped(verdict_paragraph(run, answers))]
    lines += claims_table(answers).lines("##")
    lines += ["## How to read this", *(f"- {line}" for line in HOW_TO_READ)]
    lines += performance_lines(run)
    if run.found("extensibility"):
        lines += ["## Extensibility", *extensibility_table(run).lines()]
    lines += ["## Potential", *potential_table(run).lines(), *facts_table().lines()]
    lines += concept_lines(run)
    lines += [*distributed_table(run).lines("##"), *defects_table(run).lines("##"), *twice_table(run).lines()]
    if any(values.get("X2", {}).get("numbers") for values in run.found("errata").values()):
        lines.append("![Test accuracy by epoch, softmax once and twice](figures/softmax-twice.svg)")
    lines += [*proof_table(run).lines("##"), *costs_table(run).lines("##"), *condition_lines(run)]
    return [line for line in lines if line]


# -- comparison


def complaints(report_text: str, recomputed: list[str]) -> list[str]:
    """What stands in a report and should not, by "line 12: …", and what is missing there; empty where all is right."""
    lines = report_text.split("\n")
    stands = [line for line in lines if line and not is_ruler(line)]
    if stands == recomputed:
        return []
    numbers = [number for number, line in enumerate(lines, 1) if line and not is_ruler(line)]
    if len(stands) == len(recomputed):
        pairs = zip(numbers, stands, recomputed, strict=True)
        return [_complaint(number, line, right) for number, line, right in pairs if line != right]
    found = []
    matcher = difflib.SequenceMatcher(None, stands, recomputed, autojunk=False)
    for kind, begin, end, right_begin, right_end in matcher.get_opcodes():
        if kind != "equal":
            triples = itertools.zip_longest(numbers[begin:end], stands[begin:end], recomputed[right_begin:right_end])
            found += [_complaint(*triple) for triple in triples]
    return found


def _complaint(number: int | None, stands: str | None, recomputed: str | None) -> str:
    if stands is None:
        return f"missing: {recomputed}"
    if recomputed is None:
        return f"line {number}: {stands!r} stands there, nothing of the kind follows from the run"
    cells, right = stands.split(" | "), recomputed.split(" | ")
    if len(cells) != len(right):
        return f"line {number}: {stands!r}, recomputed {recomputed!r}"
    differing = [f"{cell!r}, recomputed {other!r}" for cell, other in zip(cells, right, strict=True) if cell != other]
    return f"line {number}: {'; '.join(differing)}"


def check(report_text: str, folder: Path) -> list[str]:
    """What a report says that does not follow from the files of its run."""
    return complaints(report_text, recompute(folder))
