"""Progress of long work on standard error: a live bar on a terminal, a line for each stage elsewhere."""

import contextlib
import sys
import time
from types import TracebackType
from typing import IO, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text as Rich

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


def span(seconds: float, *, zh: bool = False) -> str:
    """'40 s', '3 min', '2 h 10 min': as exact as a forecast is."""
    second, minute, hour = ("秒", "分钟", "小时") if zh else ("s", "min", "h")
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} {second}"
    minutes = round(seconds / 60)
    return f"{minutes} {minute}" if minutes < 90 else f"{minutes // 60} {hour} {minutes % 60} {minute}"


class Left(ProgressColumn):
    """How much time is left of the whole work."""

    def __init__(self, progress: "Progress") -> None:
        super().__init__()
        self._progress = progress

    def render(self, task: Task) -> Rich:
        return Rich(self._progress.left())


class Progress:
    """Tells what is going on, in one language; `stage` begins a piece of work of known length, `step` finishes a part of it.

    `ends_in` says for how long the whole will still go on, which is told beside.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._console = Console(file=cast(IO[str], StandardError(sys.stderr)))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), Left(self))
        self._bars = Bars(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task: TaskID | None = None
        self._end: float | None = None  # by time.monotonic

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def stage(self, text: Text | str, steps: int) -> None:
        text = in_language(text, self._language)
        if not self._console.is_terminal:
            left = f" · {self.left()}" if self.left() else ""
            self._console.print(text + left, highlight=False, markup=False, soft_wrap=True)
            return
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(text, total=steps)

    def step(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)

    def ends_in(self, seconds: float) -> None:
        """Tell from now on what is left of these."""
        self._end = time.monotonic() + seconds

    def left(self) -> str:
        """'about 3 min left'; empty where nobody knows."""
        seconds = 0.0 if self._end is None else self._end - time.monotonic()
        told = Text(f"about {span(seconds)} left", f"约剩 {span(seconds, zh=True)}")
        return in_language(told, self._language) if seconds > 0 else ""

    def note(self, text: Text | str) -> None:
        """A line that stays."""
        self._console.print(in_language(text, self._language), highlight=False, markup=False, soft_wrap=True)


class Silent(Progress):
    """Tells nothing."""

    def stage(self, text: Text | str, steps: int) -> None:
        pass

    def note(self, text: Text | str) -> None:
        pass
