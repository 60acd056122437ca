"""All that a report has in hand: what the files of one run or several say, and nothing else."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from fairfit.claim import Holder
from fairfit.models.errors import UserError
from fairfit.models.text import Text, join, listed
from fairfit.records import Fact, FrameworkRecord, Inspection, Run, Step
from fairfit.reporting import cells, outline, soundness
from fairfit.reporting.cells import Row
from fairfit.reporting.disturbances import Disturbances
from fairfit.reporting.labels import anchors
from fairfit.runfiles import RunFolder
from fairfit.statistics import Estimate

GREY = "#777777"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Evidence:
    """`rows` of all runs in their order; `inspections` of all runs, of which the first that found something counts; `noise`
    of each group in which the baseline was measured twice. `labels` tell the runs apart and are empty where there is one;
    `disturbances` are counted for each run, None where it was recorded by a version that did not look. `caveats` say what a
    reader must know before anything else: that a run is still being measured, that times are lost."""

    runs: Sequence[Run]
    rows: Sequence[Row]
    inspections: Sequence[Inspection]
    noise: Mapping[str, Estimate] = field(default_factory=dict)
    labels: Sequence[str] = ("",)
    disturbances: Sequence[Disturbances | None] = (None,)
    caveats: Sequence[Text] = ()

    @cached_property
    def records(self) -> Mapping[str, FrameworkRecord]:
        """All frameworks that took part, baselines too; of several runs the first that has one says how it is called."""
        return _first_of_each(self.runs, lambda run: run.frameworks)

    @cached_property
    def frameworks(self) -> list[str]:
        """Those compared, without baselines, in the order of the run."""
        return [name for name, record in self.records.items() if not record.baseline]

    def among(self, frameworks: Collection[str]) -> "Evidence":
        """The rows and inspections of these frameworks alone; baselines stay."""
        kept = {*frameworks, *(name for name, record in self.records.items() if record.baseline)}
        return replace(
            self,
            rows=[row for row in self.rows if row.record.cell.framework in kept],
            inspections=[inspection for inspection in self.inspections if inspection.framework in kept],
        )

    def title(self, name: str) -> str:
        """As its makers spell it."""
        return self.records[name].title if name in self.records else name

    def colour(self, name: str) -> str:
        return self.records[name].colour if name in self.records else GREY

    @cached_property
    def levels(self) -> Mapping[str, Text | str]:
        """What the styles of a level have in common, level by level in the order of the tables."""
        return _first_of_each(self.runs, lambda run: run.levels)

    @cached_property
    def steps(self) -> Mapping[str, list[Step]]:
        """The article's steps in the source that was measured, of each framework that has them."""
        return {name: record.steps for name, record in self.records.items() if record.steps and not record.baseline}

    @cached_property
    def facts(self) -> list[Fact]:
        return list(dict.fromkeys(fact for run in self.runs for fact in run.facts))

    @property
    def precision(self) -> float:
        return float(self.runs[0].options.get("precision", 0.02))

    @cached_property
    def groups(self) -> Mapping[str, list[Row]]:
        """The rows by group, in their order."""
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(row.group, []).append(row)
        return groups

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The key of each group's table, in links and of files."""
        return anchors(self.groups, outline.reserved())

    @cached_property
    def specs(self) -> Mapping[str, list[Row]]:
        """The rows by spec, in their order."""
        specs: dict[str, list[Row]] = {}
        for row in self.rows:
            specs.setdefault(row.record.cell.spec, []).append(row)
        return specs

    def found(self, topic: str) -> dict[str, Any]:
        """The topic's Findings by framework, in the order of the run; only frameworks where something was found."""
        found: dict[str, Any] = {}
        for inspection in self.inspections:
            if inspection.topic == topic and inspection.status == "measured" and inspection.found is not None:
                found.setdefault(inspection.framework, inspection.found)
        return found

    def why_not(self, topic: str, framework: str) -> Text | str:
        """Why nothing was found: the reason that was recorded, or that it was not asked for."""
        for inspection in self.inspections:
            if inspection.topic == topic and inspection.framework == framework:
                return inspection.reason or inspection.status
        return f"--topics {topic}"

    @property
    def no_gpu(self) -> Text:
        """Why there are no times on a GPU: what each framework said, or that none was asked for."""
        tried = [row for row in self.rows if row.record.cell.device != "cpu"]
        if tried:
            reasons = {(row.record.cell.framework, row.record.reason): None for row in tried if row.record.reason}
            return join((Text(f"{self.title(name)}: ", f"{self.title(name)}：") + reason for name, reason in reasons), "; ", "；")
        sees = {
            row.record.cell.framework: row.record.settings["devices"]
            for row in self.rows
            if row.record.cell.framework in self.frameworks and "devices" in row.record.settings
        }
        have = [name for name, devices in sees.items() if isinstance(devices, list) and len(devices) > 1]
        if have:
            return (
                Text("though ", "但 ")
                + listed(self.title(name) for name in have)
                + Text(" had one: --devices was not given", " 有 GPU：没有给出 --devices")
            )
        if sees:
            return listed(self.title(name) for name in sees) + Text(" found none on this machine", " 在本机未找到")
        return Text("no framework was asked", "没有询问任何框架")


