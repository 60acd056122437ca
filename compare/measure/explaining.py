"""A cell that was refused, tried on small exercises each of which isolates one stage of a training, by workers as it was proven."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.measure import environment, protocol
from fairfit.measure.process import Worker
from fairfit.models import exercise as exercises
from fairfit.models import probes
from fairfit.models.exercise import Exercise
from fairfit.models.probes import Tried
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import Cell


def explained(
    cell: Cell, exercise: Exercise, cpus: list[int], folder: Path, time_limit: float, progress: Progress
) -> list[Tried]:
    """What each probe came to, in the order of the stages of a training; `folder` takes files."""
    entry, numbers = registry.find(cell.framework), itertools.count()
    progress.stage(Text(f"{cell.id}: stage by stage", f"{cell.id}：逐阶段"), len(list(probes.probes(exercise))))

    def trains(probe: Exercise) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        place = folder / str(next(numbers))
        exercises.save(probe, place / "exercise")
        job = protocol.CellJob(entry, cell.style, cell.device, cell.input, str(place / "exercise"), cpus)
        worker = Worker(job, environment.of_worker(entry, cell.threads, place / "own"), place, time_limit)
        try:
            worker.reply(protocol.Ready)
            worker.ask(protocol.Prove(len(probe.orders), str(place / "proof.npz")))
            worker.reply(protocol.Proven)
        finally:
            worker.close()
            progress.step()
        with np.load(place / "proof.npz") as arrays:
            yield from zip(arrays["weights"], arrays["biases"], strict=True)

    return probes.tried(trains, exercise)
