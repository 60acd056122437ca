"""From a table to arrays: the same numbers as by hand, and the rules for what is missing, unseen or far from 0."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fairfit.models.errors import DataError
from fairfit.models.tables import matrix, statistics
from tests.models.tables.made import flowers, houses, lines, prepared, write


def arrays(folder: Path) -> dict[str, np.ndarray]:
    return {path.stem: np.load(path) for path in folder.glob("*.npy")}


def parts(values: np.ndarray, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Of the values of all rows those of the training and of the test part."""
    test = np.isin(np.arange(len(values)), np.load(folder / "test_rows.npy"))
    return values[~test], values[test]


@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "table.tsv", "table.parquet"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_inputs_are_those_made_by_hand(name: str, dtype: str, tmp_path: Path) -> None:
    table = pd.DataFrame(houses())
    path = tmp_path / name
    if name.endswith("parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")
    found, folder = prepared(path, dtype=dtype)
    made, levels = arrays(folder), list(dict.fromkeys(table["region"]))
    raw = np.column_stack([table["area"], table["rooms"], *(table["region"] == level for level in levels)]).astype(np.float64)
    train, test = parts(raw, folder)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    assert [one.levels for one in found.features] == [(), (), tuple(levels)]
    assert made["train_features"].dtype == dtype
    assert made["train_features"] == pytest.approx((train - mean) / deviation, rel=1e-5, abs=1e-6)
    assert made["test_features"] == pytest.approx((test - mean) / deviation, rel=1e-5, abs=1e-6)
    expected = parts(np.array(table["price"]), folder)
    assert np.array_equal(made["train_targets"], expected[0].astype(dtype))
    assert np.array_equal(made["test_targets"], expected[1].astype(dtype))


def test_least_squares_on_what_was_read_explains_all(tmp_path: Path) -> None:
    _, folder = prepared(write(tmp_path, houses()), dtype="float64")
    made = arrays(folder)
    inputs = np.column_stack([made["train_features"], np.ones(len(made["train_features"]))])
    weights, *_ = np.linalg.lstsq(inputs, made["train_targets"], rcond=None)
    tested = np.column_stack([made["test_features"], np.ones(len(made["test_features"]))])
    assert tested @ weights == pytest.approx(made["test_targets"], abs=0.02)  # prices are rounded to 0.01


def test_without_standardising_values_stay_as_they_are(tmp_path: Path) -> None:
    _, folder = prepared(write(tmp_path, houses()), dtype="float64", standardise="none")
    train, _ = parts(np.array(houses()["area"]), folder)
    made = arrays(folder)["train_features"]
    assert np.array_equal(made[:, 0], train)
    assert set(made[:, 2:].ravel()) == {0.0, 1.0}


def test_the_test_part_is_the_seeded_sample_that_the_page_states(tmp_path: Path) -> None:
    path = write(tmp_path, houses())
    found, folder = prepared(path, seed=3, test_share=0.3)
    expected = np.sort(np.random.default_rng(3).permutation(60)[round(0.7 * 60) :])
    assert np.array_equal(np.load(folder / "test_rows.npy"), expected)
    assert (found.train_rows, found.test_rows) == (42, 18)
    assert not np.array_equal(np.load(prepared(path, seed=4, test_share=0.3)[1] / "test_rows.npy"), expected)


def test_a_missing_number_is_the_mean_of_the_training_rows(tmp_path: Path) -> None:
    rooms = [None if number % 9 == 4 else rooms for number, rooms in enumerate(houses()["rooms"])]
    found, folder = prepared(write(tmp_path, houses(rooms=rooms)), dtype="float64")
    train, _ = parts(np.array(rooms, dtype=np.float64), folder)
    made = arrays(folder)["train_features"][:, 1]
    assert found.features[1].missing == 7
    assert found.features[1].mean == pytest.approx(np.nanmean(train))
    assert not made[np.isnan(train)].any()
    assert made[~np.isnan(train)] == pytest.approx((train[~np.isnan(train)] - np.nanmean(train)) / np.nanstd(train))
    assert "'rooms': 7 of 60 values are missing (11.7%): filled with the mean" in str(found.notes[0])


def test_a_missing_name_is_a_category_of_its_own(tmp_path: Path) -> None:
    region = [None if number % 9 == 4 else region for number, region in enumerate(houses()["region"])]
    found, _ = prepared(write(tmp_path, houses(region=region)))
    assert found.features[2].levels[-1] == "(missing)"
    assert found.inputs == 6


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
@pytest.mark.parametrize("mark", ["-200", "-200.0"])
def test_a_number_may_stand_for_nothing_however_it_is_written(mark: str, name: str, tmp_path: Path) -> None:
    rooms = [-200.0 if number % 9 == 4 else float(rooms) for number, rooms in enumerate(houses()["rooms"])]
    pd.DataFrame(houses(rooms=rooms)).to_csv(tmp_path / "table.csv", index=False)
    pd.DataFrame(houses(rooms=rooms)).to_parquet(tmp_path / "table.parquet")
    found, _ = prepared(tmp_path / name, missing=(mark,))
    assert found.features[1].missing == 7
    assert found.features[1].mean > 0


