"""Tables made for people: what stands in each column, in which unit; the same for terminal, Markdown and HTML."""

import functools
import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compare import statistics
from compare.report.cells import Row
from compare.statistics import Estimate

NOISY = 0.05  # a baseline that differs from itself by more is worth a warning
STATUS_WORDS = {
    "pending": "not measured: the run was stopped before",
    "refused": "refused",
    "unavailable": "unavailable",
    "failed": "failed",
}


@dataclass(frozen=True)
class Column:
    """A column: heading, what it means (shown on the page), whether it holds numbers, and how a row's text is made."""

    heading: str
    meaning: str
    text: Callable[[Row], str]
    numeric: bool = True


@dataclass(frozen=True)
class Table:
    """One table: `rows` are texts, `emphasis` the numbers of rows that are best, `notes` stand below."""

    key: str
    title: str
    columns: list[Column]
    rows: list[list[str]]
    emphasis: list[int]
    notes: list[str]


def figure_text(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits and thousands separated; empty where there is none."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "not finite"
    if value == 0:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.{digits - 1}e}"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(0, decimals)}f}"


def interval_text(value: float, low: float, high: float) -> str:
    return f"{figure_text(value)} [{figure_text(low)}, {figure_text(high)}]"


def _scaled(name: str, factor: float = 1.0, digits: int = 3) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        value: Any = row.values.get(name)
        return "" if value is None else figure_text(float(value) * factor, digits)

    return text


def _epoch(row: Row) -> str:
    return interval_text(row.epoch.value * 1e3, row.epoch.low * 1e3, row.epoch.high * 1e3) if row.epoch else ""


def _ratio(row: Row) -> str:
    if row.ratio is None:
        return STATUS_WORDS.get(row.record.status, "")
    return "1" if row.verdict == "fastest" else interval_text(row.ratio.value, row.ratio.low, row.ratio.high)


def _distance(row: Row) -> str:
    value = row.values["proof_error"]
    if value is None:
        return ""
    return (f"{value:.1e}" if math.isfinite(value) else "not finite") + ("*" if row.record.mark else "")


PERFORMANCE = [
    Column("framework", "the library", lambda row: row.record.framework, numeric=False),
    Column("style", "how it is used", lambda row: row.record.style, numeric=False),
    Column("level", "what this style has in common with those of other frameworks", lambda row: row.record.level, numeric=False),
    Column("input", "resident: rows on the device; loader: its own data loader", lambda row: row.record.input, numeric=False),
    Column("epoch, ms", "one pass over the training rows, with its 95 % interval", _epoch),
    Column("times the fastest", "from samples taken side by side, with its 95 % interval", _ratio),
    Column("verdict", "what the interval says", lambda row: row.verdict, numeric=False),
    Column("µs/step", "one mini-batch", _scaled("step_microseconds")),
    Column("samples/s", "training rows a second", _scaled("samples_per_second")),
    Column("CPUs", "CPU time divided by wall time", lambda row: f"{row.values['cpus_used']:.2f}" if row.epoch else ""),
    Column("first epoch, s", "of a fresh process, with tracing and compiling", _scaled("first_epoch_seconds", digits=2)),
    Column("import, s", "importing the framework", _scaled("import_seconds", digits=2)),
    Column("memory, MB", "the most that the process held", _scaled("peak_rss_bytes", 1e-6)),
    Column("loss", "on the training rows after the last epoch", _scaled("train_loss", digits=5)),
    Column("test", "accuracy or R² on the test rows", _scaled("test_metric", digits=4)),
    Column("distance", "largest relative distance of the weights from the float64 reference", _distance),
]  # fmt: skip


def performance(rows: list[Row], noise: Mapping[str, Estimate]) -> list[Table]:
    """One table for each spec, device and number of threads; fastest first, cells without a time last."""
    tables = []
    for key, group in itertools.groupby(rows, key=lambda row: row.record.group):
        name, device, threads = key.rsplit("/", 2)
        ordered = sorted(group, key=lambda row: row.epoch.value if row.epoch else math.inf)
        tables.append(
            Table(
                key=key.replace("/", "-").replace(":", ""),
                title=f"{name}, {device}, {conditions(threads)}",
                columns=PERFORMANCE,
                rows=[[column.text(row) for column in PERFORMANCE] for row in ordered],
                emphasis=best(ordered),
                notes=_noise(noise.get(key)) + _notes(ordered),
            )
        )
    return tables


