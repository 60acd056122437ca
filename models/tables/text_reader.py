"""Reading CSV and TSV piece by piece with pyarrow, one thread, and comparing the records with what was counted."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from fairfit.models.tables import dialect, scan
from fairfit.models.tables.choice import choose
from fairfit.models.tables.column import Column
from fairfit.models.tables.files import opened, read
from fairfit.models.tables.reading import Batch, Reader
from fairfit.models.tables.refusal import refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.scan import Piece
from fairfit.models.tables.words import is_code, is_finite, is_number, may_be_grouped
from fairfit.models.text import Text

if TYPE_CHECKING:
    import pyarrow

SNIFFED = 500  # records that are looked at before the first piece is read


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
        self._plain: set[int] = set()  # columns whose numbers show that a point begins a fraction
        self._grouped: dict[int, tuple[str, int]] = {}  # the first number of others that may be above a thousand, and its line
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
        self._refuse_thousands(columns)

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
        if self.dialect.separator == ";" and self.request.decimal == "auto":
            self._check_thousands(piece, arrays, columns)
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
                decimal = self.request.decimal
                row = next(row for row, word in enumerate(words) if word is not None and not is_number(word, decimal))
                numbers = any(word is not None and is_finite(word, decimal) for word in words[:row])
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
                decimal_point="," if self.request.decimal == "," else ".",
            ),
        )  # fmt: skip
        return [_one(table.column(key)) for key in keys]

    def _sniff(self, piece: Piece, columns: Sequence[Column]) -> None:
        """What the first records show: columns of text, and numbers of which nobody can tell how large they are."""
        import pyarrow as pa

        arrays = self._read(piece.begin(SNIFFED), self.choice.used, [pa.string()] * len(columns), quoted=piece.quoted)
        for column, array in zip(columns, arrays, strict=True):
            if not column.numeric:
                continue
            words = [(row, word) for row, word in enumerate(array.to_pylist()) if word is not None]
            text = next(((row, word) for row, word in words if not is_number(word, self.request.decimal)), None)
            zero = next(((word, row) for row, word in words if is_code(word)), None)
            if zero is not None:
                column.leading_zero = zero[0], piece.line(zero[1])
            if text is not None:
                numbers = any(is_finite(word, self.request.decimal) for _, word in words)
                column.meet_text(text[1], piece.line(text[0]), numbers=numbers)

    def _check_thousands(self, piece: Piece, arrays: "Sequence[pyarrow.Array]", columns: Sequence[Column]) -> None:
        """With semicolons 1.234 may be a number with three decimals, or one above a thousand, until a number shows which."""
        import pyarrow.compute as pc

        for number, column in enumerate(columns):
            if not column.numeric or number in self._plain:
                continue
            if (
                pc.all(pc.less(pc.abs(arrays[number]), 1000)).as_py() is not False
                and not pc.any(_fractions(arrays[number])).as_py()
            ):
                continue  # whole numbers below a thousand look the same either way
            for row, word in enumerate(self._words(piece.content, number, quoted=piece.quoted)):
                if word is not None and (grouped := may_be_grouped(word)) is not None:
                    if not grouped:
                        self._plain.add(number)
                        break
                    self._grouped.setdefault(number, (word, piece.line(row)))

    def _refuse_thousands(self, columns: Sequence[Column]) -> None:
        for number, (word, line) in self._grouped.items():
            if number not in self._plain:
                name, told = shown(columns[number].name), shown(word)
                raise refusal(
                    self.request.path,
                    f"column {name} has {told} in line {line}, and all that have a point are like it: with semicolons as separator that may be "
                    'a number with three decimals, or one above a thousand; say --decimal . (decimal = ".") if it is the first, else '
                    "write it without the point",
                    f"列 {name} 第 {line} 行是 {told}，所有带点的值都如此：以分号分隔时，这可能是三位小数，也可能是千位分隔；若是前者，"
                    '请用 --decimal .（decimal = "."），否则请去掉这个点',
                )


def _fractions(array: Any) -> Any:
    import pyarrow.compute as pc

    return pc.not_equal(array, pc.floor(array))


def _one(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
