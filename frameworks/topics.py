"""The topics: what is looked into beside time. Each is a folder here, whose `findings.py` says what is found.

The module that looks into a framework has one function, `inspect`, from the framework and exercises by name to the topic's
Findings. A framework without such a module is not looked into.
"""

import importlib.util
from dataclasses import dataclass
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.findings import FINDINGS


@dataclass(frozen=True)
class Topic:
    """`exercises` are the specs that its inspections are given; `file` is the module that looks into a framework.

    Where that is one module for all, `parameters` names the field of a framework's row without which it does not.
    """

    name: str
    exercises: tuple[str, ...] = ()
    file: str = "{framework}"
    parameters: str = ""

    @property
    def findings(self) -> type[Any]:
        """The dataclass of what is found."""
        return FINDINGS[self.name]

    def module(self, framework: str) -> str | None:
        """The module that looks into this framework; None where there is none."""
        if self.parameters and not any(
            getattr(entry, self.parameters) for entry in registry.FRAMEWORKS if entry.name == framework
        ):
            return None
        name = f"{__package__}.{self.name}.{self.file.format(framework=framework)}"
        return name if importlib.util.find_spec(name) is not None else None


TOPICS = (
    Topic("extensibility", file="{framework}_probes"),
    Topic("potential", file="inspection", parameters="public_packages"),
    Topic("graphs", ("article-linear", "article-softmax")),
    Topic("errata", ("digits", "fashion-mnist")),
    Topic("distributed"),
)


def find(name: str) -> Topic:
    return next(topic for topic in TOPICS if topic.name == name)
