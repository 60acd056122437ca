"""A style on a second number of threads: proven over one epoch, as the first was over all, and after every sample."""

from collections.abc import Iterator

import pytest

from fairfit.frameworks import registry
from fairfit.measure import cpus
from fairfit.records import CellRecord
from tests.measure.whole_runs import Outcome, measure
from tests.workbench import entries, tiny

pytestmark = pytest.mark.skipif(cpus.count() < 2, reason="needs two CPUs")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(registry, "FRAMEWORKS", entries(tmp_path_factory.mktemp("notes")))
        yield measure(tmp_path_factory.mktemp("run"), ["right", "lies"], threads=("1", "2"))


def cell(outcome: Outcome, style: str, threads: str) -> CellRecord:
    (found,) = [
        record
        for record in outcome.run.cells
        if (record.cell.style, record.cell.threads, record.cell.twin) == (style, threads, 0)
    ]
    return found


@pytest.mark.parametrize("style", ["right", "numpy"])
def test_the_proof_over_all_epochs_is_taken_from_the_first(outcome: Outcome, style: str) -> None:
    first, second = cell(outcome, style, "1"), cell(outcome, style, "2")
    assert (first.status, second.status) == ("measured", "measured")
    assert (first.proven_as, second.proven_as) == ("", first.id)
    assert len(second.distances) == tiny().training.epochs
    assert second.distances == first.distances and second.train_losses == first.train_losses
    assert second.test_metric == first.test_metric


def test_who_is_refused_proves_nothing_for_others(outcome: Outcome) -> None:
    for threads in ("1", "2"):
        refused = cell(outcome, "lies", threads)
        assert (refused.status, refused.proven_as) == ("refused", "")


def test_every_sample_of_it_is_proven_all_the_same(outcome: Outcome) -> None:
    samples = [sample for sample in outcome.samples if sample.cell == cell(outcome, "right", "2").id]
    assert samples and all(sample.times_rounding is not None and sample.times_rounding <= 4 for sample in samples)
