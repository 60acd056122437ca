"""The figures of performance, made to be read: epoch time by style, and training loss by epoch."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import offset_copy

from fairfit.models.text import Text, listed
from fairfit.reporting.cells import Row
from fairfit.reporting.drawing import SOFT, Canvas, canvas, number_axis, plain_axes, text_width
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.labels import cell_text, device_text
from fairfit.reporting.tabular import figure_text


def epoch_times(evidence: Evidence, rows: Sequence[Row]) -> Canvas:
    """Epoch time of every measured cell of one group with its interval on a log axis, fastest on top."""
    timed = sorted(((row, row.epoch) for row in rows if row.epoch), key=lambda item: item[1].value)
    labels = [cell_text(row.record.cell) for row, _ in timed]
    drawn = canvas(8, 1.1 + 0.26 * len(timed), left=0.25 + max(text_width(label, 9) for label in labels), right=0.3)
    axes = drawn.figure.add_subplot()
    colours = [evidence.colour(row.record.cell.framework) for row, _ in timed]
    places = np.arange(len(timed))
    values, lows, highs = (1e3 * np.array([getattr(epoch, name) for _, epoch in timed]) for name in ("value", "low", "high"))
    axes.hlines(places, lows, highs, colors=colours, linewidth=2)
    filled = [colour if row.record.cell.input == "resident" else "white" for colour, (row, _) in zip(colours, timed, strict=True)]
    axes.scatter(values, places, s=45, c=filled, edgecolors=colours, linewidths=1.2, zorder=3)
    axes.set_xscale("log")
    number_axis(axes.xaxis)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (high / low) ** 0.14)  # room for the last label
    axes.set_ylim(len(timed) - 0.4, -0.6)
    axes.set_yticks([])  # texts in their place: forty ticks take longer to draw than all the rest
    at_left = offset_copy(axes.get_yaxis_transform(), drawn.figure, x=-5, units="points")
    for place, label in zip(places, labels, strict=True):
        axes.text(0, place, label, transform=at_left, ha="right", va="center", fontsize=9)
    plain_axes(axes)
    axes.spines["left"].set_visible(False)
    beside = offset_copy(axes.transData, drawn.figure, x=8, units="points")
    for place, value, end in zip(places, values, highs, strict=True):
        text = drawn.say(Text(f"{figure_text(value)} ms", f"{figure_text(value)} 毫秒"))
        axes.text(end, place, text, transform=beside, va="center", fontsize=8, color=SOFT)
    below = drawn.say(Text("one epoch, ms (log scale; bar: 95 % interval)", "一轮，毫秒（对数刻度；横线为 95 % 区间）"))
    middle = (axes.get_position().x0 + axes.get_position().x1) / 2
    drawn.figure.text(middle, 0.1 / drawn.figure.get_figheight(), below, ha="center", va="bottom", fontsize=10)
    spec = timed[0][0].record.cell.spec
    title = Text(f"{spec}: time of one epoch, ", f"{spec}：一轮的用时，") + device_text(timed[0][0])
    drawn.figure.text(0.02, 1 - 0.22 / drawn.figure.get_figheight(), drawn.say(title), fontsize=11, va="center")
    handles = [
        Line2D([], [], marker="o", linewidth=2, color=evidence.colour(name), label=evidence.title(name))
        for name in dict.fromkeys(row.record.cell.framework for row, _ in timed)
    ]
    if any(row.record.cell.input == "loader" for row, _ in timed):
        label = drawn.say(Text("through its data loader", "经由其数据加载器"))
        handles.append(Line2D([], [], marker="o", linewidth=0, color="#555555", markerfacecolor="white", label=label))
    axes.legend(handles=handles, loc="lower left", fontsize=8, framealpha=0.9, edgecolor="none")
    return drawn


def training_loss(evidence: Evidence, rows: Sequence[Row]) -> Canvas:
    """Training loss of one spec after each epoch: one line where all cells agree with the reference, else every stray cell
    its own."""
    spec, name = rows[0].spec, rows[0].record.cell.spec
    expected = np.array(spec.reference_losses)
    trained = [row for row in rows if len(row.record.train_losses) == len(expected)]
    proven = [row for row in trained if row.record.status == "measured"]
    drawn = canvas(8, 3.4, left=0.95, top=0.62)  # room for labels like 0.0001
    axes = drawn.figure.add_subplot()
    epochs = np.arange(1, len(expected) + 1)
    axes.plot(epochs, expected, "o-", color="#333333", markersize=4, linewidth=2)
    for row in trained:
        if row.record.status == "refused":
            text = cell_text(row.record.cell)
            colour = evidence.colour(row.record.cell.framework)
            label = drawn.say(Text(f"{text}: refused", f"{text}：拒绝"))
            axes.plot(epochs, row.record.train_losses, "x--", color=colour, label=label)
    if min(expected, default=0) > 0 and max(expected) > 20 * min(expected):
        axes.set_yscale("log")
        number_axis(axes.yaxis)
    axes.set_xlabel(drawn.say(Text("epoch", "轮次")))
    axes.set_ylabel(drawn.say(Text("training loss", "训练损失")))
    axes.set_xticks(epoch_ticks(len(expected)))
    plain_axes(axes)
    title = drawn.say(Text(f"{name}: training loss by epoch", f"{name}：逐轮训练损失"))
    drawn.figure.text(0.02, 1 - 0.2 / 3.4, title, fontsize=11, va="center")
    agreement = drawn.say(_agreement(evidence, proven, expected))
    drawn.figure.text(0.02, 1 - 0.44 / 3.4, agreement, fontsize=8, color=SOFT, va="center")
    if len(proven) < len(trained):
        axes.legend(fontsize=8, frameon=False)
    return drawn


def _agreement(evidence: Evidence, proven: Sequence[Row], expected: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Text:
    if not proven:
        return Text("float64 reference", "float64 参考")
    losses = np.array([row.record.train_losses for row in proven])  # (cells, epochs)
    spread = np.max(np.abs(losses - expected) / np.abs(expected))
    names = listed(evidence.title(name) for name in dict.fromkeys(row.record.cell.framework for row in proven))
    return (
        Text(f"the reference and all {len(proven)} proven cells (", f"参考与全部 {len(proven)} 个已证明的组合（")
        + names
        + Text(f"), which differ by at most {spread:.0e} of the loss", f"），损失相差不超过 {spread:.0e}")
    )


def epoch_ticks(epochs: int) -> list[int]:
    """At most twenty of the epochs, from 1 on."""
    return list(range(1, epochs + 1, math.ceil(epochs / 20) or 1))