def at_best(rows: list[Row]) -> Table:
    """Each framework's fastest cell for each spec, over all styles, inputs, devices and numbers of CPUs.

    Cells of different groups did not take turns, so their times are told, no ratios.
    """
    columns = [
        Column("spec", "what is trained", lambda row: row.record.spec, numeric=False),
        *PERFORMANCE[:4],
        Column("device", "where", lambda row: f"{row.record.device}, {conditions(row.record.threads)}", numeric=False),
        *PERFORMANCE[4:5],
        *PERFORMANCE[7:10],
    ]
    timed = sorted((row for row in rows if row.epoch), key=lambda row: row.epoch.value if row.epoch else math.inf)
    first: dict[tuple[str, str], Row] = {}
    for row in timed:
        first.setdefault((row.record.spec, row.record.framework), row)
    order = list(dict.fromkeys(row.record.spec for row in rows))
    chosen = sorted(first.values(), key=lambda row: order.index(row.record.spec))
    return Table("at-best", "Each at its best", columns, [[column.text(row) for column in columns] for row in chosen], [], [])


def best(ordered: list[Row]) -> list[int]:
    """The row that is fastest, unless another is not shown to be slower: a tie has no winner."""
    timed = [row for row in ordered if row.epoch]
    if len(timed) > 1 and all(row.verdict in ("fastest", "slower") for row in timed):
        return [0]
    return []


def conditions(threads: str) -> str:
    if threads == "shipped":
        return "as shipped"
    return "on 1 CPU" if threads == "1" else f"on {threads} CPUs"


def dispatch(rows: list[Row]) -> Table | None:
    """What a step costs before its arithmetic, from specs that differ in nothing but the batch size; None where none do."""
    families: dict[str, list[Row]] = {}
    for row in rows:
        family = {"data": row.spec.spec["data"], "training": row.spec.spec["training"] | {"batch_size": 0}}
        parts = [
            row.record.framework,
            row.record.style,
            row.record.level,
            row.record.input,
            row.record.device,
            row.record.threads,
        ]
        if row.blocks:
            families.setdefault(json.dumps([family, parts], sort_keys=True), []).append(row)
    found = []
    for members in families.values():
        step_seconds = {
            row.spec.spec["training"]["batch_size"]: {key: seconds / row.steps for key, seconds in row.blocks.items()}
            for row in members
        }
        if len(step_seconds) >= 3:
            fit = statistics.dispatch_and_rate(step_seconds)
            record, sizes = members[0].record, ", ".join(str(size) for size in sorted(step_seconds))
            source = members[0].spec.spec["data"]["source"]
            texts = [
                source,
                record.framework,
                record.style,
                record.input,
                f"{record.device}, {conditions(record.threads)}",
                sizes,
            ]
            numbers = (
                [interval_text(*(1e6 * value for value in vars(fit[0]).values())), interval_text(*vars(fit[1]).values())]
                if fit
                else ["not told apart", ""]
            )
            found.append((fit[0].value if fit else math.inf, [*texts, *numbers]))
    if not found:
        return None
    headings = ["data", "framework", "style", "input", "device", "batch sizes", "dispatch, µs/step", "samples/s when full"]
    columns = [Column(heading, heading, lambda _: "", numeric=number >= 6) for number, heading in enumerate(headings)]
    texts_by_cost = [texts for _, texts in sorted(found, key=lambda item: item[0])]
    return Table("dispatch", "What a step costs before its arithmetic", columns, texts_by_cost, [], [])


COSTS = (  # key in a startup's costs, heading, meaning
    ("start", "start, s", "from its creation until Python and NumPy run"),
    ("import", "import, s", "importing the framework"),
    ("transfer", "transfer, s", "moving the training rows to the device, or making the loader"),
    ("build", "build, s", "making the model and setting its parameters"),
    ("prove", "proof, s", "training for the proof, with tracing and compiling"),
    ("test_clock", "clock test, s", "testing the fence"),
    ("sample", "samples, s", "warming up and training under the clock"),
    ("waiting", "waiting, s", "while others had their turn"),
)


