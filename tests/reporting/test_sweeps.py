"""A sweep made up by hand: which setting is soonest, how time grows, whether a check holds, and what cannot be of a sweep."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fairfit.asked import SettingRecord, SweepRecord
from fairfit.models.errors import UserError
from fairfit.models.text import in_language
from fairfit.reporting import contests, evidence, growth, heat_maps, sweep_tables, sweeps, write
from fairfit.reporting.evidence import Evidence
from fairfit.reporting.tabular import Table
from fairfit.runfiles import RunFolder
from tests.reporting import made_up

TIMES = {  # spec → framework/style → milliseconds of an epoch
    "s@8": {"numpy/numpy": 1000.0, "pytorch/nn": 8000.0, "mxnet/gluon": 16000.0},
    "s@16": {"numpy/numpy": 500.0, "pytorch/nn": 4000.0, "mxnet/gluon": 4000.0},
    "s@16+check": {"numpy/numpy": 600.0, "pytorch/nn": 4800.0, "mxnet/gluon": 9600.0},
}
LOSSES = {  # rate and batch size → loss after each epoch
    (0.1, 8): [2.0, 1.04, 1.02],
    (0.1, 16): [3.0, 2.0, 1.5],
    (0.3, 8): [1.04, 1.04, 1.04],
    (0.3, 16): [1.5, 1.1, 1.03],
    (9.0, 8): [],
    (9.0, 16): [4.0, 5.0, 6.0],
}


def record(**more: Any) -> SweepRecord:
    settings = [
        SettingRecord(
            {"learning_rate": rate, "batch_size": float(size)},
            f"s@{size}" if losses else "",
            losses,
            1.0,
            0.5 if losses else None,
        )
        for (rate, size), losses in LOSSES.items()
    ]
    axes = {"learning_rate": [0.1, 0.3, 9.0], "batch_size": [8.0, 16.0]}
    return dataclasses.replace(SweepRecord(axes, settings, "s@16+check", "s@16"), **more)


def known(folder: Path, sweep: SweepRecord | None = None, times: dict[str, dict[str, float]] = TIMES) -> Evidence:
    ids = {f"{spec}/{name}/cpu/1/resident": ms for spec, cells in times.items() for name, ms in cells.items()}
    run = made_up.run([made_up.record(name) for name in ids], sweep=sweep or record())
    for name in run.specs:
        size = int(name.partition("@")[2].partition("+")[0])
        run.specs[name] = made_up.spec_record(batch_size=size)
    taken = [sample for name, ms in ids.items() for sample in made_up.samples(name, ms, blocks=2)]
    made_up.write(folder, run, taken)
    return evidence.read([RunFolder(folder)])


def texts(table: Table) -> list[list[str]]:
    return [[in_language(words, "en") for words in row] for row in table.rows]


def test_the_target_is_the_strictest_that_a_quarter_of_the_settings_reaches(tmp_path: Path) -> None:
    (sweep,) = sweeps.sweeps(known(tmp_path / "run"))
    assert sweep.share == 0.05
    assert [sweep.epochs(one) for one in sweep.record.settings] == [2, None, 1, 3, None, None]


def test_the_soonest_is_epochs_times_the_time_of_an_epoch(tmp_path: Path) -> None:
    found = known(tmp_path / "run")
    assert [row[1:8] for row in texts(sweep_tables.fastest(found))] == [
        ["numpy", "numpy", "0.3", "8", "1", "1.00 [0.998, 1.00]", "1.01 [0.758, 1.26]"],
        ["pytorch", "nn", "0.3", "8", "1", "8.00 [7.98, 8.02]", "1.01 [0.758, 1.26]"],
        ["mxnet", "gluon", "0.3", "16", "3", "12.0 [12.0, 12.0]", "9.01 [8.76, 9.26]"],
    ]
    (sweep,) = sweeps.sweeps(found)
    told = sweeps.answer(sweep)
    assert told is not None
    assert told.en.startswith("Soonest 5 % above the least loss: pytorch nn with learning rate 0.3, batch size 8: 8.00 [")
    assert told.zh.startswith("最先到达比最小损失高 5 %：pytorch nn，学习率 0.3，批量大小 8：训练 8.00 [")


def test_every_setting_is_told(tmp_path: Path) -> None:
    rows = texts(sweep_tables.settings(known(tmp_path / "run")))
    assert len(rows) == 6
    assert rows[0] == ["0.1", "8", "1.0200", "2.0", "0.5000", "2", "numpy numpy: 2.00 s", "s@8"]
    assert rows[-2][2:] == ["6.0000", "500", "0.5000", "not reached", "", "s@16"]
    assert rows[-1] == ["9", "8", "diverges", "", "", "", "", ""]


def test_time_grows_with_the_exponent_of_its_ends(tmp_path: Path) -> None:
    rows = texts(growth.growth(known(tmp_path / "run")))
    assert [(row[0], row[1], row[3], row[6].partition(" ")[0]) for row in rows] == [
        ("batch size", "8 … 16", "numpy", "-1.00"),
        ("batch size", "8 … 16", "pytorch", "-1.00"),
        ("batch size", "8 … 16", "mxnet", "-2.00"),
    ]


def test_half_of_the_time_is_arithmetic_where_fixed_cost_and_arithmetic_are_equal(tmp_path: Path) -> None:
    """A step of 10 + size / 4 µs, of 20 rows: 3, 2 and 1 steps an epoch."""
    times = {f"s@{size}": {"numpy/numpy": steps * (10 + size / 4) / 1e3} for size, steps in ((8, 3), (16, 2), (40, 1))}
    settings = [SettingRecord({"batch_size": float(size)}, f"s@{size}", [2.0, 1.0], 1.0) for size in (8, 16, 40)]
    found = known(tmp_path / "run", SweepRecord({"batch_size": [8.0, 16.0, 40.0]}, settings), times)
    (row,) = texts(growth.growth(found))
    assert row[7] == "40"


def test_nobody_is_first_in_the_check(tmp_path: Path) -> None:
    found = contests.at_best(known(tmp_path / "run"))
    assert found and not any("+check" in contest.group for contest in found)


def test_the_check_is_divided_by_the_baseline_and_finds_who_takes_longer(tmp_path: Path) -> None:
    table = sweep_tables.check(known(tmp_path / "run"))
    assert [(row[1], row[3].partition(" ")[0], row[4]) for row in texts(table)] == [
        ("pytorch", "1.00", "no difference shown"),
        ("mxnet", "2.00", "slower"),
    ]
    (note,) = table.notes
    assert str(note).startswith("s@16+check by s@16: 1 of 2 cells take another time")


def test_where_no_setting_comes_near_the_least_the_lowest_that_was_reached_is_the_target(tmp_path: Path) -> None:
    far = record(settings=[dataclasses.replace(one, least=0.1) for one in record().settings])
    (sweep,) = sweeps.sweeps(known(tmp_path / "run", far))
    assert sweep.share is None and "1 % above the lowest loss reached" in sweep.target.en
    assert [sweep.epochs(one) for one in sweep.record.settings] == [3, None, None, 3, None, None]


def test_without_a_known_least_the_lowest_of_the_same_objective_counts(tmp_path: Path) -> None:
    unknown = record(settings=[dataclasses.replace(one, least=None) for one in record().settings])
    (sweep,) = sweeps.sweeps(known(tmp_path / "run", unknown))
    assert sweep.share == 0.01
    assert [sweep.epochs(one) for one in sweep.record.settings] == [3, None, None, 3, None, None]


def test_the_report_has_its_section_and_its_maps(tmp_path: Path) -> None:
    found = known(tmp_path / "run")
    write.write([RunFolder(tmp_path / "run")])
    page = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    for part in ("## Settings", "figures/sweep-loss.svg", "figures/sweep-seconds.svg", "### All settings", "### How time grows"):
        assert part in page
    assert heat_maps.loss(found) is not None and heat_maps.seconds(found) is not None
    svg = (tmp_path / "run" / "figures" / "sweep-seconds.svg").read_text(encoding="utf-8")
    assert all(name in svg for name in ("NumPy", "PyTorch", "MXNet", "learning rate", "batch size"))


def test_one_axis_makes_maps_too(tmp_path: Path) -> None:
    settings = [one for one in record().settings if one.values["batch_size"] == 16]
    alone = [dataclasses.replace(one, values={"learning_rate": one.values["learning_rate"]}) for one in settings]
    found = known(tmp_path / "run", SweepRecord({"learning_rate": [0.1, 0.3, 9.0]}, alone))
    assert heat_maps.loss(found) is not None and heat_maps.seconds(found) is not None


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("axes", "learning_rate"), [], "must be an axis with finite values"),
        (("axes", "colour"), [1.0], "must be an axis with finite values"),
        (("settings", 0, "values", "learning_rate"), 7.0, "must have a value of each axis"),
        (("settings", 0, "timed_as"), "nowhere", "is a spec that specs lacks"),
        (("settings", 0, "losses", 0), None, "must be finite"),
        (("check",), "nowhere", "must be specs"),
    ],
)
def test_what_cannot_be_of_a_sweep_is_told_by_its_place(tmp_path: Path, place: tuple[Any, ...], value: object, says: str) -> None:
    known(tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    holder: Any = values["sweep"]
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(UserError, match=says):
        evidence.read([RunFolder(tmp_path / "run")])
