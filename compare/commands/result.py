"""What a run came to, as the Python API gives it and the commands print it."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fairfit.commands.answer import Status
from fairfit.models.probes import Tried
from fairfit.reporting import cells, evidence, sweeps
from fairfit.reporting.evidence import Evidence
from fairfit.runfiles import RunFolder


@dataclass(frozen=True)
class Result:
    """A run that was read from its folder; of several runs in one report, `folder` is that of the report. `explained` has what
    came of the stages of a training, for cells (by id) that were refused, where that was asked for."""

    folder: Path
    evidence: Evidence
    explained: Mapping[str, Sequence[Tried]] = field(default_factory=dict)

    @property
    def cells(self) -> pd.DataFrame:
        """One row a cell, with the columns of cells.csv: 'epoch_seconds', 'ratio', 'status', 'proof_error', …"""
        return cells.frame(self.evidence.rows)

    @property
    def settings(self) -> pd.DataFrame:
        """Of a sweep: one row a setting, with its values, 'loss' and 'metric' in the end, the 'epochs' to the target, and framework,
        style and 'seconds' of the cell that trains there soonest. Empty for other runs."""
        return pd.DataFrame(
            [sweeps.values(sweep, one) for sweep in sweeps.sweeps(self.evidence) for one in sweep.record.settings]
        )

    @property
    def report(self) -> Path:
        """The page to open in a browser."""
        return self.folder / "report.html"

    @property
    def status(self) -> Status:
        """OK where every cell that can be had here was proven, NO where one was refused, else INCOMPLETE."""
        statuses = {row.record.status for row in self.evidence.rows}
        if "refused" in statuses:
            return Status.NO
        if statuses & {"failed", "pending"} or "measured" not in statuses:
            return Status.INCOMPLETE
        return Status.OK

    def as_json(self) -> str:
        """The cells as a JSON list, numbers as numbers."""
        return str(self.cells.to_json(orient="records", indent=1, double_precision=15))

    def explained_as_json(self) -> str:
        """The cells, and the stages of those that were explained."""
        stages = {
            cell: [{"stage": str(one.probe.stage), "passed": one.passed, "told": str(one.told())} for one in tried]
            for cell, tried in self.explained.items()
        }
        return json.dumps({"cells": json.loads(self.as_json()), "explained": stages}, indent=1)

    def sweep_as_json(self) -> str:
        """Settings and cells of a sweep."""
        found = {name: json.loads(frame.to_json(orient="records", double_precision=15)) for name, frame in self._frames.items()}
        return json.dumps(found, indent=1)

    @property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {"settings": self.settings, "cells": self.cells}

    def _repr_html_(self) -> str:
        return str(self.cells.to_html())


AnyRun = str | os.PathLike[str] | Result


def read_result(folder: Path) -> Result:
    """Raises UserError where the folder holds no run or a damaged one."""
    return Result(folder, evidence.read([RunFolder(folder)]))
