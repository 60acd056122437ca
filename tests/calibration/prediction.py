"""Is the time to a target as predicted? `python -m tests.calibration.prediction` asks on this machine.

Predicted is what the report tells: start and first epoch of the first process, and steady epochs. Measured is another process,
from the start of its import to the end of its last epoch, in a home of its own: compiled from nothing. Cells are drawn at random.
"""

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fairfit.frameworks import registry
from fairfit.measure import environment, protocol, runner
from fairfit.measure.hold import unlocked
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan, Selection, make
from fairfit.measure.process import Worker
from fairfit.models import exercise
from fairfit.models import spec as specs
from fairfit.progress import Silent
from fairfit.records import Cell, Run
from fairfit.reporting import evidence
from fairfit.reporting.races import from_nothing
from fairfit.runfiles import RunFolder
from fairfit.statistics import Estimate

SPECS = ("article-linear", "article-softmax", "digits", "diabetes")


@dataclass(frozen=True)
class Outcome:
    """Seconds from nothing to the end of a training."""

    cell: Cell
    epochs: int
    predicted: Estimate
    measured: float

    @property
    def inside(self) -> bool:
        return self.predicted.low <= self.measured <= self.predicted.high


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.prediction", description=__doc__)
    parser.add_argument("--cells", type=int, default=24, help="drawn at random (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("results/prediction.md"), help="(default: %(default)s)")
    asked = parser.parse_args()
    plan = make([specs.find(name) for name in SPECS], Selection(threads=["1"]))
    possible = [cell for cell in plan.cells if cell.id not in plan.impossible and not cell.twin]
    found = []
    for cell in random.Random(asked.seed).sample(possible, asked.cells):
        found.append(outcome(cell))
        print(told(found[-1]), file=sys.stderr)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(page(found, asked.seed), encoding="utf-8")
    print(asked.out.read_text(encoding="utf-8"))
    return 0 if sum(one.inside for one in found) >= 0.95 * len(found) else 1


def outcome(cell: Cell) -> Outcome:
    """Run a cell as `fairfit run --quick` does, predict, and measure another process."""
    spec = specs.find(cell.spec)
    with tempfile.TemporaryDirectory() as folder, Silent() as progress:
        run_folder = RunFolder(Path(folder) / "run")
        run_folder.create()
        options = Options(budget=0.0, solving=False)
        run = Run("run", "2026-11-30 00:00 UTC", "", environment.of_machine(), vars(options).copy())
        runner.run(Plan({spec.name: spec}, [cell]), run_folder, run, options, data_dir=None, progress=progress)
        (row,) = evidence.read([run_folder]).rows
        assert row.epoch is not None, row.record.reason
        return Outcome(cell, spec.training.epochs, from_nothing(row, spec.training.epochs), measured(cell, spec, Path(folder)))


def measured(cell: Cell, spec: specs.Spec, folder: Path) -> float:
    """Seconds of import, transfer, build and all epochs of a fresh process that has nothing compiled."""
    entry = registry.find(cell.framework)
    exercise.lay_out(spec, folder / "exercise")
    variables = environment.of_worker(entry, cell.threads, folder / "own")
    job = protocol.CellJob(entry, cell.style, cell.device, cell.input, str(folder / "exercise"), unlocked().of(cell.threads))
    worker = Worker(job, variables, folder / "worker", 600.0)
    try:
        ready = worker.reply(protocol.Ready)
        worker.ask(protocol.Prove(spec.training.epochs, str(folder / "proof.npz")))
        proven = worker.reply(protocol.Proven)
    finally:
        worker.close()
    return sum(ready.costs[part] for part in ("import", "transfer", "build")) + sum(proven.epoch_seconds)


def told(one: Outcome) -> str:
    return (
        f"{one.cell.id}: {one.epochs} epochs: predicted {one.predicted.value:.3g} s [{one.predicted.low:.3g}, {one.predicted.high:.3g}], "
        f"measured {one.measured:.3g} s{'' if one.inside else ': OUTSIDE'}"
    )


def page(found: list[Outcome], seed: int) -> str:
    inside, machine = sum(one.inside for one in found), environment.of_machine()
    lines = [
        "# Predicted and measured time to the end of a training",
        "",
        f"{len(found)} cells drawn at random (seed {seed}) on {machine.cpus} CPUs of {machine.cpu}, each on one: from nothing, start and "
        f"compiling in it. Inside the predicted interval: {inside} of {len(found)}.",
        "",
        "| cell | epochs | predicted, s | measured, s | measured / predicted | inside |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for one in found:
        told = f"{one.predicted.value:.3g} [{one.predicted.low:.3g}, {one.predicted.high:.3g}]"
        ratio = one.measured / one.predicted.value
        lines.append(
            f"| {one.cell.id} | {one.epochs} | {told} | {one.measured:.3g} | {ratio:.2f} | {'yes' if one.inside else '**no**'} |"
        )
    return "\n".join([*lines, "", f"`python -m tests.calibration.prediction --cells {len(found)} --seed {seed}`", ""])


if __name__ == "__main__":
    sys.exit(main())
