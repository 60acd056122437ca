"""The files of a run: written and read here and nowhere else."""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fairfit import format_1
from fairfit.frameworks.findings import FINDINGS
from fairfit.models.errors import UserError
from fairfit.plain import Misfit, from_plain, to_plain
from fairfit.records import FORMAT, Run, Sample


class RunFolder:
    """A folder that holds a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_path = path / "run.json"
        self.samples_path = path / "samples.jsonl"

    def create(self) -> None:
        """Make an empty run. Raises UserError where that cannot be done or a run is there already."""
        if self.run_path.exists():
            raise UserError(f"{self.path} holds a run already: name another folder with --out, or remove it")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.samples_path.write_text("")  # without a run.json nobody knows what samples left here are of
        except OSError as error:
            raise UserError(f"cannot write to {self.path}: {error.strerror}; name a folder of yours with --out") from error

    def discard_if_empty(self) -> None:
        """Remove a run that never began, so that its folder can be used again."""
        if not self.run_path.exists() and self.samples_path.stat().st_size == 0:
            self.samples_path.unlink()
            with contextlib.suppress(OSError):  # the user's own folder, with something else in it
                self.path.rmdir()

    def write(self, run: Run) -> None:
        """Write run.json whole: a reader sees the old or the new one, never half."""
        text = json.dumps({"format": FORMAT} | to_plain(run), indent=1, allow_nan=False, ensure_ascii=False)
        partial = self.run_path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.run_path)

    def append(self, sample: Sample) -> None:
        """Add one sample; it is with the operating system when this returns."""
        with self.samples_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(to_plain(sample)) + "\n")

    def read(self) -> Run:
        """Read run.json. Raises UserError where it is missing, broken or of another format."""
        try:
            values = json.loads(self.run_path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{self.path} holds no run: it has no run.json; `fairfit run --out {self.path}` makes one") from error
        except (OSError, ValueError) as error:
            raise UserError(f"{self.run_path} cannot be read: {error}") from error
        return self._run(values)

    def _run(self, values: Any) -> Run:
        made_by = values.pop("format", None) if isinstance(values, dict) else None
        try:
            if made_by == 1:
                values = _from_format_1(values)
            elif made_by != FORMAT:
                raise UserError(f"{self.run_path} is not of format 1 or {FORMAT}, which this version of fairfit reads")
            for part in ("specs", "cells"):  # a run without them is half a run, though a new one may begin empty
                if part not in values:
                    raise Misfit(f"{part} is missing")
            run = from_plain(Run, values)
            for number, inspection in enumerate(run.inspections):
                if inspection.found is not None:
                    if inspection.topic not in FINDINGS:
                        raise Misfit(f"inspections[{number}].topic is unknown: {inspection.topic!r}")
                    kind = FINDINGS[inspection.topic]
                    inspection.found = from_plain(kind, inspection.found, f"inspections[{number}].found")
        except (Misfit, KeyError) as error:
            raise UserError(f"{self.run_path} is damaged: {error}") from error
        return run

    def cut_partial_sample(self) -> None:
        """Remove a last line that a crash cut short, so that the next sample begins a line of its own."""
        content = self.samples_path.read_bytes() if self.samples_path.exists() else b""
        if content and not content.endswith(b"\n"):
            whole = content[: content.rfind(b"\n") + 1]
            with self.samples_path.open("r+b") as file:
                file.truncate(len(whole))

    def samples(self) -> list[Sample]:
        """All samples in the order measured. A last line cut short by a crash is left out; any other bad line is an error."""
        try:
            lines = self.samples_path.read_text(encoding="utf-8").splitlines(keepends=True)
        except OSError as error:
            raise UserError(f"{self.samples_path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{self.samples_path} is no text in UTF-8: {error.reason}") from error
        return list(self._parse(lines))

    def _parse(self, lines: list[str]) -> Iterable[Sample]:
        for number, line in enumerate(lines, 1):
            try:
                yield from_plain(Sample, json.loads(line))
            except ValueError as error:
                if number == len(lines) and not line.endswith("\n"):
                    return
                raise UserError(f"{self.samples_path}, line {number}, is no sample: {error}") from error


def _from_format_1(values: dict[str, Any]) -> dict[str, Any]:
    try:
        return format_1.converted(values)
    except KeyError as error:
        raise Misfit(f"{error.args[0]} is missing") from error
    except (TypeError, AttributeError) as error:  # a list where a table should be, or the other way round
        raise Misfit(f"it has not the form of format 1: {error}") from error
