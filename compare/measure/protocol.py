"""What harness and worker say to each other: jobs, requests and replies, each one line of JSON that names its kind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fairfit.frameworks.entry import Entry
from fairfit.measure.disturbance import Disturbance
from fairfit.models.predictions import Judged
from fairfit.models.text import Text
from fairfit.plain import Misfit, from_plain, to_plain
from fairfit.records import CardState, ClockTest

# -- jobs: what a worker is started for


@dataclass(frozen=True)
class CellJob:
    """Hold one cell, and do what is asked of it; `exercise` is the folder of its arrays."""

    entry: Entry
    style: str
    device: str
    input: str
    exercise: str
    cpus: list[int]


@dataclass(frozen=True)
class TopicJob:
    """Look into one topic: `module` has the function `inspect`, `exercises` are folders by name of the spec."""

    entry: Entry
    module: str
    exercises: Mapping[str, str]
    cpus: list[int]


@dataclass(frozen=True)
class ImportJob:
    """Import the framework, say what it has, and try its styles as asked; `exercise` is the folder of a small exercise."""

    entry: Entry
    exercise: str
    cpus: list[int]


@dataclass(frozen=True)
class FloorJob:
    """Find the shortest time that an epoch can take; `exercise` is the folder of its arrays."""

    exercise: str
    cpus: list[int]


@dataclass(frozen=True)
class SolveJob:
    """Solve a regression without a framework; `exercise` is the folder of its arrays, `to` that of what is found."""

    exercise: str
    to: str
    cpus: list[int]


@dataclass(frozen=True)
class PortJob:
    """Write a regression in a form of the framework (see `fairfit.frameworks.ports`) to `to`, read it again and predict with it;
    `carried` is the file of its arrays, `rows` the folder of an exercise whose rows are predicted too, where it is not empty."""

    entry: Entry
    form: str
    carried: str
    to: str
    rows: str
    cpus: list[int]


# -- requests


@dataclass(frozen=True)
class Prove:
    """Train from the start; write the parameters after every epoch and the predictions at the end to the file `to`."""

    epochs: int
    to: str


@dataclass(frozen=True)
class TestClock:
    """Test on known work whether the fence holds."""

    __test__ = False  # pytest takes what is called Test… for tests

    epochs: int


@dataclass(frozen=True)
class Take:
    """Take a sample: train from the start, timed as a whole; write the parameters it ends with to the file `to`.

    `variation` says which training (see `fairfit.models.order.varied`), `seed` in which order the rows of a batch come. An empty
    `to` writes nothing. `quiet` has the pace up to which each CPU counts as quiet (see `fairfit.measure.pace`): that is waited
    for, up to `patience` seconds.
    """

    epochs: int
    variation: int = 0
    seed: int = 0
    to: str = ""
    quiet: list[float] = field(default_factory=list)
    patience: float = 0.0


@dataclass(frozen=True)
class Try:
    """Build a style and train one epoch of the exercise."""

    style: str


@dataclass(frozen=True)
class Confine:
    """Move to these CPUs."""

    cpus: list[int]


@dataclass(frozen=True)
class Finish:
    """Say what this process cost, and end."""


# -- replies


@dataclass(frozen=True)
class Ready:
    """To a CellJob: built, and waiting for requests. `costs` are seconds by what they went into, `imported` is the file that the
    framework was imported from."""

    version: str
    settings: Mapping[str, Any]
    costs: Mapping[str, float]
    clock_cost_seconds: float
    imported: str = ""


@dataclass(frozen=True)
class Found:
    """To a TopicJob: the topic's Findings as plain values."""

    findings: Any


@dataclass(frozen=True)
class Imported:
    """To an ImportJob."""

    version: str
    devices: list[str]


@dataclass(frozen=True)
class Tried:
    """To Try: why the style does not work, empty where it does."""

    reason: Text | str


@dataclass(frozen=True)
class Floored:
    """To a FloorJob: seconds, and the libraries that multiplied (see `fairfit.measure.blas`)."""

    seconds: float
    blas: list[str]


