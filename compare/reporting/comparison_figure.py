"""The figure beside the article's comparison: each framework a dot, each line of the table a line."""

import math

from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator
from matplotlib.transforms import blended_transform_factory

from fairfit.models.text import Text
from fairfit.reporting.comparison import Line, columns, lines
from fairfit.reporting.drawing import GRID, SOFT, Canvas, canvas, number_axis, plain_axes, text_width
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import device_text

CAPTION = Text("One epoch in each framework, as in the table", "各框架一轮的用时，与表格相同")
WIDTH = 4.7  # inches
SMALL = 8.5  # points


def figure(evidence: Evidence) -> Canvas | None:
    """Time of an epoch on a log axis, spec by spec; a filled dot is the fastest or tied for it. None where nothing was timed."""
    made = lines(evidence)
    if not made:
        return None
    places, headings = _places(evidence, made)
    left = 0.2 + max(text_width(line.contest.written.en, SMALL) for line in made)
    names = columns(evidence)
    in_one_line = sum(0.45 + text_width(evidence.title(name), SMALL) for name in names) <= WIDTH
    abreast = len(names) if in_one_line else 3
    above = 0.42 + 0.2 * (math.ceil(len(names) / abreast) - 1)
    drawn = canvas(
        WIDTH, 0.5 + above + min(0.285, 3.2 / (places[-1] + 1)) * (places[-1] + 1), left=left, right=0.25, top=above, bottom=0.5
    )
    axes = drawn.figure.add_subplot()
    for place, line in zip(places, made, strict=True):
        times = [1e3 * entry.row.epoch.value for entry in line.entries if entry.row and entry.row.epoch]
        axes.hlines(place, min(times), max(times), color=GRID, linewidth=3, zorder=1)
        for entry in line.entries:
            if entry.row is None or entry.row.epoch is None:
                continue
            epoch, colour = entry.row.epoch, evidence.colour(entry.framework)
            axes.hlines(place, 1e3 * epoch.low, 1e3 * epoch.high, color=colour, linewidth=2, zorder=2)
            first = entry.standing in ("fastest", "tied", "only")
            size = 20 if entry.standing == "baseline" else 70 if first else 42  # a baseline lies within another's ring
            axes.scatter(
                1e3 * epoch.value, place, s=size, c=colour if first or entry.standing == "baseline" else "white",
                edgecolors=colour, linewidths=1.6, marker="D" if entry.standing == "baseline" else "o",
                zorder=4 if entry.standing == "baseline" else 3,
            )  # fmt: skip
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    number_axis(axes.xaxis)
    axes.set_ylim(places[-1] + 0.7, -0.7)
    axes.set_yticks(places, [drawn.say(line.contest.written) for line in made], fontsize=SMALL)
    plain_axes(axes)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=SMALL)
    from_the_edge = blended_transform_factory(drawn.figure.transFigure, axes.transData)
    for place, heading in headings:
        axes.text(0.03, place, drawn.say(heading), transform=from_the_edge, va="center", fontsize=SMALL, fontweight="bold",
                  color=SOFT)  # fmt: skip
    axes.set_xlabel(drawn.say(Text("one epoch, ms (log scale)", "一轮，毫秒（对数刻度）")), fontsize=SMALL)
    handles = [
        Line2D([], [], marker="o" if name in evidence.frameworks else "D", linewidth=0, color=evidence.colour(name),
               label=evidence.title(name))
        for name in names
    ]  # fmt: skip
    drawn.figure.legend(
        handles=handles,
        loc="upper center",
        ncols=abreast,
        fontsize=SMALL,
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.2,
    )
    return drawn


def _places(evidence: Evidence, made: list[Line]) -> tuple[list[float], list[tuple[float, Text]]]:
    """Where each line stands, counted downwards, and the headings between: each spec, with where it ran if that differs."""
    several = len({line.place for line in made}) > 1
    places: list[float] = []
    headings: list[tuple[float, Text]] = []
    below, last = 0.0, None
    for line in made:
        key = (line.spec, line.place)
        if key != last:
            below += 0.3 if last else 0.0
            place = Text(", ", "，") + device_text(line.contest.leader) if several else Text("", "")
            headings.append((below, Text(line.spec, line.spec) + place))
            below += 1.0
        last = key
        places.append(below)
        below += 1.0
    return places, headings
