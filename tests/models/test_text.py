"""A sentence in two languages: each stays itself, however sentences and plain strings are joined."""

import pytest

from fairfit.models.errors import DataError, UserError, first_line
from fairfit.models.text import Text, in_language, join, listed

SENTENCE = Text("lower it", "请减小")


def test_each_language_has_its_own_words() -> None:
    assert (in_language(SENTENCE, "en"), in_language(SENTENCE, "zh"), str(SENTENCE)) == ("lower it", "请减小", "lower it")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_plain_string_is_the_same_in_every_language(language: str) -> None:
    assert in_language("digits", language) == "digits"


def test_texts_and_strings_are_added() -> None:
    assert Text("rate: ", "学习率：") + "0.1" + Text("; ", "；") + SENTENCE == Text("rate: 0.1; lower it", "学习率：0.1；请减小")


def test_joined_and_listed_with_what_stands_between_them_in_each_language() -> None:
    assert join([SENTENCE, "digits"]) == Text("lower it digits", "请减小digits")
    assert listed(["linear", "softmax"]) == Text("linear, softmax", "linear、softmax")
    assert listed([]) == Text("", "")


def test_an_error_is_told_in_english_and_keeps_both() -> None:
    error = UserError(SENTENCE)
    assert (str(error), error.text) == ("lower it", SENTENCE)


def test_the_first_line_of_an_error_begins_with_its_type() -> None:
    assert first_line(ValueError("too many values\nsecond line")) == "ValueError: too many values"
    assert first_line(DataError(Text("no data", "没有数据"))) == "DataError: no data"
    assert first_line(KeyError()) == "KeyError"
