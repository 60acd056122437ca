"""How `run` and `prove` carry out a plan: the folder, the run, the workers, the report; interrupted or not."""

import argparse
import contextlib
import dataclasses
import datetime
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fairfit import interrupts
from fairfit.asked import EnvironmentRecord, OwnCodeRecord, SweepRecord
from fairfit.commands.result import Result
from fairfit.frameworks import registry
from fairfit.interrupts import Interrupted
from fairfit.measure import environment, hold, inspections, limits, own_code, room, runner, versions
from fairfit.measure.hold import Hold
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan
from fairfit.models.text import Text
from fairfit.output import readable
from fairfit.progress import Progress, Silent
from fairfit.records import Run
from fairfit.reporting import soundness, write
from fairfit.runfiles import RunFolder

UNGUARDED = Text(
    "the file system of this folder has no locks: nothing keeps a second run out of it",
    "此文件夹所在的文件系统不支持文件锁：无法阻止另一次运行写入",
)


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
    sweep: SweepRecord | None = None,
    environments: Mapping[str, EnvironmentRecord] | None = None,
    own: Mapping[str, OwnCodeRecord] | None = None,
) -> Result:
    """Carry out a plan in a new folder; `sweep` is what was asked where its specs are the shapes of one, `environments` are
    those of frameworks in other versions, `own` files of the user's own.

    Raises UserError before anything is measured; Interrupted, once the report of what was measured is written.
    """
    limits.check(plan, topics=bool(topics))
    now = datetime.datetime.now(datetime.UTC)
    folder = RunFolder(out) if out else RunFolder.new(Path("results") / f"{now:%Y%m%d-%H%M%S}-{word}")
    with _claimed(folder) as held:
        try:
            folder.create()
            run = Run(
                name=readable(folder.path.name),
                created=f"{now:%Y-%m-%d %H:%M} UTC",
                command=readable(voice.command),
                machine=environment.of_machine(),
                options=dataclasses.asdict(options),
                inspections=inspections.planned(
                    topics, dict.fromkeys(cell.framework for cell in plan.cells if cell.framework not in (own or {}))
                ),
                sweep=sweep,
                environments=dict(environments or {}),
                own_code=dict(own or {}),
            )
            return _carry_out(plan, folder, run, options, data_dir, voice, held=held, lock=lock)
        finally:
            folder.discard_if_empty()


def go_on(path: Path, *, data_dir: Path | None, voice: Voice, lock: bool = True) -> Result:
    """Continue an interrupted run. Raises UserError where the rest would not be comparable."""
    folder = RunFolder(path)
    folder.read()  # a folder without a run is not claimed
    with _claimed(folder) as held:
        run, _ = soundness.read(folder)
        with voice.open() as progress:
            rows, _ = versions.rows(versions.again(run.environments), progress)
        with registry.also(rows), registry.also(own_code.again(run.own_code)):
            plan, options = runner.resumed(run)
            limits.check(plan, topics=bool(run.inspections))
            return _carry_out(plan, folder, run, options, data_dir, voice, held=held, lock=lock)


@contextlib.contextmanager
def _claimed(folder: RunFolder) -> Iterator[bool]:
    """Nobody else measures into the folder meanwhile, and whoever interrupts is told whether it holds a run by then."""
    with interrupts.raised():
        try:
            with folder.claimed() as held:
                yield held
        except Interrupted as interrupt:
            interrupt.kept = folder.run_path.exists()
            if folder.measured_by() is None:  # it may have come while the folder was being made
                folder.discard_if_empty()
            raise


def _carry_out(
    plan: Plan, folder: RunFolder, run: Run, options: Options, data_dir: Path | None, voice: Voice, *, held: bool, lock: bool
) -> Result:
    with voice.open() as progress:
        if not held:
            progress.note(UNGUARDED)
        if (told := room.check(plan, folder.path)) is not None:  # before CPUs are waited for
            progress.note(told)
        try:
            with _cpus(plan, folder, options, progress, lock=lock) as on:
                runner.run(plan, folder, run, options, data_dir=data_dir, progress=progress, on=on)
            progress.stage(Text("writing the report", "撰写报告"), 1)
            evidence = write.write([folder], language=voice.files)
        except KeyboardInterrupt as interrupt:
            number = interrupt.number if isinstance(interrupt, Interrupted) else signal.SIGINT
            folder.remove_scratch()
            if folder.run_path.exists():
                with contextlib.suppress(KeyboardInterrupt):  # of somebody who will not wait
                    _leave(folder, progress, voice)
            raise Interrupted(number) from None
        except OSError as error:
            if folder.run_path.exists():
                raise
            raise folder.unwritable(error) from error
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


def _cpus(plan: Plan, folder: RunFolder, options: Options, progress: Progress, *, lock: bool) -> Hold:
    """CPUs to measure on; a proof needs none of its own."""
    return hold.take(plan, lock=lock, folder=folder.path, progress=progress) if options.timing else hold.unlocked()


def _leave(folder: RunFolder, progress: Progress, voice: Voice) -> None:
    """Write the report of a run that was interrupted, and say how it goes on."""
    progress.stage(Text("interrupted; writing the report of what was measured", "已中断；正在为已测得的数据撰写报告"), 1)
    where = Result(folder.path, write.write([folder], language=voice.files)).report
    progress.note(Text(f"report: {where}", f"报告：{where}"))
    resume = shlex.join(["fairfit", "run", "--resume", str(folder.path)])
    progress.note(Text(f"to go on: {resume}", f"继续运行：{resume}"))
