"""Adapters that are proven rightly and then take the time of something else: each is refused, by the name of the check."""

from collections.abc import Iterator

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry, Style
from fairfit.measure import turns
from fairfit.models.text import Text
from tests.measure.whole_runs import Outcome, measure
from tests.workbench import ROOT, tiny

UNPROVEN, FENCE, CLOCK = "what was timed is not the training: ", "its fence does not hold", "its clock: "

CHEATS = {
    "replays": UNPROVEN,
    "trains_when_looked_at": UNPROVEN,
    "skips_the_last_batch": UNPROVEN,
    "defers": FENCE,
    "works_after_the_fence": FENCE,
    "leaves_a_thread": UNPROVEN,
    "caches_by_order": UNPROVEN,
    "folds_the_order": UNPROVEN,
    "keeps_its_rate": UNPROVEN,
    "leaks_state": UNPROVEN,
    "slows_the_clock": CLOCK,
    "slows_our_clock": CLOCK,
}
NOTHING = Text("nothing", "无")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """One generation of two blocks, which is the least that a user takes."""
    styles = ["honest", *CHEATS]
    row = Entry(
        "cheats", "Cheats", "tests.fakes.cheats", "numpy", ("numpy",), "",
        {style: Style("arrays", NOTHING) for style in styles}, environment={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(registry, "FRAMEWORKS", (registry.find("numpy"), row))
        monkeypatch.setattr(turns, "SHORTEST_SAMPLE", 0.002)  # fewer epochs in each: what is tested is not the time
        spec = tiny(momentum=0.5, epochs=3, learning_rate=1e-4)  # so low that hundreds of epochs do not forget their start
        yield measure(tmp_path_factory.mktemp("run") / "run", styles, specs=(spec,), frameworks=("numpy", "cheats"))


@pytest.mark.parametrize("style", CHEATS)
def test_a_cheat_is_refused_by_the_name_of_the_check(outcome: Outcome, style: str) -> None:
    cell = outcome.cell(style, "cheats")
    assert cell.status == "refused", cell.reason
    assert CHEATS[style] in str(cell.reason)


@pytest.mark.parametrize("style", [style for style, check in CHEATS.items() if check != CLOCK])
def test_a_cheat_was_proven_before(outcome: Outcome, style: str) -> None:
    """It is what was timed that gives it away."""
    cell = outcome.cell(style, "cheats")
    assert len(cell.times_rounding) == 3 and cell.left_at is None


def test_the_honest_one_is_measured(outcome: Outcome) -> None:
    assert outcome.cell("honest", "cheats").status == "measured"
    assert outcome.cell("numpy", "numpy").status == "measured"


def test_every_sample_is_proven(outcome: Outcome) -> None:
    for sample in outcome.samples_of("numpy", "numpy"):
        assert sample.times_rounding is not None and sample.times_rounding <= 4
