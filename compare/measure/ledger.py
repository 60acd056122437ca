"""The ledger: writes what became of every cell and every inspection of a run, in run.json and samples.jsonl, and nobody else does."""

import dataclasses
from collections.abc import Iterable, Sequence

from fairfit.measure import protocol
from fairfit.measure.process import WorkerFailed, WorkerRefused, WorkerUnavailable
from fairfit.measure.proof import Proof
from fairfit.measure.task import Score
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell, CellRecord, ClockTest, Inspection, Run, Sample, Startup
from fairfit.runfiles import RunFolder

STATUS = {
    "refused": Text("refused", "被拒绝"),
    "unavailable": Text("unavailable", "不可用"),
    "failed": Text("failed", "失败"),
}


class Ledger:
    """Keeps the records of a run: in memory as told, on disk with `save`; samples are on disk at once."""

    def __init__(self, folder: RunFolder, run: Run, progress: Progress) -> None:
        self.run = run
        self._folder = folder
        self._progress = progress
        self._records = {record.id: record for record in run.cells}
        self._files: dict[str, str] = {}  # framework → what was imported

    def save(self) -> None:
        """Write run.json whole."""
        self._folder.write(self.run)

    def record(self, cell: Cell) -> CellRecord:
        return self._records[cell.id]

    def samples(self, group: str) -> list[Sample]:
        """Those of a group, as far as they are on disk."""
        return [sample for sample in self._folder.samples() if self._records[sample.cell].group == group]

    def running(self, cells: Iterable[Cell]) -> list[Cell]:
        """Those that may still be measured."""
        return [cell for cell in cells if self.record(cell).status in ("pending", "measured")]

    # -- what a cell came to

    def ready(self, cell: Cell, ready: protocol.Ready) -> None:
        record = self.record(cell)
        record.framework_version, record.settings = ready.version, dict(ready.settings)
        self._files[cell.framework] = ready.imported

    def same_files(self, cell: Cell) -> str | None:
        """Another version of this framework that was imported from the same file: it would be compared with itself."""
        mine, base = self._files.get(cell.framework), cell.framework.partition("@")[0]
        others = {name: file for name, file in self._files.items() if name != cell.framework and name.partition("@")[0] == base}
        return next((name for name, file in others.items() if mine and file == mine), None)

    def other_card(self, cell: Cell) -> str | None:
        """The card that an earlier cell of the same device was on, where this one is on another."""
        mine = self.record(cell).settings.get("card")
        for record in self._records.values():
            theirs = record.settings.get("card")
            if record.cell.device == cell.device and mine and theirs and theirs != mine:
                return str(theirs)
        return None

    def started(self, cell: Cell, startup: Startup) -> None:
        self.record(cell).startups.append(startup)

    def compared(self, cell: Cell, proof: Proof) -> None:
        """Keep the distances of the first proof over the whole training."""
        record = self.record(cell)
        record.distances, record.times_rounding = list(proof.distances), list(proof.times_rounding)
        record.allowed, record.mark = proof.allowed, proof.mark

    def whole_proof(self, cell: Cell) -> CellRecord | None:
        """The record of the same style on another number of threads, where it was proven over the whole training."""
        for record in self._records.values():
            whole = record.status == "measured" and record.train_losses and not record.proven_as
            if whole and dataclasses.replace(record.cell, threads=cell.threads) == cell:
                return record
        return None

    def proven_as(self, cell: Cell, other: CellRecord) -> None:
        """Keep that the proof of the other counts here too."""
        record = self.record(cell)
        record.distances, record.times_rounding = list(other.distances), list(other.times_rounding)
        record.allowed, record.mark, record.proven_as = other.allowed, other.mark, other.id
        record.train_losses, record.penalty = list(other.train_losses), other.penalty
        record.metric, record.test_metric = other.metric, other.test_metric

    def scored(self, cell: Cell, score: Score) -> None:
        record = self.record(cell)
        record.train_losses, record.penalty = score.losses, score.penalty
        record.metric, record.test_metric = score.metric, score.value

    def proven(self, cell: Cell) -> None:
        """All that was asked for of a cell whose time is not wanted."""
        self.record(cell).status = "measured"

    def clock_tested(self, cell: Cell, test: ClockTest) -> None:
        self.record(cell).clock = test

    def sampled(self, cell: Cell, sample: Sample) -> None:
        self._folder.append(sample)
        self.record(cell).status = "measured"

    def finished(self, cell: Cell, finished: protocol.Finished) -> None:
        """What the process of a cell cost in the end."""
        startup = self.record(cell).startups[-1]
        startup.peak_rss_bytes, startup.wall_seconds = finished.peak_rss_bytes, finished.wall_seconds
        startup.costs, startup.own_bytes = dict(finished.costs), finished.own_bytes or None

    def noted(self, cell: Cell, note: Text) -> None:
        """Add a note, once."""
        if note not in self.record(cell).notes:
            self.record(cell).notes.append(note)

    def refused(self, cell: Cell, reason: Text) -> None:
        self._set(cell, "refused", reason)

    def unavailable(self, cell: Cell, reason: Text | str, log: Sequence[str] = ()) -> None:
        self._set(cell, "unavailable", reason, log)

    def failed(self, cell: Cell, failure: WorkerFailed) -> None:
        """The worker failed; or found that the cell is not available here."""
        self._set(cell, _status(failure), failure.reason, failure.log)

    def _set(self, cell: Cell, status: str, reason: Text | str, log: Sequence[str] = ()) -> None:
        record = self.record(cell)
        record.status, record.reason, record.log = status, reason, list(log)
        self._progress.note(Text(f"{cell.id}: {status}: ", f"{cell.id}：{STATUS[status].zh}：") + reason)

    # -- what a group came to

    def generations(self, group: str) -> int:
        """How many are complete."""
        return self.run.generations.get(group, 0)

    def generation_complete(self, group: str) -> int:
        """Count one more; returns how many there are."""
        self.run.generations[group] = self.run.generations.get(group, 0) + 1
        return self.run.generations[group]

    def group_finished(self, group: str) -> None:
        self.run.finished.append(group)
        self.save()

    def on_cpus(self, group: str, cpus: Sequence[int]) -> None:
        """Where the group is timed; a run that is continued may have been elsewhere before."""
        self.run.cpus[group] = sorted({*self.run.cpus.get(group, []), *cpus})

    def spent(self, wall_seconds: float, harness_seconds: float) -> None:
        self.run.wall_seconds, self.run.harness_seconds = wall_seconds, harness_seconds

    # -- what an inspection came to

    def found(self, inspection: Inspection, findings: object) -> None:
        inspection.found, inspection.status = findings, "measured"

    def found_nothing(self, inspection: Inspection, failure: WorkerFailed) -> None:
        inspection.status, inspection.reason, inspection.log = _status(failure), failure.reason, failure.log
        told = f"{inspection.framework}, {inspection.topic}"
        zh = f"{inspection.framework}，{inspection.topic}：{STATUS[inspection.status].zh}："
        self._progress.note(Text(f"{told}: {inspection.status}: ", zh) + failure.reason)


def _status(failure: WorkerFailed) -> str:
    match failure:
        case WorkerUnavailable():
            return "unavailable"
        case WorkerRefused():
            return "refused"
    return "failed"
