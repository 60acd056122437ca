"""A sentence in English and Chinese, and how sentences are joined; what a framework itself said stays a plain string."""

from collections.abc import Iterable
from dataclasses import dataclass

LANGUAGES = {"en": "English", "zh": "中文"}  # pairs in place suit two languages; a third would want a catalogue


@dataclass(frozen=True)
class Text:
    """The same in English and Chinese."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en

    def __add__(self, other: "Text | str") -> "Text":
        return Text(self.en + in_language(other, "en"), self.zh + in_language(other, "zh"))


def in_language(text: Text | str, language: str) -> str:
    """A plain string is the same in every language: a name, a number, what a framework itself said."""
    return text if isinstance(text, str) else getattr(text, language)


def join(texts: Iterable[Text | str], en: str = " ", zh: str = "") -> Text:
    """All of them in a row, with what stands between them in each language."""
    texts = list(texts)
    return Text(en.join(in_language(text, "en") for text in texts), zh.join(in_language(text, "zh") for text in texts))


def listed(texts: Iterable[Text | str]) -> Text:
    """As an enumeration."""
    return join(texts, ", ", "、")
