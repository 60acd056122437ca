"""Contents of specs for tests, and what a wrong one is told."""

import dataclasses
from typing import Any

import pytest

from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.sources import SOURCES


def content(source: str, **changes: Any) -> dict[str, Any]:
    """The content of a valid file with this source; changes go to [training] or, where it has no such key, to [data]."""
    training_fields = {field.name for field in dataclasses.fields(specs.Training)}
    return {
        "model": SOURCES[source].models[0],
        "data": {"source": source} | {key: value for key, value in changes.items() if key not in training_fields},
        "training": {"learning_rate": 0.1} | {key: value for key, value in changes.items() if key in training_fields},
    }


def build(source: str, **changes: Any) -> specs.Spec:
    return specs.from_mapping(content(source, **changes), "test")


def refusal(values: Any) -> str:
    with pytest.raises(SpecError) as caught:
        specs.from_mapping(values, "test")
    return str(caught.value)
