"""Do I need a framework at all? What solves the same regression without one, in which time, and how good it is."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit.models.text import Text
from fairfit.records import SolutionRecord
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.optima import HEADING, MEANING, above, above_text, percent
from fairfit.reporting.performance import DEVICE, SPEC, group_title
from fairfit.reporting.tabular import Column, Table, Words, figure_text, interval_text, number_text, table

THERE = 1e-6  # above the least loss, as a share of it: who ends within has solved it
NEAR = 0.01  # the same: a training that ends within may be called one that arrives

OTHER = Text(
    "another algorithm, not the same computation: nothing here is proven against the reference; times include the conversion of "
    "the arrays, with the shortest and the longest repetition in brackets",
    "这是另一种算法，并非相同的计算：此处没有与参考对照的证明；用时包括数组的转换，方括号内为最短与最长的一次",
)
BELOW = Text(
    "below the least: some columns follow from others but for how they are rounded, and very large weights fit that rounding",
    "低于最小值：某些列除舍入之外可由其他列推出，极大的权重拟合了这种舍入",
)


@dataclass(frozen=True)
class Solved:
    """One row: what solved a group, and a row of the group."""

    of: Row
    solution: SolutionRecord

    @property
    def seconds(self) -> float:
        return statistics.median(self.solution.seconds)

    @property
    def above(self) -> float | None:
        return above(self.of.spec, self.solution.train_loss, self.solution.penalty)

    @property
    def is_there(self) -> bool:
        """Whether it has solved it, as far as that is known."""
        return bool(self.solution.seconds) and (self.solution.converged if self.above is None else self.above <= THERE)


def solvers(evidence: Evidence) -> Table | None:
    """One row for each way to solve each group; None where none was tried."""
    items = _solved(evidence)
    if not items:
        return None
    columns: list[Column[Solved]] = [
        Column(SPEC.heading, SPEC.meaning, lambda item: SPEC.text(item.of), numeric=False),
        Column(DEVICE.heading, DEVICE.meaning, lambda item: DEVICE.text(item.of), numeric=False),
        Column(Text("library", "库"), Text("what solves it", "用什么求解"), lambda item: item.solution.solver, numeric=False),
        Column(Text("call", "调用"), Text("how it is called", "如何调用"), lambda item: item.solution.call, numeric=False),
        Column(
            Text("to the solution, ms", "求解用时，毫秒"),
            Text("median of its repetitions, with the shortest and the longest", "各次用时的中位数，附最短与最长"),
            _time,
        ),
        Column(
            Text("loss", "损失"),
            Text("on the training rows, by the same scorer as for the cells", "训练损失，与各组合用同一评分程序"),
            lambda item: number_text(item.solution.train_loss, 5),
        ),
        Column(HEADING, MEANING, lambda item: above_text(item.of.spec, item.solution.train_loss, item.solution.penalty)),
        Column(
            Text("test", "测试"), Text("accuracy or R² on the test rows", "测试集上的准确率或 R²"),
            lambda item: number_text(item.solution.test_metric, 4),
        ),
        Column(Text("ended", "结束方式"), Text("whether it says that it is there", "它是否称已到达"), _ended, numeric=False),
    ]  # fmt: skip
    groups = {item.of.group: item.of for item in items}
    notes: list[Words] = [answer for group, row in groups.items() if (answer := _answer(evidence, group, row, items))]
    if any(item.above is not None and item.above < -THERE for item in items):
        notes.append(BELOW)
    title = Text(
        "Do I need a framework at all? The same regression, solved without one", "究竟需不需要框架？不用框架求解同一个回归"
    )
    return table("solvers", title, columns, items, notes=[*notes, OTHER])


def _solved(evidence: Evidence) -> list[Solved]:
    recorded = {
        "/".join([group, label] if label else [group]): solutions
        for run, label in zip(evidence.runs, evidence.labels, strict=True)
        for group, solutions in run.solutions.items()
    }
    return [Solved(rows[0], solution) for group, rows in evidence.groups.items() for solution in recorded.get(group, [])]


def _time(item: Solved) -> str:
    seconds = [1e3 * value for value in item.solution.seconds]
    return interval_text(1e3 * item.seconds, min(seconds), max(seconds)) if seconds else ""


def _ended(item: Solved) -> Words:
    return item.solution.reason or Text("solved", "已求解")


def _answer(evidence: Evidence, group: str, row: Row, items: Sequence[Solved]) -> Text | None:
    """Whether a model like this needs a framework, in one sentence; None where nothing was solved or no framework was timed."""
    there = [item for item in items if item.of.group == group and item.is_there]
    timed = [row for row in evidence.groups[group] if row.epoch and row.record.cell.framework in evidence.frameworks]
    if not there or not timed:
        return None
    best, first = min(there, key=lambda item: item.seconds), min(timed, key=_training)
    times = figure_text(1e3 * best.seconds), figure_text(1e3 * _training(first))
    where = group_title(row)
    above_least = above(first.spec, first.train_loss, first.record.penalty)
    far = percent(first.spec, first.train_loss, first.record.penalty)
    name = f"{evidence.title(first.record.cell.framework)} {first.record.cell.style}"
    epochs = first.spec.spec["training"]["epochs"]
    frame = Text(
        f"the fastest framework, {name}, trains its {epochs} epochs in {times[1]} ms",
        f"最快的框架 {name} 训练 {epochs} 轮需 {times[1]} 毫秒",
    )
    if first.spec.optimum is not None:
        frame += Text(f" and ends {far} above the least loss", f"，最终损失比最小值高 {far}")
    solver = Text(f"{best.solution.solver} solves it in {times[0]} ms", f"{best.solution.solver} 求解只需 {times[0]} 毫秒")
    if best.seconds <= _training(first) or (above_least or 0.0) > NEAR:
        return where + Text(": no framework is needed: ", "：不需要框架：") + solver + Text("; ", "；") + frame
    return (
        where + Text(": a framework pays where time counts: ", "：若看重用时，框架是值得的：") + frame + Text("; ", "；") + solver
    )


def _training(row: Row) -> float:
    """Seconds of the whole training as planned, in the steady state."""
    return row.epoch.value * len(row.record.train_losses) if row.epoch else float("inf")
