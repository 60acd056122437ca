"""The command line: parse, call, print. Results go to standard output, everything else to standard error."""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence

from fairfit import interrupts, output
from fairfit.arguments import parser
from fairfit.commands import COMMANDS
from fairfit.commands.answer import Answer, Status
from fairfit.interrupts import Interrupted
from fairfit.models.errors import UserError
from fairfit.models.text import Text

SIGNALLED = 128  # and the number of the signal: how a shell tells what ended a command
NO_CHINESE = "this terminal's encoding has no Chinese signs: it is told in English, files are written in Chinese"
NOTHING = Text("; nothing was measured", "；没有测得任何数据")
KEPT = Text("; what was measured is kept", "；已测得的数据都已保存")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output.open_all_streams()
    output.accept_all_signs()
    language, kept = output.language(None), KEPT if given[:1] in (["run"], ["prove"], ["sweep"]) else Text("", "")
    answer: Answer | None = None
    try:
        _check_threads()
        # what commands lean on is heavy: only the one that is called is imported, and none for `fairfit --help`
        module = importlib.import_module(f"fairfit.commands.{given[0]}") if given and given[0] in COMMANDS else None
        options = parser(module).parse_args(given)
        options.arguments = given
        options.language = language = output.language(options.lang)
        if options.lang not in (None, language):
            output.complain(NO_CHINESE, language)
        assert module is not None  # else the parser has ended the program
        answer = module.command(options)
        with output.printing():
            answer.show()
    except UserError as error:
        output.complain(error.text, language)
        return Status.BAD_USAGE
    except output.CannotPrint as error:
        output.complain(Text(f"cannot write to standard output: {error}", f"无法写入标准输出：{error}"), language)
        return Status.INCOMPLETE
    except BrokenPipeError:  # who listened to the progress has gone before there was an answer
        output.silence(sys.stderr)
        output.silence(sys.stdout)
        return Status.INCOMPLETE
    except OSError as error:
        output.complain(
            Text(what := f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "), what) + kept, language
        )
        return Status.INCOMPLETE
    except KeyboardInterrupt as interrupt:
        if arguments is None:  # this process ends now: one more would only interrupt its end
            interrupts.ignore()
        number: int = signal.SIGINT
        if isinstance(interrupt, Interrupted):
            number, kept = interrupt.number, kept if interrupt.kept else NOTHING
        elif answer is None and kept.en:  # before measuring began: while it goes on, interrupts are Interrupted
            kept = NOTHING
        output.complain(Text("interrupted", "已中断") + kept, language)
        return SIGNALLED + number
    return answer.status


def _check_threads() -> None:
    """NumPy's OpenBLAS starts a thread for each CPU when it is imported, and interrupts the program where it cannot."""
    done = threading.Event()
    try:
        for _ in range(os.cpu_count() or 1):
            threading.Thread(target=done.wait, daemon=True).start()
    except RuntimeError as error:
        told = "no more processes or threads may be started here: raise the limit (`ulimit -u`), or end others"
        raise UserError(Text(told, "此处不能再启动进程或线程：请提高限制（`ulimit -u`），或结束其他进程")) from error
    finally:
        done.set()


if __name__ == "__main__":
    sys.exit(main())
