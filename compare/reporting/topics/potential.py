"""Potential: what the installed packages show of a framework's standing, and dated facts for what cannot be measured."""

import functools
import statistics
from collections.abc import Callable

from fairfit.frameworks.potential.findings import Findings
from fairfit.models.text import Text, join, listed
from fairfit.records import Fact
from fairfit.reporting.article import SUBJECT
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.judgement import HOLDS, NOT, PARTLY, Judgement, not_looked_into
from fairfit.reporting.labels import NO, YES
from fairfit.reporting.tabular import Column, Table, Words, figure_text, percent_text, table

TOPIC = "potential"
RICH = 0.8  # share of public names with a docstring, from which on documentation is called rich
WEAKER = 0.05  # by which a share must be lower to be called weaker


def _public(found: Findings) -> int:
    return found.public_functions + found.public_classes


Measure = tuple[Text, Callable[[Findings], Words]]  # heading of the row, how its text is made
MEASURES: tuple[Measure, ...] = (
    (Text("version", "版本"), lambda f: f.version),
    (Text("licence, by its metadata", "元数据中的许可证"), lambda f: f.licence or "–"),
    (Text("development status, by its metadata", "元数据中的开发状态"), lambda f: f.development_status or "–"),
    (Text("public functions and classes", "公开函数与类"), lambda f: f"{_public(f):,}"),
    (Text("of these with a docstring", "其中有文档"), lambda f: percent_text(f.documented_share)),
    (Text("of these with an example", "其中有示例"), lambda f: percent_text(f.example_share)),
    (Text("median length of a docstring, characters", "文档长度中位数，字符"), lambda f: f"{f.median_docstring_characters:,}"),
    (Text("public modules that cannot be imported", "无法导入的公开模块"), lambda f: f"{f.unimportable_modules:,}"),
    (Text("installed, MB", "安装大小，MB"), lambda f: figure_text(f.install_bytes / 1e6)),
    (Text("installed, files", "安装的文件数"), lambda f: f"{f.install_files:,}"),
    (Text("other packages it brings", "额外依赖的包"), lambda f: f"{len(f.dependencies)}"),
    (Text("their size, MB", "额外依赖的包的大小，MB"), lambda f: figure_text(f.dependency_bytes / 1e6)),
    (Text("Python asked for, by its metadata", "元数据要求的 Python"), lambda f: f.requires_python or "–"),
    (Text("newest Python in its metadata", "元数据中最新的 Python"), lambda f: _newest(f.pythons)),
    (Text("platform of the wheel", "安装包的平台"), lambda f: ", ".join(f.platform_tags)),
    (Text("a plain import works", "直接导入可行"), lambda f: YES if f.plain_import.works else NO),
    (Text("import, s (median)", "导入，秒（中位数）"), lambda f: figure_text(_median(f.import_seconds), 2)),
    (Text("warnings and lines printed by an import", "导入时的警告与输出行数"), lambda f: str(f.warning_count)),
    (Text("shims needed to start today", "如今启动所需的兼容补丁"), lambda f: str(sum(shim.needed for shim in f.shims))),
)  # fmt: skip


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _newest(versions: list[str]) -> str:
    def parts(version: str) -> list[int]:
        return [int(part) if part.isdecimal() else 0 for part in version.split(".")]

    return max(versions, key=parts) if versions else "–"


