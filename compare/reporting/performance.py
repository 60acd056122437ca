"""The tables of performance: what stands in each column and in which unit."""

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fairfit import statistics
from fairfit.models.text import Text
from fairfit.reporting import footnotes, optima
from fairfit.reporting.cells import Row
from fairfit.reporting.labels import VERDICT_WORDS, anchors, device_text, status_words
from fairfit.reporting.tabular import NOT_FINITE, Column, Table, Words, estimate_text, figure_text, number_text, table
from fairfit.statistics import Estimate


def _scaled(value: Callable[[Row], float | None], factor: float = 1.0, digits: int = 3) -> Callable[[Row], Words]:
    def text(row: Row) -> Words:
        number = value(row)
        return "" if number is None else number_text(number * factor, digits)

    return text


def _ratio(row: Row) -> Words:
    if row.ratio is None:
        return "" if row.record.status == "measured" else status_words(row.record.status)
    return "1" if row.verdict in ("fastest", "tied") else estimate_text(row.ratio)


def _distance(row: Row) -> Words:
    if row.proof_error is None:
        return ""
    star = "*" if row.record.mark else ""
    return f"{row.proof_error:.1e}{star}" if math.isfinite(row.proof_error) else NOT_FINITE + star


SPEC = Column[Row](Text("spec", "规格"), Text("what is trained", "训练什么"), lambda row: row.record.cell.spec, numeric=False)
FRAMEWORK = Column[Row](
    Text("framework", "框架"), Text("the library", "所用的库"), lambda row: row.record.cell.framework, numeric=False
)
STYLE = Column[Row](Text("style", "写法"), Text("how it is used", "如何使用它"), lambda row: row.record.cell.style, numeric=False)
LEVEL = Column[Row](
    Text("level", "层次"),
    Text("what this style has in common with those of other frameworks", "与其他框架的写法的共同之处"),
    lambda row: row.record.level,
    numeric=False,
)
INPUT = Column[Row](
    Text("input", "输入"),
    Text("resident: rows on the device; loader: its own data loader", "resident：数据驻留设备；loader：框架自己的加载器"),
    lambda row: row.record.cell.input,
    numeric=False,
)
DEVICE = Column[Row](Text("device", "设备"), Text("where", "在哪里"), device_text, numeric=False)
EPOCH = Column[Row](
    Text("epoch, ms", "一轮，毫秒"),
    Text("one pass over the training rows, with its 95 % interval", "遍历一次训练数据，附 95 % 区间"),
    lambda row: estimate_text(row.epoch, 1e3) if row.epoch else "",
)
STEP = Column[Row](
    Text("µs/step", "微秒/步"),
    Text("one mini-batch of the steady state", "稳定状态下的一个小批量"),
    _scaled(lambda row: row.step_microseconds),
)
SPEED = Column[Row](
    Text("samples/s", "样本/秒"), Text("training rows a second", "每秒训练样本数"), _scaled(lambda row: row.samples_per_second)
)
CPUS = Column[Row](
    Text("CPUs", "CPU"),
    Text("CPU time divided by wall time: how many were used", "CPU 时间除以墙钟时间：实际用了几个"),
    lambda row: f"{row.cpus_used:.2f}" if row.cpus_used is not None else "",
)
LOSS = Column[Row](
    Text("loss", "损失"), Text("on the training rows after the last epoch", "最后一轮后的训练损失"),
    _scaled(lambda row: row.train_loss, digits=5), detail=True,
)  # fmt: skip
TEST = Column[Row](
    Text("test", "测试"), Text("accuracy or R² on the test rows", "测试集上的准确率或 R²"),
    _scaled(lambda row: row.record.test_metric, digits=4), detail=True,
)  # fmt: skip
PERFORMANCE: list[Column[Row]] = [
    FRAMEWORK,
    STYLE,
    replace(LEVEL, detail=True),
    INPUT,
    EPOCH,
    Column(
        Text("times the fastest", "为最快者的几倍"),
        Text("from samples taken side by side, with its 95 % interval", "取自并排测得的样本，附 95 % 区间"),
        _ratio,
    ),
    Column(
        Text("verdict", "结论"),
        Text("what the interval says", "区间说明了什么"),
        lambda row: VERDICT_WORDS[row.verdict],
        numeric=False,
    ),
    replace(STEP, detail=True),
    replace(SPEED, detail=True),
    replace(CPUS, detail=True),
    Column(
        Text("first epoch, s", "首轮，秒"),
        Text("of a fresh process, with tracing and compiling", "新进程的第一轮，含跟踪与编译"),
        _scaled(lambda row: row.first_epoch_seconds, digits=2),
    ),
    Column(
        Text("import, s", "导入，秒"),
        Text("importing the framework", "导入框架所需时间"),
        _scaled(lambda row: row.import_seconds, digits=2),
        detail=True,
    ),
    Column(
        Text("memory, MB", "内存，MB"),
        Text("the most that the process held", "进程的内存峰值"),
        _scaled(lambda row: row.peak_rss_bytes, 1e-6),
    ),
    LOSS,
    TEST,
    Column(
        Text("distance", "距离"),
        Text("largest relative distance of the weights from the float64 reference", "权重与 float64 参考的最大相对距离"),
        _distance,
    ),
]


