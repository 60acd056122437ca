"""Heat maps of a sweep: what the loss comes to under every setting, and the seconds to the target in each framework."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from fairfit.models.text import Text, join
from fairfit.reporting.drawing import SOFT, Canvas, canvas
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import AXES
from fairfit.reporting.sweeps import Sweep, sweeps, value_text
from fairfit.reporting.tabular import figure_text

COLOURS = "viridis_r"  # dark is more: it reads the same in grey and to the colour-blind
CELL_WIDTH, CELL_HEIGHT, BESIDE, ABOVE, BELOW = 0.62, 0.34, 0.95, 0.55, 0.62  # inches
WIDTH = 8.0  # inches, as other figures have: the page shows all in one scale
MOST_NUMBERS = 144  # of one map; more cannot be read
ABREAST = 3  # maps

Grid = Mapping[tuple[float, float], float]  # value on the x axis and on the y axis → what is shown


def loss(evidence: Evidence) -> Canvas | None:
    """How far above the least the loss ends; None where there is not one sweep with something to show."""
    sweep = _one(evidence)
    if sweep is None:
        return None
    values = {id(one): 100 * max(above, 1e-6) for one in sweep.record.settings if (above := sweep.above(one)) is not None}
    title = Text("loss in the end: % above the least", "最终损失：高出最小值的百分比")
    return _maps(sweep, [(title, values)], Text("the same in every framework, as proven", "各框架相同（已证明）"))


def seconds(evidence: Evidence) -> Canvas | None:
    """Seconds of training until the target in each framework, in the fastest cell of each; None where nothing reaches it."""
    sweep = _one(evidence)
    if sweep is None or not sweep.attempts:
        return None
    maps: dict[str, dict[int, float]] = {}
    for attempt in sweep.attempts:  # soonest first
        maps.setdefault(attempt.row.record.cell.framework, {}).setdefault(id(attempt.setting), attempt.training.value)
    titled = [(Text(evidence.title(name), evidence.title(name)), values) for name, values in maps.items()]
    note = Text("seconds of training until ", "训练至 ") + sweep.target + Text("; empty: not reached", " 的秒数；空白：未到达")
    return _maps(sweep, titled, note)


def _one(evidence: Evidence) -> Sweep | None:
    """The sweep of a report of one run; maps of several machines would be mistaken for each other."""
    found = sweeps(evidence)
    return found[0] if len(found) == 1 and not found[0].record.drawn else None  # what was drawn lies on no grid


def _maps(sweep: Sweep, maps: Sequence[tuple[Text, Mapping[int, float]]], note: Text) -> Canvas | None:
    """Maps side by side over two axes, in one scale of colours; over further axes the least is shown."""
    across, upwards, others = _axes(sweep)
    everything = [value for _, values in maps for value in values.values()]
    if not everything:
        return None
    columns = sweep.record.axes[across]
    rows = sweep.record.axes[upwards] if upwards else [0.0]
    wide, high = CELL_WIDTH * len(columns) + BESIDE, CELL_HEIGHT * len(rows) + ABOVE + BELOW
    abreast = min(ABREAST, len(maps))
    lines = math.ceil(len(maps) / abreast)
    width, height = max(WIDTH, wide * abreast + 0.25), high * lines + 0.3
    drawn = canvas(width, height)
    norm = LogNorm(min(everything), max(max(everything), 1.001 * min(everything)))
    for number, (title, values) in enumerate(maps):
        line, place = divmod(number, abreast)
        box = (
            (place * wide + BESIDE) / width, 1 - (0.3 + line * high + ABOVE + CELL_HEIGHT * len(rows)) / height,
            CELL_WIDTH * len(columns) / width, CELL_HEIGHT * len(rows) / height,
        )  # fmt: skip
        axes = drawn.figure.add_axes(box)
        _draw(axes, drawn, _grid(sweep, values, across, upwards), columns, rows, norm)
        axes.set_title(drawn.say(title), fontsize=9, loc="left")
        axes.set_xlabel(drawn.say(AXES[across]), fontsize=8.5)
        if upwards:
            axes.set_ylabel(drawn.say(AXES[upwards]), fontsize=8.5)
    least = Text("", "")
    if others:
        least = Text("; the least over ", "；取以下各轴上的最小值：") + join((AXES[axis] for axis in others), ", ", "、")
    drawn.figure.text(0.1 / width, 1 - 0.2 / height, drawn.say(note + least), fontsize=8.5, color=SOFT, va="center")
    return drawn


def _axes(sweep: Sweep) -> tuple[str, str | None, list[str]]:
    """The axes to draw, those with the most values, and the others that have more than one."""
    axes = sweep.record.axes
    longest = sorted((axis for axis in axes if len(axes[axis]) > 1), key=lambda axis: -len(axes[axis])) or list(axes)
    shown = [axis for axis in axes if axis in longest[:2]]
    return shown[0], shown[1] if len(shown) > 1 else None, [axis for axis in axes if axis in longest[2:]]


def _grid(sweep: Sweep, values: Mapping[int, float], across: str, upwards: str | None) -> Grid:
    found: dict[tuple[float, float], float] = {}
    for one in sweep.record.settings:
        if id(one) in values:
            key = one.values[across], one.values[upwards] if upwards else 0.0
            found[key] = min(values[id(one)], found.get(key, math.inf))
    return found


def _draw(axes: Axes, drawn: Canvas, grid: Grid, columns: Sequence[float], rows: Sequence[float], norm: LogNorm) -> None:
    colours = ScalarMappable(norm, COLOURS)
    axes.set_xlim(0, len(columns))
    axes.set_ylim(0, len(rows))
    for (x, y), value in grid.items():
        column, row = list(columns).index(x), list(rows).index(y)
        red, green, blue, _ = colours.to_rgba(np.array(value))
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=(red, green, blue), edgecolor="white"))
        if len(columns) * len(rows) <= MOST_NUMBERS:
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
            axes.text(
                column + 0.5, row + 0.5, figure_text(value, 2), ha="center", va="center", fontsize=7.5,
                color="white" if dark else "black",
            )  # fmt: skip
    axes.set_xticks(np.arange(len(columns)) + 0.5, [value_text(value) for value in columns], fontsize=8)
    axes.set_yticks(
        np.arange(len(rows)) + 0.5, [value_text(value) for value in rows] if len(rows) > 1 else [""] * len(rows), fontsize=8
    )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
