"""What the files of a run hold: run.json is one `Run`, samples.jsonl one `Sample` a line.

Format 2 since version 0.2: cells have their identity in `cell`; our own sentences are pairs `{"en": …, "zh": …}`, what a
framework said is a text; what a report tells of frameworks, source and facts is recorded with the run. Format 1 is read.
"""

from dataclasses import dataclass, field
from typing import Any

from fairfit.asked import EnvironmentRecord, OwnCodeRecord, SweepRecord
from fairfit.models.tables.understanding import Understanding
from fairfit.models.text import Text

FORMAT = 2
OWN = "<own>"  # what stands in a worker's environment, as recorded, for the folder that is its own


@dataclass(frozen=True)
class Cell:
    """spec × framework × style × device × threads × input: one row of the table.

    A `twin` above 0 is the same cell measured once more in processes of its own: the difference is noise.
    """

    spec: str
    framework: str
    style: str
    device: str
    threads: str
    input: str
    twin: int = 0

    @property
    def id(self) -> str:
        """'digits/mxnet/gluon/cpu/1/resident'; samples name their cell by it."""
        parts = [self.spec, self.framework, self.style, self.device, self.threads, self.input]
        return "/".join(parts + [f"twin{self.twin}"] * (self.twin > 0))

    @property
    def group(self) -> str:
        """Cells of one group are measured in turns and compared with each other."""
        return "/".join((self.spec, self.device, self.threads))


@dataclass
class Startup:
    """What one fresh process of a cell cost; seconds and bytes.

    `costs` has the wall time of the process by what it went into (start of Python, import, transfer of the data, build,
    proof, samples, waiting for its turn, …) and is known, like peak memory, once the process has finished. `own_bytes` is the part
    of memory without mapped files, which all processes share: the most that was held after any request.
    """

    generation: int
    import_seconds: float
    build_seconds: float
    first_epoch_seconds: float
    peak_rss_bytes: int | None = None
    wall_seconds: float | None = None
    costs: dict[str, float] = field(default_factory=dict)
    own_bytes: int | None = None


@dataclass(frozen=True)
class ClockTest:
    """What the clock saw of known work, in seconds (see `fairfit.measure.clock`); `holds`: the fence held all of it."""

    unfenced: float
    fenced: float
    left_over: float
    holds: bool


@dataclass
class CellRecord:
    """One cell of a run.

    `status` is 'pending', 'measured', 'refused', 'unavailable' or 'failed'; `reason` and `log` say why it has no time.
    `compiled` says what the style compiles. `distances` are those of the weights from the float64 reference after each
    epoch, as shares of how far that has moved from the start, `times_rounding` the same in multiples of what rounding makes,
    `allowed` the multiple that is allowed, and `mark` why it is more than for others. (Before version 0.3 distances were shares
    of the reference itself, and `tolerance` was the distance allowed.) `penalty` is ½ · l2 · ‖weight‖² in the end, which the
    losses leave out. `settings` are what the framework reports,
    `environment` what its workers have of it (see `fairfit.measure.environment`). `proven_as` is the id of the same style
    on another number of threads, whose proof over the whole training counts here too: this cell itself was proven over the first
    epoch, and after every sample.
    """

    cell: Cell
    level: str
    compiled: Text | str
    status: str = "pending"
    reason: Text | str = ""
    log: list[str] = field(default_factory=list)
    framework_version: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    epochs_per_sample: int = 1
    startups: list[Startup] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    tolerance: float | None = None
    times_rounding: list[float] = field(default_factory=list)
    allowed: float | None = None
    mark: Text | str = ""
    train_losses: list[float] = field(default_factory=list)
    penalty: float = 0.0
    metric: str = ""
    test_metric: float | None = None
    clock: ClockTest | None = None
    notes: list[Text | str] = field(default_factory=list)
    proven_as: str = ""

    @property
    def id(self) -> str:
        return self.cell.id

    @property
    def group(self) -> str:
        return self.cell.group

    @property
    def left_at(self) -> int | None:
        """The first epoch, counted from 1, after which the cell is further from the reference than is allowed."""
        found, allowed = (self.times_rounding, self.allowed) if self.times_rounding else (self.distances, self.tolerance)
        return next((epoch for epoch, far in enumerate(found, 1) if not far <= (allowed or 0.0)), None)


@dataclass
class Inspection:
    """What a process of its own found out about one framework under one topic; nothing of it is a sample.

    `found` is the topic's Findings (see `fairfit.frameworks.topics`); where it is None, `reason` and `log` say why.
    """

    topic: str
    framework: str
    status: str = "pending"
    reason: Text | str = ""
    log: list[str] = field(default_factory=list)
    seconds: float = 0.0
    found: Any = None


@dataclass(frozen=True)
class OptimumRecord:
    """The least training loss of a spec, its penalty included, and the test metric there; `slope` is the norm of the gradient
    there, as a share of that of the best constant prediction (see `fairfit.models.optimum`)."""

    loss: float
    slope: float
    metric: float


@dataclass
class SpecRecord:
    """A spec with what the report needs to know of its data and its reference; `description` in both languages where known.

    `spread` is what rounding makes after each epoch, as a share of how far the reference has moved from the start.
    `table` is what was understood of a table of the user's own. `reference_penalty` is ½ · l2 · ‖weight‖² of the reference in the
    end, which its losses leave out, and `reference_penalties` the same after each epoch. Where there is no `optimum`, `no_optimum` says why; in runs of before version 0.4 neither was
    looked for. `floor_seconds` is in older runs, where one floor was measured for all groups.
    """

    spec: dict[str, Any]
    digest: str
    rows: int
    inputs: int
    outputs: int
    reference_losses: list[float]
    reference_metric: float
    floor_seconds: float = 0.0
    description: Text | str = ""
    spread: list[float] = field(default_factory=list)
    table: Understanding | None = None
    reference_penalty: float = 0.0
    reference_penalties: list[float] = field(default_factory=list)
    optimum: OptimumRecord | None = None
    no_optimum: Text | str = ""


