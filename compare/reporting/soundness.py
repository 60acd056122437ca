"""What must hold in the files of a run before anything is told of it, beyond the types that `plain` checks.

A run that was copied half, edited by hand or made by something else is refused in one line that names the place.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fairfit.models.errors import UserError
from fairfit.plain import Misfit
from fairfit.records import Run, Sample, SpecRecord
from fairfit.runfiles import RunFolder

SECONDS = (1e-9, 1e9)  # what one epoch can take
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def read(folder: RunFolder) -> tuple[Run, list[Sample]]:
    """A run and its samples. Raises UserError where they cannot be read, or cannot be of one run."""
    run, samples = folder.read(), folder.samples()
    try:
        _check_run(run)
    except Misfit as misfit:
        raise UserError(f"{folder.run_path} is damaged: {misfit}") from misfit
    try:
        _check_samples(samples, {record.id for record in run.cells})
    except Misfit as misfit:
        raise UserError(f"{folder.samples_path} is damaged: {misfit}") from misfit
    return run, samples


def _check_run(run: Run) -> None:
    _must(isinstance(run.options.get("precision", 0.0), int | float), "options.precision must be a number")
    for name, spec in run.specs.items():
        _check_spec(f"specs.{name}", spec)
    for name, framework in run.frameworks.items():
        _must(COLOUR.fullmatch(framework.colour), f"frameworks.{name}.colour must be like #0072B2")
    for number, record in enumerate(run.cells):
        place = f"cells[{number}]"
        _must(record.cell.spec in run.specs, f"{place} is of a spec that specs lacks: {record.cell.spec!r}")
        _must(record.epochs_per_sample > 0, f"{place}.epochs_per_sample must be positive")
    doubled = [cell for cell, count in Counter(record.id for record in run.cells).items() if count > 1]
    _must(not doubled, f"cells has {', '.join(doubled)} more than once")


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
    _must(record.reference_losses, f"{place}.reference_losses is empty")


def _check_samples(samples: Sequence[Sample], cells: set[str]) -> None:
    seen: set[Sample] = set()
    for number, sample in enumerate(samples, 1):
        _must(sample.cell in cells, f"line {number} is of a cell that run.json lacks: {sample.cell!r}")
        least, most = SECONDS
        _must(least < sample.seconds < most, f"line {number}: seconds must be between {least:g} and {most:g}")
        _must(0 <= sample.cpu_seconds < math.inf, f"line {number}: cpu_seconds must not be negative")
        others = sample.waited_seconds, sample.foreign_seconds, sample.stolen_seconds, sample.throttled_seconds
        _must(all(0 <= value < math.inf for value in others), f"line {number}: what disturbed it must not be negative")
        _must(sample.attempt >= 0, f"line {number}: attempt must not be negative")
        _must(sample.epochs > 0, f"line {number}: epochs must be positive")
        _must(sample not in seen, f"line {number} stands there twice")
        seen.add(sample)


def _must(holds: object, otherwise: str) -> None:
    if not holds:
        raise Misfit(otherwise)
