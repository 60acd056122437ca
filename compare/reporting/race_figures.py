"""The figures of races to a target: loss against seconds from nothing, and the performance profile over all comparisons."""

from collections.abc import Mapping, Sequence

from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, PercentFormatter

from fairfit.models.text import Text
from fairfit.reporting.cells import Row
from fairfit.reporting.drawing import SOFT, Canvas, canvas, number_axis, plain_axes
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import cell_text, device_text
from fairfit.reporting.races import Race, from_nothing, objectives, races

FEWEST = 3  # comparisons that a profile needs
CLOSE = 1e-7  # above the least loss; nearer is rounding


def loss_against_seconds(evidence: Evidence, rows: Sequence[Row]) -> Canvas | None:
    """How far above the least the loss of one spec is, against seconds from nothing: of each framework the cell that is at the
    target first, in the first place where the spec was timed. None where the least is not known, or nothing was timed."""
    spec, first = rows[0].spec, _first_of_each([row for row in rows if row.group == rows[0].group])
    losses = objectives(spec)
    if spec.optimum is None or spec.optimum.loss <= 0 or not losses or not first:
        return None
    drawn = canvas(8, 3.6, left=1.25, right=1.75, top=0.62)
    axes = drawn.figure.add_subplot()
    above = [max(loss / spec.optimum.loss - 1, CLOSE) for loss in losses]
    for name, race in first.items():
        seconds = [from_nothing(race.row, epochs).value for epochs in range(1, len(losses) + 1)]
        axes.plot(
            seconds,
            above,
            "o-",
            color=evidence.colour(name),
            markersize=3.5,
            linewidth=1.6,
            label=cell_text(race.row.record.cell),
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    if max(above) < 100 * min(above):  # one decade alone would have one label
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    number_axis(axes.xaxis)
    number_axis(axes.yaxis, factor=100, unit=" %")
    axes.set_xlabel(drawn.say(Text("seconds from nothing (log scale)", "从零开始的秒数（对数刻度）")))
    axes.set_ylabel(drawn.say(Text("above the least loss", "高出最小损失")))
    plain_axes(axes)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))  # beside: the curves cross all of it
    name = rows[0].record.cell.spec
    title = Text(f"{name}: loss against time, ", f"{name}：损失与时间，") + device_text(rows[0])
    drawn.figure.text(0.02, 1 - 0.2 / 3.6, drawn.say(title), fontsize=11, va="center")
    told = Text(
        "start and compiling are in the first epoch; the curve is the same for all, as proven",
        "首轮含启动与编译；各框架的曲线相同（已证明）",
    )
    drawn.figure.text(0.02, 1 - 0.44 / 3.6, drawn.say(told), fontsize=8, color=SOFT, va="center")
    return drawn


def profile(evidence: Evidence) -> Canvas | None:
    """In what share of the comparisons a framework at its best takes at most so many times the shortest epoch (E. Dolan, J. Moré,
    "Benchmarking optimization software with performance profiles", 2002); None where there are few."""
    best = {group: _shortest(rows) for group, rows in evidence.groups.items() if any(row.epoch for row in rows)}
    if len(best) < FEWEST:
        return None
    names = list(dict.fromkeys(name for of_group in best.values() for name in of_group))
    drawn = canvas(8, 3.4, left=0.95, top=0.62)
    axes = drawn.figure.add_subplot()
    furthest = 1.0
    for name in names:
        times = sorted(of_group[name] / min(of_group.values()) for of_group in best.values() if name in of_group)
        furthest = max(furthest, *times) if times else furthest
        steps = [number / len(best) for number in range(len(times) + 1)]
        axes.step([*times, 1e9], [*steps[1:], steps[-1]], where="post", color=evidence.colour(name), linewidth=1.8)
    axes.set_xscale("log")
    axes.set_xlim(1, 1.3 * furthest)
    axes.set_ylim(0, 1.03)
    number_axis(axes.xaxis)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(drawn.say(Text("at most so many times the shortest epoch (log scale)", "至多为最短一轮的几倍（对数刻度）")))
    axes.set_ylabel(drawn.say(Text("share of comparisons", "比较中的占比")))
    plain_axes(axes)
    handles = [Line2D([], [], color=evidence.colour(name), linewidth=1.8, label=evidence.title(name)) for name in names]
    axes.legend(handles=handles, fontsize=8, frameon=False, loc="lower right")
    title = Text(f"Each framework at its best, in {len(best)} comparisons", f"各框架最快的写法，共 {len(best)} 组比较")
    drawn.figure.text(0.02, 1 - 0.2 / 3.4, drawn.say(title), fontsize=11, va="center")
    told = Text("higher and further to the left is better", "越高、越靠左越好")
    drawn.figure.text(0.02, 1 - 0.44 / 3.4, drawn.say(told), fontsize=8, color=SOFT, va="center")
    return drawn


def _first_of_each(rows: Sequence[Row]) -> Mapping[str, Race]:
    """Of each framework the race that is over first."""
    first: dict[str, Race] = {}
    for race in races(rows):
        first.setdefault(race.row.record.cell.framework, race)
    return first


def _shortest(rows: Sequence[Row]) -> dict[str, float]:
    """Framework → seconds of its shortest epoch."""
    shortest: dict[str, float] = {}
    for row in rows:
        if row.epoch:
            name = row.record.cell.framework
            shortest[name] = min(row.epoch.value, shortest.get(name, row.epoch.value))
    return shortest