@dataclass
class FloorRecord:
    """The shortest time in seconds that an epoch of a group can take: the lowest of `times` measurements, 0 where there is
    none. `blas` names the libraries that multiplied then."""

    seconds: float = 0.0
    blas: list[str] = field(default_factory=list)
    times: int = 0


@dataclass
class SolutionRecord:
    """A spec of a group solved in another way than by training: by which library, how it was called, and the seconds of each
    repetition, the conversion of the arrays included.

    `converged` is false where it stopped before it was there, or failed; `reason` says why. `train_loss` leaves out `penalty`,
    as with cells; both and the metric on the test rows are None where it failed.
    """

    solver: str
    call: str
    seconds: list[float]
    converged: bool = True
    reason: Text | str = ""
    train_loss: float | None = None
    penalty: float = 0.0
    test_metric: float | None = None


@dataclass(frozen=True)
class Step:
    """One of the article's steps as a framework's adapter has it: `lines` from line `first` of `file` on; none where the
    adapter lacks it. `key` names the step (see `fairfit.measure.steps`)."""

    key: str
    file: str
    first: int
    lines: list[str]


@dataclass(frozen=True)
class FrameworkRecord:
    """A framework that took part: `title` as its makers spell it, its colour in figures, whether it is a baseline, the
    levels of its styles, and the article's steps in the source that was measured."""

    title: str
    colour: str
    baseline: bool
    levels: dict[str, str]  # style → level
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    """What cannot be measured: what happened when, who says so, and when it was looked up. `kind` is 'retired' or empty."""

    framework: str
    date: str
    says: Text
    source: Text
    looked_up: str
    kind: str = ""


@dataclass(frozen=True)
class Machine:
    """What bears on speed, as the machine reports it; None where it does not."""

    cpu: str
    cpus: int
    memory_bytes: int
    load_average: list[float]
    governor: str | None
    system: str
    python: str


@dataclass
class Run:
    """All of run.json.

    `frameworks` are those compared, in the order of the tables. `fingerprint` names what must be unchanged for the run to
    be continued; `floors` has one for each group, `solutions` what solved it without a framework, `generations` counts the complete ones of each group, `finished` lists the
    groups that need no more; `wall_seconds` is how long measuring took so far, `harness_seconds` the part of it in which no worker had anything to
    do. `cpus` are those that the cells of a group were timed on, `busy` the share of its time that others had of each CPU (by
    number) before the run. `levels` says what the styles of a level have in common. `peak_rss_bytes` and `own_bytes` are those of the
    process that measured (see `Startup`). `environments` has one for each framework (by its name in cells) that is not the installed one, `own_code` one for each that is a file of the user's. `sweep` is what was asked where the specs are the shapes of a sweep.
    """

    name: str
    created: str
    command: str
    machine: Machine
    options: dict[str, Any]
    fairfit_version: str = ""
    fingerprint: dict[str, str] = field(default_factory=dict)
    levels: dict[str, Text | str] = field(default_factory=dict)
    frameworks: dict[str, FrameworkRecord] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    specs: dict[str, SpecRecord] = field(default_factory=dict)
    cells: list[CellRecord] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    floors: dict[str, FloorRecord] = field(default_factory=dict)
    solutions: dict[str, list[SolutionRecord]] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    wall_seconds: float = 0.0
    harness_seconds: float = 0.0
    cpus: dict[str, list[int]] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)
    peak_rss_bytes: int | None = None
    own_bytes: int | None = None
    sweep: SweepRecord | None = None
    environments: dict[str, EnvironmentRecord] = field(default_factory=dict)
    own_code: dict[str, OwnCodeRecord] = field(default_factory=dict)


@dataclass(frozen=True)
class CardState:
    """How a card stood: clocks in MHz, its temperature, the share of the last moments in which it was `busy` (by NVML, whose
    moments are longer than a short sample), and what held its clocks down."""

    clock_mhz: int
    memory_clock_mhz: int
    celsius: int
    busy: float
    throttled: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """`epochs` epochs of a cell, timed together; all seconds are those of one epoch.

    `attempt` counts the samples taken before in the same block, which were disturbed. `waited_seconds` is how long its threads
    were ready to run and had no CPU, all together; `foreign_seconds` the part of it for which others had it; `stolen_seconds`
    what the host of a virtual machine took, `throttled_seconds` what a quota held back, or all of it where the clocks of a
    card were held down (see `fairfit.measure.disturbance`).
    `slowed_share` is how much slower than quiet the CPU itself was before or after (see `fairfit.measure.pace`).
    `times_rounding` is how far the weights were from the reference afterwards, in multiples of what rounding makes. `card` is how
    the card stood before and after, where there is one that says.
    """

    cell: str
    generation: int
    block: int
    epoch: int
    epochs: int
    seconds: float
    cpu_seconds: float
    attempt: int = 0
    waited_seconds: float = 0.0
    foreign_seconds: float = 0.0
    stolen_seconds: float = 0.0
    throttled_seconds: float = 0.0
    times_rounding: float | None = None
    slowed_share: float = 0.0
    card: list[CardState] = field(default_factory=list)

    @property
    def disturbance(self) -> float:
        """The part of its time for which others are to blame, as a share; who is held back by a quota waits too."""
        return (max(self.foreign_seconds, self.throttled_seconds) + self.stolen_seconds) / self.seconds + self.slowed_share
