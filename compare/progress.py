"""Progress of long work on standard error: a live bar on a terminal, a line for each stage elsewhere."""

import contextlib
import sys
from types import TracebackType
from typing import IO, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from fairfit.models.text import Text, in_language


class StandardError:
    """Standard error as far as it goes: where it is closed, full, or its reader has left, work goes on untold."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        if self._stream is None:
            raise OSError("standard error is closed")
        return self._stream.fileno()

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.flush()


class Progress:
    """Tells what is going on, in one language; `stage` begins a piece of work of known length, `step` finishes a part of it."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._console = Console(file=cast(IO[str], StandardError(sys.stderr)))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Bars(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def stage(self, text: Text | str, steps: int) -> None:
        text = in_language(text, self._language)
        if not self._console.is_terminal:
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)
            return
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(text, total=steps)

    def step(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)

    def note(self, text: Text | str) -> None:
        """A line that stays."""
        self._console.print(in_language(text, self._language), highlight=False, markup=False, soft_wrap=True)


class Silent(Progress):
    """Tells nothing."""

    def stage(self, text: Text | str, steps: int) -> None:
        pass

    def note(self, text: Text | str) -> None:
        pass
