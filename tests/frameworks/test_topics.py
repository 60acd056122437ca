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
    modules = {topic.name: topic.module("numpy") for topic in topics.TOPICS}
    assert {name for name, module in modules.items() if module} == {"errata"}
    assert topics.find("graphs").module("nobody") is None


def test_one_module_for_all_looks_into_those_whose_row_has_its_parameters() -> None:
    names = [entry.name for entry in registry.FRAMEWORKS if entry.public_packages]
    assert looked_into("potential") == names
    assert {topics.find("potential").module(name) for name in names} == {"fairfit.frameworks.potential.inspection"}
