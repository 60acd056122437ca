"""The worker: a fresh process that holds one cell, or looks into one topic, and is told what to do through its own pipe.

Frameworks print on standard output and error, so both go to a log; requests come and replies go as lines of JSON (see
`fairfit.measure.protocol`) over two file descriptors of their own. Arrays lie in files. Needs the standard library, NumPy and
one framework.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

from fairfit.frameworks import registry
from fairfit.measure import lifeline, protocol
from fairfit.measure.cpus import confine
from fairfit.models import errors
from fairfit.models.text import Text
from fairfit.plain import to_plain


def main(arguments: list[str]) -> int:
    """`arguments`: path of the job, file descriptors of requests, replies and lifeline, and when the process was started."""
    path, requests, replies, held, spawned = arguments
    lifeline.hold(int(held))
    job = protocol.from_line(Path(path).read_text(encoding="utf-8"))
    with os.fdopen(int(requests), "r") as asked, os.fdopen(int(replies), "w") as answers:
        try:
            carry_out(job, asked, answers, float(spawned))
        except errors.Unavailable as error:
            if error.__cause__ is not None:
                traceback.print_exception(error.__cause__)  # installed but broken: the log keeps the whole story
            say(answers, protocol.Unavailable(error.what, error.text))
        except errors.Refused as error:
            say(answers, protocol.Refused(error.text))
        except (Exception, SystemExit) as error:
            file = job.entry.file if isinstance(job, protocol.CellJob) else ""
            if isinstance(error, SystemExit) and not file:
                raise
            traceback.print_exc()
            say(answers, protocol.Failed(told(error, file)))
            return 1
    return 0


def told(error: BaseException, file: str) -> Text | str:
    """What went wrong, in one line; where `file` is code of the user's own, with its place there."""
    if file:
        from fairfit.frameworks import own_code

        return own_code.told(error, file)
    return error.text if isinstance(error, errors.UserError) else errors.first_line(error)


def carry_out(job: protocol.Message, asked: TextIO, answers: TextIO, spawned: float) -> None:
    """Do a job of any kind."""
    match job:
        case protocol.CellJob():
            confine(job.cpus)  # before NumPy is imported, whose threads inherit it
            from fairfit.measure.session import Session

            session = Session(job, spawned, lambda: say(answers, protocol.Going()))
            say(answers, session.ready())
            for line in asked:
                reply = session.answer(protocol.from_line(line))
                say(answers, reply)
                if isinstance(reply, protocol.Finished):
                    return
        case protocol.TopicJob():
            confine(job.cpus)
            say(answers, inspect(job))
        case protocol.ImportJob():
            confine(job.cpus)
            framework = registry.load(job.entry)
            say(answers, protocol.Imported(framework.version, framework.devices()))
            from fairfit.measure.trial import Trial

            trial = Trial(framework, Path(job.exercise))
            for line in asked:
                say(answers, trial.answer(protocol.from_line(line)))
        case protocol.FloorJob():
            confine(job.cpus)
            say(answers, floor(job))
        case protocol.SolveJob():
            confine(job.cpus)
            from fairfit.measure import solving

            say(answers, solving.solve(job))
        case protocol.PortJob():
            confine(job.cpus)
            from fairfit.measure import porting

            say(answers, porting.port(job))
        case _:
            raise ValueError(f"no job: {job}")


def inspect(job: protocol.TopicJob) -> protocol.Found:
    """Ask the module that looks into the framework what it finds."""
    from fairfit.models import exercise

    framework = registry.load(job.entry)
    module = importlib.import_module(job.module)
    opened = {name: exercise.open_mapped(Path(folder)) for name, folder in job.exercises.items()}
    return protocol.Found(to_plain(module.inspect(framework, opened)))


def floor(job: protocol.FloorJob) -> protocol.Floored:
    """Measure how fast this process is."""
    from fairfit.measure import blas, rates
    from fairfit.models import exercise

    return protocol.Floored(rates.shortest_epoch(exercise.open_mapped(Path(job.exercise)).data), blas.loaded())


def say(answers: TextIO, reply: protocol.Reply) -> None:
    answers.write(protocol.to_line(reply))
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
