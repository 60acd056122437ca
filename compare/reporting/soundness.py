"""What must hold in the files of a run before anything is told of it, beyond the types that `plain` checks.

A run that was copied half, edited by hand or made by something else is refused in one line that names file and place:
cells and samples fit each other, times can be times, and the lines of a cell follow each other block by block, so that a line
that is doubled, lost or moved is found; a checksum finds what else was changed since. What an honest run that was interrupted or killed leaves behind is read: a last line
cut short is left out, and a cell that stands as pending though it was proven and sampled counts as measured. The samples of a
cell that was refused or failed later stay in the file and count for nothing. Where a cell is recorded as measured and has no
sample the report has no time of it and says so.
"""

import dataclasses
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairfit.asked import SweepRecord
from fairfit.models.checked import is_number
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.models.thresholds import Thresholds
from fairfit.plain import Misfit
from fairfit.records import CellRecord, Run, Sample, SpecRecord, Startup
from fairfit.reporting.labels import AXES
from fairfit.runfiles import RunFolder

SECONDS = (1e-9, 1e9)  # what one epoch can take
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def read(folder: RunFolder) -> tuple[Run, list[Sample]]:
    """A run and its samples. Raises UserError where they cannot be read, or cannot be of one run."""
    run, samples = folder.read(), folder.samples()
    try:
        _check_run(run)
    except Misfit as misfit:
        raise _damaged(folder.run_path, misfit) from misfit
    try:
        _check_samples(samples, {record.id: record for record in run.cells})
    except Misfit as misfit:
        raise _damaged(folder.samples_path, misfit) from misfit
    if not folder.samples_as_written():  # last: whatever can be told line by line has been
        raise _damaged(folder.samples_path, Misfit("lines were lost or changed since they were measured (its checksum differs)"))
    _settle(run, samples)
    return run, samples


def without_samples(run: Run, samples: Iterable[Sample]) -> list[str]:
    """The cells that are recorded as measured in a run that was timed, and have no sample."""
    sampled = {sample.cell for sample in samples}
    timed = run.options.get("timing", True)
    return [record.id for record in run.cells if timed and record.status == "measured" and record.id not in sampled]


def _settle(run: Run, samples: Iterable[Sample]) -> None:
    """Samples are on disk at once, what became of their cell is not: a run that was killed, or goes on, lacks it."""
    epochs = {sample.cell: sample.epochs for sample in samples}
    for record in run.cells:
        if record.status == "pending" and record.id in epochs:
            record.status, record.epochs_per_sample = "measured", epochs[record.id]


def _damaged(path: Path, misfit: Misfit) -> UserError:
    return UserError(Text(f"{path} is damaged: {misfit}", f"{path} 已损坏：{misfit}"))


def _check_run(run: Run) -> None:
    _must(isinstance(run.options.get("precision", 0.0), int | float), "options.precision must be a number")
    for name, spec in run.specs.items():
        _check_spec(f"specs.{name}", spec)
    for name, framework in run.frameworks.items():
        _must(COLOUR.fullmatch(framework.colour), f"frameworks.{name}.colour must be like #0072B2")
    ids = {"", *(record.id for record in run.cells)}
    for number, record in enumerate(run.cells):
        place = f"cells[{number}]"
        _must(record.cell.spec in run.specs, f"{place} is of a spec that specs lacks: {record.cell.spec!r}")
        _must(record.epochs_per_sample > 0, f"{place}.epochs_per_sample must be positive")
        _must(record.proven_as in ids, f"{place}.proven_as is the id of no cell: {record.proven_as!r}")
        for process, startup in enumerate(record.startups):
            _check_startup(f"{place}.startups[{process}]", startup)
    groups = {record.group for record in run.cells}
    for group, count in run.generations.items():
        _must(group in groups and count >= 0, f"generations.{group} must be of a group of cells, and not negative")
    for number, group in enumerate(run.finished):
        _must(group in groups, f"finished[{number}] must be of a group of cells")
    for name, seconds in (("wall_seconds", run.wall_seconds), ("harness_seconds", run.harness_seconds)):
        _must(0 <= seconds < math.inf, f"{name} must be a number, and not negative")
    if run.sweep is not None:
        _check_sweep(run.sweep, run.specs)
    doubled = [cell for cell, count in Counter(record.id for record in run.cells).items() if count > 1]
    _must(not doubled, f"cells has {', '.join(doubled)} more than once")


def _check_sweep(sweep: SweepRecord, specs: Collection[str]) -> None:
    for axis, values in sweep.axes.items():
        _must(
            axis in AXES and values and all(map(math.isfinite, values)), f"sweep.axes.{axis} must be an axis with finite values"
        )
    for number, one in enumerate(sweep.settings):
        place = f"sweep.settings[{number}]"
        on_the_grid = one.values.keys() == sweep.axes.keys() and all(
            min(sweep.axes[axis]) <= value <= max(sweep.axes[axis]) and (sweep.drawn or value in sweep.axes[axis])
            for axis, value in one.values.items()
        )
        _must(on_the_grid, f"{place}.values must have a value of each axis")
        _must(one.timed_as in ("", *specs), f"{place}.timed_as is a spec that specs lacks: {one.timed_as!r}")
        _must(all(map(math.isfinite, one.losses)), f"{place}.losses must be finite")
    for name in (sweep.check, sweep.checked):
        _must(name in ("", *specs), f"sweep.check and sweep.checked must be specs: {name!r}")


