"""The figures of a run, made to be read: epoch time by style, and training loss by epoch."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from fairfit.frameworks import registry
from fairfit.records import SpecRecord
from fairfit.reporting.cells import Row
from fairfit.reporting.table import figure_text
from fairfit.reporting.tables import device_text

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
        colour = COLOURS.get(row.record.cell.framework, "#777777")
        milliseconds = [1e3 * value for value in (row.epoch.low, row.epoch.high)]
        axes.plot(milliseconds, [position, position], color=colour, linewidth=2, solid_capstyle="butt")
        filled = colour if row.record.cell.input == "resident" else "white"
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
        axes.set_title(f"{timed[0].record.cell.spec}: time of one epoch, {device_text(timed[0])}", loc="left", fontsize=11)
    present = list(dict.fromkeys(row.record.cell.framework for row in timed))
    handles = [Line2D([], [], marker="o", linewidth=2, color=COLOURS.get(name, "#777777"), label=name) for name in present]
    if any(row.record.cell.input == "loader" for row in timed):
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
        names = ", ".join(dict.fromkeys(row.record.cell.framework for row in proven))
        label = f"all {len(proven)} proven cells and the reference\n({names}):\nthey differ by at most {spread:.0e} of the loss"
    else:
        label = "float64 reference"
    axes.plot(epochs, spec.reference_losses, "o-", color="#333333", markersize=4, linewidth=2, label=label)
    for row in stray:
        axes.plot(
            epochs,
            row.record.train_losses,
            "x--",
            color=COLOURS.get(row.record.cell.framework, "#777777"),
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


def softmax_twice(curves: Mapping[str, Mapping[str, list[float]]]) -> Figure:
    """Test accuracy by epoch with softmax applied once and twice; one panel for each data set."""
    figure = Figure(figsize=(4 * max(len(curves), 2), 3.2), layout="constrained")
    panels = figure.subplots(1, len(curves), squeeze=False)[0]
    for axes, (dataset, numbers) in zip(panels, curves.items(), strict=True):
        epochs = range(1, len(numbers["right_accuracy"]) + 1)
        axes.plot(epochs, numbers["right_accuracy"], "o-", color="#333333", markersize=4, label="softmax once")
        axes.plot(epochs, numbers["twice_accuracy"], "s--", color="#CC79A7", markersize=4, label="softmax twice")
        axes.set_title(dataset, loc="left", fontsize=11)
        axes.set_xlabel("epoch")
        axes.set_xticks(list(epochs) if len(epochs) <= 20 else list(epochs)[:: math.ceil(len(epochs) / 20)])
        axes.grid(color="#dddddd", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy")
    panels[0].legend(fontsize=8, frameon=False, loc="best")
    return figure


def graphs(by_framework: Mapping[str, list[dict[str, Any]]]) -> Figure:
    """Each framework's graph side by side: what flows in as text, operators as boxes, arrows downwards."""
    placed = {name: _layers(nodes) for name, nodes in by_framework.items()}
    depth = max((y for places in placed.values() for _, y in places.values()), default=0)
    figure = Figure(figsize=(3.6 * len(placed), 1.2 + 0.62 * (depth + 1)), layout="constrained")
    for axes, (name, places) in zip(figure.subplots(1, len(placed), squeeze=False)[0], placed.items(), strict=True):
        colour = COLOURS.get(name, "#777777")
        for node in by_framework[name]:
            if node["name"] not in places:
                continue
            x, y = places[node["name"]]
            for child in node["inputs"]:
                if child in places:
                    axes.annotate(
                        "", (x, -y + 0.17), (places[child][0], -places[child][1] - 0.17),
                        arrowprops={"arrowstyle": "->", "color": "#999999", "linewidth": 1},
                    )  # fmt: skip
            box = {
                "boxstyle": "round,pad=0.3",
                "facecolor": "white" if node["op"] else "#f0f0f0",
                "edgecolor": colour if node["op"] else "none",
            }
            axes.text(x, -y, _short(node), ha="center", va="center", fontsize=7.5, bbox=box)
        width = max(abs(x) for x, _ in places.values()) + 0.75
        axes.set_xlim(-width, width)
        axes.set_ylim(-depth - 0.6, 0.6)
        axes.set_title(name, fontsize=11, color=colour)
        axes.axis("off")
    return figure


def _short(node: dict[str, Any]) -> str:
    text = (node["op"] or node["name"]).removesuffix(".default").replace("/resource", "")
    text = text.rpartition("/")[2] if not node["op"] else text
    return text if len(text) <= 22 else text[:20] + "…"


def _layers(nodes: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """A place (x, depth) for each node: below all its inputs; what flows in stands one above its first user."""
    users = {child for node in nodes for child in node["inputs"]}
    kept = [node for node in nodes if node["op"] or node["name"] in users]
    depth: dict[str, int] = {}
    for node in kept:  # in an order in which inputs come first
        depth[node["name"]] = 1 + max((depth.get(child, -1) for child in node["inputs"]), default=-1)
    for node in kept:
        if not node["inputs"]:
            depth[node["name"]] = min(depth[user["name"]] for user in kept if node["name"] in user["inputs"]) - 1
    lowest = min(depth.values(), default=0)
    rows: dict[int, list[str]] = {}
    for name, level in depth.items():
        rows.setdefault(level - lowest, []).append(name)
    return {
        name: (1.35 * (number - (len(row) - 1) / 2), float(level))
        for level, row in rows.items()
        for number, name in enumerate(row)
    }


def save(figure: Figure, folder: Path, name: str) -> Path:
    """Write the figure as SVG and PNG; returns the path of the SVG."""
    path = folder / f"{name}.svg"
    if isinstance(layout := figure.get_layout_engine(), ConstrainedLayoutEngine):
        layout.set(w_pad=0.12)  # inches; letters are a little wider in the one than in the other
    figure.savefig(path, metadata={"Date": None})
    figure.set_layout_engine("none")  # it is laid out already
    figure.savefig(path.with_suffix(".png"), dpi=110)
    return path


def _label(row: Row) -> str:
    return f"{row.record.cell.framework} {row.record.cell.style}" + (" (loader)" if row.record.cell.input == "loader" else "")