def groups(rows: Sequence[Row], noise: Mapping[str, Estimate], keys: Mapping[str, str] | None = None) -> list[Table]:
    """One table for each spec, device and number of threads; fastest first, cells without a time last.

    `keys` are the names of the tables by group; by default made of their groups."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(row.group, []).append(row)
    keys = anchors(members) if keys is None else keys
    tables = []
    for group, of_group in members.items():
        ordered = sorted(of_group, key=lambda row: row.epoch.value if row.epoch else math.inf)
        notes = [*footnotes.noise(noise.get(group)), *optima.notes(ordered[0].spec), *footnotes.of_rows(ordered)]
        columns = [*PERFORMANCE, optima.ABOVE] if optima.known(ordered) else PERFORMANCE
        tables.append(table(keys[group], group_title(ordered[0]), columns, ordered, emphasis=best(ordered), notes=notes))
    return tables


def group_title(row: Row) -> Text:
    """The name of a row's group."""
    return Text(f"{row.record.cell.spec}, ", f"{row.record.cell.spec}，") + device_text(row)


def at_best(rows: Sequence[Row]) -> Table:
    """Each framework's fastest cell for each spec, over all styles, inputs, devices and numbers of CPUs.

    Cells of different groups did not take turns, so their times are told, no ratios.
    """
    timed = sorted((row for row in rows if row.epoch), key=lambda row: row.epoch.value if row.epoch else math.inf)
    first: dict[tuple[str, str], Row] = {}
    for row in timed:
        first.setdefault((row.record.cell.spec, row.record.cell.framework), row)
    order = list(dict.fromkeys(row.record.cell.spec for row in rows))
    chosen = sorted(first.values(), key=lambda row: order.index(row.record.cell.spec))
    columns = [SPEC, FRAMEWORK, STYLE, LEVEL, INPUT, DEVICE, EPOCH, STEP, SPEED, CPUS]
    return table("at-best", Text("Each at its best", "各自最佳"), columns, chosen)


def best(ordered: list[Row]) -> list[int]:
    """The row that is fastest, unless another is not shown to be slower: a tie has no winner."""
    timed = [row for row in ordered if row.epoch]
    return [0] if len(timed) > 1 and timed[0].verdict == "fastest" else []


def dispatch(rows: Sequence[Row]) -> Table | None:
    """What a step costs before its arithmetic, from specs that differ in nothing but the batch size; None where none do."""
    families: dict[str, list[Row]] = {}
    for row in rows:
        record = row.record
        family = {"data": row.spec.spec["data"], "training": row.spec.spec["training"] | {"batch_size": 0}}
        parts = [
            record.cell.framework,
            record.cell.style,
            record.level,
            record.cell.input,
            record.cell.device,
            record.cell.threads,
            row.run,
        ]
        if row.blocks:
            families.setdefault(json.dumps([family, parts], sort_keys=True), []).append(row)
    fitted = []
    for members in families.values():
        step_seconds = {
            row.spec.spec["training"]["batch_size"]: {key: seconds / row.steps for key, seconds in row.blocks.items()}
            for row in members
        }
        if len(step_seconds) >= 3:
            sizes = ", ".join(str(size) for size in sorted(step_seconds))
            fitted.append((members[0], sizes, statistics.dispatch_and_rate(step_seconds)))
    if not fitted:
        return None
    columns: list[Column[tuple[Row, str, tuple[Estimate, Estimate] | None]]] = [
        Column(Text("data", "数据"), "", lambda item: item[0].spec.spec["data"]["source"], numeric=False),
        *(Column(c.heading, c.meaning, functools.partial(_of_first, c), c.numeric) for c in (FRAMEWORK, STYLE, INPUT, DEVICE)),
        Column(Text("batch sizes", "批量大小"), "", lambda item: item[1], numeric=False),
        Column(
            Text("dispatch, µs/step", "调度，微秒/步"),
            Text("what a step costs however small it is", "一步无论多小都要付出的时间"),
            lambda item: estimate_text(item[2][0], 1e6) if item[2] else Text("not told apart", "无法分开"),
        ),
        Column(
            Text("samples/s when full", "满载样本/秒"),
            Text("the rate that large batches approach", "大批量所趋近的速率"),
            lambda item: estimate_text(item[2][1]) if item[2] else "",
        ),
    ]
    by_cost = sorted(fitted, key=lambda item: item[2][0].value if item[2] else math.inf)
    title = Text("What a step costs before its arithmetic", "一步在算术之前的开销")
    return table("dispatch", title, columns, by_cost)


