"""A run in pyperf's JSON format (its documentation, "pyperf JSON format", version 1.0), for `pyperf stats` and `compare_to`."""

from typing import Any

from fairfit import statistics
from fairfit.records import CellRecord, Run, Sample


def export(run: Run, samples: list[Sample]) -> dict[str, Any]:
    """One benchmark a measured cell, one pyperf run a generation, one value a sample that counts: seconds of an epoch."""
    benchmarks = []
    for record in run.cells:
        taken = statistics.counted(sample for sample in samples if sample.cell == record.id)
        if record.status == "measured" and taken:
            benchmarks.append({"metadata": _metadata(run, record), "runs": _runs(taken)})
    return {"version": "1.0", "metadata": {}, "benchmarks": benchmarks}


def _metadata(run: Run, record: CellRecord) -> dict[str, Any]:
    return {
        "name": record.id,
        "unit": "second",
        "loops": record.epochs_per_sample,
        "cpu_model_name": run.machine.cpu,
        "python_version": run.machine.python,
        f"{record.cell.framework}_version": record.framework_version,
    }


def _runs(samples: list[Sample]) -> list[dict[str, Any]]:
    generations = sorted({sample.generation for sample in samples})
    return [{"values": [sample.seconds for sample in samples if sample.generation == number]} for number in generations]
