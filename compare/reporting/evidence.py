"""All that a report has in hand: the rows of one run or several, what was looked into beside them, facts with their dates."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry
from fairfit.models.text import Text, join
from fairfit.records import Inspection, Run
from fairfit.reporting.cells import Row
from fairfit.reporting.steps import Step, steps
from fairfit.statistics import Estimate

FACTS = Path(registry.__file__).parent / "potential" / "dated_facts.toml"


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
class Evidence:
    """`rows` of all runs in their order; `inspections` of all runs, of which the first that found something counts; `noise`
    of each group in which the baseline was measured twice."""

    runs: list[Run]
    rows: list[Row]
    inspections: list[Inspection]
    facts: list[Fact]
    noise: Mapping[str, Estimate] = field(default_factory=dict)

    @cached_property
    def frameworks(self) -> list[str]:
        """Those compared, without baselines, in the order of the registry."""
        return [entry.name for entry in registry.FRAMEWORKS if not entry.baseline]

    @cached_property
    def steps(self) -> Mapping[str, list[Step]]:
        """The article's four steps in each framework's own source."""
        found = {name: steps(registry.find(name)) for name in self.frameworks}
        return {name: of_framework for name, of_framework in found.items() if of_framework}

    @property
    def precision(self) -> float:
        return float(self.runs[0].options.get("precision", 0.02))

    def found(self, topic: str) -> dict[str, Any]:
        """What was found under a topic, by framework; only frameworks where something was."""
        found: dict[str, Any] = {}
        for inspection in self.inspections:
            if inspection.topic == topic and inspection.status == "measured":
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
            reasons = dict.fromkeys(f"{row.record.cell.framework}: {row.record.reason}" for row in tried if row.record.reason)
            return join(list(reasons), "; ", "；")
        sees = {
            row.record.cell.framework: row.record.settings["devices"]
            for row in self.rows
            if row.record.cell.framework in self.frameworks and "devices" in row.record.settings
        }
        have = [name for name, devices in sees.items() if len(devices) > 1]
        if have:
            return Text(
                f"though {', '.join(have)} had one: --devices was not given", f"但 {'、'.join(have)} 有 GPU：没有给出 --devices"
            )
        if sees:
            return Text(f"{', '.join(sees)} found none on this machine", f"{'、'.join(sees)} 在本机未找到")
        return Text("no framework was asked", "没有询问任何框架")


def facts() -> list[Fact]:
    """The table of dated facts that comes with the frameworks."""
    rows = tomllib.loads(FACTS.read_text(encoding="utf-8"))["fact"]
    return [
        Fact(
            row["framework"], row["date"], Text(row["en"], row["zh"]), Text(row["source_en"], row["source_zh"]), row["looked_up"],
            row.get("kind", ""),
        )
        for row in rows
    ]  # fmt: skip
