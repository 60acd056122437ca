"""The tables of a sweep: which setting reaches the target soonest in each framework, what every setting comes to, and whether
settings may share the time of their shape."""

import dataclasses
import functools
import math
from collections.abc import Iterable

from fairfit import statistics
from fairfit.asked import SettingRecord
from fairfit.models.text import Text, listed
from fairfit.reporting.cells import Row
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import AXES, VERDICT_WORDS, cell_text, device_text
from fairfit.reporting.sweeps import Attempt, Sweep, sweeps, value_text
from fairfit.reporting.tabular import Column, Table, Words, estimate_text, figure_text, number_text, table
from fairfit.statistics import Estimate, quotient

MOST = 200  # rows of the table of settings; longer ones are read by nobody


def fastest(evidence: Evidence) -> Table:
    """For each framework and place the setting and the cell that reach the target soonest."""
    items: list[tuple[Sweep, Attempt]] = []
    for sweep in sweeps(evidence):
        first: dict[tuple[str, str, str], Attempt] = {}
        for attempt in sweep.attempts:
            cell = attempt.row.record.cell
            first.setdefault((cell.device, cell.threads, cell.framework), attempt)
        items += [(sweep, attempt) for attempt in first.values()]
    axes = _axes_of(sweep for sweep, _ in items)
    columns: list[Column[tuple[Sweep, Attempt]]] = [
        Column(Text("device", "设备"), Text("where", "在哪里"), lambda item: device_text(item[1].row), numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[1].row.record.cell.framework, numeric=False),
        Column(Text("style", "写法"), "", lambda item: _style(item[1].row), numeric=False),
        *(Column(AXES[axis], "", functools.partial(_value_of_attempt, axis)) for axis in axes),
        Column(Text("epochs", "轮数"), Text("until the target", "直到目标"), lambda item: str(item[1].epochs)),
        Column(
            Text("training, s", "训练，秒"),
            Text("so many steady epochs, with the 95 % interval", "相应轮数的稳定用时，附 95 % 区间"),
            lambda item: estimate_text(item[1].training),
        ),
        Column(
            Text("from nothing, s", "从零开始，秒"),
            Text(
                "import, transfer, build, the first epoch cold, the others steady", "导入、搬运、构建、冷启动的首轮与其余稳定各轮"
            ),
            lambda item: estimate_text(item[1].whole),
        ),
    ]
    notes = [Text("target: ", "目标：") + sweep.target for sweep in sweeps(evidence)]
    title = Text("The setting that reaches the target soonest", "最先到达目标的设置")
    return table("sweep-fastest", title, columns, items, notes=list(dict.fromkeys(notes)))


def settings(evidence: Evidence) -> Table:
    """Every setting: what its loss comes to, when it reaches the target, and the fastest cell there."""
    found = sweeps(evidence)
    items = [(sweep, one) for sweep in found for one in sweep.record.settings]
    items.sort(key=lambda item: math.inf if (above := item[0].above(item[1])) is None else above)
    columns: list[Column[tuple[Sweep, SettingRecord]]] = [
        *(Column(AXES[axis], "", functools.partial(_value, axis)) for axis in _axes_of(found)),
        Column(
            Text("loss", "损失"),
            Text("in the end, with its penalty", "最终值，含惩罚项"),
            lambda item: number_text(item[1].losses[-1], 5) if item[1].losses else Text("diverges", "发散"),
        ),
        Column(
            Text("above the least, %", "高出最小值，%"),
            Text("of the least that the loss can be, or that was reached", "以损失的最小可能值（或达到过的最低值）为准"),
            lambda item: "" if (above := item[0].above(item[1])) is None else figure_text(100 * max(0.0, above), 2),
        ),
        Column(
            Text("test", "测试"), Text("accuracy or R² on the test rows", "测试集上的准确率或 R²"),
            lambda item: number_text(item[1].metric, 4),
        ),
        Column(Text("epochs", "轮数"), Text("until the target", "直到目标"), lambda item: _epochs(*item)),
        Column(
            Text("soonest", "最先到达"),
            Text("the cell that trains to the target in the shortest time, and its seconds", "训练到目标用时最短的组合及其秒数"),
            lambda item: _soonest(*item),
            numeric=False,
        ),
        Column(
            Text("timed as", "计时所用"),
            Text("the spec whose cells compute as much", "计算量相同的规格"),
            lambda item: item[1].timed_as,
            numeric=False,
        ),
    ]  # fmt: skip
    notes: list[Words] = []
    if (left := len(items) - MOST) > 0:
        notes.append(Text(f"{left} more settings stand in run.json", f"另有 {left} 组设置见 run.json"))
    notes += [sweep.record.drawn for sweep in found if sweep.record.drawn]
    hazards = dict.fromkeys(hazard for _, one in items for hazard in one.hazards)
    if hazards:
        notes.append(
            Text(
                "timed apart, as such numbers may take longer: settings with ", "单独计时（这类数可能更慢）：出现以下情况的设置："
            )
            + listed(hazards)
        )
    return table("sweep-settings", Text("All settings", "全部设置"), columns, items[:MOST], notes=notes)


