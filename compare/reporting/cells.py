"""The rows of a run: one for each cell, everything in it derived from run.json and the samples."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fairfit import statistics
from fairfit.records import CellRecord, Run, Sample, SpecRecord
from fairfit.statistics import Estimate

COLUMNS = (  # of cells.csv; a contract: more may follow, these keep their names
    "model", "dataset", "framework", "framework_version", "style", "level", "device", "threads", "input", "batch_size",
    "status", "reason", "import_seconds", "build_seconds", "first_epoch_seconds", "epoch_seconds", "epoch_seconds_low",
    "epoch_seconds_high", "step_microseconds", "samples_per_second", "cpus_used", "peak_rss_bytes", "train_loss",
    "test_metric", "metric", "proof_error",
    "spec", "ratio", "ratio_low", "ratio_high", "verdict", "mark", "generations", "samples", "run",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One cell with its figures; `epoch` (seconds) and `ratio` to the fastest of its group are None where it has no time.

    `steps` is the number of mini-batches in an epoch, `blocks` the seconds of an epoch by generation and block. `run` names
    the run where several are told together, and is empty where there is one.
    """

    record: CellRecord
    spec: SpecRecord
    steps: int
    blocks: statistics.Blocks
    epoch: Estimate | None
    ratio: Estimate | None
    verdict: str
    values: dict[str, Any]
    run: str = ""

    @property
    def group(self) -> str:
        """Cells of one group took turns, and only they can be compared by a ratio."""
        return "/".join([self.record.group, self.run] if self.run else [self.record.group])


def rows(run: Run, samples: list[Sample], name: str = "") -> list[Row]:
    """All cells in the order of the plan; a cell that is refused or failed gets no time. `name` is the run's among several."""
    records = [record for record in run.cells if not record.cell.twin]
    measured = {record.id for record in records if record.status == "measured"}
    of_cell: dict[str, list[Sample]] = {record.id: [] for record in records}
    for sample in samples:
        if sample.cell in measured:
            of_cell[sample.cell].append(sample)
    blocks = {cell: statistics.by_cell(taken)[cell] for cell, taken in of_cell.items() if taken}
    fastest = {
        group: statistics.fastest(
            {other.id: blocks[other.id] for other in records if other.group == group and other.id in blocks}
        )
        for group in {record.group for record in records}
    }
    precision = float(run.options.get("precision", 0.02))
    made = [_row(run, record, of_cell[record.id], blocks, fastest[record.group], precision, name) for record in records]
    for row in made:
        if row.verdict == "fastest" and any(_may_be_as_fast(other) for other in made if other.group == row.group):
            row.values["verdict"] = "tied"
    return [dataclasses.replace(row, verdict=row.values["verdict"]) for row in made]


def _may_be_as_fast(row: Row) -> bool:
    return row.verdict in ("no difference shown", "inconclusive")


def noise(run: Run, samples: list[Sample]) -> dict[str, Estimate]:
    """For each group in which a cell was measured twice side by side: the ratio of the two, which should be 1."""
    measured = {record.id for record in run.cells if record.status == "measured"}
    blocks = statistics.by_cell(sample for sample in samples if sample.cell in measured)
    found = {}
    for record in run.cells:
        original = record.id.rpartition("/")[0]
        if record.cell.twin and record.id in blocks and original in blocks:
            ratio = statistics.ratio(blocks[record.id], blocks[original])
            if ratio:
                found[record.group] = ratio
    return found


def frame(rows_: list[Row]) -> pd.DataFrame:
    """The rows as cells.csv has them."""
    return pd.DataFrame([row.values for row in rows_], columns=list(COLUMNS))


def _row(
    run: Run,
    record: CellRecord,
    samples: list[Sample],
    blocks: Mapping[str, statistics.Blocks],
    fastest: str | None,
    precision: float,
    name: str,
) -> Row:
    spec = run.specs[record.cell.spec]
    batch_size = spec.spec["training"]["batch_size"]
    steps = math.ceil(spec.rows / batch_size)
    epoch = statistics.epoch_seconds(blocks[record.id]) if record.id in blocks else None
    ratio = statistics.ratio(blocks[record.id], blocks[fastest]) if epoch and fastest else None
    verdict = ""
    if ratio is not None:
        verdict = "fastest" if record.id == fastest else statistics.verdict(ratio, precision)
    startups = pd.DataFrame([vars(startup) for startup in record.startups])
    cold = record.startups[0] if record.startups else None
    values: dict[str, Any] = {
        "model": spec.spec["model"],
        "dataset": spec.spec["data"]["source"],
        "framework": record.cell.framework,
        "framework_version": record.framework_version,
        "style": record.cell.style,
        "level": record.level,
        "device": record.cell.device,
        "threads": record.cell.threads,
        "input": record.cell.input,
        "batch_size": batch_size,
        "status": record.status,
        "reason": record.reason,
        "import_seconds": startups["import_seconds"].median() if cold else None,
        "build_seconds": startups["build_seconds"].median() if cold else None,
        "first_epoch_seconds": cold.first_epoch_seconds if cold else None,  # of the first process: compiled from nothing
        "peak_rss_bytes": startups["peak_rss_bytes"].max() if cold else None,
        "train_loss": record.train_losses[-1] if record.train_losses else None,
        "test_metric": record.test_metric,
        "metric": record.metric,
        "proof_error": max(record.distances, key=_nan_is_largest) if record.distances else None,
        "spec": record.cell.spec,
        "mark": record.mark,
        "generations": len({sample.generation for sample in samples}),
        "samples": len(samples),
        "verdict": verdict,
        "run": name,
    }
    if epoch and ratio:
        values |= {
            "epoch_seconds": epoch.value,
            "epoch_seconds_low": epoch.low,
            "epoch_seconds_high": epoch.high,
            "step_microseconds": epoch.value / steps * 1e6,
            "samples_per_second": spec.rows / epoch.value,
            "cpus_used": sum(sample.cpu_seconds for sample in samples) / sum(sample.seconds for sample in samples),
            "ratio": ratio.value,
            "ratio_low": ratio.low,
            "ratio_high": ratio.high,
        }
    return Row(record, spec, steps, blocks.get(record.id, {}), epoch, ratio, verdict, values, name)


def _nan_is_largest(value: float) -> float:
    return math.inf if math.isnan(value) else value
