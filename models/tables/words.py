"""What a single field looks like: a number, a number in another dress, a date, or two spellings of one word."""

import re
import unicodedata

UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))  # signs without width, which nobody sees
COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*", re.ASCII)  # 29,41: a number with a decimal comma
NUMBER = re.compile(r"[ \t]*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)[ \t]*", re.ASCII | re.IGNORECASE)
DRESSED = re.compile(
    r"[\s€$£¥₹~<>≤≥≈(+−–-]*(0[xX][0-9a-fA-F]+|\d[\d\s.,'’٬٫]*([eEdD][+-]?\d+)?)[\s%‰€$£¥₹)°*†+−-]*"  # 1,234.5  12 %  €5  (7)  0x1F
)
DATED = re.compile(
    r"\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{4}年\d{1,2}月(\d{1,2}日)?)([ T]\d{1,2}:\d{2}\S*)?\s*|\s*\d{1,2}:\d{2}(:\d{2}\S*)?\s*"
)
GROUPED = re.compile(r"[+-]?\d{1,3}\.\d{3}", re.ASCII)  # 1.234: a number with three decimals, or one thousand and more
BELOW = re.compile(r"[+-]?\d{1,3}", re.ASCII)  # 950: a number that has no thousands
USUAL_MARKS = {
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "?",
    "-",
    "--",
    ".",
    "..",
    "missing",
    "unknown",
    "#null!",
    "\\n",
}


def clean(word: str) -> str:
    """A name or level without what nobody sees: blanks around it, signs without width; its accents in one form."""
    return unicodedata.normalize("NFC", word.translate(UNSEEN)).strip()


def is_number(word: str, decimal: str = ".") -> bool:
    """Whether a reader takes it for a number, not finite ones included."""
    if decimal == ",":
        if "." in word:
            return False
        word = word.replace(",", ".", 1)
    return NUMBER.fullmatch(word) is not None


def is_finite(word: str, decimal: str = ".") -> bool:
    """Whether it is a number that is neither infinite nor NaN: 'nan' may be a name."""
    return is_number(word, decimal) and has_digit(word)


def is_code(word: str) -> bool:
    """Whether it is of digits and begins with 0, as numbers of telephones, articles and places do."""
    return len(word) > 1 and word[0] == "0" and word.isdecimal()


def may_be_grouped(word: str) -> bool | None:
    """Whether a number shows that its point may stand between thousands: None where it shows nothing, for it has none."""
    return None if BELOW.fullmatch(word.strip()) else GROUPED.fullmatch(word.strip()) is not None


def has_comma(word: str) -> bool:
    """Whether it may be a number with a decimal comma."""
    return COMMA.fullmatch(word) is not None


def is_dressed(word: str) -> bool:
    """A number as people write it and no reader takes it: '1,234.5', '12 %', '€5', '0x1F'."""
    return DRESSED.fullmatch(word) is not None and not is_number(word)


def is_date(word: str) -> bool:
    """A date or a time of day."""
    return DATED.fullmatch(word) is not None


def has_digit(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def usually_missing(word: str) -> bool:
    """Whether it is one of the marks that programs write where nothing is known."""
    return word.strip().lower() in USUAL_MARKS


def folded(word: str) -> str | float:
    """Equal for words that differ by blanks, case, width or a full stop at the end, and for two spellings of one number."""
    if is_number(word):
        return float(word) if float(word) == float(word) else "nan"
    whole = unicodedata.normalize("NFKC", word.translate(UNSEEN)).casefold()
    bare = "".join(whole.split())
    return bare.rstrip(".") or bare


def alike(words: list[str]) -> tuple[str, str] | None:
    """The first two that are one word in two spellings; None where there are none."""
    seen: dict[str | float, str] = {}
    for word in words:
        other = seen.setdefault(folded(word), word)
        if other != word:
            return other, word
    return None
