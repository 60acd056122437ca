"""No number of a report is taken on trust: a second implementation works each of them out from the files of the run."""

import json
import math
import random
import re
import shutil
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from markupsafe import Markup

from fairfit.models.text import Text
from fairfit.records import FORMAT, Run, Sample
from fairfit.reporting import figures, write
from fairfit.reporting.cells import Row
from fairfit.reporting.drawing import Picture
from fairfit.reporting.performance import at_best
from fairfit.reporting.tabular import Table
from fairfit.reporting.topics import errata, graphs
from fairfit.runfiles import RunFolder
from fairfit.statistics import Blocks, Estimate, Group, by_cell
from tests.reporting.random_run import make_up
from tests.reporting.recompute import estimator, runs
from tests.reporting.recompute.check import Expected, check, differing_numbers, markdown, stated
from tests.workbench import ROOT

PUBLISHED = sorted(
    path.parent
    for path in (ROOT / "results" / "published").glob("*/run.json")
    if json.loads(path.read_text(encoding="utf-8"))["format"] == FORMAT
)


def undrawn(drawn: object, folder: Path, name: str, key: str, caption: Text, *_: object, **__: object) -> Picture:
    return Picture(key, caption, folder / f"{name}.svg", Markup())


def render(out: Path, *folders: Path, language: str = "en") -> Path:
    """The report; its figures are named in it but not drawn, which would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((figures, "epoch_times"), (figures, "training_loss"), (graphs, "figure"), (errata, "figure")):
            patch.setattr(module, name, lambda *_: "no canvas")
        patch.setattr(write, "save", undrawn)
        write.write([RunFolder(folder) for folder in folders], out, language)
    return out


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_up(tmp_path_factory.mktemp("run") / "made-up")


@pytest.fixture(scope="module")
def expected(made_up: Path) -> Expected:
    return Expected(made_up)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_up(tmp_path_factory.mktemp("run") / "another", name="another", seed=1)


@pytest.fixture(scope="module")
def report(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("report"), made_up)


# -- a report is right


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_every_number_of_a_published_run_follows_from_its_files(folder: Path, tmp_path: Path) -> None:
    assert check(render(tmp_path, folder), Expected(folder)) == []


def test_every_number_of_a_made_up_run_follows(report: Path, expected: Expected) -> None:
    assert check(report, expected) == []


def test_every_number_of_two_runs_in_one_report_follows(made_up: Path, another: Path, tmp_path: Path) -> None:
    assert check(render(tmp_path, made_up, another), Expected(made_up, another)) == []


def test_the_chinese_report_has_the_numbers_of_the_english_one(made_up: Path, report: Path, tmp_path: Path) -> None:
    chinese = render(tmp_path, made_up, language="zh")
    assert differing_numbers(stated(report), stated(chinese)) == []
    assert list(markdown(chinese)) == []


def nothing_looked_into(run: Run) -> None:
    run.inspections = []


def inspections_failed(run: Run) -> None:
    for inspection in run.inspections:
        inspection.status, inspection.reason, inspection.found = "failed", "killed by signal 9", None


def nothing_measured(run: Run) -> None:
    for record in run.cells:
        record.status, record.reason, record.distances = "unavailable", "not installed: 1 of 2", []
        record.startups, record.train_losses = [], []


def no_gpu_asked(run: Run) -> None:
    run.cells = [record for record in run.cells if record.cell.device == "cpu"]


def one_framework(run: Run) -> None:
    run.cells = [record for record in run.cells if record.cell.framework == "mxnet"]


def one_level(run: Run) -> None:
    run.cells = [record for record in run.cells if record.level == "graph"]


def widely_precise(run: Run) -> None:
    run.options = {"precision": 0.5}


LESSER = [nothing_looked_into, inspections_failed, nothing_measured, no_gpu_asked, one_framework, one_level, widely_precise]


@pytest.mark.parametrize("change", LESSER, ids=lambda change: change.__name__)
def test_every_number_of_a_lesser_run_follows(change: Callable[[Run], None], tmp_path: Path) -> None:
    folder = make_up(tmp_path / "run", change)
    assert check(render(tmp_path / "report", folder), Expected(folder)) == []


SAYINGS = (
    "tied for first", "no difference shown", "inconclusive", "refused", "failed", "not measured", "not finite", "as shipped",
    "gpu:0", "this machine was noisy", "times the rounding of others", "What a step costs", "never",
    "no framework is needed", "there is none: class 3 has 0 rows", "the float64 reference ends",
)  # fmt: skip


@pytest.mark.parametrize("words", SAYINGS)
def test_the_made_up_run_says_what_a_report_can_say(report: Path, words: str) -> None:
    assert words in (report / "report.md").read_text(encoding="utf-8")


# -- a report that is wrong is found out


FREE = {
    "claims.csv",
    "comparison.csv",
    "comparison-everywhere.csv",
    "defects.csv",
}  # sentences: their numbers are held to a set, not each to its place
TRIED = 10  # digits of each file, chosen at random


def digits(text: str) -> list[int]:
    """The places of all digits that are numbers of ours: not in names ('digits-64', 'op_3'), nor what is copied."""
    places = []
    for line in re.finditer(r"[^\n]+", text):
        places += [line.start() + match.start() for match in re.finditer(r"(?<![\w\-.:])\d", line.group())]
    return places


def test_a_changed_digit_of_any_table_is_found(expected: Expected, report: Path, tmp_path: Path) -> None:
    choose, overlooked = random.Random(0), []
    files = [report / "cells.csv", *sorted(path for path in (report / "tables").glob("*.csv") if path.name not in FREE)]
    for file in files:
        wrong = tmp_path / file.stem
        shutil.copytree(report, wrong)
        text = file.read_text(encoding="utf-8")
        begin = text.index("\n")  # headings hold none
        for place in choose.sample(found := [p for p in digits(text) if p > begin], min(TRIED, len(found))):
            other = str((int(text[place]) + choose.randrange(1, 10)) % 10)
            (wrong / file.relative_to(report)).write_text(text[:place] + other + text[place + 1 :], encoding="utf-8")
            if not check(wrong, expected):
                overlooked.append(f"{file.name}: {text[max(0, place - 40) : place]}>{other}<{text[place + 1 : place + 9]}")
    assert overlooked == []


def test_a_changed_digit_of_a_table_in_the_page_is_found(report: Path, tmp_path: Path) -> None:
    choose, overlooked = random.Random(0), []
    wrong = tmp_path / "wrong"
    shutil.copytree(report, wrong)
    lines = (report / "report.md").read_text(encoding="utf-8").split("\n")
    conditions = max(number for number, line in enumerate(lines) if line.startswith("## "))
    rows = [number for number, line in enumerate(lines[:conditions]) if line.startswith("|") and digits(line)]
    for number in choose.sample(rows, min(4 * TRIED, len(rows))):
        place = choose.choice(digits(lines[number]))
        other = str((int(lines[number][place]) + choose.randrange(1, 10)) % 10)
        changed = [*lines[:number], lines[number][:place] + other + lines[number][place + 1 :], *lines[number + 1 :]]
        (wrong / "report.md").write_text("\n".join(changed), encoding="utf-8")
        if not list(markdown(wrong)):
            overlooked.append(f"line {number + 1}: {lines[number][:place]}>{other}<")
    assert overlooked == []


def test_a_slower_cell_is_found(made_up: Path, report: Path, tmp_path: Path) -> None:
    """A report of other samples differs from what follows from these: cell by cell, for some cells."""
    samples = RunFolder(made_up).samples()
    cells = sorted({sample.cell for sample in samples})
    for number, cell in enumerate(random.Random(0).sample(cells, 4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(made_up / "run.json", folder)
        lines = (made_up / "samples.jsonl").read_text(encoding="utf-8").splitlines()
        for sample, line in zip(samples, lines, strict=True):
            slower = line.replace(str(sample.seconds), str(sample.seconds * 1.02)) if sample.cell == cell else line
            with (folder / "samples.jsonl").open("a", encoding="utf-8") as file:
                file.write(slower + "\n")
        assert check(report, Expected(folder)), f"{cell} took 2 % longer, and nothing in the report was wrong"


def mean_of_blocks(logarithms: Blocks) -> Estimate:
    """As if blocks were independent: the mistake that the estimator is there to avoid."""
    mean, scatter = statistics.fmean(logarithms.values()), statistics.pstdev(logarithms.values())
    reach = 1.96 * scatter / math.sqrt(len(logarithms))
    return Estimate(math.exp(mean), math.exp(mean - reach), math.exp(mean + reach))


def epoch_of_blocks(group: Group, cell: str) -> Estimate:
    return mean_of_blocks({key: math.log(seconds) for key, seconds in group.cells[cell].items()})


def ratio_of_pair(blocks: Blocks, baseline: Blocks) -> Estimate | None:
    shared = {key: math.log(seconds / baseline[key]) for key, seconds in blocks.items() if key in baseline}
    return mean_of_blocks(shared) if shared else None


def ratio_of_blocks(group: Group, cell: str, baseline: str) -> Estimate | None:
    return ratio_of_pair(group.cells[cell], group.cells[baseline])


def without_a_generation(samples: Iterable[Sample]) -> dict[str, dict[tuple[int, int], float]]:
    return BY_CELL(sample for sample in samples if sample.generation != 1)


def best_of_layers(rows: Sequence[Row]) -> Table:
    """The best of some cells, called the best of all."""
    return AT_BEST([row for row in rows if row.record.level == "layers"])


BY_CELL, AT_BEST = by_cell, at_best  # as they are where they are not replaced
WRONG = [
    ("fairfit.statistics.ASSUMED_SCATTER", 0.069),
    ("fairfit.statistics.ENOUGH_GENERATIONS", 6),
    ("fairfit.statistics.SMALLEST_DIFFERENCE", 0.5),
    ("fairfit.statistics.stdtrit", lambda freedom, share: 1.96),
    ("fairfit.statistics.Group.epoch_seconds", epoch_of_blocks),
    ("fairfit.statistics.Group.ratio", ratio_of_blocks),
    ("fairfit.statistics.ratio", ratio_of_pair),
    ("fairfit.statistics.counted", list),
    ("fairfit.statistics.DISTURBED", 0.35),
    ("fairfit.statistics.by_cell", without_a_generation),
    ("fairfit.reporting.performance.at_best", best_of_layers),
    ("fairfit.statistics.verdict", lambda estimate, precision: "slower"),  # then nothing is tied
    ("fairfit.reporting.footnotes.NOISY", 0.5),
    ("fairfit.reporting.races.TARGET", 1.06),
    ("fairfit.reporting.verdict.GAP", 2.5),
    ("fairfit.reporting.topics.potential.percent_text", lambda share: f"{100 * share:.1f} %"),
    ("fairfit.reporting.tabular.figure_text", lambda value, digits=3: "" if value is None else f"{value:.3g}"),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[name for name, _ in WRONG])
def test_a_wrong_report_is_found_out(
    name: str, value: object, made_up: Path, expected: Expected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name, value)
    assert check(render(tmp_path, made_up), expected) != []


# -- the second implementation itself


def test_numbers_have_as_many_digits_as_asked_for() -> None:
    values = {
        0: "0",
        1234567.0: "1,230,000",
        99.96: "100",
        0.99975: "1.00",
        12.345: "12.3",
        0.0123: "0.0123",
        4.8396e-5: "4.84e-05",
    }
    assert [estimator.significant(value) for value in values] == list(values.values())


def test_it_shares_nothing_with_what_it_checks() -> None:
    for path in Path(runs.__file__).parent.glob("*.py"):
        assert not re.search(r"^\s*(from|import) fairfit", path.read_text(encoding="utf-8"), re.MULTILINE), path.name