def costs(rows: list[Row]) -> Table:
    """Where the wall time of each cell's first process went; the parts are counted by the process itself."""
    columns = [
        Column("spec", "what is trained", lambda row: row.record.spec, numeric=False),
        *PERFORMANCE[:2],
        PERFORMANCE[3],
        Column("device", "where", lambda row: f"{row.record.device}, {conditions(row.record.threads)}", numeric=False),
        *(Column(heading, meaning, functools.partial(_cost, key)) for key, heading, meaning in COSTS),
        Column("whole, s", "from its creation to its end", lambda row: figure_text(row.record.startups[0].wall_seconds)),
        Column("told, %", "share of the whole that the parts add up to", _told),
    ]
    finished = [row for row in rows if row.record.startups and row.record.startups[0].wall_seconds]
    return Table(
        "costs", "Where the time of a process went", columns, [[c.text(row) for c in columns] for row in finished], [], []
    )


def _cost(key: str, row: Row) -> str:
    seconds = row.record.startups[0].costs.get(key, 0.0)
    return f"{seconds:.2f}" if seconds >= 0.005 else "0"


def _told(row: Row) -> str:
    startup = row.record.startups[0]
    return f"{100 * sum(startup.costs.values()) / startup.wall_seconds:.1f}" if startup.wall_seconds else ""


def proof(rows: list[Row]) -> Table:
    """Every cell's largest distance from the reference and the first epoch that leaves the band."""

    def left_at(row: Row) -> str:
        allowed = row.record.tolerance or 0.0
        epochs = [epoch for epoch, distance in enumerate(row.record.distances, 1) if not distance <= allowed]
        return str(epochs[0]) if epochs else ""

    columns = [
        Column("spec", "what is trained", lambda row: row.record.spec, numeric=False),
        *PERFORMANCE[:4],
        Column("device", "where", lambda row: f"{row.record.device}, {conditions(row.record.threads)}", numeric=False),
        Column("largest distance", "of the weights from the float64 reference", _distance),
        Column("allowed", "what is allowed", lambda row: f"{row.record.tolerance:.0e}" if row.record.tolerance else ""),
        Column("left at epoch", "the first epoch beyond what is allowed", left_at),
        Column("status", "proven, or why not", lambda row: row.record.status.replace("measured", "proven"), numeric=False),
    ]  # fmt: skip
    texts = [[column.text(row) for column in columns] for row in rows]
    return Table("proof", "Proof: distance from the float64 reference", columns, texts, [], _notes(rows))


def _noise(ratio: Estimate | None) -> list[str]:
    if ratio is None:
        return []
    text = interval_text(ratio.value, ratio.low, ratio.high)
    noisy = "" if abs(ratio.value - 1) < NOISY else "; this machine was noisy: do not trust small differences"
    return [f"noise: the baseline measured twice side by side differs by a factor of {text}{noisy}"]


def _notes(rows: list[Row]) -> list[str]:
    marks = sorted({row.record.mark for row in rows if row.record.mark})
    notes = [f"* allowed {tolerance(rows, mark)}: {mark}" for mark in marks]
    reasons: dict[str, list[str]] = {}
    for row in rows:
        why = [f"{row.record.status}: {row.record.reason}"] if row.record.reason else []
        for reason in why + row.record.notes:
            reasons.setdefault(reason, []).append(f"{row.record.framework}/{row.record.style}/{row.record.input}")
    return notes + [f"{', '.join(cells)}: {reason}" for reason, cells in reasons.items()]


def tolerance(rows: list[Row], mark: str) -> str:
    return f"{max(row.record.tolerance or 0.0 for row in rows if row.record.mark == mark):.0e}"


def markdown(table: Table) -> str:
    """The table for GitHub; the best row is bold."""
    lines = [
        "| " + " | ".join(column.heading for column in table.columns) + " |",
        "|" + "|".join("---:" if column.numeric else "---" for column in table.columns) + "|",
    ]
    for number, row in enumerate(table.rows):
        texts = [_escaped(text) for text in row]
        if number in table.emphasis:
            texts = [f"**{text}**" if text else "" for text in texts]
        lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    for character in "\\|*_<>`":
        text = text.replace(character, "\\" + character)
    return text.replace("\n", " ")
