"""The conditions of a run: machine, versions, what was set for the workers and what the frameworks report."""

from collections.abc import Mapping
from typing import Any

from fairfit.models.text import Text, join, listed
from fairfit.records import OWN, Run
from fairfit.reporting.disturbances import Disturbances
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import NO, YES, conditions, gibibytes, moment
from fairfit.reporting.tabular import Column, Table, Words, table

SETTINGS = {  # what frameworks report of themselves; what stands not here is told by its name
    "devices": Text("devices", "设备"),
    "threads": Text("threads", "线程数"),
    "intra_op_threads": Text("threads within an operation", "单个运算内的线程数"),
    "inter_op_threads": Text("operations at once", "并行运算数"),
    "blas": Text("matrix products by", "矩阵乘法所用的库"),
    "openmp": Text("built with OpenMP", "带 OpenMP 编译"),
    "onednn": Text("uses oneDNN", "使用 oneDNN"),
    "tf32": Text("TF32 allowed", "允许 TF32"),
    "keras": Text("Keras", "Keras"),
    "card": Text("card", "显卡"),
    "x64": Text("64-bit numbers", "64 位数"),
    "matmul_precision": Text("precision of matrix products", "矩阵乘法精度"),
}

ORDINARY = ("USER", "LOGNAME", "LC_ALL")  # of a worker's environment: the same for all, and without weight

Line = tuple[Words, Words]


def tables(evidence: Evidence) -> list[Table]:
    """One for each run; its title is the run's label, empty where there is one run."""
    columns: list[Column[Line]] = [
        Column(Text("condition", "条件"), Text("what bears on speed", "影响速度的因素"), lambda line: line[0], numeric=False),
        Column(Text("value", "值"), Text("as recorded", "所记录的值"), lambda line: line[1], numeric=False),
    ]
    return [
        table(f"conditions-{number}", label, columns, _lines(run, label, evidence, disturbances))
        for number, (run, label, disturbances) in enumerate(
            zip(evidence.runs, evidence.labels, evidence.disturbances, strict=True), 1
        )
    ]


def _lines(run: Run, label: str, evidence: Evidence, disturbances: Disturbances | None) -> list[Line]:
    lines: dict[Words, Words] = {
        Text("made", "制作时间"): moment(run.created),
        Text("by the command", "所用命令"): run.command,
    }
    if run.fairfit_version:
        lines["fairfit"] = run.fairfit_version
    lines |= _machine(run)
    lines |= {Text("CPUs used by ", "所用的 CPU：") + _place(group): listed(map(str, on)) for group, on in run.cpus.items()}
    if disturbances:
        lines[Text("disturbed by others", "受他者干扰")] = disturbances.told
        if disturbances.cards:
            lines[Text("cards meanwhile", "期间的显卡")] = disturbances.cards
    of_run = [row for row in evidence.rows if row.run == label]
    lines |= {
        evidence.title(row.record.cell.framework): row.record.framework_version for row in of_run if row.record.framework_version
    }
    lines |= {
        Text("environment of ", "环境：") + evidence.title(name): f"Python {one.python}: {', '.join(one.packages)}"
        for name, one in run.environments.items()
    }
    lines |= {
        Text("code of ", "代码：") + evidence.title(name): listed(
            f"{file} (SHA-256 {digest})" for file, digest in one.files.items()
        )
        for name, one in run.own_code.items()
    }
    for row in of_run:
        if row.record.framework_version:
            name = evidence.title(row.record.cell.framework)
            key = Text(f"{name}, ", f"{name}，") + conditions(row.record.cell.threads)
            if key not in lines:
                lines[key] = _settings(row.record.settings, row.record.environment)
    return list(lines.items())


def _machine(run: Run) -> dict[Words, Words]:
    machine = run.machine
    lines: dict[Words, Words] = {Text("processor", "处理器"): machine.cpu, Text("CPUs", "CPU 数"): str(machine.cpus)}
    if machine.memory_bytes:
        lines[Text("memory", "内存")] = gibibytes(machine.memory_bytes)
    if machine.load_average:
        lines[Text("load average before the run (1, 5, 15 minutes)", "运行前的平均负载（1、5、15 分钟）")] = listed(
            f"{load:.2f}" for load in machine.load_average
        )
    if run.busy:
        lines[Text("busy before the run", "运行前的占用")] = listed(f"CPU {cpu}: {share:.0%}" for cpu, share in run.busy.items())
    unknown = Text("not told by this machine", "本机未提供")
    lines[Text("frequency governor", "调频策略")] = machine.governor if machine.governor else unknown
    lines[Text("operating system", "操作系统")] = machine.system
    lines["Python"] = machine.python
    return lines


def _place(group: str) -> Text:
    """'digits, cpu, on 1 CPU'."""
    spec, device, threads = group.rsplit("/", 2)
    return Text(f"{spec}, {device}, ", f"{spec}，{device}，") + conditions(threads)


def _settings(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Text:
    """What the framework reports, then those variables of its workers that bear on speed."""
    reported = [SETTINGS.get(name, Text(name, name)) + " " + _value(name, value) for name, value in settings.items()]
    parts = [listed(reported)] if reported else []
    telling = [f"{name}={value}" for name, value in environment.items() if OWN not in value and name not in ORDINARY]
    if telling:
        parts.append(Text("set: ", "设置：") + listed(telling))
    return join(parts, "; ", "；")


def _value(name: str, value: Any) -> Words:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if value == 0 and name.endswith("threads"):
        return Text("its own choice", "由其自定")
    return str(value)