def check(evidence: Evidence) -> Table:
    """The setting that was timed beside that of its shape: does it take the same time?"""
    items = [(sweep, pair) for sweep in sweeps(evidence) for pair in _pairs(sweep)]
    precision = evidence.precision
    columns: list[Column[tuple[Sweep, tuple[Row, Estimate]]]] = [
        Column(Text("device", "设备"), "", lambda item: device_text(item[1][0]), numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[1][0].record.cell.framework, numeric=False),
        Column(Text("style", "写法"), "", lambda item: _style(item[1][0]), numeric=False),
        Column(
            Text("times its shape", "为其形状的几倍"),
            Text(
                "time of the other setting, by that of the setting whose time is used; both divided by the baseline's",
                "另一组设置的用时除以所用设置的用时；二者都已除以基线的用时",
            ),
            lambda item: estimate_text(item[1][1]),
        ),
        Column(
            Text("verdict", "结论"),
            Text("what the interval says", "区间说明了什么"),
            lambda item: VERDICT_WORDS[statistics.verdict(item[1][1], precision)],
            numeric=False,
        ),
    ]
    notes: list[Words] = [_told(sweep, precision) for sweep in sweeps(evidence) if sweep.record.check]
    title = Text("Do settings of one shape take the same time?", "同一形状的设置用时相同吗？")
    return table("sweep-check", title, columns, items, notes=notes)


def _told(sweep: Sweep, precision: float) -> Text:
    verdicts = [statistics.verdict(ratio, precision) for _, ratio in _pairs(sweep)]
    other = sum(verdict in ("slower", "faster") for verdict in verdicts)
    names = f"{sweep.record.check} by {sweep.record.checked}", f"{sweep.record.check} 对 {sweep.record.checked}"
    if not other:
        return Text(
            f"{names[0]}: none of {len(verdicts)} cells is shown to take another time",
            f"{names[1]}：{len(verdicts)} 个组合中没有一个显示出不同的用时",
        )
    return Text(
        f"{names[0]}: {other} of {len(verdicts)} cells take another time: there, times of settings that were not timed are not to be "
        "relied on",
        f"{names[1]}：{len(verdicts)} 个组合中有 {other} 个用时不同：对它们而言，未计时设置的用时不可靠",
    )


def _pairs(sweep: Sweep) -> Iterable[tuple[Row, Estimate]]:
    """The cells of the check, each with the ratio to that of its shape."""
    alone = all(map(sweep.is_baseline, sweep.rows))
    rows = {row.record.cell: row for row in sweep.rows if row.epoch}
    for row in rows.values():
        cell = row.record.cell
        if not sweep.record.check or cell.spec != sweep.record.check or (sweep.is_baseline(row) and not alone):
            continue
        other = rows.get(dataclasses.replace(cell, spec=sweep.record.checked))
        if other is not None and (ratio := _ratio(sweep, row, other)) is not None:
            yield row, ratio


def _ratio(sweep: Sweep, row: Row, other: Row) -> Estimate | None:
    """Of two cells of different groups, each divided by the baseline that took turns with it; by the clock where there is none."""
    one, two = _by_baseline(sweep, row), _by_baseline(sweep, other)
    if one is None or two is None or sweep.is_baseline(row):
        one, two = row.epoch, other.epoch
    return None if one is None or two is None else quotient(one, two)


def _by_baseline(sweep: Sweep, row: Row) -> Estimate | None:
    baseline = next((each for each in sweep.rows if each.group == row.group and sweep.is_baseline(each) and each.epoch), None)
    return None if baseline is None else row.times(baseline)


# -- fields


def _axes_of(found: Iterable[Sweep]) -> list[str]:
    return list(dict.fromkeys(axis for sweep in found for axis in sweep.axes))


def _style(row: Row) -> str:
    return row.record.cell.style + (" (loader)" if row.record.cell.input == "loader" else "")


def _value(axis: str, item: tuple[Sweep, SettingRecord]) -> Words:
    return value_text(item[1].values[axis]) if axis in item[1].values else ""


def _value_of_attempt(axis: str, item: tuple[Sweep, Attempt]) -> Words:
    return _value(axis, (item[0], item[1].setting))


def _epochs(sweep: Sweep, one: SettingRecord) -> Words:
    epochs = sweep.epochs(one)
    return ("" if not one.losses else Text("not reached", "未到达")) if epochs is None else str(epochs)


def _soonest(sweep: Sweep, one: SettingRecord) -> Words:
    first = sweep.soonest(one)
    if first is None:
        return ""
    return f"{cell_text(first.row.record.cell)}: {figure_text(first.training.value)} s"
