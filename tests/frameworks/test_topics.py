"""Every topic finds what its Findings say, in every framework that it looks into, and it outlives its way through JSON."""

import json

import pytest

from fairfit.frameworks import registry, topics
from fairfit.plain import from_plain, to_plain
from tests.frameworks.inspected import looked_into, plain

INSPECTIONS = [(topic.name, name) for topic in topics.TOPICS for name in looked_into(topic.name)]


@pytest.mark.parametrize(("topic", "name"), INSPECTIONS)
def test_findings_outlive_their_way_through_json(topic: str, name: str) -> None:
    kind = topics.find(topic).findings
    found = from_plain(kind, plain(topic, name))
    assert isinstance(found, kind)
    assert from_plain(kind, json.loads(json.dumps(to_plain(found), allow_nan=False))) == found


def test_every_topic_looks_into_a_framework() -> None:
    assert {topic for topic, _ in INSPECTIONS} == {topic.name for topic in topics.TOPICS}


def test_a_framework_without_a_module_is_not_looked_into() -> None:
    assert all(topic.module("nobody") is None for topic in topics.TOPICS if topic.file != "inspection")


def test_no_module_of_a_topic_is_taken_for_that_of_a_framework() -> None:
    assert {name for _, name in INSPECTIONS} <= set(registry.names())