@dataclass(frozen=True)
class Solution:
    """One way to solve it: library, call, the seconds of each repetition; why it failed or stopped early (see
    `fairfit.records.SolutionRecord`)."""

    solver: str
    call: str
    seconds: list[float]
    converged: bool
    reason: Text | str


@dataclass(frozen=True)
class Solved:
    """To a SolveJob: the parameters of solution number n lie in the file n.npz, where it has any."""

    solutions: list[Solution]


@dataclass(frozen=True)
class Ported:
    """To a PortJob: written, read again and found the same; how its predictions stand."""

    version: str
    imported: str
    judged: list[Judged]


@dataclass(frozen=True)
class Going:
    """Said while a reply takes long: a part of what was asked for is done, and the time limit begins anew."""


@dataclass(frozen=True)
class Proven:
    """To Prove: what was trained lies in the file; seconds of each epoch."""

    epoch_seconds: list[float]


@dataclass(frozen=True)
class Tested:
    """To TestClock."""

    __test__ = False

    test: ClockTest


@dataclass(frozen=True)
class Taken:
    """To Take: wall time, CPU time of all threads, and what disturbed them, of all epochs together; the parameters lie in the
    file.

    `left_over` is how much longer than usual it took to read them: work that ended after the clock was read, in seconds.
    `paces` are those of the CPUs before and after, `waited` is for how long they were not quiet; `card` is how the card stood
    before and after.
    """

    seconds: float
    cpu_seconds: float
    left_over: float = 0.0
    disturbance: Disturbance = field(default_factory=Disturbance)
    paces: list[list[float]] = field(default_factory=list)
    waited: float = 0.0
    card: list[CardState] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """To Confine."""


@dataclass(frozen=True)
class Finished:
    """To Finish: peak memory, and the life of the process in seconds, whole and by what it went into.

    `own_bytes` is the part of memory that no file is mapped to, the most that was held after any request; 0 where the system
    does not tell.
    """

    peak_rss_bytes: int
    costs: Mapping[str, float]
    wall_seconds: float
    own_bytes: int = 0


@dataclass(frozen=True)
class Unavailable:
    """What was asked cannot be had here; `what` says whether framework, style, device or input."""

    what: str
    reason: Text | str


@dataclass(frozen=True)
class Refused:
    """The adapter was seen to do what it must not."""

    reason: Text | str


@dataclass(frozen=True)
class Failed:
    """An error ended the worker."""

    reason: Text | str


Job = CellJob | TopicJob | ImportJob | FloorJob | SolveJob | PortJob
Request = Prove | TestClock | Take | Try | Confine | Finish
Reply = (
    Ready
    | Found
    | Imported
    | Tried
    | Floored
    | Solved
    | Ported
    | Going
    | Proven
    | Tested
    | Taken
    | Done
    | Finished
    | Unavailable
    | Refused
    | Failed
)
Message = Job | Request | Reply

KINDS: dict[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        CellJob, TopicJob, ImportJob, FloorJob, SolveJob, PortJob, Prove, TestClock, Take, Try, Confine, Finish,
        Ready, Found, Imported, Tried, Floored, Solved, Ported, Going, Proven, Tested, Taken, Done, Finished, Unavailable, Refused, Failed,
    )
}  # fmt: skip


def to_line(message: Message) -> str:
    """One line, its end included."""
    return json.dumps({"kind": type(message).__name__, "is": to_plain(message)}, allow_nan=False) + "\n"


def from_line(line: str | bytes) -> Message:
    """The message. Raises Misfit where the line is none."""
    try:
        values = json.loads(line)
    except ValueError as error:
        raise Misfit(f"no line of JSON: {error}") from error
    if not isinstance(values, dict) or values.keys() != {"kind", "is"} or str(values["kind"]) not in KINDS:
        raise Misfit("no message: its kind is none of ours")
    return from_plain(KINDS[str(values["kind"])], values["is"])
