"""Runs of format 1, which version 0.1 wrote, are still read; damaged ones are told in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairfit.models.errors import UserError
from fairfit.records import ClockTest
from fairfit.runfiles import RunFolder


def of_format_1() -> dict[str, Any]:
    """What version 0.1 wrote of one cell."""
    cell = {
        "id": "tiny/mxnet/gluon/cpu/1/resident", "spec": "tiny", "framework": "mxnet", "style": "gluon", "level": "layers",
        "compiled": "nothing", "device": "cpu", "threads": "1", "input": "resident", "twin": 0, "status": "measured",
        "clock": {"unfenced": 0.1, "fenced": 0.2, "left_over": 0.0, "holds": True}, "distances": [1e-7, None],
    }  # fmt: skip
    return {
        "format": 1, "name": "old", "created": "2020-01-01", "command": "fairfit run",
        "machine": {"cpu": "a CPU", "cpus": 2, "memory_bytes": 1, "load_average": [], "governor": None, "system": "", "python": ""},
        "options": {}, "specs": {}, "cells": [cell], "inspections": [
            {"topic": "graphs", "framework": "mxnet", "status": "measured", "found": {"linear": {}}},
            {"topic": "errata", "framework": "mxnet", "status": "failed", "reason": "crashed", "found": {}},
        ],
    }  # fmt: skip


def written(path: Path, values: dict[str, Any]) -> RunFolder:
    folder = RunFolder(path)
    folder.run_path.write_text(json.dumps(values))
    return folder


def test_format_1_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path, of_format_1())
    run = folder.read()
    (record,) = run.cells
    assert record.id == "tiny/mxnet/gluon/cpu/1/resident" and record.clock == ClockTest(0.1, 0.2, 0.0, holds=True)
    assert run.frameworks["mxnet"].levels == {"gluon": "layers"}
    unread, failed = run.inspections
    assert (unread.status, unread.found) == ("unavailable", None) and "format 1" in str(unread.reason)
    assert (failed.status, failed.reason) == ("failed", "crashed")


@pytest.mark.parametrize(
    "damage",
    [
        lambda values: values.pop("cells"),
        lambda values: values.update(cells={"not": "a list"}),
        lambda values: values.update(cells=["no table"]),
        lambda values: values["cells"][0].pop("framework"),
        lambda values: values["cells"][0].update(clock=[]),
        lambda values: values.update(inspections=[3]),
    ],
)
def test_a_damaged_run_of_format_1_is_told(tmp_path: Path, damage: Any) -> None:
    values = of_format_1()
    damage(values)
    folder = written(tmp_path, values)
    with pytest.raises(UserError) as caught:
        folder.read()
    assert f"{folder.run_path} is damaged" in str(caught.value) and "\n" not in str(caught.value)
