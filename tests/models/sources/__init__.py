"""Tests of `models/sources`."""

from typing import Any

from fairfit.models import data as datasets
from fairfit.models import spec as specs
from fairfit.models.sources import SOURCES


def load(source: str, dtype: str = "float64", **fields: Any) -> datasets.Data:
    """The data of a source with these fields, for the first model that it suits."""
    values = {
        "model": SOURCES[source].models[0],
        "data": {"source": source} | fields,
        "training": {"learning_rate": 0.1, "dtype": dtype},
    }
    return datasets.load(specs.from_mapping(values, "test"))
