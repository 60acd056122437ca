"""Reads run.json of format 1 (version 0.1): the same run in the form of format 2.

Format 1 recorded no source, no facts, no titles and only English sentences: what it lacks is told as not recorded. What its
topics found has another shape and is left out, with that as reason.
"""

from typing import Any

from fairfit.plain import to_plain
from fairfit.records import FrameworkRecord

NOT_READ = {"en": "recorded in format 1, whose topics are no longer read", "zh": "以格式 1 记录，其专题结果不再读取"}
FRAMEWORKS = {  # title, colour and whether it is a baseline, which format 1 took from the registry
    "mxnet": ("MXNet", "#0072B2", False),
    "tensorflow": ("TensorFlow", "#E69F00", False),
    "pytorch": ("PyTorch", "#D55E00", False),
    "numpy": ("NumPy", "#777777", True),
}
IDENTITY = ("spec", "framework", "style", "device", "threads", "input", "twin")


def converted(values: dict[str, Any]) -> dict[str, Any]:
    """The content of run.json in format 2. Raises KeyError where something is missing."""
    cells = [_cell(cell) for cell in values["cells"]]
    frameworks: dict[str, dict[str, str]] = {}
    for cell in values["cells"]:
        frameworks.setdefault(cell["framework"], {})[cell["style"]] = cell["level"]
    return values | {
        "cells": cells,
        "frameworks": {name: to_plain(_framework(name, levels)) for name, levels in frameworks.items()},
        "inspections": [
            inspection | {"found": None, "status": "unavailable", "reason": NOT_READ}
            if inspection["found"]
            else inspection | {"found": None}
            for inspection in values.get("inspections", [])
        ],
    }


def _cell(values: dict[str, Any]) -> dict[str, Any]:
    clock = {key: value for key, value in values["clock"].items() if key != "status"}
    rest = {key: value for key, value in values.items() if key not in ("id", *IDENTITY)}
    return rest | {"cell": {key: values[key] for key in IDENTITY}, "clock": clock or None}


def _framework(name: str, levels: dict[str, str]) -> FrameworkRecord:
    title, colour, baseline = FRAMEWORKS.get(name, (name, "#777777", False))
    return FrameworkRecord(title, colour, baseline, levels)
