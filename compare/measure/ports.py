"""A regression carried to a framework: written, read again and predicted with by a worker of that framework."""

from dataclasses import dataclass
from pathlib import Path

from fairfit.frameworks.entry import Entry
from fairfit.frameworks.ports.form import Carried
from fairfit.measure import crew, environment, porting
from fairfit.measure.crew import Errand
from fairfit.measure.process import Worker, WorkerFailed
from fairfit.measure.protocol import Ported, PortJob, Reply
from fairfit.models.text import Text
from fairfit.progress import Progress


@dataclass(frozen=True)
class Port:
    """One way to write it: the framework, and its form by name."""

    entry: Entry
    form: str


class Porting(Errand):
    """Writes it to `to`. What came of it is in `reply`, or in `failure`; `folder` takes files, `rows` is that of an exercise whose
    rows are predicted too."""

    def __init__(self, port: Port, carried: Carried, to: Path, folder: Path, rows: Path | None, time_limit: float) -> None:
        self.port = port
        self.carried = carried
        self.to = to
        self.folder = folder
        self.rows = rows
        self.time_limit = time_limit
        self.reply: Ported | None = None
        self.failure: WorkerFailed | None = None

    def start(self, cpus: list[int]) -> Worker:
        self.folder.mkdir(parents=True)
        carried = self.folder / "carried.npz"
        porting.pack(self.carried, carried)
        job = PortJob(self.port.entry, self.port.form, str(carried), str(self.to), str(self.rows or ""), cpus)
        variables = environment.of_worker(self.port.entry, "1", self.folder / "own")
        return Worker(job, variables, self.folder, self.time_limit)

    def heard(self, reply: Reply) -> None:
        assert isinstance(reply, Ported)
        self.reply = reply

    def failed(self, failure: WorkerFailed) -> None:
        self.failure = failure


def carry_out(portings: list[Porting], lanes: list[list[int]], progress: Progress) -> None:
    """All of them, side by side."""
    progress.stage(Text("writing, reading again and predicting", "写入、读回与预测"), len(portings))
    crew.carry_out(portings, lanes, progress)