def measured(evidence: Evidence) -> Table | None:
    """One column for each framework."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    if not found:
        return None
    meaning = Text(
        "read off the installed package, and from imports in fresh processes", "读自已安装的包，以及在全新进程中的导入"
    )
    columns: list[Column[Measure]] = [Column(Text("measured", "测量项"), meaning, lambda measure: measure[0], numeric=False)]
    for name, findings in found.items():
        columns.append(Column(name, meaning, functools.partial(_measured, findings)))
    title = Text("Potential, measured on what is installed", "潜力：在已安装的包上测量")
    return table(TOPIC, title, columns, MEASURES, notes=_notes(found))


def _measured(found: Findings, measure: Measure) -> Words:
    return measure[1](found)


def _notes(found: dict[str, Findings]) -> list[Words]:
    """Errors of plain imports, the code that was timed, and what it prints."""
    notes: list[Words] = []
    for name, findings in found.items():
        if not findings.plain_import.works:
            notes.append(Text(f"{name}: ", f"{name}：") + findings.plain_import.error)
        code = findings.import_code
        notes.append(Text(f"{name}, the import that was timed: {code}", f"{name}，计时的导入：{code}"))
        printed = list(dict.fromkeys(findings.warnings))
        if printed:
            notes.append(Text(f"{name}, printed by an import: ", f"{name}，导入时的输出：") + join(printed, "; ", "；"))
    return notes


def dated_facts(evidence: Evidence) -> Table | None:
    """What cannot be measured, with its date and who says so."""
    columns: list[Column[Fact]] = [
        Column(Text("framework", "框架"), Text("the library", "所用的库"), lambda fact: fact.framework, numeric=False),
        Column(Text("date", "日期"), Text("when it happened", "发生的时间"), lambda fact: fact.date, numeric=False),
        Column(Text("fact", "事实"), Text("what happened", "发生了什么"), lambda fact: fact.says, numeric=False),
        Column(Text("source", "来源"), Text("who says so", "出自何处"), lambda fact: fact.source, numeric=False),
        Column(Text("looked up", "查证于"), Text("when the source was read", "查阅来源的时间"), lambda fact: fact.looked_up,
               numeric=False),
    ]  # fmt: skip
    ordered = sorted(evidence.facts, key=lambda fact: (fact.framework, fact.date))
    return table("facts", Text("Facts that cannot be measured", "无法测量的事实"), columns, ordered) if ordered else None


def retirement(evidence: Evidence) -> list[Fact]:
    """The facts that say that the article's framework is retired."""
    return [fact for fact in evidence.facts if fact.framework == SUBJECT and fact.kind == "retired"]


# -- claims


def rich_and_lively(evidence: Evidence) -> Judgement:
    """T1: documented, not retired, and it starts as it was released."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    if SUBJECT not in found:
        return not_looked_into(TOPIC, evidence, TOPIC)
    mine = found[SUBJECT]
    retired = retirement(evidence)
    rich = mine.documented_share >= RICH
    lively = mine.plain_import.works and not retired
    verdict = HOLDS if rich and lively else NOT if not rich and not lively else PARTLY
    shares = listed(f"{evidence.title(name)} {percent_text(findings.documented_share)}" for name, findings in found.items())
    because = Text("Public names with a docstring: ", "有文档的公开名称：") + shares + Text(". ", "。")
    because += (
        Text("A plain import works here. ", "直接导入可以成功。")
        if mine.plain_import.works
        else Text("A plain import fails here (", "直接导入在此失败（") + mine.plain_import.error + Text("). ", "）。")
    )
    because += join([Text(f"{fact.date}: ", f"{fact.date}：") + fact.says for fact in retired])
    return Judgement(verdict, because, TOPIC)


def others_weaker(evidence: Evidence) -> Judgement:
    """T2: fewer documented public names, and fewer with an example, in every other framework."""
    found: dict[str, Findings] = evidence.found(TOPIC)
    others = [findings for name, findings in found.items() if name != SUBJECT]
    if SUBJECT not in found or not others:
        return not_looked_into(TOPIC, evidence, TOPIC)
    mine = found[SUBJECT]
    weaker = [
        (other.documented_share < mine.documented_share - WEAKER) + (other.example_share < mine.example_share - WEAKER)
        for other in others
    ]
    verdict = HOLDS if all(count == 2 for count in weaker) else NOT if not any(weaker) else PARTLY
    shares = [
        Text(
            f"{evidence.title(name)}: {_public(f):,} public functions and classes, {percent_text(f.documented_share)} documented, "
            f"{percent_text(f.example_share)} with an example",
            f"{evidence.title(name)}：公开函数与类 {_public(f):,} 个，有文档 {percent_text(f.documented_share)}，"
            f"有示例 {percent_text(f.example_share)}",
        )
        for name, f in found.items()
    ]
    because = join(shares, "; ", "；") + Text(". The ecosystem was not measured.", "。生态未作测量。")
    return Judgement(verdict, because, TOPIC)
