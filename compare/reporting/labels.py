"""Words that several parts of a report share: of statuses, verdicts, steps and conditions; names of places; anchors."""

import datetime
import hashlib
from collections.abc import Iterable

from fairfit.models.text import Text
from fairfit.records import Cell
from fairfit.reporting.cells import Row

YES, NO = Text("yes", "是"), Text("no", "否")
NOT_TESTED = Text("not tested here", "此处未测")

STATUS_WORDS = {
    "pending": Text("not measured: the run was stopped before", "未测量：运行提前中止"),
    "measured": Text("proven", "已证明"),
    "refused": Text("refused", "拒绝"),
    "unavailable": Text("unavailable", "不可用"),
    "failed": Text("failed", "失败"),
}
VERDICT_WORDS: dict[str, Text | str] = {
    "fastest": Text("fastest", "最快"),
    "tied": Text("tied for first", "并列最快"),
    "slower": Text("slower", "更慢"),
    "faster": Text("faster", "更快"),
    "no difference shown": Text("no difference shown", "未见差异"),
    "inconclusive": Text("inconclusive", "尚无定论"),
    "": "",
}
STEPS = {  # the article's four steps, and what it leaves out
    "load": Text("load the data", "载入数据"),
    "initialise": Text("initialise the parameters", "初始化参数"),
    "configure": Text("configure the network", "配置网络"),
    "compile": Text("compile it", "编译模型"),
    "train": Text("and train: the loop", "以及训练：循环"),
}
THE_LOOP = "train"
AXES: dict[str, Text] = {
    "learning_rate": Text("learning rate", "学习率"),
    "momentum": Text("momentum", "动量"),
    "l2": Text("l2", "l2"),
    "start_scale": Text("start scale", "起点尺度"),
    "batch_size": Text("batch size", "批量大小"),
    "rows": Text("rows", "行数"),
    "features": Text("inputs", "输入数"),
}


def status_words(status: str) -> Text | str:
    """A status that this version does not know stands as it was recorded."""
    return STATUS_WORDS.get(status, status)


def step_title(key: str) -> Text | str:
    return STEPS.get(key, key)


def device_text(row: Row) -> Text:
    """Where a cell ran: device, number of CPUs, and the run where there are several."""
    place = Text(f"{row.record.cell.device}, ", f"{row.record.cell.device}，") + conditions(row.record.cell.threads)
    return place + Text(f" ({row.run})", f"（{row.run}）") if row.run else place


def conditions(threads: str) -> Text:
    if threads == "shipped":
        return Text("as shipped", "默认设置")
    return Text("on 1 CPU" if threads == "1" else f"on {threads} CPUs", f"{threads} 个 CPU")


def cell_text(cell: Cell) -> str:
    """A cell within its group: 'mxnet gluon (loader)'."""
    return f"{cell.framework} {cell.style}" + (" (loader)" if cell.input == "loader" else "")


def gibibytes(count: int) -> str:
    """'24 GiB', as the makers of memory count."""
    return f"{count / 2**30:,.0f} GiB"


def moment(created: str) -> Text | str:
    """'2026-11-23 09:02 UTC' in each language; as it was recorded where it has another form."""
    try:
        made = datetime.datetime.strptime(created, "%Y-%m-%d %H:%M UTC").replace(tzinfo=datetime.UTC)
    except ValueError:
        return created
    return Text(created, f"{made.year} 年 {made.month} 月 {made.day} 日 {made:%H:%M}（世界协调时）")


LONGEST = 80  # characters of a key, so that a name of 255 bytes has room for what stands before and after it


def anchors(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A name for links and files for each, of letters, digits and - _ . in ASCII, which every file system and locale takes.

    One that says less than the name, and those that would be the same or the same as one that is taken, get a part of its hash.
    """
    names = list(dict.fromkeys(names))
    seen = [_plain(name) for name in names]
    folded = [name.casefold() for name in [*seen, *taken]]  # there are file systems that do not tell A from a
    return {
        name: plain if plain and name.isascii() and len(plain) <= LONGEST and folded.count(plain.casefold()) == 1
        else f"{plain[:LONGEST]}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}".removeprefix("-")
        for name, plain in zip(names, seen, strict=True)
    }  # fmt: skip


def _plain(name: str) -> str:
    """Without what a file may not begin with: a dot hides it, a dash is taken for an option."""
    signs = (sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name.replace(":", ""))
    return "".join(signs).lstrip("-.")
