"""Workers side by side, each on CPUs of its own: started, listened to and ended in one place."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from multiprocessing.connection import wait

from fairfit.measure import protocol
from fairfit.measure.process import Worker, WorkerFailed
from fairfit.progress import Progress

GLANCE = 1.0  # seconds after which those that say nothing are looked at: they may have died, or be over their time


class Errand(ABC):
    """What one worker is to do: started on CPUs of its own, then asked reply by reply until nothing is left to ask."""

    keep = False  # whether the worker lives on when all is said; whoever sets it closes the worker

    @abstractmethod
    def start(self, cpus: list[int]) -> Worker | None:
        """Start the worker; None where there is nothing to do after all."""

    @abstractmethod
    def heard(self, reply: protocol.Reply) -> protocol.Request | None:
        """Take a reply; returns what is asked next, None where that was all. May raise WorkerFailed."""

    @abstractmethod
    def failed(self, failure: WorkerFailed) -> None:
        """Take note that the worker failed; it is ended."""


def carry_out(errands: Iterable[Errand], lanes: Sequence[list[int]], progress: Progress) -> float:
    """Carry out all errands, as many at a time as there are lanes. Returns the seconds in which a worker was busy.

    Workers are closed when they are done or have failed, and all of them when this is interrupted; those that an errand
    keeps are closed by their keeper.
    """
    waiting, free = deque(errands), list(lanes)
    busy: dict[Worker, tuple[Errand, list[int]]] = {}
    waited = 0.0
    try:
        while waiting or busy:
            while waiting and free:
                errand = waiting.popleft()
                if (worker := errand.start(free[-1])) is not None:
                    busy[worker] = (errand, free.pop())
                else:
                    progress.step()
            began = time.perf_counter()
            wait([worker.fileno() for worker in busy], GLANCE if busy else 0)
            waited += time.perf_counter() - began
            for worker, (errand, lane) in list(busy.items()):
                if not _goes_on(worker, errand):
                    del busy[worker]
                    if not errand.keep:
                        worker.close()
                    free.append(lane)
                    progress.step()
    finally:
        for worker in busy:
            worker.close()
    return waited


def _goes_on(worker: Worker, errand: Errand) -> bool:
    """Take the reply, if one has come, and ask on; False where that was the end."""
    try:
        reply = worker.hear()
        if reply is None:
            return True
        request = errand.heard(reply)
    except WorkerFailed as failure:
        errand.failed(failure)
        return False
    if request is None:
        return False
    worker.ask(request)
    return True
