"""What is found out about a framework without timing a cell: topic by topic, each in a process of its own."""

import select
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from fairfit.frameworks import registry, topics
from fairfit.measure import environment, plan
from fairfit.measure.process import Worker, WorkerFailed, WorkerUnavailable
from fairfit.models import exercise, spec
from fairfit.models.errors import DataError, UserError
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain, to_plain
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


def carry_out(
    inspections: list[Inspection], scratch: Path, *, data_dir: Path | None, time_limit: float, progress: Progress
) -> None:
    """Fill in those that are pending; as many at a time as there are CPUs, each confined to one of them."""
    waiting = deque(inspection for inspection in inspections if inspection.status == "pending")
    if not waiting:
        return
    progress.stage("looking into what is not timed", len(waiting))
    exercises = _lay_out(
        {name for inspection in waiting for name in topics.find(inspection.topic).exercises}, scratch, data_dir, progress
    )
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
    entry, topic = registry.find(inspection.framework), topics.find(inspection.topic)
    job = {
        "framework": to_plain(entry),
        "module": topic.module(inspection.framework),
        "exercises": {name: path for name, path in exercises.items() if name in topic.exercises},
        "cpus": [cpu],
    }
    return Worker(job, environment.of_worker(entry, "1", folder / "cache"), folder)


def _conclude(inspection: Inspection, worker: Worker, seconds: float, progress: Progress) -> None:
    """Take over what the worker found, or why it did not."""
    try:
        found = worker.reply(seconds)["found"]
        inspection.found = from_plain(topics.find(inspection.topic).findings, found)
        inspection.status = "measured"
    except Misfit as misfit:
        inspection.status = "failed"
        inspection.reason = Text(
            f"what it found has another shape than the topic's: {misfit}", f"所得结果与专题规定的结构不符：{misfit}"
        )
        progress.note(f"{inspection.framework}, {inspection.topic}: {inspection.status}: {inspection.reason}")
    except WorkerFailed as failure:
        inspection.status = "unavailable" if isinstance(failure, WorkerUnavailable) else "failed"
        inspection.reason, inspection.log = str(failure), failure.log
        progress.note(f"{inspection.framework}, {inspection.topic}: {inspection.status}: {failure}")
