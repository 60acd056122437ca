"""Runs as their files tell them: cells with their samples, each compared with the fastest of its group."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.reporting.recompute.estimator import Interval, Turns, logarithms, ratio, reach, typical, word


@dataclass
class Cell:
    """One cell: its record in run.json (`cell["status"]`, `cell["framework"]` and so on), its spec, its samples, its run."""

    record: Mapping[str, Any]
    spec: Mapping[str, Any]
    samples: Sequence[Mapping[str, Any]]
    run: str = ""
    seconds: float = math.inf  # the typical epoch; a cell without one comes after all others
    ratio: Interval | None = None  # to the fastest of its group
    word: str = ""

    def __getitem__(self, key: str) -> Any:
        return self.record["cell"][key] if key in self.record["cell"] else self.record[key]

    @cached_property
    def turns(self) -> Turns:
        return {(sample["generation"], sample["block"]): sample["seconds"] for sample in self.samples}

    @cached_property
    def epoch(self) -> Interval | None:
        if not self.turns:
            return None
        factor = math.exp(reach(logarithms(self.turns)))
        return Interval(self.seconds, self.seconds / factor, self.seconds * factor)

    def times(self, other: "Cell") -> Interval | None:
        return ratio(self.turns, other.turns, self.seconds / other.seconds)

    @property
    def batch_size(self) -> int:
        size: int = self.spec["spec"]["training"]["batch_size"]
        return size

    @property
    def steps(self) -> int:
        return -(-int(self.spec["rows"]) // self.batch_size)

    @property
    def cpus_used(self) -> float:
        return math.fsum(sample["cpu_seconds"] for sample in self.samples) / math.fsum(s["seconds"] for s in self.samples)

    @property
    def place(self) -> tuple[str, str, str]:
        return self["device"], self["threads"], self.run

    @property
    def group(self) -> tuple[str, str, str, str]:
        return self["spec"], *self.place

    @property
    def id(self) -> str:
        names = [self[part] for part in ("spec", "framework", "style", "device", "threads", "input")]
        return "/".join(names + [f"twin{self['twin']}"] * bool(self["twin"]))

    @property
    def distance(self) -> float | None:
        """The largest; what is no number is larger than any."""
        return max((math.inf if value is None else value for value in self["distances"]), default=None)

    @property
    def times_rounding(self) -> list[float | None]:
        """Empty in runs of before version 0.3."""
        return list(self.record.get("times_rounding", []))

    @property
    def cold(self) -> Any:
        """The first process."""
        return self["startups"][0] if self["startups"] else None


@dataclass
class Runs:
    """One run or several; `noise` is the ratio of what was measured twice in a group, which should be 1."""

    values: list[Mapping[str, Any]]
    cells: list[Cell] = field(default_factory=list)
    noise: dict[tuple[str, ...], Interval] = field(default_factory=dict)
    samples: list[Sequence[Mapping[str, Any]]] = field(default_factory=list)  # of each run

    @property
    def groups(self) -> dict[Any, list[Cell]]:
        return collected(self.cells, lambda cell: cell.group)

    @property
    def specs(self) -> dict[Any, list[Cell]]:
        return collected(self.cells, lambda cell: cell["spec"])

    def found(self, topic: str) -> dict[str, Any]:
        """What was found under a topic, by framework; of several runs the first that found something counts."""
        found: dict[str, Any] = {}
        for values in self.values:
            for inspection in values["inspections"]:
                if inspection["topic"] == topic and inspection["status"] == "measured":
                    found.setdefault(inspection["framework"], inspection["found"])
        return found

    @property
    def compared(self) -> list[str]:
        """The frameworks, without baselines."""
        return list(
            dict.fromkeys(n for values in self.values for n, record in values["frameworks"].items() if not record["baseline"])
        )


def collected(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """The items by key, keys in the order in which they are met."""
    found: dict[Any, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def disturbance(sample: Mapping[str, Any]) -> float:
    """The share of its time that was lost to others; nothing is known of it in older runs."""
    foreign, stolen, throttled = (float(sample.get(f"{what}_seconds", 0)) for what in ("foreign", "stolen", "throttled"))
    return (max(foreign, throttled) + stolen) / float(sample["seconds"]) + float(sample.get("slowed_share", 0))


def least_disturbed(samples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One of each turn; of equal ones the last."""
    turns = collected(samples, lambda sample: (sample["generation"], sample["block"]))
    return [min(reversed(taken), key=disturbance) for taken in turns.values()]


def read(*folders: Path) -> Runs:
    """The runs with all that follows for each cell: its typical epoch, its ratio to the fastest, its word."""
    runs = Runs([json.loads((folder / "run.json").read_text(encoding="utf-8")) for folder in folders])
    for folder, values in zip(folders, runs.values, strict=True):
        lines = (folder / "samples.jsonl").read_text(encoding="utf-8").splitlines()
        runs.samples.append([json.loads(line) for line in lines])
        samples = collected(runs.samples[-1], lambda sample: sample["cell"])
        name = values["name"] if len(folders) > 1 else ""
        every = [Cell(record, values["specs"][record["cell"]["spec"]], [], name) for record in values["cells"]]
        for cell in every:
            cell.samples = least_disturbed(samples.get(cell.id, [])) if cell["status"] == "measured" else []
        originals = {cell.id: cell for cell in every if not cell["twin"]}
        for twin in every:
            noise = ratio(twin.turns, originals[twin.id.rpartition("/")[0]].turns) if twin["twin"] else None
            if noise:
                runs.noise[twin.group] = noise
        for cells in collected(originals.values(), lambda cell: cell.group).values():
            _compare(cells, values["options"].get("precision", 0.02))
        runs.cells += originals.values()
    return runs


def _compare(cells: Sequence[Cell], precision: float) -> None:
    timed = [cell for cell in cells if cell.turns]
    for cell, seconds in zip(timed, typical([cell.turns for cell in timed]) if timed else (), strict=True):
        cell.seconds = seconds
    fastest = min(timed, key=lambda cell: cell.seconds, default=None)
    for cell in timed:
        assert fastest is not None
        cell.ratio = cell.times(fastest)
        cell.word = word(cell.ratio, precision) if cell.ratio else ""
    if fastest:
        close = any(cell.word in ("no difference shown", "inconclusive") for cell in timed if cell is not fastest)
        fastest.word = "tied" if close else "fastest"


def where(cell: Cell) -> dict[str, str]:
    """Which cell it is."""
    return {name: cell[name] for name in ("spec", "framework", "style", "input")} | {"device": place(cell)}


def place(cell: Cell) -> str:
    """The numbers in the text of a place: 'gpu:0, on 2 CPUs (a run)'."""
    return f"{cell['device']} {cell['threads']} {cell.run}"
