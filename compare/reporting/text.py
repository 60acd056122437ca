"""What is told in two languages: every sentence of a report stands here and elsewhere as a pair, English and Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

LANGUAGES = {"en": "English", "zh": "中文"}


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


def both(text: Text | str) -> Markup:
    """For the page: both languages, of which its style shows one; escaped."""
    if isinstance(text, str):
        return escape(text)
    if text.en == text.zh:
        return escape(text.en)
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(text.en, text.zh)
