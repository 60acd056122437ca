"""The first words with the worker of a cell: it is ready, it is proven, its clock is tested; then it may be timed."""

from pathlib import Path

import numpy as np

from fairfit.frameworks import registry
from fairfit.measure import environment, protocol
from fairfit.measure.crew import Errand
from fairfit.measure.ledger import Ledger
from fairfit.measure.process import Worker, WorkerFailed, WorkerUnavailable
from fairfit.measure.proof import prediction_refusal, prove
from fairfit.measure.task import Task
from fairfit.models import explanation
from fairfit.models.conventions import CONVENTIONS
from fairfit.models.parameters import Parameters
from fairfit.models.text import Text
from fairfit.records import Cell, Startup

SUBNORMAL = Text(
    "some weights end below what the dtype holds at full precision (subnormal): processors take longer over such numbers, unless "
    "a framework takes them for 0, and that may decide the time",
    "部分权重最终小于该数据类型的正规数（为次正规数）：处理器计算这类数更慢，除非框架把它们当作 0；这可能决定用时",
)

PATIENCE = 60.0  # seconds that the cause of a refusal may take


class Introduction(Errand):
    """Proves one cell in a process of its own. Where it passes, `worker` is kept, to be timed.

    `folder` takes the files of the process, `own` is the home of all processes of the cell. A proof covers the whole training;
    or one epoch where the cell has passed before, or, if it is to be timed, the same style on another number of threads.
    `no_device` has the reason for each framework that turned out to lack the device of the group, and is added to.
    """

    def __init__(
        self,
        cell: Cell,
        task: Task,
        ledger: Ledger,
        *,
        generation: int,
        folder: Path,
        own: Path,
        time_limit: float,
        timing: bool,
        no_device: dict[str, Text | str],
    ) -> None:
        self.cell = cell
        self.task = task
        self.ledger = ledger
        self.generation = generation
        self.folder = folder
        self.own = own
        self.time_limit = time_limit
        self.timing = timing
        self.no_device = no_device
        self.alike = ledger.whole_proof(cell) if timing else None
        self.worker: Worker | None = None
        self.parameters: list[Parameters] = []  # after each epoch, and the predictions at the end: still to be scored
        self.predicted: np.ndarray | None = None
        self.epoch_seconds: list[float] = []
        self.clock_cost = 0.0  # seconds
        self.costs: dict[str, float] = {}

    def start(self, cpus: list[int]) -> Worker | None:
        cell = self.cell
        if self.task.nothing_to_prove is not None:
            self.ledger.refused(cell, self.task.nothing_to_prove)
            return None
        if cell.framework in self.no_device:
            self.ledger.unavailable(cell, self.no_device[cell.framework])
            return None
        entry = registry.find(cell.framework)
        variables = environment.of_worker(entry, cell.threads, self.own)
        self.ledger.record(cell).environment = environment.shown(variables)
        job = protocol.CellJob(entry, cell.style, cell.device, cell.input, str(self.task.folder), cpus)
        self.worker = Worker(job, variables, self.folder, self.time_limit)
        return self.worker

    def heard(self, reply: protocol.Reply) -> protocol.Request | None:
        match reply:
            case protocol.Ready():
                self.ledger.ready(self.cell, reply)
                self.clock_cost, self.costs = reply.clock_cost_seconds, dict(reply.costs)
                if other := self.ledger.other_card(self.cell):
                    card = reply.settings["card"]
                    self.ledger.refused(
                        self.cell,
                        Text(
                            f"it is on another card: {card}, where others are on {other}",
                            f"所用的卡不同：它在 {card}，其他组合在 {other}",
                        ),
                    )
                    return None
                if other := self.ledger.same_files(self.cell):
                    told = f"it was imported from the same files as {other}", f"它与 {other} 导入自相同的文件"
                    self.ledger.refused(self.cell, Text(*told))
                    return None
                return protocol.Prove(self._epochs, str(self._proof_path))
            case protocol.Proven():
                return self._proven(reply)
            case protocol.Tested():
                self._tested(reply)
        return None

    def close(self) -> None:
        """End the worker, if it was ever started."""
        if self.worker is not None:
            self.worker.close()

    def failed(self, failure: WorkerFailed) -> None:
        if isinstance(failure, WorkerUnavailable) and failure.what == "device":
            self.no_device[self.cell.framework] = failure.reason
        self.ledger.failed(self.cell, failure)

    @property
    def _known(self) -> bool:
        return bool(self.ledger.record(self.cell).train_losses)

    @property
    def _epochs(self) -> int:
        return 1 if self._known or self.alike else self.task.exercise.spec.training.epochs

    @property
    def _proof_path(self) -> Path:
        return self.folder / "proof.npz"

    def _proven(self, reply: protocol.Proven) -> protocol.Request | None:
        """Compare what was trained with the reference."""
        cell, spec = self.cell, self.task.exercise.spec
        self.epoch_seconds = list(reply.epoch_seconds)
        self.ledger.started(
            cell, Startup(self.generation, self.costs["import"], self.costs["build"], self.epoch_seconds[0])
        )  # fmt: skip
        with np.load(self._proof_path) as arrays:
            trained = [Parameters(weight, bias) for weight, bias in zip(arrays["weights"], arrays["biases"], strict=True)]
            predicted = arrays["predicted"]
        style = registry.find(cell.framework).styles[cell.style]
        proof = prove(trained, self.task.targets.planned()[: self._epochs], spec.training.dtype, style, spec.model)
        test_features = self.task.exercise.data.test_features
        refusal = proof.refusal or prediction_refusal(predicted, trained[-1], test_features)
        if self.alike is not None and refusal is None and not self._known:
            self.ledger.proven_as(cell, self.alike)
        elif not self._known:
            self.ledger.compared(cell, proof)
            self.parameters, self.predicted = trained, predicted
        if refusal is not None:
            if proof.refusal is not None and registry.find(cell.framework).file:
                refusal += self._cause(trained)
            self.ledger.refused(cell, refusal)
            return None
        if self.task.unproven is not None:
            self.ledger.noted(cell, self.task.unproven)
        if any(is_subnormal(values) for values in (trained[-1].weight, trained[-1].bias)):
            self.ledger.noted(cell, SUBNORMAL)
        if not self.timing:
            self.ledger.proven(cell)
        elif self.ledger.record(cell).clock is None:
            return protocol.TestClock(epochs=1)
        self.keep = True
        return None

    def _cause(self, trained: list[Parameters]) -> Text:
        """What explains what was trained; nothing is looked for where that takes long."""
        if self._epochs * len(CONVENTIONS) * self.task.epoch_seconds > PATIENCE:
            return Text("", "")
        found = explanation.explain(self.task.exercise, trained, self.task.targets.planned()[: self._epochs])
        return Text("; ", "；") + found.told()

    def _tested(self, reply: protocol.Tested) -> None:
        self.ledger.clock_tested(self.cell, reply.test)
        self.keep = reply.test.holds
        if not self.keep:
            late = f"{1e3 * reply.test.left_over:.1f}"
            self.ledger.refused(
                self.cell,
                Text(
                    f"its fence does not hold: {late} ms of the work ended after the clock was read",
                    f"其同步栅栏不成立：读取时钟之后还有 {late} 毫秒的运算才结束",
                ),
            )


def is_subnormal(values: np.ndarray) -> bool:
    """Whether one of them is not 0 and yet smaller than the smallest normal number of its dtype."""
    sizes = np.abs(values)
    return bool(np.any((sizes > 0) & (sizes < np.finfo(values.dtype).tiny)))
