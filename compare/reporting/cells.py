"""The rows of a run: one for each cell, everything in it derived from run.json and the samples."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairfit import statistics
from fairfit.records import CellRecord, Run, Sample, SpecRecord
from fairfit.statistics import Estimate

COLUMNS = (  # of cells.csv; a contract: more may follow, these keep their names
    "model", "dataset", "framework", "framework_version", "style", "level", "device", "threads", "input", "batch_size",
    "status", "reason", "import_seconds", "build_seconds", "first_epoch_seconds", "epoch_seconds", "epoch_seconds_low",
    "epoch_seconds_high", "step_microseconds", "samples_per_second", "cpus_used", "peak_rss_bytes", "train_loss",
    "test_metric", "metric", "proof_error",
    "spec", "ratio", "ratio_low", "ratio_high", "verdict", "mark", "generations", "samples", "run", "times_rounding",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One cell with its figures; `epoch` (seconds) and `ratio` to the fastest of its group are None where it has no time.

    `steps` is the number of mini-batches in an epoch, `blocks` the seconds of an epoch by generation and block, `samples`
    how many count; `turns` has the blocks of all cells that took turns with this one. `run` labels the run where a report
    covers several, and is empty where there is one.
    """

    record: CellRecord
    spec: SpecRecord
    steps: int
    blocks: statistics.Blocks
    turns: statistics.Group
    epoch: Estimate | None
    ratio: Estimate | None
    verdict: str
    samples: int
    cpus_used: float | None
    run: str = ""

    @property
    def group(self) -> str:
        """Cells of one group took turns, and only they can be compared by a ratio."""
        return "/".join([self.record.group, self.run] if self.run else [self.record.group])

    def times(self, other: "Row") -> Estimate | None:
        """How many times longer than another of the same group an epoch takes; None where they share no block."""
        return self.turns.ratio(self.record.id, other.record.id)

    @property
    def batch_size(self) -> int:
        return int(self.spec.spec["training"]["batch_size"])

    @property
    def generations(self) -> int:
        return len({generation for generation, _ in self.blocks})

    @property
    def step_microseconds(self) -> float | None:
        return self.epoch.value / self.steps * 1e6 if self.epoch else None

    @property
    def samples_per_second(self) -> float | None:
        return self.spec.rows / self.epoch.value if self.epoch else None

    @property
    def import_seconds(self) -> float | None:
        """The median of all processes."""
        return _median(startup.import_seconds for startup in self.record.startups)

    @property
    def build_seconds(self) -> float | None:
        """The median of all processes."""
        return _median(startup.build_seconds for startup in self.record.startups)

    @property
    def first_epoch_seconds(self) -> float | None:
        """Of the first process: compiled from nothing."""
        return self.record.startups[0].first_epoch_seconds if self.record.startups else None

    @property
    def peak_rss_bytes(self) -> int | None:
        """The largest of all processes."""
        known = [startup.peak_rss_bytes for startup in self.record.startups if startup.peak_rss_bytes is not None]
        return max(known, default=None)

    @property
    def train_loss(self) -> float | None:
        return self.record.train_losses[-1] if self.record.train_losses else None

    @property
    def proof_error(self) -> float | None:
        """The largest distance from the reference; one that is no number counts as the largest."""
        return max(self.record.distances, key=lambda value: math.inf if math.isnan(value) else value, default=None)

    @property
    def times_rounding(self) -> float | None:
        """The largest distance in multiples of what rounding makes; one that is no number counts as the largest."""
        return max(self.record.times_rounding, key=lambda value: math.inf if math.isnan(value) else value, default=None)

    def values(self) -> dict[str, Any]:
        """By the names of COLUMNS; None where there is nothing."""
        cell, record = self.record.cell, self.record
        return {
            "model": self.spec.spec["model"],
            "dataset": self.spec.spec["data"]["source"],
            "framework": cell.framework,
            "framework_version": record.framework_version,
            "style": cell.style,
            "level": record.level,
            "device": cell.device,
            "threads": cell.threads,
            "input": cell.input,
            "batch_size": self.batch_size,
            "status": record.status,
            "reason": str(record.reason),
            "import_seconds": self.import_seconds,
            "build_seconds": self.build_seconds,
            "first_epoch_seconds": self.first_epoch_seconds,
            "epoch_seconds": self.epoch.value if self.epoch else None,
            "epoch_seconds_low": self.epoch.low if self.epoch else None,
            "epoch_seconds_high": self.epoch.high if self.epoch else None,
            "step_microseconds": self.step_microseconds,
            "samples_per_second": self.samples_per_second,
            "cpus_used": self.cpus_used,
            "peak_rss_bytes": self.peak_rss_bytes,
            "train_loss": self.train_loss,
            "test_metric": record.test_metric,
            "metric": record.metric,
            "proof_error": self.proof_error,
            "spec": cell.spec,
            "ratio": self.ratio.value if self.ratio else None,
            "ratio_low": self.ratio.low if self.ratio else None,
            "ratio_high": self.ratio.high if self.ratio else None,
            "verdict": self.verdict,
            "mark": str(record.mark),
            "generations": self.generations,
            "samples": self.samples,
            "run": self.run,
            "times_rounding": self.times_rounding,
        }


