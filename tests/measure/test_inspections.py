"""Looking into what is not timed: each in a process of its own, whose failure is an answer too."""

import time
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure import inspections
from fairfit.models.errors import DataError, UserError
from fairfit.models.exercise import Exercise
from fairfit.models.spec import Spec
from fairfit.progress import Silent
from fairfit.records import Inspection
from tests.workbench import entries, workers_alive


@pytest.fixture
def topic(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fake framework has a file for a topic of two exercises, digits and one whose data is missing."""
    monkeypatch.setattr(registry, "FRAMEWORKS", entries(fakes))
    monkeypatch.setattr(inspections, "PACKAGE", "tests.fakes")
    monkeypatch.setattr(inspections, "TOPICS", {"topic": ("digits", "fashion-mnist")})
    made = inspections.exercise.make

    def make(spec: Spec, data_dir: Path | None = None) -> Exercise:
        if spec.name == "fashion-mnist":
            raise DataError("not here")
        return made(spec, data_dir)

    monkeypatch.setattr(inspections.exercise, "make", make)
    return fakes


def look(folder: Path, topic: Path, behaviour: str, *, time_limit: float = 60.0) -> Inspection:
    (topic / "behaviour").write_text(behaviour)
    (inspection,) = inspections.planned(["topic"], ["fake", "numpy"])
    with Silent() as progress:
        inspections.carry_out([inspection], folder, data_dir=None, time_limit=time_limit, progress=progress)
    assert workers_alive() == []
    return inspection


def test_an_inspection_is_given_its_exercises_and_one_cpu(topic: Path, tmp_path: Path) -> None:
    inspection = look(tmp_path, topic, "answers")
    assert (inspection.status, inspection.framework) == ("measured", "fake")
    assert inspection.found["rows"] == {"digits": 1437}  # what is missing is left out
    assert len(inspection.found["cpus"]) == 1
    assert 0 < inspection.seconds < 60


@pytest.mark.parametrize(
    ("behaviour", "reason"), [("raises", "ValueError: it found nothing"), ("crashes", "signal 6"), ("hangs", "time limit")]
)
def test_a_failure_is_recorded_with_its_reason(topic: Path, tmp_path: Path, behaviour: str, reason: str) -> None:
    began = time.monotonic()
    inspection = look(tmp_path, topic, behaviour, time_limit=5.0)
    assert inspection.status == "failed" and reason in inspection.reason
    assert inspection.found == {}
    assert time.monotonic() - began < 30


def test_what_is_known_is_not_asked_again(topic: Path, tmp_path: Path) -> None:
    known = Inspection("topic", "fake", "measured", found={"known": 1})
    with Silent() as progress:
        inspections.carry_out([known], tmp_path, data_dir=None, time_limit=5.0, progress=progress)
    assert known.found == {"known": 1}


def test_topics_are_all_by_default_only_where_the_whole_comparison_is_made() -> None:
    assert inspections.chosen(None, whole=True) == list(inspections.TOPICS)
    assert inspections.chosen(None, whole=False) == []
    assert inspections.chosen(["none"], whole=True) == []
    assert inspections.chosen(["all"], whole=False) == list(inspections.TOPICS)
    assert inspections.chosen(["errata"], whole=False) == ["errata"]
    with pytest.raises(UserError, match="did you mean 'errata'"):
        inspections.chosen(["eratta"], whole=True)


def test_every_framework_but_the_baseline_has_a_file_for_every_topic() -> None:
    for topic in inspections.TOPICS:
        found = {inspection.framework for inspection in inspections.planned([topic], registry.names())}
        assert found >= {entry.name for entry in registry.FRAMEWORKS if not entry.baseline}, topic