def _check_spec(place: str, record: SpecRecord) -> None:
    spec = record.spec
    for key, kind in (("model", str), ("data", dict), ("training", dict)):
        _must(isinstance(spec.get(key), kind), f"{place}.spec.{key} is missing or no {kind.__name__}")
    _must(isinstance(spec["data"].get("source"), str), f"{place}.spec.data.source is missing or no text")
    training: Mapping[str, Any] = spec["training"]
    for key in ("batch_size", "epochs"):
        value = training.get(key)
        whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
        _must(whole, f"{place}.spec.training.{key} must be a positive whole number")
    _must(isinstance(training.get("dtype"), str), f"{place}.spec.training.dtype is missing or no text")
    description = spec.get("description", "")
    both = (
        isinstance(description, dict)
        and set(description) == {"en", "zh"}
        and all(isinstance(item, str) for item in description.values())
    )
    _must(isinstance(description, str) or both, f"{place}.spec.description must be a text, or one in each language")
    _must(record.rows > 0, f"{place}.rows must be positive")
    thresholds = spec.get("thresholds", {})
    known = isinstance(thresholds, dict) and thresholds.keys() <= {field.name for field in dataclasses.fields(Thresholds)}
    _must(known, f"{place}.spec.thresholds must be a table of metric, loss, distance and ratio")
    _must(all(is_number(value) for value in thresholds.values()), f"{place}.spec.thresholds must be numbers")
    _must(0 <= record.floor_seconds < math.inf, f"{place}.floor_seconds must be a number, and not negative")
    _must(record.reference_losses, f"{place}.reference_losses is empty")
    penalties = len(record.reference_penalties)
    _must(penalties in (0, len(record.reference_losses)), f"{place}.reference_penalties must be as many as reference_losses")


def _check_startup(place: str, startup: Startup) -> None:
    _must(startup.generation >= 0, f"{place}.generation must not be negative")
    seconds = {"import": startup.import_seconds, "build": startup.build_seconds, "first_epoch": startup.first_epoch_seconds}
    for what, value in seconds.items():
        _must(0 <= value < math.inf, f"{place}.{what}_seconds must be a number, and not negative")
    for what, value in [("wall_seconds", startup.wall_seconds or 0.0), *startup.costs.items()]:
        _must(0 <= value < math.inf, f"{place}: {what} must be a number, and not negative")
    _must((startup.peak_rss_bytes or 0) >= 0, f"{place}.peak_rss_bytes must not be negative")


def _check_samples(samples: Sequence[Sample], cells: Mapping[str, CellRecord]) -> None:
    least, most = SECONDS
    last: dict[tuple[str, int], tuple[int, int]] = {}  # (cell, generation) → block and attempt
    generations: defaultdict[str, set[int]] = defaultdict(set)
    for number, sample in enumerate(samples, 1):
        _must(sample.cell in cells, f"line {number} is of a cell that run.json lacks: {sample.cell!r}")
        record = cells[sample.cell]
        _must(least < sample.seconds < most, f"line {number}: seconds must be between {least:g} and {most:g}")
        _must(0 <= sample.cpu_seconds < most, f"line {number}: cpu_seconds must be between 0 and {most:g}")
        others = (
            sample.waited_seconds, sample.foreign_seconds, sample.stolen_seconds, sample.throttled_seconds, sample.slowed_share,
        )  # fmt: skip
        _must(all(0 <= value < math.inf for value in others), f"line {number}: what disturbed it must not be negative")
        _must(sample.attempt >= 0, f"line {number}: attempt must not be negative")
        _must(sample.epochs > 0, f"line {number}: epochs must be positive")
        _must(sample.epoch >= 0 and sample.generation >= 0, f"line {number}: epoch and generation must not be negative")
        _must(
            record.distances or record.status not in ("measured", "pending"),
            f"line {number} is of a cell that has no proof in run.json: {sample.cell!r}",
        )
        place = sample.block, sample.attempt
        before = last.get((sample.cell, sample.generation), (-1, 0))
        _must(place > before, f"line {number} stands there twice, or not in its place: {_named(sample)}")
        follows = place in ((before[0] + 1, 0), (before[0], before[1] + 1))
        _must(follows, f"before line {number} lines are lost: it is {_named(sample)}")
        last[sample.cell, sample.generation] = place
        generations[record.group].add(sample.generation)
    for number, sample in enumerate(samples, 1):
        known = sample.generation == 0 or sample.generation - 1 in generations[cells[sample.cell].group]
        _must(known, f"line {number} is of generation {sample.generation}, and there is none before it")


def _named(sample: Sample) -> str:
    return f"generation {sample.generation}, block {sample.block} of {sample.cell!r}"


def _must(holds: object, otherwise: str) -> None:
    if not holds:
        raise Misfit(otherwise)
