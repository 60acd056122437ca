"""The tables of what was looked into without timing a cell: extensions, potential, graphs, several workers, defects."""

import functools
import statistics
from collections.abc import Mapping
from typing import Any

from fairfit.models.text import Text, join
from fairfit.reporting.article import DEFECTS, SUBJECT, Defect
from fairfit.reporting.claims import operators
from fairfit.reporting.evidence import Evidence, Fact
from fairfit.reporting.table import Cell, Column, Table, figure_text, interval_text, percent_text, table

PROBES = {
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
YES, NO = Text("yes", "是"), Text("no", "否")


# -- extensibility


def extensibility(evidence: Evidence) -> Table | None:
    """One row for each extension and framework: what works, what it costs in time and in lines."""
    found = evidence.found("extensibility")
    if not found:
        return None
    items = [
        (probe, name, values["probes"][probe]) for probe in PROBES for name, values in found.items() if probe in values["probes"]
    ]
    columns: list[Column[tuple[str, str, dict[str, Any]]]] = [
        Column(Text("extension", "扩展"), "", lambda item: PROBES[item[0]], numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[1], numeric=False),
        *(
            Column(heading, Text("run for real; the reason of a no stands below", "实际运行；“否”的原因见下"),
                   functools.partial(_outcome, check), numeric=False)
            for check, heading in CHECKS.items()
        ),
        Column(
            Text("gradient error", "梯度误差"),
            Text("relative, against finite differences", "相对有限差分"),
            lambda item: _error(item[2]["checks"].get("gradient", {})),
        ),
        Column(
            Text("times the built-in", "内置者的倍数"),
            Text("time of forward and backward, or of a step, by that of the library's own, with a 95 % interval",
                 "前向与反向（或一步）用时与库自带者之比，附 95 % 区间"),
            _overhead,
        ),
        Column(Text("lines", "行数"), Text("of code, counted from our own source", "代码行数，数自本项目源码"), lambda item: str(item[2]["lines"])),
        Column(Text("source", "源码"), "", lambda item: f"{item[2]['file']}:{item[2]['first_line']}", numeric=False),
    ]  # fmt: skip
    notes: list[Cell] = []
    for probe, name, values in items:
        for check, outcome in values["checks"].items():
            if outcome["works"] is not True and outcome["reason"]:
                notes.append(
                    PROBES[probe] + Text(f", {name}, ", f"，{name}，") + CHECKS[check] + Text(": ", "：") + outcome["reason"]
                )
    return table("extensibility", Text("Extensions, made for real", "真正写出的扩展"), columns, items, notes=notes)


def _outcome(check: str, item: tuple[str, str, dict[str, Any]]) -> Cell:
    works = item[2]["checks"].get(check, {}).get("works")
    return "–" if works is None else YES if works else NO


def _error(check: Mapping[str, Any]) -> str:
    error = check.get("error")
    return "" if error is None else f"{error:.1e}"


def _overhead(item: tuple[str, str, dict[str, Any]]) -> str:
    overhead = item[2]["overhead"]
    return interval_text(overhead["value"], overhead["low"], overhead["high"]) if overhead else ""


# -- potential


POTENTIAL = (  # heading of the row, how its text is made
    (Text("version", "版本"), lambda f: f["version"]),
    (Text("public functions and classes", "公开函数与类"), lambda f: f"{f['public_functions'] + f['public_classes']:,}"),
    (Text("of these with a docstring", "其中有文档"), lambda f: percent_text(f["documented_share"])),
    (Text("of these with an example", "其中有示例"), lambda f: percent_text(f["example_share"])),
    (Text("median length of a docstring, characters", "文档长度中位数，字符"), lambda f: f"{f['median_docstring_characters']:,}"),
    (Text("public modules that cannot be imported", "无法导入的公开模块"), lambda f: f"{f['unimportable_modules']:,}"),
    (Text("installed, MB", "安装大小，MB"), lambda f: figure_text(f["install_bytes"] / 1e6)),
    (Text("other packages it brings", "附带的其他包"), lambda f: f"{len(f['dependencies'])}"),
    (Text("their size, MB", "附带包大小，MB"), lambda f: figure_text(f["dependency_bytes"] / 1e6)),
    (Text("Python asked for, by its metadata", "元数据要求的 Python"), lambda f: f["requires_python"] or "–"),
    (Text("newest Python in its metadata", "元数据中最新的 Python"), lambda f: _newest(f["pythons"])),
    (Text("platform of the wheel", "安装包的平台"), lambda f: ", ".join(f["platform_tags"])),
    (Text("a plain import works", "直接导入可行"), lambda f: YES if f["plain_import"]["works"] else NO),
    (Text("import, s (median)", "导入，秒（中位数）"), lambda f: figure_text(statistics.median(f["import_seconds"]), 2)),
    (Text("warnings and lines printed by an import", "导入时的警告与输出行数"), lambda f: str(f["warning_count"])),
    (Text("shims needed to start today", "如今启动所需的垫片"), lambda f: str(sum(shim["needed"] for shim in f["shims"]))),
)  # fmt: skip


def _newest(versions: list[str]) -> str:
    return max(versions, key=lambda text: [int(part) for part in text.split(".")]) if versions else "–"


def potential(evidence: Evidence) -> Table | None:
    """What the installed packages show of their standing: one column for each framework."""
    found = evidence.found("potential")
    if not found:
        return None
    columns: list[Column[Any]] = [Column(Text("measured", "测量项"), "", lambda item: item[0], numeric=False)]
    for name, values in found.items():
        columns.append(Column(name, "", functools.partial(_measured, values)))
    notes: list[Cell] = [
        Text(f"{name}: {values['plain_import']['error']}", f"{name}：{values['plain_import']['error']}")
        for name, values in found.items()
        if not values["plain_import"]["works"]
    ]
    return table(
        "potential", Text("Potential, measured on what is installed", "潜力：在已安装的包上测量"), columns, POTENTIAL, notes=notes
    )


def _measured(values: Mapping[str, Any], item: Any) -> Cell:
    return item[1](values)


def dated_facts(evidence: Evidence) -> Table:
    """What cannot be measured, with its date and who says so."""
    columns: list[Column[Fact]] = [
        Column(Text("framework", "框架"), "", lambda fact: fact.framework, numeric=False),
        Column(Text("date", "日期"), "", lambda fact: fact.date, numeric=False),
        Column(Text("fact", "事实"), "", lambda fact: fact.says, numeric=False),
        Column(Text("source", "来源"), "", lambda fact: fact.source, numeric=False),
        Column(Text("looked up", "查证于"), "", lambda fact: fact.looked_up, numeric=False),
    ]
    ordered = sorted(evidence.facts, key=lambda fact: (fact.framework, fact.date))
    return table("facts", Text("Facts that cannot be measured", "无法测量的事实"), columns, ordered)


# -- graphs


def graphs(evidence: Evidence) -> Table | None:
    """The operators of each framework's graph, in their order."""
    items = [
        (name, model, part, graph)
        for name, models in evidence.found("graphs").items()
        for model, graph in models.items()
        for part in ("forward", "step")
    ]
    if not items:
        return None
    words = {"forward": Text("scores and loss", "得分与损失"), "step": Text("a whole step", "完整一步")}
    columns: list[Column[tuple[str, str, str, dict[str, Any]]]] = [
        Column(Text("model", "模型"), "", lambda item: item[1], numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[0], numeric=False),
        Column(Text("graph of", "图的内容"), "", lambda item: words[item[2]], numeric=False),
        Column(Text("operators", "算子数"), "", lambda item: str(len(operators(item[3][item[2]])))),
        Column(Text("in order", "依次为"), "", lambda item: ", ".join(operators(item[3][item[2]])), numeric=False),
        Column(Text("taken from", "取自"), "", lambda item: item[3][f"{item[2]}_from"], numeric=False),
    ]
    items.sort(key=lambda item: (item[1], item[2]))
    return table("graphs", Text("The graph each framework made", "各框架得到的图"), columns, items)


# -- several workers


def distributed(evidence: Evidence) -> Table | None:
    """Two workers on one model, over the loopback of one machine."""
    found = evidence.found("distributed")
    if not found:
        return None
    columns: list[Column[tuple[str, dict[str, Any]]]] = [
        Column(Text("framework", "框架"), "", lambda item: item[0], numeric=False),
        Column(Text("engine", "引擎"), "", lambda item: item[1]["engine"], numeric=False),
        Column(Text("works", "可行"), "", lambda item: YES if item[1]["works"] else NO, numeric=False),
        Column(Text("workers", "工作进程"), "", lambda item: str(item[1]["workers"])),
        Column(Text("processes in all", "进程总数"), "", lambda item: str(item[1]["processes"])),
        Column(
            Text("distance", "距离"),
            Text("of the weights from those of one process in float64", "权重与单进程 float64 结果的距离"),
            lambda item: "" if item[1]["largest_distance"] is None else f"{item[1]['largest_distance']:.1e}",
        ),
        Column(
            Text("ms a step", "毫秒/步"),
            Text("median; all processes share one CPU", "中位数；所有进程共用一个 CPU"),
            lambda item: figure_text(item[1]["step_milliseconds"], 2),
        ),
    ]
    notes: list[Cell] = [Text(f"{name}: ", f"{name}：") + values["reason"] for name, values in found.items() if values["reason"]]
    title = Text("Several workers, one model", "多个进程，一个模型")
    return table("distributed", title, columns, list(found.items()), notes=notes)


# -- defects of the article


def defects(evidence: Evidence) -> Table:
    """Each defect in each framework: whether it is reproduced, what happens, what to write instead."""
    found = evidence.found("errata")
    items: list[tuple[Defect, str, dict[str, Any]]] = []
    for defect in DEFECTS:
        seen = [(defect, name, values[defect.id]) for name, values in found.items() if defect.id in values]
        items += seen or [(defect, "", _of_facts(defect, evidence))]
    columns: list[Column[tuple[Defect, str, dict[str, Any]]]] = [
        Column(Text("defect", "缺陷"), "", lambda item: item[0].id, numeric=False),
        Column(Text("section", "章节"), "", lambda item: item[0].section, numeric=False),
        Column(Text("what", "内容"), "", lambda item: item[0].what, numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[1], numeric=False),
        Column(Text("reproduced", "重现"), "", _reproduced, numeric=False),
        Column(Text("what happens", "结果"), "", lambda item: item[2]["happens"], numeric=False),
        Column(Text("instead", "应写作"), "", lambda item: item[2]["instead"], numeric=False),
    ]
    return table("defects", Text("What is wrong in the article", "文章中的错误"), columns, items)


def _of_facts(defect: Defect, evidence: Evidence) -> dict[str, Any]:
    """X7 rests on dated facts; where nothing was looked into, that is said."""
    retired = [fact for fact in evidence.facts if fact.framework == SUBJECT and fact.kind == "retired"]
    if defect.id == "X7" and retired:
        return {"reproduced": True, "happens": join([fact.says for fact in retired]), "instead": ""}
    return {"reproduced": None, "happens": "", "instead": ""}


def _reproduced(item: tuple[Defect, str, dict[str, Any]]) -> Cell:
    return {True: YES, False: NO, None: Text("not tested here", "此处未测")}[item[2]["reproduced"]]


def twice(evidence: Evidence) -> Table | None:
    """What softmax applied twice costs: accuracy after each spec's last epoch, right and wrong."""
    items = [
        (dataset, name, numbers)
        for name, values in evidence.found("errata").items()
        for dataset, numbers in values.get("X2", {}).get("numbers", {}).items()
    ]
    if not items:
        return None
    columns: list[Column[tuple[str, str, dict[str, Any]]]] = [
        Column(Text("data", "数据"), "", lambda item: item[0], numeric=False),
        Column(Text("framework", "框架"), "", lambda item: item[1], numeric=False),
        Column(Text("epochs", "轮数"), "", lambda item: str(len(item[2]["right_accuracy"]))),
        Column(Text("accuracy, softmax once", "准确率，一次 softmax"), "", lambda item: f"{item[2]['right_accuracy'][-1]:.4f}"),
        Column(Text("accuracy, softmax twice", "准确率，两次 softmax"), "", lambda item: f"{item[2]['twice_accuracy'][-1]:.4f}"),
        Column(
            Text("lost, points", "损失，百分点"), "",
            lambda item: f"{100 * (item[2]['right_accuracy'][-1] - item[2]['twice_accuracy'][-1]):.1f}",
        ),
        Column(
            Text("epochs to catch up", "追上所需轮数"),
            Text("until twice reaches what once has after its first epoch", "两次者达到一次者首轮后的准确率所需"),
            lambda item: str(item[2]["epochs_to_catch_up"] or Text("never", "未达到")),
        ),
    ]  # fmt: skip
    items.sort(key=lambda item: item[0])
    return table("softmax-twice", Text("Softmax applied twice (X2): what it costs", "两次 softmax（X2）的代价"), columns, items)