def rows(run: Run, samples: Iterable[Sample], name: str = "") -> list[Row]:
    """All cells in the order of the plan; a cell that is refused or failed gets no time. `name` labels the run where a
    report covers several."""
    records = [record for record in run.cells if not record.cell.twin]
    of_cell: dict[str, list[Sample]] = {record.id: [] for record in records if record.status == "measured"}
    for sample in samples:
        if sample.cell in of_cell:
            of_cell[sample.cell].append(sample)
    groups: dict[str, list[CellRecord]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(record)
    made = {row.record.id: row for members in groups.values() for row in _rows_of_group(run, members, of_cell, name)}
    return [made[record.id] for record in records]


def _rows_of_group(run: Run, records: list[CellRecord], of_cell: Mapping[str, list[Sample]], name: str) -> list[Row]:
    """A fastest row that others may equal is tied with them."""
    turns = statistics.Group(statistics.by_cell(sample for record in records for sample in of_cell.get(record.id, [])))
    made = [_row(run, record, of_cell.get(record.id, []), turns, name) for record in records]
    epochs = {row.record.id: row for row in made if row.epoch}
    fastest = min(epochs, key=lambda cell: _seconds(epochs[cell]), default=None)
    if fastest is None:
        return made
    precision = float(run.options.get("precision", 0.02))
    compared = [_compared(row, epochs[fastest], precision) for row in made]
    tied = any(row.verdict in ("no difference shown", "inconclusive") for row in compared)
    return [dataclasses.replace(row, verdict="tied") if tied and row.verdict == "fastest" else row for row in compared]


def _seconds(row: Row) -> float:
    return row.epoch.value if row.epoch else math.inf


def _compared(row: Row, fastest: Row, precision: float) -> Row:
    """No ratio and no verdict where a cell shares no block with the fastest."""
    ratio = row.times(fastest) if row.epoch else None
    if ratio is None:
        return row
    verdict = "fastest" if row is fastest else statistics.verdict(ratio, precision)
    return dataclasses.replace(row, ratio=ratio, verdict=verdict)


def _row(run: Run, record: CellRecord, samples: list[Sample], turns: statistics.Group, name: str) -> Row:
    spec = run.specs[record.cell.spec]
    samples = statistics.counted(samples)
    blocks = turns.cells.get(record.id, {})
    return Row(
        record,
        spec,
        steps=math.ceil(spec.rows / spec.spec["training"]["batch_size"]),
        blocks=blocks,
        turns=turns,
        epoch=turns.epoch_seconds(record.id) if blocks else None,
        ratio=None,
        verdict="",
        samples=len(samples),
        cpus_used=_share(samples) if samples else None,
        run=name,
    )


def _share(samples: list[Sample]) -> float:
    wall = math.fsum(sample.seconds for sample in samples)
    return math.fsum(sample.cpu_seconds for sample in samples) / wall if wall else math.nan


def noise(run: Run, samples: Iterable[Sample]) -> dict[str, Estimate]:
    """For each group in which a cell was measured twice side by side: the ratio of the two, which should be 1."""
    measured = {record.id for record in run.cells if record.status == "measured"}
    blocks = statistics.by_cell(sample for sample in samples if sample.cell in measured)
    ratios = {}
    for record in run.cells:
        original = dataclasses.replace(record.cell, twin=0).id
        if record.cell.twin and record.id in blocks and original in blocks:
            ratio = statistics.ratio(blocks[record.id], blocks[original])
            if ratio:
                ratios[record.group] = ratio
    return ratios


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows as cells.csv has them."""
    return pd.DataFrame([row.values() for row in rows], columns=list(COLUMNS))


def _median(values: Iterable[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    return float(np.median(known)) if known else None
