"""What is told: every figure follows from run.json and the samples, ties have no winner, texts are escaped."""

import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fairfit.records import OWN, CellRecord, Sample, Startup
from fairfit.reporting import cells, conditions, evidence, performance, tabular, write
from fairfit.reporting.cells import Row
from fairfit.runfiles import RunFolder
from tests.reporting import made_up


def record(style: str, status: str = "measured", **more: Any) -> CellRecord:
    return made_up.record(f"tiny/numpy/{style}/cpu/1/resident", status, **more)


def samples(style: str, *milliseconds: float) -> list[Sample]:
    """One sample a generation."""
    cell = f"tiny/numpy/{style}/cpu/1/resident"
    return [Sample(cell, number, 0, 0, 1, value / 1e3, value / 2e3) for number, value in enumerate(milliseconds)]


def folder(path: Path, records: list[CellRecord], taken: list[Sample], name: str = "a run") -> RunFolder:
    return made_up.write(path, made_up.run(records, name), taken)


FIVE = (10.0, 10.1, 9.9, 10.0, 10.0)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A fast cell, one 1.5 times as slow, and one of each that has no time."""
    records = [
        record("fast"),
        record("slow"),
        record("wrong", "refused", reason="weights are far off"),
        record("crashed", "failed", reason="killed by signal 9"),
        record("missing", "unavailable", reason="not installed"),
    ]
    taken = samples("fast", *FIVE) + samples("slow", *(1.5 * value for value in FIVE)) + samples("crashed", 1.0)
    return folder(tmp_path / "run", records, taken)


def rows_of(made: RunFolder) -> dict[str, Row]:
    return {row.record.cell.style: row for row in cells.rows(made.read(), made.samples())}


def test_figures_of_a_cell_follow_from_its_samples(run: RunFolder) -> None:
    row = rows_of(run)["slow"].values()
    assert row["epoch_seconds"] == pytest.approx(0.015, rel=1e-3)
    assert row["ratio"] == pytest.approx(1.5)
    assert row["step_microseconds"] == pytest.approx(row["epoch_seconds"] / math.ceil(20 / 8) * 1e6)
    assert row["samples_per_second"] == pytest.approx(20 / row["epoch_seconds"])
    assert row["cpus_used"] == pytest.approx(0.5)
    assert row["import_seconds"] == pytest.approx(0.6)  # the median of the processes
    assert row["first_epoch_seconds"] == 0.3  # of the first process: nothing was cached
    assert row["peak_rss_bytes"] == 60_000_000
    assert (row["train_loss"], row["test_metric"], row["metric"], row["proof_error"]) == (1.0, 0.875, "r2", 2e-8)
    assert (row["generations"], row["samples"], row["verdict"]) == (5, 5, "slower")


@pytest.mark.parametrize("style", ["wrong", "crashed", "missing"])
def test_a_cell_that_is_not_measured_has_a_reason_and_no_time(run: RunFolder, style: str) -> None:
    row = rows_of(run)[style]
    assert row.epoch is None
    assert row.values()["reason"]
    assert row.values()["epoch_seconds"] is None
    (told,) = performance.groups(list(rows_of(run).values()), {})
    (texts,) = [list(map(str, texts)) for texts in told.rows if texts[1] == style]
    assert row.record.status in texts
    assert any(str(row.record.reason) in str(note) for note in told.notes)


def test_memory_that_is_not_known_is_left_empty(tmp_path: Path) -> None:
    """A cell that is refused while it is timed is ended at once, and does not say what it took."""
    name = "tiny/pytorch/nn/cpu/1/resident"
    refused = made_up.record(name, "refused", reason="impossible", startups=[Startup(0, 0.5, 0.2, 0.3)])
    fast = "tiny/mxnet/gluon/cpu/1/resident"
    folder = made_up.write(tmp_path / "run", made_up.run([refused, made_up.record(fast)]), made_up.samples(fast, 1.0))
    (told,) = performance.groups(list(rows_of(folder).values()), {})
    memory = [str(heading) for heading in told.headings].index("memory, MB")
    assert sorted(str(row[memory]) for row in told.rows) == ["", "60.0"]
    write.write([folder])
    assert "not finite" not in (folder.path / "report.html").read_text()


def test_conditions_tell_what_of_the_environment_bears_on_speed(tmp_path: Path) -> None:
    name = "tiny/numpy/numpy/cpu/1/resident"
    variables = {"OPENBLAS_CORETYPE": "Prescott", "HOME": f"{OWN}/home", "USER": "fairfit", "LC_ALL": "C.UTF-8"}
    folder = made_up.write(
        tmp_path / "run", made_up.run([made_up.record(name, environment=variables)]), made_up.samples(name, 1.0)
    )
    (told,) = conditions.tables(evidence.read([folder]))
    (setting,) = [str(row[1]) for row in told.rows if str(row[0]).startswith("NumPy, ")]
    assert setting.endswith("set: OPENBLAS_CORETYPE=Prescott")


def test_the_fastest_is_bold_only_where_all_others_are_slower(tmp_path: Path) -> None:
    def bold(made: RunFolder) -> bool:
        (made_table,) = performance.groups(cells.rows(made.read(), made.samples()), {})
        return "**" in tabular.markdown(made_table)

    records = [record("one"), record("two")]
    clear = samples("one", *FIVE) + samples("two", *(2 * value for value in FIVE))
    tie = samples("one", *FIVE) + samples("two", *(1.001 * value for value in reversed(FIVE)))
    assert bold(folder(tmp_path / "clear", records, clear))
    assert not bold(folder(tmp_path / "tie", records, tie))


def test_the_noise_of_a_twin_is_told_and_its_row_is_not(tmp_path: Path) -> None:
    original = record("one")
    twin = made_up.record(f"{original.id}/twin1")
    noisy = [dataclasses.replace(sample, cell=twin.id, seconds=1.2 * sample.seconds) for sample in samples("one", *FIVE)]
    made = folder(tmp_path / "run", [original, twin], samples("one", *FIVE) + noisy)
    known = evidence.read([made])
    (told,) = performance.groups(known.rows, known.noise)
    assert len(told.rows) == 1
    assert any(note.startswith("noise:") and "1.20" in note and "noisy" in note for note in map(str, told.notes))


def test_files_are_written_and_the_page_asks_for_nothing(run: RunFolder) -> None:
    write.write([run])
    assert tuple(pd.read_csv(run.path / "cells.csv").columns) == cells.COLUMNS
    page = (run.path / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!#)', page.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', ""))
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers)), "figures share an id"


def test_names_are_escaped(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    made = folder(tmp_path / "run", [record("one", "failed", reason=bad)], [], name=bad)
    write.write([made])
    for file in ("report.html", "report.md"):
        assert bad not in (made.path / file).read_text()


def test_the_same_run_gives_the_same_report(run: RunFolder) -> None:
    names = ["report.md", "report.html", "cells.csv"]
    write.write([run])
    first = [(run.path / name).read_text() for name in names]
    write.write([run])
    assert [(run.path / name).read_text() for name in names] == first


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0, "0"), (1234567.0, "1,230,000"), (99.96, "100"), (12.345, "12.3"), (0.0123, "0.0123"),
     (0.000048396, "4.84e-05"), (math.inf, "not finite"), (math.nan, "not finite")],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value: float | None, text: str) -> None:
    assert tabular.figure_text(value) == text


def test_a_process_tells_where_its_time_went(run: RunFolder) -> None:
    costs = performance.costs(list(rows_of(run).values()))
    assert str(costs.headings[-1]) == "accounted for, %"
    assert {texts[-1] for texts in costs.rows} == {"100.0"}


def test_dispatch_and_rate_are_told_apart_over_batch_sizes() -> None:
    dispatch, rate = 1e-4, 1e6
    specs, records, taken = {}, [], []
    for size in (2, 5, 20):
        cell = f"tiny@{size}/numpy/one/cpu/1/resident"
        specs[f"tiny@{size}"] = made_up.spec_record(batch_size=size)
        records.append(made_up.record(cell))
        seconds = math.ceil(20 / size) * (dispatch + size / rate)
        taken += [Sample(cell, number, 0, 0, 1, seconds, seconds) for number in range(5)]
    fitted = performance.dispatch(cells.rows(made_up.run(records, specs=specs), taken))
    assert fitted is not None
    assert fitted.rows[0][-2:] == ["100 [100, 100]", "1,000,000 [1,000,000, 1,000,000]"]
    assert fitted.rows[0][5] == "2, 5, 20"


def test_several_runs_make_one_report_and_are_not_mixed(tmp_path: Path) -> None:
    """The same cell on two machines: two groups, each with its own fastest, told apart by the names of the runs."""
    here = folder(
        tmp_path / "here", [record("one"), record("two")], samples("one", *FIVE) + samples("two", 20, 20, 20, 20, 20), "here"
    )
    there = folder(
        tmp_path / "there", [record("one"), record("two")], samples("one", *FIVE) + samples("two", 5, 5, 5, 5, 5), "there"
    )
    found = write.write([here, there], tmp_path / "both")
    assert [(row.run, row.record.cell.style, row.verdict) for row in found.rows if row.verdict == "fastest"] == [
        ("here", "one", "fastest"), ("there", "two", "fastest"),
    ]  # fmt: skip
    text = (tmp_path / "both" / "report.md").read_text()
    assert "cpu, on 1 CPU (here), ms" in text and "cpu, on 1 CPU (there), ms" in text
    assert not (tmp_path / "here" / "report.md").exists()


def test_a_report_in_chinese_has_the_same_numbers(run: RunFolder, tmp_path: Path) -> None:
    write.write([run], tmp_path / "en")
    write.write([run], tmp_path / "zh", "zh")
    english, chinese = ((tmp_path / language / "report.md").read_text() for language in ("en", "zh"))
    assert "## 结论" in chinese and "## The answer" in english
    tables = [
        [line.replace(" ", "") for line in text.splitlines() if line.startswith("| numpy |")] for text in (english, chinese)
    ]
    assert [re.findall(r"[\d.]+", line) for line in tables[0]] == [re.findall(r"[\d.]+", line) for line in tables[1]] != []


@pytest.mark.parametrize(
    ("text", "latex"),
    [("50 % & more_", r"50 \% \& more\_"), ("±2 µs × 3", r"$\pm$2 \textmu{}s $\times$ 3"), ("a\\b", r"a\textbackslash{}b")],
)
def test_latex_is_escaped(text: str, latex: str) -> None:
    made = tabular.Table("key", "title", ["heading"], [""], [False], [[text]])
    assert f"{latex} \\\\" in tabular.latex(made).splitlines()


def test_no_figure_shows_markup_of_its_drawing(run: RunFolder) -> None:
    """A loss that falls through decades has a log axis, whose labels are numbers."""
    made = run.read()
    losses = [10.0 ** (-3 * epoch) for epoch in range(4)]
    for spec in made.specs.values():
        spec.reference_losses = losses
    for cell in made.cells:
        cell.train_losses, cell.distances = losses, [1e-7] * len(losses)
    run.write(made)
    write.write([run])
    figures = list((run.path / "figures").glob("training-loss-*.svg"))
    assert figures
    for figure in figures:
        shown = re.findall(r">([^<]*)</text>", figure.read_text(encoding="utf-8"))
        assert "1e-08" in shown and not re.search(r"[${}^]", "".join(shown)), figure.name
