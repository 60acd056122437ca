"""Looking into what is not timed: each in a process of its own, whose failure is an answer too."""

import math
import time
from pathlib import Path

import pytest

from fairfit.frameworks import registry, topics
from fairfit.frameworks.findings import FINDINGS
from fairfit.frameworks.topics import Topic
from fairfit.measure import hold, inspections
from fairfit.measure.ledger import Ledger
from fairfit.models import exercise as exercises
from fairfit.models.errors import DataError, UserError
from fairfit.models.exercise import Exercise
from fairfit.models.spec import Spec
from fairfit.progress import Silent
from fairfit.records import Inspection, Run
from fairfit.runfiles import RunFolder
from tests.fakes.topic.findings import Findings
from tests.workbench import MACHINE, entries, workers_alive

NAMES = [topic.name for topic in topics.TOPICS]


class FakeTopic(Topic):
    """A topic whose files lie among the fakes; it looks into one framework."""

    @property
    def findings(self) -> type[Findings]:
        return Findings

    def module(self, framework: str) -> str | None:
        return "tests.fakes.topic.fake" if framework == "fake" else None


@pytest.fixture
def topic(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fake framework has a file for a topic of two exercises, digits and one whose data is missing."""
    monkeypatch.setattr(registry, "FRAMEWORKS", entries(fakes))
    monkeypatch.setattr(topics, "TOPICS", (FakeTopic("topic", ("digits", "fashion-mnist")),))
    monkeypatch.setitem(FINDINGS, "topic", Findings)
    laid_out = exercises.lay_out

    def lay_out(spec: Spec, folder: Path, data_dir: Path | None = None) -> Exercise:
        if spec.name == "fashion-mnist":
            raise DataError("not here")
        return laid_out(spec, folder, data_dir)

    monkeypatch.setattr(exercises, "lay_out", lay_out)
    return fakes


def carry_out(inspection: Inspection, folder: Path, time_limit: float) -> None:
    made = Run("test", "", "test", MACHINE, {}, inspections=[inspection])
    with Silent() as progress:
        ledger = Ledger(RunFolder(folder), made, progress)
        inspections.carry_out(ledger, folder, data_dir=None, time_limit=time_limit, progress=progress, hold=hold.unlocked())


def look(folder: Path, topic: Path, behaviour: str, *, time_limit: float = 60.0) -> Inspection:
    (topic / "behaviour").write_text(behaviour)
    (inspection,) = inspections.planned(["topic"], ["fake", "numpy"])
    carry_out(inspection, folder, time_limit)
    assert workers_alive() == []
    return inspection


def test_an_inspection_is_given_its_exercises_and_one_cpu(topic: Path, tmp_path: Path) -> None:
    inspection = look(tmp_path, topic, "answers")
    assert (inspection.status, inspection.framework) == ("measured", "fake")
    assert isinstance(inspection.found, Findings)
    assert inspection.found.rows == {"digits": 1437}  # what is missing is left out
    assert len(inspection.found.cpus) == 1
    assert math.isnan(inspection.found.loss)
    assert 0 < inspection.seconds < 60


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("raises", "ValueError: it found nothing"),
        ("crashes", "signal 6"),
        ("hangs", "time limit"),
        ("has another shape", "cpus is missing"),
    ],
)
def test_a_failure_is_recorded_with_its_reason(topic: Path, tmp_path: Path, behaviour: str, reason: str) -> None:
    began = time.monotonic()
    inspection = look(tmp_path, topic, behaviour, time_limit=5.0)
    assert inspection.status == "failed" and reason in str(inspection.reason)
    assert inspection.found is None
    assert time.monotonic() - began < 30


def test_what_is_known_is_not_asked_again(topic: Path, tmp_path: Path) -> None:
    known = Inspection("topic", "fake", "measured", found=Findings({"digits": 1}, [0], 0.5))
    carry_out(known, tmp_path, time_limit=5.0)
    assert known.found == Findings({"digits": 1}, [0], 0.5)


def test_topics_are_all_by_default_only_where_the_whole_comparison_is_made() -> None:
    assert inspections.chosen(None, whole=True) == NAMES
    assert inspections.chosen(None, whole=False) == []
    assert inspections.chosen(["none"], whole=True) == []
    assert inspections.chosen(["all"], whole=False) == NAMES
    assert inspections.chosen(["errata"], whole=False) == ["errata"]
    with pytest.raises(UserError, match="did you mean 'errata'"):
        inspections.chosen(["eratta"], whole=True)


def test_a_framework_without_a_file_of_a_topic_is_not_looked_into() -> None:
    assert inspections.planned(NAMES, ["numpy"]) == [
        Inspection(topic.name, "numpy") for topic in topics.TOPICS if topic.module("numpy") is not None
    ]
