"""What is found out about a framework without timing a cell: topic by topic, each in a process of its own."""

import importlib.util
import select
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from fairfit.frameworks import registry
from fairfit.measure import environment, plan
from fairfit.measure.process import Worker, WorkerFailed, WorkerUnavailable
from fairfit.models import exercise, spec
from fairfit.models.errors import DataError, UserError
from fairfit.progress import Progress
from fairfit.records import Inspection

TOPICS = {  # topic → the exercises its inspections are given
    "extensibility": (),
    "potential": (),
    "graphs": ("article-linear", "article-softmax"),
    "errata": ("digits", "fashion-mnist"),
    "distributed": (),
}
"""Each is a folder of `frameworks/`. The file in it that is named after a framework has one function, `inspect`, from
exercises by name to what it found, as plain values."""


PACKAGE = "fairfit.frameworks"


def chosen(asked: Sequence[str] | None, *, whole: bool) -> list[str]:
    """The topics asked for; by default all where the `whole` comparison is made, else none. Raises UserError."""
    if asked is None:
        return list(TOPICS) if whole else []
    for topic in asked:
        if topic not in (*TOPICS, "all", "none"):
            raise UserError(registry.unknown("topic", topic, (*TOPICS, "all", "none")))
    return [topic for topic in TOPICS if topic in asked or "all" in asked]


def planned(topics: Iterable[str], frameworks: Iterable[str]) -> list[Inspection]:
    """One inspection for each topic and each of the frameworks that has a file for it."""
    return [
        Inspection(topic, name)
        for topic in topics
        for name in frameworks
        if importlib.util.find_spec(f"{PACKAGE}.{topic}.{name}") is not None
    ]


def carry_out(
    inspections: list[Inspection], scratch: Path, *, data_dir: Path | None, time_limit: float, progress: Progress
) -> None:
    """Fill in those that are pending; as many at a time as there are CPUs, each confined to one of them."""
    waiting = deque(inspection for inspection in inspections if inspection.status == "pending")
    if not waiting:
        return
    progress.stage("looking into what is not timed", len(waiting))
    exercises = _lay_out({name for inspection in waiting for name in TOPICS[inspection.topic]}, scratch, data_dir, progress)
    lanes = plan.available_cpus()
    busy: dict[Worker, tuple[Inspection, int, float]] = {}
    try:
        while waiting or busy:
            while waiting and lanes:
                inspection, cpu = waiting.popleft(), lanes.pop()
                worker = _worker(inspection, cpu, exercises, scratch / f"{inspection.topic}-{inspection.framework}")
                busy[worker] = (inspection, cpu, time.monotonic())
            ready, _, _ = select.select(list(busy), [], [], 1.0)
            for worker, (inspection, cpu, began) in list(busy.items()):
                inspection.seconds = time.monotonic() - began
                if worker in ready or inspection.seconds > time_limit:
                    _conclude(inspection, worker, time_limit if worker in ready else 0.0, progress)
                    del busy[worker]
                    worker.close()
                    lanes.append(cpu)
                    progress.step()
    finally:
        for worker in busy:
            worker.close()


def _lay_out(names: Iterable[str], scratch: Path, data_dir: Path | None, progress: Progress) -> dict[str, str]:
    """The folders of those exercises whose data is at hand."""
    folders = {}
    for name in sorted(names):
        try:
            exercise.save(exercise.make(spec.find(name), data_dir), scratch / name)
        except DataError as error:
            progress.note(f"{name} is left out where nothing is timed: {error}")
        else:
            folders[name] = str(scratch / name)
    return folders


def _worker(inspection: Inspection, cpu: int, exercises: dict[str, str], folder: Path) -> Worker:
    entry = registry.find(inspection.framework)
    job = {
        "framework": {key: getattr(entry, key) for key in ("name", "adapter", "package", "distributions", "extra")},
        "module": f"{PACKAGE}.{inspection.topic}.{inspection.framework}",
        "exercises": {name: path for name, path in exercises.items() if name in TOPICS[inspection.topic]},
        "cpus": [cpu],
    }
    return Worker(job, environment.of_worker(entry, "1", folder / "cache"), folder)


def _conclude(inspection: Inspection, worker: Worker, seconds: float, progress: Progress) -> None:
    """Take over what the worker found, or why it did not."""
    try:
        inspection.found = worker.reply(seconds)["found"]
        inspection.status = "measured"
    except WorkerFailed as failure:
        inspection.status = "unavailable" if isinstance(failure, WorkerUnavailable) else "failed"
        inspection.reason, inspection.log = str(failure), failure.log
        progress.note(f"{inspection.framework}, {inspection.topic}: {inspection.status}: {failure}")
