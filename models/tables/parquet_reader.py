"""Reading Parquet by its row groups with pyarrow, one thread; what neither numbers nor text are is refused by its type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairfit.models.tables import dialect
from fairfit.models.tables.choice import choose
from fairfit.models.tables.column import Column
from fairfit.models.tables.reading import Batch, Reader
from fairfit.models.tables.refusal import refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.text import Text

if TYPE_CHECKING:
    import pyarrow


class ParquetReader(Reader):
    """Parquet, by row groups; checksums of its pages are looked at where it has them."""

    unit = "row"
    told = Text("Parquet", "Parquet")

    def __init__(self, request: Request) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self.request = request
        try:
            self.file = parquet.ParquetFile(request.path, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error
        schema = self.file.schema_arrow
        self.choice = choose(request, dialect.check_names(request.path, list(schema.names)))
        for place in self.choice.used:
            self._check_type(self.choice.names[place], schema.field(place).type)

    def batches(self, columns: Sequence[Column]) -> Iterator[Batch]:
        import pyarrow as pa

        names = [self.file.schema_arrow.names[place] for place in self.choice.used]
        records = 0
        batches = self.file.iter_batches(batch_size=1 << 16, columns=names, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    break
                found = [self._plain(batch.column(name), column) for name, column in zip(names, columns, strict=True)]
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from error
            yield Batch(found, batch.num_rows, _RowsFrom(records), _Words(found))
            records += batch.num_rows
        if records != self.file.metadata.num_rows:
            raise refusal(
                self.request.path,
                f"says that it has {self.file.metadata.num_rows} rows, and {records} were read: it is damaged",
                f"自称有 {self.file.metadata.num_rows} 条记录，却读到 {records} 条：文件已损坏",
            )

    def _plain(self, array: Any, column: Column) -> Any:
        """Numbers as float64, all else as levels."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type) or pa.types.is_boolean(array.type):
            if column.numeric:
                column.hold_levels()
        elif (
            column.numeric
            and len(array) > array.null_count
            and (pa.types.is_integer(array.type) or pa.types.is_decimal(array.type))
        ):
            column.check_size(*(int(pc.min_max(array)[end].as_py()) for end in ("min", "max")))
        if column.numeric:
            return (
                array.cast(pa.float32()).cast(pa.float64())
                if pa.types.is_float16(array.type)
                else array.cast(pa.float64(), safe=False)
            )
        words = array.cast(pa.string()).dictionary_encode()
        try:
            words.dictionary.validate(full=True)
        except pa.ArrowInvalid as error:
            name = shown(column.name)
            raise refusal(
                self.request.path,
                f"column {name} holds text that is no UTF-8: write the file anew with text in UTF-8, or leave the column out with --drop",
                f"列 {name} 含有不是 UTF-8 的文本：请以 UTF-8 文本重新写出该文件，或用 --drop 去掉该列",
            ) from error
        return words

    def _check_type(self, name: str, kind: Any) -> None:
        import pyarrow as pa

        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        is_ = pa.types
        if not any(
            check(kind)
            for check in (
                is_.is_integer,
                is_.is_floating,
                is_.is_boolean,
                is_.is_string,
                is_.is_large_string,
                is_.is_decimal,
                is_.is_null,
            )
        ):
            raise refusal(
                self.request.path,
                f"column {shown(name)} is of type {kind}: neither numbers nor text; leave it out with --drop, or give it as numbers",
                f"列 {shown(name)} 的类型是 {kind}：既不是数也不是文本；请用 --drop 去掉它，或改为数值",
            )

    def _damaged(self, error: Exception) -> Exception:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        return refusal(self.request.path, f"cannot be read as Parquet: {said}", f"无法作为 Parquet 读取：{said}")


@dataclass(frozen=True)
class _RowsFrom:
    """Where a record of a batch stands in the file, counted from 1."""

    before: int

    def __call__(self, row: int) -> int:
        return self.before + row + 1


@dataclass(frozen=True)
class _Words:
    """The values of a column as they are written."""

    arrays: "list[pyarrow.Array]"

    def __call__(self, number: int) -> list[str | None]:
        return [None if item is None else str(item) for item in self.arrays[number].to_pylist()]
