"""What is found out about a framework without timing a cell: topic by topic, each in a process of its own."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from fairfit.frameworks import registry, topics
from fairfit.measure import crew, environment
from fairfit.measure.crew import Errand
from fairfit.measure.hold import Hold
from fairfit.measure.ledger import Ledger
from fairfit.measure.process import Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.protocol import Found, Reply, TopicJob
from fairfit.models import exercise, spec
from fairfit.models.errors import DataError, UserError
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain
from fairfit.progress import Progress
from fairfit.records import Inspection


def chosen(asked: Sequence[str] | None, *, whole: bool) -> list[str]:
    """The topics asked for; by default all where the `whole` comparison is made, else none. Raises UserError."""
    names = [topic.name for topic in topics.TOPICS]
    if asked is None:
        return names if whole else []
    for topic in asked:
        if topic not in (*names, "all", "none"):
            raise UserError(registry.unknown(Text("topic", "专题"), topic, (*names, "all", "none")))
    return [topic for topic in names if topic in asked or "all" in asked]


def planned(names: Iterable[str], frameworks: Iterable[str]) -> list[Inspection]:
    """One inspection for each of these topics and each of the frameworks that has a file for it."""
    frameworks = list(frameworks)
    return [
        Inspection(name, framework)
        for name in names
        for framework in frameworks
        if topics.find(name).module(framework) is not None
    ]


def carry_out(ledger: Ledger, scratch: Path, *, data_dir: Path | None, time_limit: float, progress: Progress, hold: Hold) -> None:
    """Fill in those that are pending; as many at a time as there are CPUs, each confined to one of them."""
    waiting = [inspection for inspection in ledger.run.inspections if inspection.status == "pending"]
    if not waiting:
        return
    progress.stage(Text("looking into what is not timed", "考察不计时的方面"), len(waiting))
    names = {name for inspection in waiting for name in topics.find(inspection.topic).exercises}
    folders = _lay_out(names, scratch, data_dir, progress)
    looks = [Look(inspection, ledger, folders, scratch, time_limit) for inspection in waiting]
    with hold.lanes(1) as lanes:
        crew.carry_out(looks, lanes, progress)


class Look(Errand):
    """One inspection; `exercises` are folders by name of the spec."""

    def __init__(
        self, inspection: Inspection, ledger: Ledger, exercises: Mapping[str, str], scratch: Path, time_limit: float
    ) -> None:
        self.inspection = inspection
        self.ledger = ledger
        self.exercises = exercises
        self.folder = scratch / f"{inspection.topic}-{inspection.framework}"
        self.time_limit = time_limit
        self.topic = topics.find(inspection.topic)
        self.began = 0.0
        self.log: Callable[[], list[str]] = list

    def start(self, cpus: list[int]) -> Worker | None:
        entry, module = registry.find(self.inspection.framework), self.topic.module(self.inspection.framework)
        if module is None:  # planned by a version that had it
            reason = Text("this version of fairfit does not look into it", "此版本的 fairfit 不考察它")
            self.ledger.found_nothing(self.inspection, WorkerUnavailable(reason, [], "topic"))
            return None
        exercises = {name: folder for name, folder in self.exercises.items() if name in self.topic.exercises}
        job = TopicJob(entry, module, exercises, cpus)
        self.began = time.monotonic()
        worker = Worker(job, environment.of_worker(entry, "1", self.folder / "own"), self.folder, self.time_limit)
        self.log = worker.log_tail
        return worker

    def heard(self, reply: Reply) -> None:
        self.inspection.seconds = time.monotonic() - self.began
        assert isinstance(reply, Found)
        try:
            findings = from_plain(self.topic.findings, reply.findings)
        except Misfit as misfit:
            reason = Text(f"not of the shape that its topic has: {misfit}", f"所得结果与其专题规定的结构不符：{misfit}")
            raise WorkerFailed(reason, self.log()) from misfit
        self.ledger.found(self.inspection, findings)

    def failed(self, failure: WorkerFailed) -> None:
        self.inspection.seconds = time.monotonic() - self.began
        self.ledger.found_nothing(self.inspection, failure)


def _lay_out(names: Iterable[str], scratch: Path, data_dir: Path | None, progress: Progress) -> dict[str, str]:
    """The folders of those exercises whose data is at hand."""
    folders = {}
    for name in sorted(names):
        try:
            exercise.lay_out(spec.find(name), scratch / name, data_dir)
        except DataError as error:
            left_out = Text(f"{name} is left out where nothing is timed: ", f"{name} 不用于不计时的专题：")
            progress.note(left_out + error.text)
        else:
            folders[name] = str(scratch / name)
    return folders