def test_a_category_of_test_rows_alone_makes_no_input_and_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, houses())
    row = int(np.load(prepared(path)[1] / "test_rows.npy")[0])
    region = list(houses()["region"])
    region[row] = "abroad"
    found, folder = prepared(write(tmp_path, houses(region=region)), standardise="none")
    assert found.features[2].unseen == ("abroad",)
    assert found.inputs == 5
    assert not arrays(folder)["test_features"][0, 2:].any()
    assert any("'abroad' stands in test rows alone" in str(note) for note in found.notes)


def test_numbers_far_from_zero_keep_what_tells_them_apart(tmp_path: Path) -> None:
    sold = [1_700_000_000 + 37 * number for number in range(60)]
    _, folder = prepared(write(tmp_path, houses(sold=sold)), features=("sold",))
    made = arrays(folder)
    assert len(np.unique(np.concatenate([made["train_features"], made["test_features"]]))) == 60


def test_a_target_far_from_zero_is_counted_from_its_least_value(tmp_path: Path) -> None:
    price = [1_700_000_000 + number for number in range(60)]
    found, folder = prepared(write(tmp_path, houses(price=price)))
    made = arrays(folder)
    assert found.offset == min(parts(np.array(price), folder)[0])
    assert np.array_equal(made["train_targets"].astype(np.float64) + found.offset, parts(np.array(price, np.float64), folder)[0])
    assert len(np.unique(made["train_targets"])) == 48
    assert any(str(int(found.offset)) in str(note) for note in found.notes)


@pytest.mark.parametrize("outlier", [0, 10**15])
def test_numbers_that_the_cast_makes_equal_are_refused(outlier: int, tmp_path: Path) -> None:
    sold = [outlier, *(1_700_000_000 + number for number in range(59))]
    with pytest.raises(DataError, match=r"column 'sold' goes from .* of 60 different values float32 would keep \d+: "):
        prepared(write(tmp_path, houses(sold=sold)))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["7", "5"], ["5", "7"]),
        (["1", "-1"], ["-1", "1"]),
        (["10", "9"], ["9", "10"]),
        (["yes", "no"], ["no", "yes"]),
        (["True", "False"], ["False", "True"]),
        (["None", "full"], ["None", "full"]),
    ],
)
def test_classes_are_numbered_in_their_order(labels: list[str], expected: list[str], tmp_path: Path) -> None:
    kind = [labels[number % 10 > 4] for number in range(60)]
    found, folder = prepared(write(tmp_path, flowers(kind=kind)), "kind", "softmax")
    assert [one.label for one in found.classes] == expected
    train, _ = parts(np.array([expected.index(label) for label in kind]), folder)
    assert np.array_equal(arrays(folder)["train_targets"], train)
    assert arrays(folder)["train_targets"].dtype == np.int32
    assert sum(one.train + one.test for one in found.classes) == 60


@pytest.mark.parametrize(("target", "model"), [("price", "linear"), ("region", "softmax")])
def test_the_target_decides_on_the_model(target: str, model: str, tmp_path: Path) -> None:
    assert prepared(write(tmp_path, houses()), target, seed=1)[0].model == model


def test_nothing_depends_on_how_much_is_worked_on_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    region = [None if number % 9 == 4 else region for number, region in enumerate(houses()["region"])]
    path = write(tmp_path, houses(region=region))
    whole = arrays(prepared(path, dtype="float64")[1])
    monkeypatch.setattr(matrix, "AT_ONCE", 13)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    pieces = arrays(prepared(path, dtype="float64")[1])
    for name, expected in whole.items():
        assert pieces[name] == pytest.approx(expected, rel=1e-12, abs=1e-14), name


@pytest.mark.parametrize("seed", range(20))
def test_moments_of_pieces_are_those_of_the_whole(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = 10.0 ** draw.integers(-3, 9) + draw.standard_normal((200, 3)) * 10.0 ** draw.integers(-3, 3)
    rows[draw.random(rows.shape) < 0.2] = np.nan
    cuts = np.sort(random.Random(seed).sample(range(200), 5))
    found = statistics.of(np.split(rows, cuts), 3, gaps=True)
    assert found.mean == pytest.approx(np.nanmean(rows, axis=0), rel=1e-14)
    assert found.deviation == pytest.approx(np.nanstd(rows, axis=0), rel=1e-6)
    assert np.array_equal(found.low, np.nanmin(rows, axis=0))
    assert np.array_equal(found.high, np.nanmax(rows, axis=0))


def test_records_in_quotes_may_take_several_lines(tmp_path: Path) -> None:
    note = ['"two\nlines"' if number % 7 == 0 else "one" for number in range(60)]
    found, _ = prepared(write(tmp_path, houses(note=note)))
    assert found.records == 60
    assert found.features[3].levels == ("two\nlines", "one") or found.features[3].levels == ("one", "two\nlines")


def test_blank_lines_are_told(tmp_path: Path) -> None:
    found, _ = prepared(write(tmp_path, "\n\n".join(lines(houses())) + "\n"))
    assert found.records == 60
    assert "59 blank lines" in str(found.notes[0]) or "60 blank lines" in str(found.notes[0])