def read(folders: Sequence[RunFolder]) -> Evidence:
    """The evidence of all runs. Raises UserError where a run cannot be read."""
    _refuse_twice(folders)
    holders = [folder.measured_by() for folder in folders]  # first: whoever goes on adds to what is read next
    files = [soundness.read(folder) for folder in folders]
    runs = [run for run, _ in files]
    labels = [""] if len(runs) == 1 else _distinct([run.name for run in runs])
    rows: list[Row] = []
    noise: dict[str, Estimate] = {}
    for (run, samples), label in zip(files, labels, strict=True):
        rows += cells.rows(run, samples, label)
        noise |= {"/".join([group, label] if label else [group]): ratio for group, ratio in cells.noise(run, samples).items()}
    inspections = [inspection for run in runs for inspection in run.inspections]
    disturbances = [Disturbances.of(samples) if run.cpus else None for run, samples in files]
    caveats = [_under_way(holder) for holder in holders if holder is not None]
    caveats += [_lost(lost) for run, samples in files if (lost := soundness.without_samples(run, samples))]
    return Evidence(runs, rows, inspections, noise, labels, disturbances, caveats)


def _refuse_twice(folders: Sequence[RunFolder]) -> None:
    """Raises UserError where two folders hold the same run, by the same path or as a copy: it would count as two."""
    seen: dict[tuple[bytes, ...], RunFolder] = {}
    for folder in folders:
        files = [path for path in (folder.run_path, folder.samples_path) if path.is_file()]
        content = tuple(path.read_bytes() for path in files)
        if content and content in seen:
            raise UserError(
                Text(
                    f"{seen[content].path} and {folder.path} hold the same run: name it once",
                    f"{seen[content].path} 与 {folder.path} 是同一次运行：只需给出一次",
                )
            )
        seen[content] = folder


def _under_way(holder: Holder) -> Text:
    return Text(
        f"Still being measured (by {holder.text.en}): this is what there was by then.",
        f"仍在测量中（由 {holder.text.zh}）：以下为截至当时的结果。",
    )


def _lost(cells: Sequence[str]) -> Text:
    return Text(
        f"Measured by the record, without a sample and so without a time: {', '.join(cells)}.",
        f"记录为已测量但没有样本，因此没有用时：{'、'.join(cells)}。",
    )


def _distinct(names: list[str]) -> list[str]:
    """Runs of one name are numbered, past numbers that others have in their names."""
    labels: list[str] = []
    for name in names:
        number, label = 1, name
        while label in labels or (names.count(name) > 1 and label == name):
            label = f"{name} {number}"
            number += 1
            if label in names:
                label = name
        labels.append(label)
    return labels


def _first_of_each(runs: Iterable[Run], table: Callable[[Run], Mapping[str, Value]]) -> dict[str, Value]:
    merged: dict[str, Value] = {}
    for run in runs:
        merged |= {key: value for key, value in table(run).items() if key not in merged}
    return merged
