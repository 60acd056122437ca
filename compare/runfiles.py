"""The files of a run: written and read here and nowhere else."""

import contextlib
import errno
import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from fairfit import claim, format_1
from fairfit.frameworks.findings import FINDINGS
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain, to_plain
from fairfit.records import FORMAT, Run, Sample

SURROGATES = re.compile("[\ud800-\udfff]")  # which Python has for the bytes of a path that are no text, and UTF-8 has not
FOLDERS = ("scratch", "figures", "tables")  # that a run makes in its own, and files beside them
FILES = ("run.json", "run.partial", "samples.jsonl", "cells.csv", "report.md", "report.html")


class RunFolder:
    """A folder that holds a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_path = path / "run.json"
        self.samples_path = path / "samples.jsonl"
        self.scratch_path = path / "scratch"  # what workers read and write

    @classmethod
    def new(cls, wanted: Path) -> Self:
        """A folder that nobody else has: of this name, or of this name and a number. Raises UserError."""
        try:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            for number in itertools.count(1):
                folder = cls(wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}"))
                with contextlib.suppress(FileExistsError):
                    folder.path.mkdir()
                    return folder
        except OSError as error:
            raise cls(wanted).unwritable(error) from error
        raise AssertionError("numbers do not end")

    @contextlib.contextmanager
    def claimed(self) -> Iterator[bool]:
        """Nobody else measures into the folder meanwhile; yields False where that cannot be had (see `fairfit.claim`).

        The folder is made where it is missing. Raises UserError where somebody else has claimed it, or it cannot be written.
        """
        with contextlib.ExitStack() as stack:
            try:
                held = stack.enter_context(claim.claim(self.path))
            except OSError as error:
                raise self.unwritable(error) from error
            yield held

    def measured_by(self) -> claim.Holder | None:
        """Which other process measures into the folder now; None where none does, or where that cannot be known."""
        return claim.holder(self.path)

    def create(self) -> None:
        """Make an empty run. Raises UserError where that cannot be done, or a run or files of its names are there already."""
        if self.run_path.exists():
            raise UserError(
                Text(
                    f"{self.path} holds a run already: name another folder with --out, or remove it",
                    f"{self.path} 中已有一次运行：请用 --out 指定另一个文件夹，或删除它",
                )
            )
        if strangers := [name for name in FILES if (self.path / name).is_file() and (self.path / name).stat().st_size]:
            raise UserError(
                Text(
                    f"{self.path} holds files that are of no run and would be overwritten, {', '.join(strangers)}: name another "
                    "folder with --out, or remove them",
                    f"{self.path} 中有不属于任何运行、会被覆盖的文件 {'、'.join(strangers)}：请用 --out 指定另一个文件夹，或删除它们",
                )
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name in FOLDERS:
                if (self.path / name).exists() and not (self.path / name).is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.path / name))
                if (self.path / name).exists() and not os.access(self.path / name, os.W_OK | os.X_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path / name))
            for path in (*(self.path / name for name in FILES), *self.path.glob("figures/*"), *self.path.glob("tables/*")):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            self.samples_path.write_text("")  # without a run.json nobody knows what samples left here are of
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> UserError:
        """What is told where nothing can be written, before anything is measured."""
        where = error.filename or self.path
        return UserError(
            Text(
                f"cannot write to {where}: {error.strerror}; name a folder of yours with --out",
                f"无法写入 {where}：{error.strerror}；请用 --out 指定自己的文件夹",
            )
        )

    def discard_if_empty(self) -> None:
        """Remove a run that never began, so that its folder can be used again."""
        if not self.run_path.exists() and not (self.samples_path.exists() and self.samples_path.stat().st_size):
            self.remove_scratch()
            for path in (self.samples_path, self.path / claim.NAME):
                path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the user's own folder, with something else in it
                self.path.rmdir()

    def remove_scratch(self) -> None:
        """Remove what workers left behind."""
        shutil.rmtree(self.scratch_path, ignore_errors=True)

    def write(self, run: Run) -> None:
        """Write run.json whole, with the checksum of the samples so far: a reader sees the old or the new one, never half."""
        samples = self.samples_path.read_bytes() if self.samples_path.exists() else b""
        so_far = {"bytes": len(samples), "sha256": hashlib.sha256(samples).hexdigest()}
        values = {"format": FORMAT, "samples_so_far": so_far} | to_plain(run)
        text = json.dumps(values, indent=1, allow_nan=False, ensure_ascii=False)
        partial = self.run_path.with_suffix(".partial")
        try:
            with partial.open("w", encoding="utf-8") as file:
                file.write(SURROGATES.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.run_path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise _of_file(error, self.run_path) from error

    def append(self, sample: Sample) -> None:
        """Add one sample; it is with the operating system when this returns."""
        try:
            with self.samples_path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(to_plain(sample)) + "\n")
        except OSError as error:
            raise _of_file(error, self.samples_path) from error

    def read(self) -> Run:
        """Read run.json. Raises UserError where it is missing, broken or of another format."""
        try:
            values = json.loads(self.run_path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(
                Text(
                    f"{self.path} holds no run: it has no run.json; `fairfit run --out {self.path}` makes one",
                    f"{self.path} 中没有运行：缺少 run.json；`fairfit run --out {self.path}` 会生成",
                )
            ) from error
        except (OSError, ValueError) as error:
            raise UserError(f"{self.run_path} cannot be read: {error}") from error
        except RecursionError as error:
            raise UserError(f"{self.run_path} cannot be read: its lists or tables nest too deeply") from error
        return self._run(values)

    def _run(self, values: Any) -> Run:
        made_by = values.pop("format", None) if isinstance(values, dict) else None
        if isinstance(values, dict):
            values.pop("samples_so_far", None)  # see `samples_as_written`
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

    def samples_as_written(self) -> bool:
        """Whether the samples that were there when run.json was written still are, unchanged; more may have come since. Runs of
        before version 0.4 do not tell."""
        so_far = json.loads(self.run_path.read_text(encoding="utf-8")).get("samples_so_far")
        if not isinstance(so_far, dict):
            return so_far is None
        count, there = so_far.get("bytes"), self.samples_path.read_bytes()
        return isinstance(count, int) and hashlib.sha256(there[:count]).hexdigest() == so_far.get("sha256")

    def samples(self) -> list[Sample]:
        """All samples in the order measured. A last line cut short by a crash is left out; any other bad line is an error."""
        try:
            lines = self.samples_path.read_text(encoding="utf-8").split("\n")  # not the other ends of lines that Unicode knows
        except OSError as error:
            raise UserError(f"{self.samples_path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{self.samples_path} is no text in UTF-8: {error.reason}") from error
        return list(self._parse(lines))

    def _parse(self, lines: list[str]) -> Iterable[Sample]:
        for number, line in enumerate(lines, 1):
            if number == len(lines) and not line:
                return  # the file ends with a whole line
            try:
                yield from_plain(Sample, json.loads(line))
            except (ValueError, RecursionError) as error:
                if number == len(lines):
                    return
                raise UserError(f"{self.samples_path}, line {number}, is no sample: {error}") from error


def _of_file(error: OSError, path: Path) -> OSError:
    """The same, naming the file: what `write` raises names none."""
    return OSError(error.errno, error.strerror or str(error), str(path))


def _from_format_1(values: dict[str, Any]) -> dict[str, Any]:
    try:
        return format_1.converted(values)
    except KeyError as error:
        raise Misfit(f"{error.args[0]} is missing") from error
    except (TypeError, AttributeError) as error:  # a list where a table should be, or the other way round
        raise Misfit(f"it has not the form of format 1: {error}") from error
