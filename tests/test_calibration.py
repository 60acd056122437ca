"""The programs of calibration find their adapters in a worker's own environment, measure as people do, and lose nothing."""

import dataclasses
import re
import shlex
from pathlib import Path

import psutil
import pytest

from fairfit import cli
from fairfit.commands import measuring
from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import cpus, crew
from fairfit.measure.doctor import WORKS, Examination
from fairfit.measure.options import Options
from fairfit.models import exercise as exercises
from fairfit.models import spec as specs
from fairfit.models.errors import UserError
from fairfit.progress import Silent
from tests.calibration import __main__ as calibration
from tests.calibration import busy, rows
from tests.calibration.modes import MODES, Mode
from tests.calibration.outcomes import Outcome, Outcomes, share
from tests.workbench import ROOT


@pytest.mark.parametrize("entry", [*rows.again(), *rows.by_hand().values()], ids=lambda entry: entry.name)
def test_a_worker_imports_the_adapter_of_every_row(entry: Entry, tmp_path: Path) -> None:
    if registry.installed_version(entry) is None:
        pytest.skip(str(registry.how_to_install(entry)))
    exercises.lay_out(specs.find("article-softmax"), tmp_path / "exercise")
    first = dict(list(entry.styles.items())[:1])  # each style more would be built, and compiled
    examination = Examination(dataclasses.replace(entry, styles=first), tmp_path, 120.0)
    with Silent() as progress:
        crew.carry_out([examination], cpus.lanes(1), progress)
    assert examination.checkup.state == WORKS, examination.checkup.advice


def options_of(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> Options:
    """What a command would measure with; it stops there."""
    seen: list[Options] = []

    def begin(plan: object, options: Options, **_: object) -> None:
        seen.append(options)
        raise UserError("stopped here")

    monkeypatch.setattr(measuring, "begin", begin)
    assert cli.main(arguments) == 2
    return seen[0]


@pytest.mark.parametrize(("mode", "arguments"), [("quick", ["run", "--quick"]), ("default", ["run"])])
def test_a_mode_measures_as_its_command(mode: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert options_of(arguments, monkeypatch) == MODES[mode].options


def test_the_mode_of_make_is_what_make_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    line = re.search(r"^\t\$\(BIN\)/fairfit (run .*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    made, mode = options_of(shlex.split(line[1]), monkeypatch), MODES["make"].options
    assert (made.blocks, made.budget / 2, made.least_generations) == (mode.blocks, mode.budget, mode.least_generations)


def outcome(mode: str = "quick", kind: str = "A/A, numpy", verdict: str = "inconclusive", **more: object) -> Outcome:
    return Outcome(**{"mode": mode, "busy": False, "kind": kind, "ratio": 1.0, "low": 0.9, "high": 1.1, "verdict": verdict, "seconds": 3.0} | more)  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No pair is measured: each is counted, and found to be inconclusive."""
    kinds: list[str] = []

    def compared(name: str, mode: Mode, kind: str, *, busy: bool, seed: int) -> Outcome:
        kinds.append(kind)
        return outcome(name, kind, busy=busy)

    monkeypatch.setattr(calibration, "compared", compared)
    monkeypatch.setattr(registry, "FRAMEWORKS", registry.FRAMEWORKS)
    return kinds


def calibrate(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["calibration", *arguments])
    registry.FRAMEWORKS = tuple(entry for entry in registry.FRAMEWORKS if "-" not in entry.name)
    assert calibration.main() == 0


def test_only_the_pairs_that_are_missing_are_measured(
    counted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "calibration.md"
    calibrate(monkeypatch, "--mode", "quick", "--pairs", "1", "--out", str(out))
    assert sorted(counted) == ["A/A, numpy", "A/A, pytorch nn"]
    calibrate(monkeypatch, "--mode", "quick", "--kind", "A/A, numpy", "--pairs", "3", "--out", str(out))
    assert counted.count("A/A, numpy") == 3
    calibrate(monkeypatch, "--mode", "quick", "--kind", "A/A, numpy", "--pairs", "1", "--busy", "--out", str(out))
    text = out.read_text(encoding="utf-8")
    assert "## quick, quiet" in text and "## quick, beside a busy loop" in text


def test_no_pair_begins_after_the_last_minute(counted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calibrate(monkeypatch, "--minutes", "0", "--out", str(tmp_path / "calibration.md"))
    assert counted == []


def test_what_is_published_is_what_was_found() -> None:
    published = ROOT / "results" / "published" / "calibration.md"
    assert published.read_text(encoding="utf-8") == Outcomes.read(published.with_suffix(".json")).text()


def test_a_share_has_its_exact_interval() -> None:
    assert share(2, 40) == "2 of 40 (5.0 % [0.6, 16.9])"  # as printed tables have it
    assert share(0, 104) == "0 of 104 (0.0 % [0.0, 3.5])"


def test_the_power_is_told_by_the_word_that_stood_then() -> None:
    trail = [(10.0, "inconclusive"), (40.0, "slower"), (90.0, "slower")]
    found = [outcome("power", "slowed by 2%", "slower", trail=trail), outcome("power", "slowed by 2%", trail=trail[:1])]
    assert "| slowed by 2% | 0% | 0% | 50% | 50% | 50% |" in Outcomes("a CPU", 1, found).text()


def test_a_busy_loop_ends_with_its_block() -> None:
    before = psutil.Process().children()
    with busy.loop(cpus.available()[0]):
        (process,) = (child for child in psutil.Process().children() if child not in before)
        assert process.status() != psutil.STATUS_ZOMBIE
    assert not process.is_running()
