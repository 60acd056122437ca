"""Whether the words of a column can be levels: names of a few kinds, not numbers, dates or ids in disguise."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fairfit.models.errors import DataError
from fairfit.models.tables.refusal import at, examples, refusal, shown
from fairfit.models.tables.words import alike, clean, has_comma, has_digit, is_date, is_dressed, is_finite

if TYPE_CHECKING:
    from fairfit.models.tables.column import Column

MOST = 100  # levels of a column, each of which makes an input
MOST_NAMED = 1000  # of a column that the user names as one of levels; and classes
MANY = 20  # levels: more that hold digits are numbers, codes or dates that we do not know


def most(column: "Column") -> int:
    """How many levels the column may have."""
    return MOST_NAMED if column.declared or column.label else MOST


def check(column: "Column") -> None:
    """Raises DataError that names the line and the word of the first that makes them no levels."""
    words = column.words
    if not column.declared:
        numbers = [number for number, word in enumerate(words) if is_finite(word, column.request.decimal)]
        texts = [number for number in range(len(words)) if number not in set(numbers)]
        if numbers and texts:
            raise column.text_among_numbers(words[texts[0]], column.places[texts[0]])
        if numbers and not column.label:
            raise _written_as_text(column)
    if not column.declared and not column.label:
        for looks, en, zh in DISGUISES:
            found = [number for number, word in enumerate(words) if looks(word)]
            if 2 * len(found) >= len(words) > 0 and found:
                raise _disguised(column, found[0], en, zh)
    if (pair := alike(words)) is not None:
        raise _alike(column, *pair)
    for number, word in enumerate(words):
        if clean(word) == column.name and len(words) > 1:
            raise _header_again(column, number)
    if column.declared or column.label:
        return
    if len(words) > MANY and 2 * sum(map(has_digit, words)) > len(words):
        raise _disguised(column, 0, "most of its values hold digits and differ", "其多数值含有数字且各不相同")
    if 2 * len(words) > column.given > 0:
        raise too_many(column)


def too_many(column: "Column") -> DataError:
    """The error for a column whose every level would make an input."""
    count, found = len(column.words), examples(column.words)
    at_least = ("more than ", "超过 ") if count > most(column) else ("", "")
    count = min(count, most(column))
    name = shown(column.name)
    if column.label:
        return refusal(
            column.request.path,
            f"the target {name} has {at_least[0]}{count} classes ({found}): is it a number? then --model linear",
            f"目标列 {name} 有{at_least[1]}{count} 个类别（{found}）：它是数值吗？若是，请用 --model linear",
        )
    return refusal(
        column.request.path,
        f"column {name} is text with {at_least[0]}{count} different values in {column.given or 'its first'} rows ({found}): each would make "
        f"an input (one-hot) of its own; leave it out with --drop, group its values, or say --categories if that is meant (up to {MOST_NAMED})",
        f"列 {name} 是文本，{column.given or '开头的'}行中有{at_least[1]}{count} 个不同的值（{found}）：每个值都会成为一个独热输入；"
        f"请用 --drop 去掉它、合并取值，若确实需要则用 --categories（最多 {MOST_NAMED} 个）",
    )


def _disguised(column: "Column", number: int, en: str, zh: str) -> DataError:
    name, word, line = shown(column.name), shown(column.words[number]), at(column.unit, column.places[number])
    if has_comma(column.words[number]) and column.request.decimal != "," and column.unit == "line":
        en, zh = f"{en}; if the comma is a decimal one, say --decimal ,", f"{zh}；若逗号是小数点，请用 --decimal ,"
    return refusal(
        column.request.path,
        f"column {name} is text, not numeric: {line.en} has {word}; {en}: write plain numbers with a decimal point (1234.5), leave it out "
        f"with --drop, or take its values as categories (one-hot) with --categories",
        f"列 {name} 是文本而非数值：{line.zh}是 {word}；{zh}：请写成带小数点的普通数（1234.5），或用 --drop 去掉，"
        f"或用 --categories 把它的值当作类别（独热）",
    )


def _written_as_text(column: "Column") -> DataError:
    name, word, line = shown(column.name), shown(column.words[0]), at(column.unit, column.places[0])
    return refusal(
        column.request.path,
        f"column {name} is text, not numeric, and all its values are numbers ({line.en} has {word}): store it as numbers, or take its values "
        "as categories with --categories",
        f"列 {name} 的类型是文本而非数值，但其值都是数（{line.zh}是 {word}）：请存为数值，或用 --categories 把它们当作类别",
    )


def _alike(column: "Column", one: str, other: str) -> DataError:
    places = [at(column.unit, column.places[column.words.index(word)]) for word in (one, other)]
    name = shown(column.name)
    return refusal(
        column.request.path,
        f"column {name} has {shown(one)} in {places[0].en} and {shown(other)} in {places[1].en}: two spellings of one value "
        "(blanks, case, a full stop, or one number written twice); write it one way",
        f"列 {name} {places[0].zh}是 {shown(one)}，{places[1].zh}是 {shown(other)}：同一个值的两种写法（空白、大小写、句点，"
        "或同一个数的两种写法）；请统一",
    )


def _header_again(column: "Column", number: int) -> DataError:
    name, line = shown(column.name), at(column.unit, column.places[number])
    return refusal(
        column.request.path,
        f"{line.en} has the name of the column {name} as its value: is it the header once more? delete that line",
        f"{line.zh}的值就是列名 {name}：是否重复了表头？请删除该行",
    )


DISGUISES: list[tuple[Callable[[str], bool], str, str]] = [
    (
        is_dressed,
        "it looks like a number with other signs (%, €, a comma, an apostrophe, hex)",
        "像是带有其他符号的数（%、€、逗号、撇号、十六进制）",
    ),
    (is_date, "it looks like a date or a time", "像是日期或时间（date）"),
]
