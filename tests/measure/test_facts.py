"""The dated facts: in both languages, in the past, and those of the frameworks compared alone."""

import datetime

from fairfit.frameworks import registry
from fairfit.measure.facts import facts


def first_day(text: str) -> datetime.date:
    """Of a date in ISO form that may name a month only."""
    return datetime.date.fromisoformat(text if text.count("-") == 2 else f"{text}-01")


def test_facts_are_those_of_the_frameworks_asked_for() -> None:
    assert {fact.framework for fact in facts(["mxnet"])} == {"mxnet"}
    assert facts([]) == []


def test_every_fact_is_of_a_framework_compared() -> None:
    everybody = {entry.name for entry in registry.FRAMEWORKS if not entry.baseline}
    assert {fact.framework for fact in facts(registry.names())} <= everybody


def test_facts_are_told_in_both_languages_and_lie_in_the_past() -> None:
    for fact in facts(registry.names()):
        assert first_day(fact.date) <= first_day(fact.looked_up) <= datetime.date.today()
        assert fact.says.en.endswith(".") and fact.says.zh.endswith("。")
        told = (fact.says.en, fact.says.zh, fact.source.en, fact.source.zh, fact.looked_up)
        assert all(told) and not any("http" in text for text in told)
