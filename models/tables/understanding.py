"""What was understood of a table: how it is written, what each column is and becomes, how it is split; kept beside the arrays."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairfit.models.text import Text


@dataclass(frozen=True)
class Feature:
    """A column that is learned from. `kind` is 'number' or 'levels'; `inputs` is how many inputs it makes.

    Numbers have their mean and standard deviation over the training rows that have a value; levels their names, of which
    `unseen` stand in no training row and make no input.
    """

    name: str
    kind: str
    missing: int
    inputs: int
    mean: float = 0.0
    deviation: float = 1.0
    levels: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Class:
    """A class of softmax: its number is its place in the list; and how many rows it has in each part."""

    label: str
    train: int
    test: int


@dataclass(frozen=True)
class Understanding:
    """`offset` is what was subtracted from the target of linear; `seed` and `test_share` gave the split. `notes` are to be told."""

    written: Text
    records: int
    columns: int
    target: str
    model: str
    features: tuple[Feature, ...]
    dropped: tuple[str, ...]
    classes: tuple[Class, ...]
    train_rows: int
    test_rows: int
    inputs: int
    offset: float
    notes: tuple[Text, ...]


def to_plain(found: Understanding) -> dict[str, Any]:
    """As JSON has it."""
    return dataclasses.asdict(found)


def from_plain(values: Mapping[str, Any]) -> Understanding:
    """What `to_plain` gave. Raises KeyError, TypeError or ValueError where it is something else."""
    made: dict[str, Any] = dict(values)
    made["written"] = Text(**values["written"])
    made["notes"] = tuple(Text(**note) for note in values["notes"])
    made["classes"] = tuple(Class(**one) for one in values["classes"])
    made["dropped"] = tuple(values["dropped"])
    made["features"] = tuple(
        Feature(**one | {"levels": tuple(one["levels"]), "unseen": tuple(one["unseen"])}) for one in values["features"]
    )
    return Understanding(**made)
