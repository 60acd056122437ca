"""What the pairs came to: kept as JSON, one file for all modes, and told as Markdown beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, median

from scipy.stats import binomtest

from fairfit import statistics
from tests.calibration.modes import MODES, SLOWDOWNS, slowed

SECONDS = (15, 30, 60, 120, 300)  # at which the power is told
COLUMNS = ("slower", "faster", "no difference shown", "inconclusive")


@dataclass(frozen=True)
class Outcome:
    """One comparison: the second of two cells by the first, and what the interval says.

    `trail` has what it said after each generation, with the seconds since its beginning; told for `power` alone.
    """

    mode: str
    busy: bool
    kind: str
    ratio: float
    low: float
    high: float
    verdict: str
    seconds: float
    trail: Sequence[tuple[float, str]] = ()


@dataclass
class Outcomes:
    """All of one machine."""

    cpu: str
    cpus: int
    outcomes: list[Outcome] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> "Outcomes":
        known = json.loads(path.read_text(encoding="utf-8"))
        return cls(known["cpu"], known["cpus"], [Outcome(**outcome) for outcome in known["outcomes"]])

    def write(self, path: Path) -> None:
        """The Markdown file, and the JSON from which it follows beside it; what was there stays until the new is whole."""
        for file, text in ((path.with_suffix(".json"), json.dumps(asdict(self), indent=1) + "\n"), (path, self.text())):
            new = file.with_suffix(file.suffix + ".new")
            new.write_text(text, encoding="utf-8")
            new.replace(file)

    def of(self, mode: str, kind: str, *, busy: bool) -> list[Outcome]:
        return [o for o in self.outcomes if (o.mode, o.kind, o.busy) == (mode, kind, busy)]

    def text(self) -> str:
        """A section for each mode, quiet and beside a busy loop."""
        lines = [
            "# Calibration",
            "",
            f"Made by `make calibrate` on {self.cpu}, {self.cpus} of its CPUs usable: pairs of cells, each pair a run of its own, "
            "every process on the same single CPU. Equal pairs may be called different in 5 of 100; in brackets stands the exact "
            "95 % interval of a share (C. J. Clopper, E. S. Pearson, 1934).",
            "",
        ]
        for name, mode in MODES.items():
            for busy in (False, True):
                found = {kind: of_kind for kind in mode.kinds if (of_kind := self.of(name, kind, busy=busy))}
                if found:
                    lines += [f"## {name}, {'beside a busy loop' if busy else 'quiet'}", "", f"{mode.title}.", ""]
                    lines += [*_table(found), "", *_told(found), *(_power(found) if name == "power" else [])]
        return "\n".join(lines).rstrip() + "\n"


def share(count: int, of: int) -> str:
    """'2 of 40 (5.0 % [0.6, 16.9])'."""
    bounds = binomtest(count, of).proportion_ci()
    return f"{count} of {of} ({100 * count / of:.1f} % [{100 * bounds.low:.1f}, {100 * bounds.high:.1f}])"


def _table(found: dict[str, list[Outcome]]) -> list[str]:
    lines = [
        "| comparison | pairs | slower | faster | no difference | inconclusive | median ratio | median half width | s a pair |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, outcomes in found.items():
        counts = " | ".join(str(sum(outcome.verdict == word for outcome in outcomes)) for word in COLUMNS)
        ratio = median(outcome.ratio for outcome in outcomes)
        width = median((outcome.high - outcome.low) / 2 / outcome.ratio for outcome in outcomes)
        seconds = fmean(outcome.seconds for outcome in outcomes)
        lines.append(f"| {kind} | {len(outcomes)} | {counts} | {ratio:.4f} | {width:.1%} | {seconds:.0f} |")
    return lines


def _told(found: dict[str, list[Outcome]]) -> list[str]:
    equal = [outcome for kind, outcomes in found.items() if kind.startswith("A/A") for outcome in outcomes]
    lines = []
    if equal:
        different = sum(outcome.verdict in ("slower", "faster") for outcome in equal)
        beyond = sum(not outcome.low <= 1 <= outcome.high for outcome in equal)
        lines += [
            f"Equal things called different: {share(different, len(equal))}. Without the margin of "
            f"{statistics.SMALLEST_DIFFERENCE:.0%}: {share(beyond, len(equal))}.",
            "",
        ]
    for kind, outcomes in found.items():
        if not kind.startswith("A/A"):
            seen = sum(outcome.verdict == "slower" for outcome in outcomes)
            lines += [f"Called slower where {kind}: {share(seen, len(outcomes))}.", ""]
    return lines


def _power(found: dict[str, list[Outcome]]) -> list[str]:
    """How many were called slower by when; a pair that was known well enough before keeps its last word."""
    lines = [
        f"| called slower after | {' | '.join(f'{seconds} s' for seconds in SECONDS)} |",
        "|---" + "|---:" * len(SECONDS) + "|",
    ]
    for kind in map(slowed, SLOWDOWNS):
        if outcomes := found.get(kind):
            seen = [sum(_word_after(outcome, seconds) == "slower" for outcome in outcomes) / len(outcomes) for seconds in SECONDS]
            lines.append(f"| {kind} | {' | '.join(f'{part:.0%}' for part in seen)} |")
    return [*lines, ""]


def _word_after(outcome: Outcome, seconds: float) -> str:
    return next((word for moment, word in reversed(outcome.trail) if moment <= seconds), "")
