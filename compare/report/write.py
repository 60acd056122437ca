"""Writes the report of a run: cells.csv, figures, report.md and report.html; all of it derived from run.json and the samples."""

import itertools
import re
from pathlib import Path
from typing import Any

import jinja2

from compare.report import cells, figures, tables
from compare.report.cells import Row
from compare.report.tables import Table
from compare.runfiles import Run, RunFolder
from models.errors import UserError

HOW_TO_READ = (
    "Every cell trained from the same start, over the same rows in the same order, and ended within the allowed distance of a "
    "float64 reference; a cell that did not is refused and has no time.",
    "An epoch's time is taken between two fences: the device has nothing left to do when the clock is read.",
    "Cells of one table took turns on the same CPUs, one epoch each in random order; “times the fastest” compares samples "
    "taken side by side, so that drift of the machine cancels.",
    "Square brackets hold 95 % intervals. “Slower” means that the interval lies above 1; “no difference shown” that it holds 1 "
    "and is narrow; “inconclusive” that it holds 1 and is wide: more time would tell.",
    "Three questions are kept apart: “as shipped” (nothing is set), equal hardware (so many CPUs, the same for all), and each "
    "framework at its best.",
    "With fewer than five generations of fresh processes the intervals lean on an assumed scatter of 5 % between processes.",
)


def write(folder: RunFolder) -> tuple[Run, list[Row]]:
    """Write all derived files into the folder of a run; returns what they were made from.

    Raises UserError where the run cannot be read or the files cannot be written.
    """
    run, samples = folder.read(), folder.samples()
    rows = cells.rows(run, samples)
    performance = tables.performance(rows, cells.noise(run, samples))
    try:
        cells.frame(rows).to_csv(folder.path / "cells.csv", index=False)
        drawn = _draw(run, rows, performance, folder.path / "figures")
        context = _context(run, rows, performance, drawn)
        (folder.path / "report.md").write_text(_environment().get_template("report.md.jinja").render(context), encoding="utf-8")
        (folder.path / "report.html").write_text(
            _environment().get_template("report.html.jinja").render(context), encoding="utf-8"
        )
    except OSError as error:
        raise UserError(f"cannot write the report into {folder.path}: {error.strerror}") from error
    return run, rows


def _draw(run: Run, rows: list[Row], performance: list[Table], folder: Path) -> dict[str, Path]:
    """Draw all figures; key → path of the SVG."""
    folder.mkdir(exist_ok=True)
    drawn = {}
    for table in performance:
        group = [row for row in rows if _group_key(row) == table.key]
        if any(row.epoch for row in group):
            drawn[table.key] = figures.save(figures.epoch_times(group), folder, f"epoch-time-{table.key}")
    for name, spec in run.specs.items():
        of_spec = [row for row in rows if row.record.spec == name]
        drawn[f"loss-{name}"] = figures.save(figures.training_loss(spec, of_spec), folder, f"training-loss-{name}")
    return drawn


def _context(run: Run, rows: list[Row], performance: list[Table], drawn: dict[str, Path]) -> dict[str, Any]:
    sections = []
    for name, spec in run.specs.items():
        keys = {_group_key(row) for row in rows if row.record.spec == name}
        sections.append((name, spec, [table for table in performance if table.key in keys]))
    versions = {row.record.framework: row.record.framework_version for row in rows if row.record.framework_version}
    settings: dict[str, dict[str, Any]] = {}
    for _, group in itertools.groupby(rows, key=lambda row: (row.record.framework, row.record.threads)):
        record = next(group).record
        if record.framework_version:
            settings[f"{record.framework}, {tables.conditions(record.threads)}"] = record.settings | record.environment
    return {
        "run": run,
        "sections": sections,
        "at_best": tables.at_best(rows),
        "dispatch": tables.dispatch(rows),
        "costs": tables.costs(rows),
        "proof": tables.proof(rows),
        "figures": {key: path.name for key, path in drawn.items()},
        "svg": {key: _inline(path) for key, path in drawn.items()},
        "how_to_read": HOW_TO_READ,
        "versions": versions,
        "settings": settings,
        "markdown": tables.markdown,
    }


def _group_key(row: Row) -> str:
    return row.record.group.replace("/", "-").replace(":", "")


def _inline(path: Path) -> str:
    """The SVG element alone, with ids of its own, for a page that holds several."""
    svg = path.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    prefix = re.sub(r"\W", "-", path.stem)
    svg = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}-", svg)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("compare.report", "."),
        autoescape=lambda name: name is not None and name.endswith(".html.jinja"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