def _of_first(column: Column[Row], item: tuple[Row, str, object]) -> Words:
    return column.text(item[0])


COSTS = (  # key in a startup's costs, heading, meaning
    (
        "start",
        Text("start, s", "启动，秒"),
        Text("from its creation until Python and NumPy run", "从创建到 Python 与 NumPy 就绪"),
    ),
    ("import", Text("import, s", "导入，秒"), Text("importing the framework", "导入框架")),
    (
        "transfer",
        Text("transfer, s", "搬运，秒"),
        Text("moving the training rows to the device, or making the loader", "把训练数据搬到设备，或建立加载器"),
    ),
    ("build", Text("build, s", "构建，秒"), Text("making the model and setting its parameters", "建立模型并设定参数")),
    (
        "prove",
        Text("proof, s", "证明，秒"),
        Text("training for the proof, with tracing and compiling", "为证明而训练，含跟踪与编译"),
    ),
    ("test_clock", Text("clock test, s", "时钟自检，秒"), Text("testing the fence", "检验同步栅栏")),
    ("sample", Text("samples, s", "采样，秒"), Text("warming up and training under the clock", "预热与计时训练")),
    ("waiting", Text("waiting, s", "等待，秒"), Text("while others had their turn", "轮到其他进程")),
)


def costs(rows: Sequence[Row]) -> Table:
    """Where the wall time of each cell's first process went; the parts are counted by the process itself."""
    columns = [
        SPEC, FRAMEWORK, STYLE, INPUT, DEVICE,
        *(Column[Row](heading, meaning, functools.partial(_cost, key)) for key, heading, meaning in COSTS),
        Column[Row](
            Text("whole, s", "总计，秒"),
            Text("from its creation to its end", "从创建到结束"),
            lambda row: figure_text(row.record.startups[0].wall_seconds),
        ),
        Column[Row](
            Text("accounted for, %", "已说明，%"),
            Text("share of the whole that the parts add up to", "各部分之和占总计的比例"),
            _accounted_for,
        ),
    ]  # fmt: skip
    finished = [row for row in rows if row.record.startups and row.record.startups[0].wall_seconds]
    return table("costs", Text("Where the time of a process went", "一个进程的时间去了哪里"), columns, finished)


def _cost(key: str, row: Row) -> str:
    seconds = row.record.startups[0].costs.get(key, 0.0)
    return f"{seconds:.2f}" if seconds >= 0.005 else "0"


def _accounted_for(row: Row) -> str:
    startup = row.record.startups[0]
    return f"{100 * math.fsum(startup.costs.values()) / startup.wall_seconds:.1f}" if startup.wall_seconds else ""


def proof(rows: Sequence[Row], *, scores: bool = False) -> Table:
    """Every cell's largest distance from the reference and the first epoch that leaves the band; with `scores` its loss and
    its test metric, too."""

    columns = [
        SPEC, FRAMEWORK, STYLE, LEVEL, INPUT, DEVICE,
        Column[Row](
            Text("largest distance", "最大距离"),
            Text("of the weights from the float64 reference, as a share of how far that moved",
                 "权重与 float64 参考之间，占参考移动距离的比例"),
            _distance,
        ),
        Column[Row](
            Text("times rounding", "舍入的倍数"),
            Text("the same, in multiples of what rounding alone makes", "同上，以仅由舍入造成的距离为单位"),
            lambda row: "" if row.times_rounding is None else number_text(row.times_rounding, 2),
        ),
        Column[Row](Text("allowed", "允许"), Text("what is allowed", "允许的倍数"), _allowed),
        Column[Row](
            Text("first epoch over the tolerance", "首次超限的轮次"),
            Text("empty where there is none", "没有则为空"),
            lambda row: "" if row.record.left_at is None else str(row.record.left_at),
        ),
        Column[Row](
            Text("status", "状态"),
            Text("proven, or why not", "已证明，或未证明的原因"),
            lambda row: status_words(row.record.status),
            numeric=False,
        ),
        *((LOSS, TEST) if scores else ()),
        *((optima.ABOVE,) if scores and optima.known(rows) else ()),
    ]  # fmt: skip
    title = Text("Proof: distance from the float64 reference", "证明：与 float64 参考的距离")
    notes = footnotes.of_rows(rows)
    if scores:
        specs = {row.record.cell.spec: row.spec for row in rows}
        notes += [Text(f"{name}: ", f"{name}：") + note for name, spec in specs.items() for note in optima.notes(spec)]
    return table("proof", title, columns, rows, notes=notes)


def _allowed(row: Row) -> str:
    """A multiple; for a run of before version 0.3 a distance."""
    if row.record.allowed is not None:
        return f"{row.record.allowed:.3g}×"
    return f"{row.record.tolerance:.0e}" if row.record.tolerance else ""
