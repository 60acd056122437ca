"""A column of a table as its records pass by: numbers as they are, words as the numbers of levels; what is no value is refused."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from fairfit.models.errors import DataError
from fairfit.models.tables import levels
from fairfit.models.tables.refusal import at, option, quoted, refusal, shown
from fairfit.models.tables.request import Request
from fairfit.models.tables.words import clean, has_comma, is_dressed, is_number, usually_missing

if TYPE_CHECKING:
    from fairfit.models.tables.reading import Batch

LONGEST_MARK = 20  # of the words that stand for a missing value, as far as a message suggests one
EXACT = 2**53  # whole numbers beyond are not all float64


class Column:
    """`numeric` says whether its values are numbers so far; `words` are its levels in the order in which they came, with `places`
    where each stood first and `counts` how often. `label`: it is the target of softmax, whose levels are classes.
    """

    def __init__(self, request: Request, name: str, unit: str, *, label: bool = False) -> None:
        self.request, self.name, self.unit, self.label = request, name, unit, label
        self.declared = name in map(clean, request.categories)
        self.numeric = not (label or self.declared)
        self.records, self.missing = 0, 0
        self.first_missing: int | None = None
        self.leading_zero: tuple[str, int] | None = (
            None  # a number that may be a code, among those that were looked at, and its place
        )
        self.low, self.high = np.inf, -np.inf
        self.words: list[str] = []
        self.places: list[int] = []
        self.counts = np.zeros(0, np.int64)
        self._codes: dict[str, int] = {}
        self._missing = {clean(word) for word in request.missing}
        self._missing_numbers = [float(word) for word in request.missing if is_number(word)]

    @property
    def is_target(self) -> bool:
        return self.name == clean(self.request.target)

    @property
    def given(self) -> int:
        """How many values are not missing."""
        return self.records - self.missing

    @property
    def levels(self) -> list[str]:
        """As they are shown."""
        return [clean(word) for word in self.words]

    def take(self, batch: "Batch", number: int) -> np.ndarray:
        """The values of the batch's column of this number, float64 of shape (records,): NaN where one is missing, else the number
        itself or that of its level."""
        array = batch.arrays[number]
        values = self._numbers(array, batch, number) if self.numeric else self._levels(array, batch)
        if array.null_count or self._missing:
            gaps = np.isnan(values)
            if (count := int(np.count_nonzero(gaps))) and self.first_missing is None:
                self.first_missing = batch.place(int(np.argmax(gaps)))
            self.missing += count
        self.records += len(values)
        return values

    def meet_text(self, word: str, place: int, *, numbers: bool) -> None:
        """A word is no number: the column holds levels. Raises DataError where it held numbers before, or `numbers` says so."""
        if self.given or numbers:
            raise self.text_among_numbers(word, place)
        self.hold_levels()

    def hold_levels(self) -> None:
        self.numeric = False

    def check_size(self, low: int, high: int) -> None:
        """Raises DataError where whole numbers are too large to be told from each other."""
        if max(-low, high) > EXACT:
            raise self._too_large(str(low if -low > high else high), None)

    def text_among_numbers(self, word: str, place: int) -> DataError:
        """The error for a word where numbers are: it names the first."""
        name, line = shown(self.name), at(self.unit, place)
        if not clean(word):
            return self._only_blanks(word, place)
        mark = word.strip()
        if is_dressed(word):
            comma = has_comma(word) and self.request.decimal != "," and self.unit == "line"
            how = (', or say --decimal , (decimal = ",")', '，或用 --decimal ,（decimal = ","）') if comma else ("", "")
            return refusal(
                self.request.path,
                f"column {name} holds numbers, but {line.en} has {shown(word)}: write plain numbers with a decimal point (1234.5){how[0]}",
                f"列 {name} 是数值，但{line.zh}是 {shown(word)}：请写成带小数点的普通数（1234.5）{how[1]}",
            )
        english = f"if {shown(mark)} means missing, say {option('missing', mark)} (missing = [{quoted(mark, always=True)}])"
        chinese = f"若 {shown(mark)} 表示缺失，请用 {option('missing', mark)}（missing = [{quoted(mark, always=True)}]）"
        if len(mark) > LONGEST_MARK:
            english, chinese = "mend it", "请修正"
        elif not usually_missing(word):
            english, chinese = f"mend it, or {english}", f"请修正；{chinese}"
        return refusal(
            self.request.path,
            f"column {name} holds numbers, but {line.en} has the text {shown(word)}: {english}; --categories takes all of them as names, "
            "--drop leaves the column out",
            f"列 {name} 是数值，但{line.zh}是文本 {shown(word)}：{chinese}；--categories 把它们都当作类别名，--drop 去掉该列",
        )

    def _numbers(self, array: Any, batch: "Batch", number: int) -> np.ndarray:
        values: np.ndarray = array.to_numpy(zero_copy_only=False)
        if array.null_count == len(values):
            return np.full(len(values), np.nan)
        given = values if not array.null_count else values[array.is_valid().to_numpy(zero_copy_only=False)]
        for code in self._missing_numbers:
            gaps = np.isnan(values) if np.isnan(code) else values == code
            if gaps.any():
                values = np.where(gaps, np.nan, values)
                given = given[~(np.isnan(given) if np.isnan(code) else given == code)]
        if not len(given):
            return values
        low, high = float(given.min()), float(given.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise self._not_finite(array, batch, number)
        if max(-low, high) >= EXACT and self.unit == "line":
            self._check_digits(batch, number)
        self.low, self.high = min(self.low, low), max(self.high, high)
        return values

    def _levels(self, array: Any, batch: "Batch") -> np.ndarray:
        words, indices = array.dictionary.to_pylist(), array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        codes = np.full(len(words) + 1, -1)  # the last is for no word at all
        for index, word in enumerate(words):
            if word is not None and clean(word) not in self._missing:
                codes[index] = self._code(word, batch, indices, index)
        found = codes[indices]
        self.counts = np.bincount(found[found >= 0], minlength=len(self.words)) + np.pad(
            self.counts, (0, len(self.words) - len(self.counts))
        )
        return np.where(found < 0, np.nan, found)

    def _code(self, word: str, batch: "Batch", indices: np.ndarray, index: int) -> int:
        if (known := self._codes.get(word)) is not None:
            return known
        place = batch.place(int(np.argmax(indices == index)))
        if not clean(word):
            raise self._only_blanks(word, place)
        self._codes[word] = len(self.words)
        self.words.append(word)
        self.places.append(place)
        if len(self.words) > levels.most(self):
            levels.check(self)
            raise levels.too_many(self)
        return self._codes[word]

    def _only_blanks(self, word: str, place: int) -> DataError:
        line = at(self.unit, place)
        return refusal(
            self.request.path,
            f"column {shown(self.name)} has only blanks ({shown(word)}) in {line.en}: leave the field empty, or write what is meant",
            f"列 {shown(self.name)} {line.zh}只有空白（{shown(word)}）：请留空，或写明内容",
        )

    def _not_finite(self, array: Any, batch: "Batch", number: int) -> DataError:
        words = batch.words(number)
        row = next(
            row
            for row, value in enumerate(array.to_pylist())
            if value is not None and not np.isfinite(value) and value not in self._missing_numbers
        )
        line, word = at(self.unit, batch.place(row)), str(words[row]).strip()
        name, shown_word = shown(self.name), shown(word)
        infinite = "it is infinite (inf) in float64" if "nan" not in word.lower() else "it is no number (NaN)"
        zh = "在 float64 中为无穷大（inf）" if "nan" not in word.lower() else "不是数（NaN）"
        return refusal(
            self.request.path,
            f"column {name} has {shown_word} in {line.en}: {infinite}; mend it, or if it means missing, say {option('missing', word)} "
            f'(missing = ["{word}"])',
            f'列 {name} {line.zh}是 {shown_word}：{zh}；请修正，若表示缺失，请用 {option("missing", word)}（missing = ["{word}"]）',
        )

    def _check_digits(self, batch: "Batch", number: int) -> None:
        for row, word in enumerate(batch.words(number)):
            whole = re.split("[.,]", (word or "").strip().lstrip("+-"), maxsplit=1)[0]
            if whole.isdecimal() and int(whole) > EXACT:
                raise self._too_large(word or "", batch.place(row))

    def _too_large(self, word: str, place: int | None) -> DataError:
        line = at(self.unit, place) if place is not None else None
        where, wo = (f" in {line.en}", f" {line.zh}") if line else ("", "")
        return refusal(
            self.request.path,
            f"column {shown(self.name)} has the whole number {word}{where}: beyond 2^53 float64 no longer tells neighbours apart; is it an "
            "id? leave it out with --drop, or subtract what all have in common",
            f"列 {shown(self.name)}{wo}有整数 {word}：超过 2^53，float64 无法区分相邻的数；是编号吗？请用 --drop 去掉，或减去它们共有的部分",
        )
