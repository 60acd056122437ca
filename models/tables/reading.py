"""Reading the records of a table piece by piece with pyarrow, one thread, and comparing them with what was counted."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairfit.models.tables import dialect, scan
from fairfit.models.tables.choice import Choice, choose
from fairfit.models.tables.column import Column
from fairfit.models.tables.files import opened, read
from fairfit.models.tables.refusal import refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.scan import Piece
from fairfit.models.tables.words import GROUPED, is_number
from fairfit.models.text import Text

if TYPE_CHECKING:
    import pyarrow

SNIFFED = 500  # records that are looked at before the first piece is read


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


class TextReader(Reader):
    """CSV and TSV, compressed or not."""

    unit = "line"

    def __init__(self, request: Request) -> None:
        self.request = request
        with closing(opened(request.path)) as stream:
            begin = read(request.path, stream, dialect.SAMPLE)
            whole = len(begin) < dialect.SAMPLE
            while not whole and sum(map(begin.count, b"\r\n")) < 2 and len(begin) < scan.LONGEST:  # its first line is long
                more = read(request.path, stream, scan.BLOCK)
                begin, whole = begin + more, not more
        self.dialect = dialect.find(request.path, begin, whole=whole)
        if request.decimal == self.dialect.separator:
            raise refusal(
                request.path,
                "its fields are separated by commas, so no number can have a decimal comma: leave decimal out, or put such fields apart by semicolons",
                "字段以逗号分隔，数中不能再用逗号作小数点：请去掉 decimal，或改用分号分隔",
            )
        if len(self.dialect.names) == 1:  # no separator was found in the header: a later line may tell why
            for _ in self._pieces():
                pass
        name = dialect.SEPARATORS[self.dialect.separator]
        chinese = {"comma": "逗号", "semicolon": "分号", "tab": "制表符", "bar": "竖线"}[name]
        self.told = Text(f"text in UTF-8, separator {name}", f"UTF-8 文本，分隔符为{chinese}")
        self.choice = choose(request, self.dialect.names)
        self._keys = [f"c{number}" for number in range(len(self.dialect.names))]

    def batches(self, columns: Sequence[Column]) -> Iterator[Batch]:
        first = True
        for piece in self._pieces():
            self.blank += piece.blank
            if not piece.records:
                continue
            if first:
                self._sniff(piece, columns)
                first = False
            yield self._batch(piece, columns)

    def _pieces(self) -> Iterator[Piece]:
        path = self.request.path
        with closing(opened(path)) as stream:
            read(path, stream, self.dialect.size)  # the header
            yield from scan.pieces(
                path,
                stream,
                separator=ord(self.dialect.separator),
                columns=len(self.dialect.names),
                first_line=self.dialect.first_line,
            )

    def _batch(self, piece: Piece, columns: Sequence[Column]) -> Batch:
        arrays = self._arrays(piece, columns)
        if len(arrays[0]) != piece.records:
            last = piece.first_line + piece.lines - 1
            raise refusal(
                self.request.path,
                f"lines {piece.first_line} to {last} hold {piece.records} records, and the reader found {len(arrays[0])}: please report",
                f"第 {piece.first_line} 至 {last} 行有 {piece.records} 条记录，读取器却得到 {len(arrays[0])} 条：请报告此问题",
            )
        return Batch(arrays, piece.records, piece.line, lambda number: self._words(piece.content, number, quoted=piece.quoted))

    def _arrays(self, piece: Piece, columns: Sequence[Column]) -> "list[pyarrow.Array]":
        """Columns that are no numbers turn out as the piece is read; it is read again then."""
        import pyarrow as pa

        while True:
            types = [pa.float64() if column.numeric else pa.dictionary(pa.int32(), pa.string()) for column in columns]
            try:
                return self._read(piece.content, self.choice.used, types, quoted=piece.quoted)
            except pa.ArrowInvalid as error:
                found = re.search(r"In CSV column #(\d+): .*conversion error", str(error), re.DOTALL)
                place = int(found.group(1)) if found else -1
                number = self.choice.used.index(place) if place in self.choice.used else None
                if number is None or not columns[number].numeric:
                    said = str(error).splitlines()[0]
                    raise refusal(
                        self.request.path,
                        f"cannot be read from line {piece.first_line} on: {said}",
                        f"从第 {piece.first_line} 行起无法读取：{said}",
                    ) from error
                words = self._words(piece.content, number, quoted=piece.quoted)
                row = next(
                    row for row, word in enumerate(words) if word is not None and not is_number(word, self.request.decimal)
                )
                numbers = any(word is not None for word in words[:row])
                columns[number].meet_text(words[row] or "", piece.line(row), numbers=numbers)

    def _words(self, content: memoryview, number: int, *, quoted: bool) -> list[str | None]:
        import pyarrow as pa

        (array,) = self._read(content, [self.choice.used[number]], [pa.string()], quoted=quoted)
        return array.to_pylist()

    def _read(
        self, content: memoryview, places: Sequence[int], types: "Sequence[pyarrow.DataType]", *, quoted: bool
    ) -> "list[pyarrow.Array]":
        import pyarrow as pa
        from pyarrow import csv

        keys = [self._keys[place] for place in places]
        table = csv.read_csv(
            pa.py_buffer(content),
            read_options=csv.ReadOptions(use_threads=False, column_names=self._keys, block_size=len(content) + 1),
            parse_options=csv.ParseOptions(delimiter=self.dialect.separator, newlines_in_values=quoted),
            convert_options=csv.ConvertOptions(
                include_columns=keys, column_types=dict(zip(keys, types, strict=True)),
                null_values=["", *self.request.missing], strings_can_be_null=True, true_values=[], false_values=[],
                decimal_point=self.request.decimal,
            ),
        )  # fmt: skip
        return [_one(table.column(key)) for key in keys]

    def _sniff(self, piece: Piece, columns: Sequence[Column]) -> None:
        """What the first records show: columns of text, and numbers of which nobody can tell how large they are."""
        begin = piece.begin(SNIFFED)
        for number, column in enumerate(columns):
            if not column.numeric:
                continue
            words = [(row, word) for row, word in enumerate(self._words(begin, number, quoted=piece.quoted)) if word is not None]
            text = next(((row, word) for row, word in words if not is_number(word, self.request.decimal)), None)
            if text is not None:
                column.meet_text(
                    text[1], piece.line(text[0]), numbers=any(is_number(word, self.request.decimal) for _, word in words)
                )
            elif words and self.dialect.separator == ";" and all(GROUPED.fullmatch(word) for _, word in words):
                row, word = words[0]
                raise refusal(
                    self.request.path,
                    f"column {shown(column.name)} has {shown(word)} in line {piece.line(row)}, and all like it: with semicolons that may be a "
                    "number with three decimals or one above a thousand; write it without such a sign, or with other than three decimals",
                    f"列 {shown(column.name)} 第 {piece.line(row)} 行是 {shown(word)}，其余也都如此：以分号分隔时，这可能是三位小数，"
                    "也可能是千位分隔；请去掉这个符号，或不要恰好写三位小数",
                )


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
        elif pa.types.is_integer(array.type) and len(array) > array.null_count:
            column.check_size(*(pc.min_max(array)[end].as_py() for end in ("min", "max")))
        if column.numeric:
            return (
                array.cast(pa.float32()).cast(pa.float64())
                if pa.types.is_float16(array.type)
                else array.cast(pa.float64(), safe=False)
            )
        return array.cast(pa.string()).dictionary_encode()

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


def _one(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
