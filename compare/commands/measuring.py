"""How `run` and `prove` carry out a plan: the folder, the run, the workers, the report; interrupted or not."""

import argparse
import contextlib
import dataclasses
import datetime
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from fairfit.commands.result import Result
from fairfit.measure import environment, hold, inspections, runner
from fairfit.measure.hold import Hold
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models.errors import UserError
from fairfit.models.text import Text
from fairfit.progress import Progress, Silent
from fairfit.records import Run
from fairfit.reporting import write
from fairfit.runfiles import RunFolder


@dataclasses.dataclass(frozen=True)
class Voice:
    """How long work is told: the language, whether at all, the command that a run records, and the language of its files."""

    language: str = "en"
    progress: bool | None = None  # None: where standard error is a terminal
    command: str = ""
    files: str = "en"  # not the locale's: the same run gives the same files everywhere

    def open(self) -> Progress:
        told = sys.stderr.isatty() if self.progress is None else self.progress
        return Progress(self.language) if told else Silent()


def of_command_line(options: argparse.Namespace) -> Voice:
    return Voice(options.language, True, shlex.join(["fairfit", *options.arguments]), options.lang or "en")


def begin(
    plan: Plan,
    options: Options,
    *,
    out: Path | None,
    word: str,
    topics: Sequence[str],
    data_dir: Path | None,
    voice: Voice,
    lock: bool = True,
) -> Result:
    """Carry out a plan in a new folder. Raises UserError before anything is measured, KeyboardInterrupt after the report."""
    now = datetime.datetime.now(datetime.UTC)
    folder = RunFolder(out or Path("results") / f"{now:%Y%m%d-%H%M%S}-{word}")
    folder.create()
    run = Run(
        name=folder.path.name,
        created=f"{now:%Y-%m-%d %H:%M} UTC",
        command=voice.command,
        machine=environment.of_machine(),
        options=dataclasses.asdict(options),
        inspections=inspections.planned(topics, dict.fromkeys(cell.framework for cell in plan.cells)),
    )
    return _carry_out(plan, folder, run, options, data_dir, voice, lock=lock)


def go_on(path: Path, *, data_dir: Path | None, voice: Voice, lock: bool = True) -> Result:
    """Continue an interrupted run. Raises UserError where the rest would not be comparable."""
    folder = RunFolder(path)
    run = folder.read()
    plan, options = runner.resumed(run)
    return _carry_out(plan, folder, run, options, data_dir, voice, lock=lock)


def _carry_out(
    plan: Plan, folder: RunFolder, run: Run, options: Options, data_dir: Path | None, voice: Voice, *, lock: bool
) -> Result:
    with (
        _polite_kill_interrupts(),
        voice.open() as progress,
        _held(plan, folder, options, progress, lock=lock) as on,
    ):
        try:
            runner.run(plan, folder, run, options, data_dir=data_dir, progress=progress, on=on)
        except KeyboardInterrupt:
            write.write([folder], language=voice.files)
            resume = shlex.join(["fairfit", "run", "--resume", str(folder.path)])
            progress.note(Text(f"to go on: {resume}", f"继续运行：{resume}"))
            raise
        except UserError:
            folder.discard_if_empty()
            raise
        progress.stage(Text("writing the report", "撰写报告"), 1)
        evidence = write.write([folder], language=voice.files)
        if run.wall_seconds:  # else an earlier run had measured everything
            share = f"{run.harness_seconds / run.wall_seconds:.1%}"
            seconds = f"{run.wall_seconds:.0f}"
            progress.note(
                Text(
                    f"measured for {seconds} s, of which {share} went to the harness itself",
                    f"测量用时 {seconds} 秒，其中测量框架自身占 {share}",
                )
            )
    return Result(folder.path, evidence)


def _held(plan: Plan, folder: RunFolder, options: Options, progress: Progress, *, lock: bool) -> Hold:
    """CPUs to measure on; a proof needs none of its own. Whoever interrupts while it waits leaves nothing behind."""
    try:
        return hold.take(plan, lock=lock, folder=folder.path, progress=progress) if options.timing else hold.unlocked()
    except (KeyboardInterrupt, UserError):
        folder.discard_if_empty()
        raise


@contextlib.contextmanager
def _polite_kill_interrupts() -> Iterator[None]:
    """While measuring a polite kill ends like Ctrl-C; only the main thread may say so, and what was set before comes back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
