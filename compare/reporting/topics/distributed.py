"""Several workers on one model, over the loopback of one machine."""

from typing import NamedTuple

from fairfit.frameworks.distributed.findings import Findings
from fairfit.models.text import Text, join
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, Judgement, not_looked_into
from fairfit.reporting.labels import NO, YES
from fairfit.reporting.tabular import Column, Table, Words, figure_text, table

TOPIC = "distributed"


class Item(NamedTuple):
    """One row."""

    framework: str
    found: Findings


def workers(evidence: Evidence) -> Table | None:
    """One row for each framework."""
    items = [Item(name, found) for name, found in evidence.found(TOPIC).items()]
    if not items:
        return None
    columns: list[Column[Item]] = [
        Column(Text("framework", "框架"), Text("the library", "所用的库"), lambda item: item.framework, numeric=False),
        Column(Text("engine", "引擎"), Text("which part of it does the work", "由其中哪一部分完成"), lambda item: item.found.engine,
               numeric=False),
        Column(Text("works", "可行"), Text("all end well, with the weights of one process", "全部正常结束，且权重与单进程一致"),
               lambda item: YES if item.found.works else NO, numeric=False),
        Column(Text("workers", "工作进程"), Text("that train", "参与训练的"), lambda item: str(item.found.workers)),
        Column(Text("processes in all", "进程总数"), Text("workers and their helpers", "工作进程及其辅助进程"),
               lambda item: str(item.found.processes)),
        Column(Text("workers agree", "彼此一致"), Text("all have the same weights, to the bit", "各进程权重逐位相同"),
               lambda item: "–" if item.found.workers_agree is None else YES if item.found.workers_agree else NO, numeric=False),
        Column(
            Text("distance", "距离"),
            Text("of the weights from those of one process in float64", "权重与单进程 float64 结果的距离"),
            lambda item: "" if item.found.largest_distance is None else f"{item.found.largest_distance:.1e}",
        ),
        Column(
            Text("ms a step", "毫秒/步"),
            Text("median; all processes share one CPU", "中位数；所有进程共用一个 CPU"),
            lambda item: figure_text(item.found.step_milliseconds, 2),
        ),
    ]  # fmt: skip
    notes: list[Words] = [
        Text(f"{item.framework}: ", f"{item.framework}：") + item.found.reason for item in items if item.found.reason
    ]
    return table(TOPIC, Text("Several workers, one model", "多个进程，一个模型"), columns, items, notes=notes)


def one_model(evidence: Evidence) -> Judgement:
    """G2: several workers end at the weights of one process."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    if SUBJECT not in found:
        return not_looked_into(TOPIC, evidence, TOPIC)
    because = join([_outcome(evidence.title(name), findings) for name, findings in found.items()], "; ", "；")
    because += Text(". All on one machine, over its loopback.", "。均在一台机器上，经本机回环。")
    return Judgement(HOLDS if found[SUBJECT].works else NOT, because, TOPIC)


def _outcome(name: str, found: Findings) -> Text:
    if not found.works:
        return Text(f"{name}: ", f"{name}：") + found.reason
    distance, step = figure_text(found.largest_distance, 2), figure_text(found.step_milliseconds, 2)
    ended = Text(
        f"{name}: {found.workers} workers end within {distance} of one process's weights, {step} ms a step (",
        f"{name}：{found.workers} 个进程所得权重与单进程相差不超过 {distance}，每步 {step} 毫秒（",
    )
    return ended + found.engine + Text(")", "）")
