"""What the fake topic finds."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    rows: Mapping[str, int]
    cpus: list[int]
    loss: float
