"""A worker process as the harness sees it: start it, ask it, wait with a limit, end it together with its children."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOG_LINES = 10


class WorkerFailed(Exception):
    """The worker crashed, was killed, hung or reported an error; `log` holds the last lines it printed."""

    def __init__(self, reason: str, log: Sequence[str]) -> None:
        super().__init__(reason)
        self.log = list(log)


class WorkerUnavailable(WorkerFailed):
    """The worker found that its cell cannot be had here; `what` says whether framework, style, device or input."""

    def __init__(self, reason: str, log: Sequence[str], what: str) -> None:
        super().__init__(reason, log)
        self.what = what


class Worker:
    """One worker process; `folder` takes its job file and log."""

    def __init__(self, job: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path = folder / "worker.log"
        job_path = folder / "job.json"
        job_path.write_text(json.dumps({**job, "parent": os.getpid(), "spawned": time.monotonic()}))
        requests, self._requests = os.pipe()
        self._replies, replies = os.pipe()
        self._unread = b""
        try:
            with self.log_path.open("wb") as log:
                self.process = subprocess.Popen(
                    # -P: a folder called `models` where the user stands must not be imported instead of ours
                    [sys.executable, "-P", "-m", "fairfit.measure.worker", str(job_path), str(requests), str(replies)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(environment),
                    pass_fds=(requests, replies),
                    start_new_session=True,  # Ctrl-C reaches the harness alone, and children die with their worker
                )
        finally:
            os.close(requests)
            os.close(replies)
        self.deadline = time.monotonic()

    def fileno(self) -> int:
        """For `select`: readable when a reply, or the end, has come."""
        return self._replies

    def ask(self, do: str, **values: Any) -> None:
        """Send a request; its reply is fetched by `reply`."""
        with contextlib.suppress(BrokenPipeError):  # it has died: `reply` says how
            os.write(self._requests, (json.dumps({"do": do} | values) + "\n").encode())

    def reply(self, seconds: float) -> dict[str, Any]:
        """Wait for the next reply, `seconds` at most.

        Raises WorkerFailed where none comes or it tells of a failure, WorkerUnavailable where the cell cannot be had.
        """
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            ended = self.process.poll() is not None  # a child that it left may hold the pipe open
            ready, _, _ = select.select([self], [], [], max(0.0, min(1.0, deadline - time.monotonic())))
            if not ready:
                if ended:
                    raise WorkerFailed(self._how_it_ended(), self.log_tail())
                if time.monotonic() >= deadline:
                    self.end()
                    raise WorkerFailed(f"time limit: no reply within {seconds:g} s", self.log_tail())
                continue
            piece = os.read(self._replies, 1 << 16)
            if not piece:
                raise WorkerFailed(self._how_it_ended(), self.log_tail())
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        if reply["status"] == "failed":
            raise WorkerFailed(reply["reason"], self.log_tail())
        if reply["status"] == "unavailable":
            raise WorkerUnavailable(reply["reason"], self.log_tail(), reply["what"])
        return reply

    def end(self) -> None:
        """Kill the worker and whatever it started, at once; do nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End the process and give back its pipes."""
        self.end()
        os.close(self._requests)
        os.close(self._replies)

    def log_tail(self) -> list[str]:
        return self.log_path.read_text(errors="replace").splitlines()[-LOG_LINES:]

    def _how_it_ended(self) -> str:
        try:
            status = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.end()
            return "closed its pipe without a reply"
        if status == -signal.SIGKILL:
            return "killed by signal 9 (SIGKILL): by hand, or because memory ran out"
        if status < 0:
            return f"crashed with signal {-status} ({signal.Signals(-status).name})"
        return f"ended with exit status {status} without a reply"
