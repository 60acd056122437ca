"""Finds what it is told to find, or fails as it is told to."""

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairfit.frameworks.base import Framework
from fairfit.models.exercise import Exercise
from tests.fakes.topic.findings import Findings


def inspect(framework: Framework, exercises: Mapping[str, Exercise]) -> Any:
    behaviour = (Path(os.environ["FAKE_FOLDER"]) / "behaviour").read_text()
    if behaviour == "raises":
        raise ValueError("it found nothing\nand says so")
    if behaviour == "crashes":
        os.abort()
    if behaviour == "hangs":
        time.sleep(60)
    rows = {name: exercise.data.rows for name, exercise in exercises.items()}
    if behaviour == "has another shape":
        return {"rows": rows}
    return Findings(rows, sorted(os.sched_getaffinity(0)), math.nan)
