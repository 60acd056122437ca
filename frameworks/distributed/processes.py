"""Processes that are started together and ended together, within a time limit."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairfit.models.text import Text, join

HOST = "127.0.0.1"  # what the processes tell each other does not leave the machine


@dataclass(frozen=True)
class Program:
    """A process to be: arguments for the interpreter, and what its environment has beside that of this process."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class ProcessFailed(Exception):
    """One process failed, or time ran out: `reason` is one line, its own last one or ours; `log` is what all printed."""

    def __init__(self, reason: Text | str, log: str) -> None:
        super().__init__(str(reason))
        self.reason, self.log = reason, log


def free_ports(count: int) -> list[int]:
    """Different ports of the loopback interface on which nothing listens now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def run(workers: Sequence[Program], helpers: Sequence[Program] = (), *, seconds: float) -> list[str]:
    """Start all and wait for the workers: what each of them wrote into the file that it was given as last argument.

    Helpers are killed then. Raises ProcessFailed as soon as any process fails, or after `seconds`. Nothing is left
    running, however this ends, not even when this process is killed.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(ProcessGroup()) as group:
        results = [Path(folder, f"{number}.result") for number in range(len(workers) + len(helpers))]
        logs = [result.with_suffix(".log") for result in results]
        processes = [group.start(*each) for each in zip((*workers, *helpers), results, logs, strict=True)]

        def failed(reason: Text | str) -> ProcessFailed:
            return ProcessFailed(reason, "\n".join(log.read_text(errors="replace") for log in logs))

        deadline = time.monotonic() + seconds
        while not all(process.poll() == 0 for process in processes[: len(workers)]):
            for process, log in zip(processes, logs, strict=True):
                if process.poll():  # None while it runs, 0 where it ended well
                    raise failed(_last_words(process.returncode, log.read_text(errors="replace")))
            if time.monotonic() > deadline:
                raise failed(Text(f"time limit: not done within {seconds:g} s", f"超时：{seconds:g} 秒内没有完成"))
            time.sleep(0.02)
        for result in results[: len(workers)]:
            if not result.exists():
                raise failed(Text("ended well, but wrote no result", "正常结束，但没有写出结果"))
        return [result.read_text() for result in results[: len(workers)]]


class ProcessGroup:
    """Processes of one process group, killed together: by `close`, and by their leader as soon as this process is gone."""

    # the leader does nothing but wait for the end of its standard input, the other end of which this process alone holds
    LEADER = "import os, signal, sys; sys.stdin.read(); os.killpg(0, signal.SIGKILL)"

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", "-c", self.LEADER]
        self._leader = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)
        self._members = [self._leader]

    def start(self, program: Program, result: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a member that is given `result` as last argument and prints into `log`."""
        with log.open("wb") as output:
            member = subprocess.Popen(
                [sys.executable, *program.arguments, str(result)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **program.environment},
                process_group=self._leader.pid,
            )
        self._members.append(member)
        return member

    def close(self) -> None:
        """Kill all members and what they have started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._leader.pid, signal.SIGKILL)
        for member in self._members:
            member.communicate()  # closes its pipe and waits for its end


def _last_words(status: int, log: str) -> Text | str:
    """The last line of a process that ended with this status; how it ended where a signal ended it, or it said nothing."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if status > 0 and lines:
        return lines[-1]
    if status > 0:
        return Text(f"ended with exit status {status}", f"以退出状态 {status} 结束")
    name = signal.Signals(-status).name
    how = Text(f"ended with signal {-status} ({name})", f"被信号 {-status}（{name}）终止")
    return join([how, *lines[-1:]], en=": ", zh="：")
