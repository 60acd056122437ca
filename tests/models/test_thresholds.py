"""Thresholds of a spec: read, refused where they are none, and no part of what the spec is."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.thresholds import Thresholds

TEXT = """
model = "linear"
[data]
source = "synthetic-linear"
[training]
learning_rate = 0.03
[thresholds]
metric = 1
ratio = 2.5
"""


def test_they_are_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    spec = specs.load(path)
    assert spec.thresholds == Thresholds(metric=1.0, ratio=2.5)
    assert specs.to_json(spec)["thresholds"] == {"metric": 1.0, "ratio": 2.5}
    assert specs.from_mapping(specs.to_json(spec), "") == spec


def test_they_do_not_change_the_digest(tmp_path: Path) -> None:
    plain = specs.find("digits")
    asked = dataclasses.replace(plain, thresholds=Thresholds(metric=0.9))
    assert asked.digest == plain.digest and "thresholds" not in specs.to_json(plain)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"metric": "high"}, "metric = 'high': must be a number"),
        ({"loss": -1}, "loss = -1: must be a number of at least 0"),
        ({"ratio": 0.5}, "ratio = 0.5: must be a number of at least 1"),
        ({"distance": True}, "distance = True: must be"),
        ({"accuracy": 0.9}, "unknown key 'accuracy' in"),
        (3, "thresholds = 3: must be a table"),
    ],
)
def test_what_is_none_is_refused(values: Any, says: str) -> None:
    whole = specs.to_json(specs.find("digits")) | {"thresholds": values}
    with pytest.raises(SpecError) as caught:
        specs.from_mapping(whole, "mine")
    assert says in str(caught.value)
