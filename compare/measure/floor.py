"""The floor: the time below which no epoch can be on this machine, whatever the framework; found by workers of its own."""

from collections.abc import Mapping
from pathlib import Path

from fairfit.frameworks.entry import Entry
from fairfit.measure import crew, environment
from fairfit.measure.crew import Errand
from fairfit.measure.process import Worker, WorkerFailed
from fairfit.measure.protocol import Floored, FloorJob, Reply
from fairfit.models.text import Text, listed
from fairfit.progress import Progress
from fairfit.records import FloorRecord

NUMPY_ALONE = Entry("floor", "floor", "", "numpy", ("numpy",), "", {})


class Floor:
    """The floor of a group: its workers have the CPUs, the threads and the environment of the group's own.

    `exercise` is the folder of the group's arrays, `folder` takes files. Under load a rate comes out too low, and a kernel that
    the user chose need not be the best one here: so no cell is refused before the floor was measured again, both with the
    user's choice and without; the lowest that was ever found counts. Where no worker succeeds there is no floor.
    """

    def __init__(
        self, exercise: Path, threads: str, cpus: list[int], folder: Path, time_limit: float, progress: Progress
    ) -> None:
        self.exercise = exercise
        self.threads = threads
        self.cpus = cpus
        self.folder = folder
        self.time_limit = time_limit
        self.progress = progress
        self.found = FloorRecord()

    def measure(self) -> float:
        """Measure it as the group's workers are. Returns the seconds that it took."""
        return self._send(environment.of_worker(NUMPY_ALONE, self.threads, self.folder / "own"))

    def refuses(self, seconds: float, blas: list[str]) -> Text | None:
        """Why an epoch of so many seconds cannot be, by a process with these libraries; None where it can."""
        if seconds >= self.found.seconds:
            return None
        variables = environment.of_worker(NUMPY_ALONE, self.threads, self.folder / "own")
        self._send(variables)
        if any(name in variables for name in environment.MACHINE):
            self._send({name: value for name, value in variables.items() if name not in environment.MACHINE})
        if seconds >= self.found.seconds:
            return None
        measured, least = f"{seconds * 1e3:.3g}", f"{self.found.seconds * 1e3:.3g}"
        unknown = Text("unknown", "未知")
        here, there = listed(blas) if blas else unknown, listed(self.found.blas) if self.found.blas else unknown
        return (
            Text(
                f"impossible: {measured} ms were measured, and no epoch can take less than {least} ms on this machine, as was "
                "measured twice (matrix products here: ",
                f"不可能：测得 {measured} 毫秒，而本机上一轮至少需要 {least} 毫秒（测量两次；此处的矩阵乘法：",
            )
            + here
            + Text("; in that measurement: ", "；该测量中：")
            + there
            + Text(")", "）")
        )

    def _send(self, variables: Mapping[str, str]) -> float:
        """Have a worker measure it in this environment."""
        survey = Survey(self, variables)
        return crew.carry_out([survey], [self.cpus], self.progress)


class Survey(Errand):
    """Measures the floor once more, into `floor.found`."""

    def __init__(self, floor: Floor, variables: Mapping[str, str]) -> None:
        self.floor = floor
        self.variables = variables

    def start(self, cpus: list[int]) -> Worker:
        floor = self.floor
        return Worker(FloorJob(str(floor.exercise), cpus), self.variables, floor.folder, floor.time_limit)

    def heard(self, reply: Reply) -> None:
        assert isinstance(reply, Floored)
        found = self.floor.found
        if not found.times or reply.seconds < found.seconds:
            found.seconds, found.blas = reply.seconds, list(reply.blas)
        found.times += 1

    def failed(self, failure: WorkerFailed) -> None:
        reason = Text("the floor could not be measured, so nothing is refused for it: ", "无法测量时间下限，因此不据此拒绝：")
        self.floor.progress.note(reason + failure.reason)
