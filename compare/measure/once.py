"""What a compiler makes once a machine is made before anything is timed, so that no cell is charged with it."""

from pathlib import Path

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import crew, environment, protocol
from fairfit.measure.crew import Errand
from fairfit.measure.hold import Hold
from fairfit.measure.plan import Plan
from fairfit.measure.process import Worker, WorkerFailed
from fairfit.models import exercise
from fairfit.models.sources.synthetic_linear import SyntheticLinear
from fairfit.models.spec import Spec, Training
from fairfit.models.text import Text
from fairfit.progress import Progress

EXERCISE = Spec(
    "once", "linear", "synthetic-linear", SyntheticLinear(rows=16, test_rows=4), Training(0.1, batch_size=16, epochs=1)
)


def prepare(plan: Plan, folder: Path, time_limit: float, progress: Progress, on: Hold) -> None:
    """Compile a little in each framework that keeps something of it for all workers, where nothing is kept yet."""
    styles: dict[str, str] = {}
    for cell in plan.cells:
        entry = registry.find(cell.framework)
        compiles = entry.styles[cell.style].needs and not any(need.missing() for need in entry.styles[cell.style].needs)
        if compiles and cell.id not in plan.impossible and _lacks(entry):
            styles.setdefault(cell.framework, cell.style)
    if not styles:
        return
    exercise.lay_out(EXERCISE, folder / "exercise")
    for name, style in styles.items():
        entry = registry.find(name)
        what = Text(f"{entry.title}: what its compiler makes once a machine", f"{entry.title}：编译器在每台机器上只做一次的部分")
        progress.stage(what, 1)
        with on.lanes(1) as lanes:
            errand = _Compilation(entry, style, folder, time_limit)
            crew.carry_out([errand], lanes[:1], progress)
            errand.close()


def _lacks(entry: Entry) -> bool:
    """Whether one of its shared folders holds nothing."""
    places = [environment.shared_folder(entry, name) for name in entry.shared_folders]
    return any(place is not None and not (place.is_dir() and any(place.iterdir())) for place in places)


class _Compilation(Errand):
    """Trains one epoch of a little in a style; what fails will fail again where a cell tells of it."""

    def __init__(self, entry: Entry, style: str, folder: Path, time_limit: float) -> None:
        self.entry = entry
        self.style = style
        self.folder = folder
        self.time_limit = time_limit
        self.worker: Worker | None = None

    def start(self, cpus: list[int]) -> Worker | None:
        variables = environment.of_worker(self.entry, "1", self.folder / "own")
        job = protocol.ImportJob(self.entry, str(self.folder / "exercise"), cpus)
        self.worker = Worker(job, variables, self.folder / self.entry.name, self.time_limit)
        return self.worker

    def heard(self, reply: protocol.Reply) -> protocol.Request | None:
        return protocol.Try(self.style) if isinstance(reply, protocol.Imported) else None

    def failed(self, failure: WorkerFailed) -> None:
        pass

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
