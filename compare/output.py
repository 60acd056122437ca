"""What a terminal can take: its language, the signs it lacks, and its end before ours."""

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping

from fairfit.models.text import Text, in_language

PLAIN = {  # what stands for a sign where the encoding has none for it; anything else becomes a question mark
    "µ": "u", "×": "x", "÷": "/", "±": "+/-", "–": "-", "—": "-", "−": "-", "→": "->", "≤": "<=", "≥": ">=", "·": "*",
    "½": "1/2", "²": "2", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "λ": "lambda", "─": "-", "━": "-",
}  # fmt: skip
ERRORS = "fairfit.plain"


def open_all_streams() -> None:
    """Where standard input, output or error was closed at the start, let it lead nowhere: else the first files and pipes
    that are opened would take its place."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # as Python leaves it then
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def accept_all_signs() -> None:
    """From now on a sign that standard output or error lacks is replaced, where it would have ended in a traceback."""
    codecs.register_error(ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def readable(text: str) -> str:
    """A text that every file takes: the bytes of a path that are no text in UTF-8 become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def language(asked: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The language asked for, else that of the locale; English where the terminal cannot write it."""
    if asked is not None:
        return asked if asked != "zh" or _writes("中文") else "en"
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") and _writes("中文") else "en"


def _writes(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def complain(text: Text | str, language: str) -> None:
    """One line on standard error, whatever has become of it."""
    with contextlib.suppress(OSError):
        print(f"fairfit: {in_language(text, language)}", file=sys.stderr, flush=True)


class CannotPrint(Exception):
    """Standard output takes no more, and not because its reader had seen enough; the message is the system's."""


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """A reader of standard output that stops reading (`| head -1`) ends the printing quietly. Raises CannotPrint."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise CannotPrint(error.strerror or str(error)) from error


def silence(stream: object) -> None:
    """Let what is still in the stream's buffer go nowhere: the interpreter writes it out when it ends."""
    if isinstance(stream, io.TextIOWrapper):
        with contextlib.suppress(OSError, ValueError):  # a stream of a test has no file below it
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
