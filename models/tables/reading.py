"""What a reader of tables gives: batches of records, and where in the file each stands."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairfit.models.tables.choice import Choice
from fairfit.models.tables.column import Column
from fairfit.models.text import Text

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Batch:
    """Some records: the pyarrow arrays of the columns that are used, in their order; where each record stands (counted from 0
    here, from 1 there); and the words of a column as the file has them, None where the field is empty."""

    arrays: "Sequence[pyarrow.Array]"
    records: int
    place: Callable[[int], int]
    words: Callable[[int], "list[str | None]"]


class Reader(ABC):
    """`unit` is what a place counts: 'line' or 'row'. `told` says how the file is written."""

    unit: str
    told: Text
    choice: Choice
    blank = 0

    @abstractmethod
    def batches(self, columns: Sequence[Column]) -> Iterator[Batch]:
        """All records; `columns` say what is expected of each that is used, and learn what is there."""
