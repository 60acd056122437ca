"""Which columns of a table are used: the target, what is learned from, and what is left out."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fairfit.models.errors import DataError
from fairfit.models.tables.refusal import examples, quoted, refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.words import clean

ROW_NAMES = re.compile(r"column \d+|Unnamed: \d+(_level_\d+)?|__index_level_\d+__")  # no name, and what pandas makes of none


@dataclass(frozen=True)
class Choice:
    """`target` and `features` are places of columns, from 0, in the order of the file; `dropped` are names."""

    names: tuple[str, ...]
    target: int
    features: tuple[int, ...]
    dropped: tuple[str, ...]

    @property
    def used(self) -> tuple[int, ...]:
        """All places that are read, the target last."""
        return (*self.features, self.target)


def choose(request: Request, names: tuple[str, ...]) -> Choice:
    """Raises DataError that names a column which is not there, or where nothing is left to learn from."""
    target = _place(request, names, "target", request.target)
    drop = {_place(request, names, "drop", name) for name in request.drop}
    wanted = {_place(request, names, "features", name) for name in request.features}
    named = {_place(request, names, "categories", name) for name in request.categories}
    for what, places in (("drop", drop), ("features", wanted)):
        if target in places:
            raise refusal(
                request.path,
                f"{what} names the target {shown(request.target)}: leave it out there",
                f"{what} 中含有目标列 {shown(request.target)}：请去掉",
            )
    features = tuple(
        place for place in range(len(names)) if place != target and place not in drop and (not wanted or place in wanted)
    )
    if not features:
        raise refusal(
            request.path,
            f"has no column to learn from beside the target {shown(request.target)}: at least one feature is needed",
            f"除目标列 {shown(request.target)} 外没有可供学习的列：至少需要一个特征",
        )
    if unused := named - {*features, target}:
        name = names[min(unused)]
        raise refusal(
            request.path, f"categories names {shown(name)}, which is not used", f"categories 中的 {shown(name)} 没有被使用"
        )
    for place in features:
        if ROW_NAMES.fullmatch(names[place]) and place not in wanted:
            raise refusal(
                request.path,
                f"column {place + 1} has no name in the header, or that of row numbers ({shown(names[place])}): leave it out with "
                f"--drop {quoted(names[place])} (drop = [{quoted(names[place], always=True)}]), or give it a name",
                f"第 {place + 1} 列在表头中没有名称，或名称表示行号（{shown(names[place])}）：用 --drop {quoted(names[place])} "
                f"（drop = [{quoted(names[place], always=True)}]）去掉它，或给它命名",
            )
    dropped = tuple(name for place, name in enumerate(names) if place != target and place not in features)
    return Choice(names, target, features, dropped)


def _place(request: Request, names: Sequence[str], what: str, name: str) -> int:
    if (found := clean(name)) in names:
        return names.index(found)
    raise _no_column(request, names, what, name)


def _no_column(request: Request, names: Sequence[str], what: str, name: str) -> DataError:
    near = difflib.get_close_matches(clean(name).casefold(), [other.casefold() for other in names], n=1)
    meant = next((other for other in names if near and other.casefold() == near[0]), None)
    listed = examples(list(names), 10)
    return refusal(
        request.path,
        f"has no column {shown(name)} ({what}): the header has {listed}" + (f" (did you mean {shown(meant)}?)" if meant else ""),
        f"没有名为 {shown(name)} 的列（{what}）：表头有 {listed}" + (f"（是否想写 {shown(meant)}？）" if meant else ""),
    )
