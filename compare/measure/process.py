"""A worker process as the harness sees it: start it, ask it, wait with a limit, end it together with its children."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import TypeVar

from fairfit.measure import protocol
from fairfit.measure.scratch import interpreter
from fairfit.models.text import Text
from fairfit.plain import Misfit

LOG_LINES = 10

Kind = TypeVar("Kind", bound=protocol.Reply)


class WorkerFailed(Exception):
    """The worker crashed, was killed, hung or reported an error; `log` holds the last lines it printed."""

    def __init__(self, reason: Text | str, log: Sequence[str]) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.log = list(log)


class WorkerUnavailable(WorkerFailed):
    """The worker found that its cell cannot be had here; `what` says whether framework, style, device or input."""

    def __init__(self, reason: Text | str, log: Sequence[str], what: str) -> None:
        super().__init__(reason, log)
        self.what = what


class WorkerRefused(WorkerFailed):
    """The worker saw its adapter do what it must not."""


class TimeLimit(WorkerFailed):
    """The worker did not reply in time."""


def _other_python(job: protocol.Job) -> str:
    """The interpreter of a framework that has an environment of its own; empty where it is this one."""
    return (
        job.entry.python if isinstance(job, protocol.CellJob | protocol.TopicJob | protocol.ImportJob | protocol.PortJob) else ""
    )


class Worker:
    """One worker process; `folder` takes its job file and log. Each reply, or word that it goes on, must come within `time_limit`
    seconds.

    It ends, together with what it started, when it is closed and whenever this process ends (see `fairfit.measure.lifeline`).
    """

    def __init__(self, job: protocol.Job, environment: Mapping[str, str], folder: Path, time_limit: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.time_limit = time_limit
        self.log_path = folder / "worker.log"
        job_path = folder / "job.json"
        job_path.write_text(protocol.to_line(job), encoding="utf-8")
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        held, self._lifeline = os.pipe()
        self._unread = b""
        ends = (requests, replies, held)
        try:
            with self.log_path.open("wb") as log:
                other = _other_python(job)
                self.process = subprocess.Popen(
                    # -P: a folder of that name where the user stands must not be imported instead of ours; before Python 3.11
                    # there is no such option, and the worker stands in its own folder
                    [
                        *([other] if other else [str(interpreter(folder.absolute())), "-P"]),
                        "-m",
                        "fairfit.measure.worker",
                        str(job_path.absolute()),
                        *map(str, ends),
                        str(time.monotonic()),
                    ],
                    cwd=folder if other else None,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(environment),
                    pass_fds=ends,  # no other process gets the ends kept here: Python makes pipes that are not inherited
                    start_new_session=True,  # Ctrl-C reaches the harness alone, and children die with their worker
                )
        except BaseException:
            self._close_pipes()
            raise
        finally:
            for end in ends:
                os.close(end)
        self._deadline = time.monotonic() + time_limit

    def fileno(self) -> int:
        """For waiting: readable when a reply, or the end, has come."""
        return self._replies

    def ask(self, request: protocol.Request) -> None:
        """Send a request; its reply is fetched by `reply` or `hear`."""
        self._deadline = time.monotonic() + self.time_limit
        with contextlib.suppress(BrokenPipeError):  # it has died: the reply says how
            os.write(self._requests, protocol.to_line(request).encode())

    def reply(self, kind: type[Kind]) -> Kind:
        """Wait for the next reply, which must be of this kind. Raises WorkerFailed as `hear` does."""
        while (heard := self.hear(seconds=1.0)) is None:
            pass
        if not isinstance(heard, kind):
            raise WorkerFailed(f"protocol: {type(heard).__name__} instead of {kind.__name__}", self.log_tail())
        return heard

    def hear(self, seconds: float = 0.0) -> protocol.Reply | None:
        """The next reply, waited for so long at most; None where it has not come.

        Raises WorkerFailed where the worker has ended, tells of a failure or is over its time limit (it is ended then), and
        WorkerUnavailable where the cell cannot be had.
        """
        if b"\n" not in self._unread:
            ended = self.process.poll() is not None  # asked first: a child that it left may hold the pipe open
            if wait([self._replies], max(0.0, min(seconds, self._deadline - time.monotonic()))):
                piece = os.read(self._replies, 1 << 16)
                if not piece:
                    raise WorkerFailed(self._how_it_ended(), self.log_tail())
                self._unread += piece
            elif ended:
                raise WorkerFailed(self._how_it_ended(), self.log_tail())
            elif time.monotonic() >= self._deadline:
                self.end()
                limit = f"{self.time_limit:g}"
                reason = Text(f"time limit: no reply within {limit} s", f"超时：{limit} 秒内没有回复")
                raise TimeLimit(reason, self.log_tail())
        if b"\n" not in self._unread:
            return None
        line, _, self._unread = self._unread.partition(b"\n")
        reply = self._understood(line)
        if isinstance(reply, protocol.Going):
            self._deadline = time.monotonic() + self.time_limit
            return None
        return reply

    def _understood(self, line: bytes) -> protocol.Reply:
        try:
            message = protocol.from_line(line)
        except Misfit as misfit:
            raise WorkerFailed(f"protocol: {misfit}", self.log_tail()) from misfit
        match message:
            case protocol.Failed():
                raise WorkerFailed(message.reason, self.log_tail())
            case protocol.Refused():
                raise WorkerRefused(message.reason, self.log_tail())
            case protocol.Unavailable():
                raise WorkerUnavailable(message.reason, self.log_tail(), message.what)
        assert isinstance(message, protocol.Reply)
        return message

    def end(self) -> None:
        """Kill the worker and whatever it started, at once; do nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End the process and give back its pipes; a second time does nothing."""
        if self._lifeline >= 0:
            self.end()
            self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._requests, self._replies, self._lifeline):
            os.close(pipe)
        self._lifeline = -1

    def log_tail(self) -> list[str]:
        return self.log_path.read_text(errors="replace").splitlines()[-LOG_LINES:]

    def _how_it_ended(self) -> Text:
        try:
            status = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.end()
            return Text("closed its pipe without a reply", "没有回复就关闭了管道")
        if status == -signal.SIGKILL:
            return Text(
                "killed by signal 9 (SIGKILL): by hand, or because memory ran out",
                "被信号 9（SIGKILL）终止：人为终止，或内存不足",
            )
        if status < 0:
            name = signal.Signals(-status).name
            return Text(f"crashed with signal {-status} ({name})", f"因信号 {-status}（{name}）崩溃")
        return Text(f"ended with exit status {status} without a reply", f"没有回复就结束，退出状态为 {status}")
