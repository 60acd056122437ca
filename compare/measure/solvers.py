"""The regression of a group solved without a framework, by a worker of its own, for the question whether one is needed."""

from pathlib import Path

import numpy as np

from fairfit.frameworks.entry import Entry
from fairfit.measure import crew, environment
from fairfit.measure.crew import Errand
from fairfit.measure.process import Worker, WorkerFailed
from fairfit.measure.protocol import Reply, Solved, SolveJob
from fairfit.measure.task import Task, metric, train_losses
from fairfit.models import optimum
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text
from fairfit.progress import Progress
from fairfit.records import SolutionRecord

LIBRARIES = Entry("solvers", "solvers", "", "numpy", ("numpy", "scikit-learn"), "", {})


class Solving(Errand):
    """Solves the spec of a task with so many threads, into `found`; `folder` takes files. What was found is scored here, as
    what frameworks trained is."""

    def __init__(self, task: Task, threads: str, folder: Path, time_limit: float, progress: Progress) -> None:
        self.task = task
        self.threads = threads
        self.folder = folder
        self.time_limit = time_limit
        self.progress = progress
        self.found: list[SolutionRecord] = []

    def carry_out(self, cpus: list[int]) -> float:
        """On these CPUs. Returns the seconds that it took."""
        return crew.carry_out([self], [cpus], self.progress)

    def start(self, cpus: list[int]) -> Worker:
        self.folder.mkdir(parents=True, exist_ok=True)
        job = SolveJob(str(self.task.folder), str(self.folder), cpus)
        return Worker(job, environment.of_worker(LIBRARIES, self.threads, self.folder / "own"), self.folder, self.time_limit)

    def heard(self, reply: Reply) -> None:
        assert isinstance(reply, Solved)
        for number, solution in enumerate(reply.solutions):
            record = SolutionRecord(solution.solver, solution.call, list(solution.seconds), solution.converged, solution.reason)
            if (path := self.folder / f"{number}.npz").exists():
                with np.load(path) as arrays:
                    parameters = Parameters(arrays["weight"], arrays["bias"])
                record.train_loss = train_losses(self.task, [parameters])[0]
                record.penalty = optimum.penalty(self.task.exercise.spec, parameters)
                record.test_metric = metric(self.task, parameters)
            self.found.append(record)

    def failed(self, failure: WorkerFailed) -> None:
        self.progress.note(Text("could not be solved without a framework: ", "无法不用框架求解：") + failure.reason)
