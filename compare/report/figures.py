"""The figures of a run, made to be read: epoch time by style, and training loss by epoch."""

import math
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from compare.report.cells import Row
from compare.report.tables import conditions, figure_text
from compare.runfiles import SpecRecord
from frameworks import registry

matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text: it can be searched, and the file stays small
matplotlib.rcParams["svg.hashsalt"] = "fairfit"  # the same run gives the same file
COLOURS = {entry.name: entry.colour for entry in registry.FRAMEWORKS}


def epoch_times(rows: list[Row]) -> Figure:
    """Epoch time of every measured cell of one group with its interval on a log axis, fastest on top."""
    timed = sorted((row for row in rows if row.epoch), key=lambda row: row.epoch.value if row.epoch else 0.0)
    figure = Figure(figsize=(8, 1.1 + 0.3 * max(len(timed), 1)), layout="constrained")
    axes: Axes = figure.subplots()
    for position, row in enumerate(timed):
        assert row.epoch is not None
        colour = COLOURS.get(row.record.framework, "#777777")
        milliseconds = [1e3 * value for value in (row.epoch.low, row.epoch.high)]
        axes.plot(milliseconds, [position, position], color=colour, linewidth=2, solid_capstyle="butt")
        filled = colour if row.record.input == "resident" else "white"
        axes.plot(1e3 * row.epoch.value, position, "o", color=colour, markerfacecolor=filled, markersize=7)
        axes.annotate(
            f"{figure_text(1e3 * row.epoch.value)} ms", (max(milliseconds), position), xytext=(8, 0),
            textcoords="offset points", va="center", fontsize=8, color="#444444",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (high / low) ** 0.12)  # room for the last label
    axes.set_yticks(range(len(timed)), [_label(row) for row in timed], fontsize=9)
    axes.invert_yaxis()
    axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("one epoch, ms (log scale; bar: 95 % interval)")
    if timed:
        record = timed[0].record
        axes.set_title(f"{record.spec}: time of one epoch, {record.device} {conditions(record.threads)}", loc="left", fontsize=11)
    present = list(dict.fromkeys(row.record.framework for row in timed))
    handles = [Line2D([], [], marker="o", linewidth=2, color=COLOURS.get(name, "#777777"), label=name) for name in present]
    if any(row.record.input == "loader" for row in timed):
        hollow = Line2D(
            [], [], marker="o", linewidth=0, color="#555555", markerfacecolor="white", label="through its data loader"
        )
        handles.append(hollow)
    axes.legend(handles=handles, loc="lower left", fontsize=8, frameon=True, framealpha=0.9, edgecolor="none")
    return figure


def training_loss(spec: SpecRecord, rows: list[Row]) -> Figure:
    """Training loss after each epoch: one line where all cells agree with the reference, else every stray cell its own."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    axes: Axes = figure.subplots()
    epochs = np.arange(1, len(spec.reference_losses) + 1)
    proven = [row for row in rows if row.record.train_losses and row.record.status == "measured"]
    stray = [row for row in rows if row.record.train_losses and row.record.status == "refused"]
    if proven:
        losses = np.array([row.record.train_losses for row in proven])  # (cells, epochs)
        spread = np.max(np.abs(losses - spec.reference_losses) / np.abs(spec.reference_losses))
        names = ", ".join(dict.fromkeys(row.record.framework for row in proven))
        label = f"all {len(proven)} proven cells ({names}) and the reference: they differ by at most {spread:.0e} of the loss"
    else:
        label = "float64 reference"
    axes.plot(epochs, spec.reference_losses, "o-", color="#333333", markersize=4, linewidth=2, label=label)
    for row in stray:
        axes.plot(
            epochs,
            row.record.train_losses,
            "x--",
            color=COLOURS.get(row.record.framework, "#777777"),
            label=f"{_label(row)}: refused",
        )
    if all(loss > 0 for loss in spec.reference_losses) and max(spec.reference_losses) > 20 * min(spec.reference_losses):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("training loss")
    axes.set_xticks(epochs if len(epochs) <= 20 else epochs[:: math.ceil(len(epochs) / 20)])
    axes.grid(color="#dddddd", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"{spec.spec['name']}: training loss by epoch", loc="left", fontsize=11)
    axes.legend(fontsize=8, frameon=False)
    return figure


def save(figure: Figure, folder: Path, name: str) -> Path:
    """Write the figure as SVG and PNG; returns the path of the SVG."""
    path = folder / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    figure.savefig(path.with_suffix(".png"), dpi=150)
    return path


def _label(row: Row) -> str:
    return f"{row.record.framework} {row.record.style}" + (" (loader)" if row.record.input == "loader" else "")
