"""Extensions: what works, what it costs in time and in lines."""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from fairfit.frameworks.extensibility.findings import Extension, Findings
from fairfit.models.text import Text, join, listed
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, Judgement, not_looked_into
from fairfit.reporting.labels import NO, YES
from fairfit.reporting.tabular import Column, Table, Words, interval_text, table

TOPIC = "extensibility"
EXTENSIONS = {
    "layer": Text("layer with a trainable scale", "带可训练缩放的层"),
    "loss": Text("loss (Huber)", "损失（Huber）"),
    "gradient": Text("forward and gradient by hand", "手写前向与梯度"),
    "optimizer": Text("optimizer", "优化器"),
    "numpy": Text("layer that calls NumPy", "调用 NumPy 的层"),
}
CHECKS = {
    "imperative": Text("imperative", "命令式"),
    "compiled": Text("compiled", "编译"),
    "compiled_whole": Text("compiled whole", "整体编译"),
    "export": Text("export, reload", "导出并重载"),
    "gradient": Text("gradient right", "梯度正确"),
}


class Item(NamedTuple):
    """One row."""

    name: str
    framework: str
    extension: Extension


def extensions(evidence: Evidence) -> Table | None:
    """One row for each extension and framework."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    items = [
        Item(name, framework, findings.extensions[name])
        for name in EXTENSIONS
        for framework, findings in found.items()
        if name in findings.extensions
    ]
    if not items:
        return None
    meaning = Text("run for real; the reason of a no stands below", "实际运行；“否”的原因见下")
    columns: list[Column[Item]] = [
        Column(Text("extension", "扩展"), Text("what was added to the library", "给库添加了什么"), lambda item: EXTENSIONS[item.name],
               numeric=False),
        Column(Text("framework", "框架"), Text("the library", "所用的库"), lambda item: item.framework, numeric=False),
        *(Column(heading, meaning, functools.partial(_outcome, check), numeric=False) for check, heading in CHECKS.items()),
        Column(Text("gradient error", "梯度误差"), Text("relative, against finite differences", "相对有限差分"), _error, detail=True),
        Column(
            Text("times the built-in", "为内置者的几倍"),
            Text("time of a step with it by that with the library's own, with a 95 % interval",
                 "使用它与使用库自带者每步用时之比，附 95 % 区间"),
            _overhead,
        ),
        Column(Text("built-in", "内置者"), Text("what it is compared with", "与之比较的是什么"),
               lambda item: item.extension.overhead.against if item.extension.overhead else "", numeric=False),
        Column(Text("lines", "行数"), Text("of code, counted from the source measured", "代码行数，数自所测的源码"),
               lambda item: str(item.extension.lines)),
        Column(Text("source", "源码"), Text("file and first line", "文件与首行"),
               lambda item: f"{item.extension.file}:{item.extension.first_line}", numeric=False, detail=True),
    ]  # fmt: skip
    return table(TOPIC, Text("Extensions, made for real", "真正写出的扩展"), columns, items, notes=_notes(items))


def _notes(items: list[Item]) -> list[Words]:
    """The reason of every no, and of every missing time."""
    notes: list[Words] = []
    for item in items:
        for check, outcome in item.extension.checks.items():
            if outcome.works is not True and outcome.reason:
                notes.append(_of(item, CHECKS.get(check, check)) + outcome.reason)
        if item.extension.overhead is None and item.extension.overhead_reason:
            notes.append(_of(item, Text("time", "用时")) + item.extension.overhead_reason)
    return notes


def _of(item: Item, what: Text | str) -> Text:
    return EXTENSIONS[item.name] + Text(f", {item.framework}, ", f"，{item.framework}，") + what + Text(": ", "：")


def _outcome(check: str, item: Item) -> Words:
    outcome = item.extension.checks.get(check)
    return "–" if outcome is None or outcome.works is None else YES if outcome.works else NO


def _error(item: Item) -> str:
    check = item.extension.checks.get("gradient")
    return "" if check is None or check.error is None else f"{check.error:.1e}"


def _overhead(item: Item) -> str:
    overhead = item.extension.overhead
    return interval_text(overhead.value, overhead.low, overhead.high) if overhead else ""


# -- claims


def flexible(evidence: Evidence) -> Judgement:
    """E1: all extensions run and have right gradients; holds where they also compile and survive an export."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    if SUBJECT not in found:
        return not_looked_into(TOPIC, evidence, TOPIC)
    mine = found[SUBJECT].extensions
    imperative = _works(mine, "imperative") and _works(mine, "gradient")
    everywhere = _works(mine, "compiled") and _works(mine, "export")
    verdict = HOLDS if imperative and everywhere else PARTLY if imperative else NOT
    counted = []
    for name, findings in found.items():
        passed, whole = checks_passed(findings)
        lines, count = sum(extension.lines for extension in findings.extensions.values()), len(findings.extensions)
        counted.append(
            Text(
                f"{evidence.title(name)}: {passed} of {whole} checks passed, {lines} lines for {count} extensions",
                f"{evidence.title(name)}：{whole} 项检查通过 {passed} 项，{count} 种扩展共 {lines} 行",
            )
        )
    failed = [
        Text("", "") + EXTENSIONS.get(name, name) + Text(" (", "（") + CHECKS.get(check, check) + Text(")", "）")
        for name, extension in mine.items()
        for check, outcome in extension.checks.items()
        if outcome.works is False
    ]
    because = join(counted, "; ", "；") + Text(". ", "。")
    if failed:
        title = evidence.title(SUBJECT)
        because += Text(f"What {title} does not do: ", f"{title} 做不到的：") + listed(failed) + Text(".", "。")
    return Judgement(verdict, because, TOPIC)


def _works(extensions: Mapping[str, Extension], check: str) -> bool:
    """True where no extension fails the check; one that does not apply does not fail."""
    return all(extension.checks[check].works is not False for extension in extensions.values() if check in extension.checks)


def checks_passed(findings: Findings) -> tuple[int, int]:
    """How many checks passed, and of how many that apply."""
    outcomes = [outcome.works for extension in findings.extensions.values() for outcome in extension.checks.values()]
    return sum(outcome is True for outcome in outcomes), sum(outcome is not None for outcome in outcomes)
