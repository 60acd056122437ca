"""What a run was asked beyond its cells, as run.json has it: the settings of a sweep, frameworks in other versions, code of the user's own."""

from dataclasses import dataclass, field

from fairfit.models.text import Text


@dataclass(frozen=True)
class SettingRecord:
    """One setting of a sweep: its `values` by axis, what training comes to in the float64 reference (see
    `fairfit.models.sweep.Curve`), and the spec of the run whose cells computed as much, `timed_as`; empty where none did.

    `losses` have the penalty in them; `least` is the least that they can be, None where none is known. What diverges has no losses.
    """

    values: dict[str, float]
    timed_as: str
    losses: list[float]
    least: float | None = None
    metric: float | None = None
    hazards: list[Text | str] = field(default_factory=list)


@dataclass(frozen=True)
class SweepRecord:
    """What a sweep asked: the values of each axis, in their order, and all settings of the grid. `check` is the spec of the one
    setting that was timed beside that of its shape, `checked`; both are empty where no shape has two. Where settings were drawn,
    `drawn` says how, and the axes of the curve have the ends of their ranges."""

    axes: dict[str, list[float]]
    settings: list[SettingRecord]
    check: str = ""
    checked: str = ""
    drawn: Text | str = ""


@dataclass(frozen=True)
class EnvironmentRecord:
    """The environment of a framework in another version: what was asked (requirements, or an interpreter as it is), the version of
    Python, and all packages it holds."""

    framework: str
    label: str
    requirements: list[str]
    interpreter: str
    python: str
    packages: list[str]


@dataclass(frozen=True)
class OwnCodeRecord:
    """A file of the user's own that was compared: its path (from the home folder where it lies there), the framework that it uses,
    and the SHA-256 of it and of the neighbours that it imports, by their paths from its folder."""

    path: str
    framework: str
    files: dict[str, str]
