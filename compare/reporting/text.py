"""A sentence of both languages as the page shows it."""

from markupsafe import Markup, escape

from fairfit.models.text import Text


def both(text: Text | str) -> Markup:
    """Both languages, of which the style of the page shows one; escaped."""
    if isinstance(text, str):
        return escape(text)
    if text.en == text.zh:
        return escape(text.en)
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(text.en, text.zh)
