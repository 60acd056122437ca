"""A small run with the NumPy baseline and the fakes, as it lies on disk in the end."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fairfit.measure import plan, runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Selection
from fairfit.models.spec import Spec
from fairfit.models.text import Text
from fairfit.progress import Silent
from fairfit.records import CellRecord, Run, Sample
from fairfit.runfiles import RunFolder
from tests.workbench import MACHINE, tiny

QUICK = Options(
    precision=1e-9, budget=0, least_generations=1, most_generations=1, blocks=2, time_limit=60, again=0, solving=False
)


class Recorder(Silent):
    """Remembers what it is told; `at_step` is called whenever a piece of work is done."""

    def __init__(self, at_step: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.at_step = at_step
        self.notes: list[str] = []

    def step(self) -> None:
        self.at_step()

    def note(self, text: Text | str) -> None:
        self.notes.append(str(text))


@dataclass
class Outcome:
    """A run as it lies on disk, and what was told while it went on."""

    run: Run
    samples: list[Sample]
    folder: RunFolder
    progress: Recorder

    def cell(self, style: str, framework: str = "fake") -> CellRecord:
        return next(cell for cell in self.run.cells if (cell.cell.framework, cell.cell.style) == (framework, style))

    def statuses(self) -> dict[str, str]:
        return {f"{cell.cell.framework} {cell.cell.style}": cell.status for cell in self.run.cells}

    def samples_of(self, style: str, framework: str = "fake") -> list[Sample]:
        return [sample for sample in self.samples if sample.cell == self.cell(style, framework).id]

    def generations(self) -> int:
        return len({sample.generation for sample in self.samples})


def empty_run(options: Options = QUICK) -> Run:
    return Run("test", "2020-01-01 00:00 UTC", "test", MACHINE, dataclasses.asdict(options))


def measure(
    path: Path,
    styles: list[str],
    options: Options = QUICK,
    *,
    specs: tuple[Spec, ...] = (),
    frameworks: tuple[str, ...] = ("numpy", "fake"),
    devices: tuple[str, ...] = ("cpu",),
    threads: tuple[str, ...] = ("1",),
    at_step: Callable[[], object] = lambda: None,
    made: Run | None = None,
) -> Outcome:
    """Measure the NumPy baseline and these styles, then read back what lies on disk; `made` is what the runner fills."""
    selection = Selection(frameworks=frameworks, styles=["numpy", *styles], devices=devices, threads=threads)
    laid_out = plan.make(specs or (tiny(),), selection)
    folder = RunFolder(path)
    folder.create()
    made = made or empty_run(options)
    progress = Recorder(at_step)
    runner.run(laid_out, folder, made, options, data_dir=None, progress=progress)
    return Outcome(folder.read(), folder.samples(), folder, progress)
