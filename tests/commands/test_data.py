"""`fairfit data`, and `run` and `prove` with --data: what is understood is told, what would lose something is one line and status 2."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

import fairfit
from fairfit.commands.answer import Status
from fairfit.models import data as datasets
from fairfit.models import spec as specs
from fairfit.models.errors import UserError
from fairfit.models.tables import scan
from tests.commands.smallest import QUICK
from tests.commands.tables import Told
from tests.models.tables.made import flowers, houses, text, write

pytestmark = pytest.mark.usefixtures("own_cache")

NUMBERS = range(60)

# -- what is asked in vain -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "prove"])
def test_nothing_is_trained_on_a_table_that_is_refused(command: str, tmp_path: Path, told: Told) -> None:
    status, out, error = told(
        command, "--data", write(tmp_path, text(houses()) + "1,2,west\n"), "--target", "price", "--out", tmp_path / "run"
    )
    assert (status, out) == (Status.BAD_USAGE, "")
    assert error.splitlines()[-1].endswith("or a field with one not in quotes?)")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data", "FILE"], "which column of FILE is to be predicted? name it with --target COLUMN"),
        (["data", "missing.csv", "--target", "a"], "missing.csv: cannot be read: No such file or directory"),
        (["data", ".", "--target", "a"], "is no file"),
        (["run", "--data", "FILE"], "name it with --target COLUMN"),
        (["run", "--target", "price"], "--target belongs to a table: name it with --data"),
        (["prove", "digits", "--data", "FILE", "--target", "price"], "--data makes a spec of its own: leave out the others"),
        (["data", "FILE", "--target", "price", "--drop", "price"], "drop names the target 'price'"),
        (["data", "FILE", "--target", "price", "--drop", "garden"], "has no column 'garden' (drop)"),
        (["data", "FILE", "--target", "price", "--features", "are"], "has no column 'are' (features): the header has 'area', 'rooms', 'region', 'price' (did you mean 'area'?)"),
        (["data", "FILE", "--target", "price", "--drop", "area,rooms,region"], "has no column to learn from"),
        (["data", "FILE", "--target", "price", "--features", "area", "--categories", "rooms"], "categories names 'rooms', which is not used"),
        (["data", "FILE", "--target", "region", "--model", "linear"], "the target 'region' is text, no number: line 2 has 'west'; for classes say --model softmax"),
        (["data", "FILE", "--target", "price", "--decimal", ","], "no number can have a decimal comma"),
    ],
)  # fmt: skip
def test_what_is_asked_in_vain_is_told_in_one_line(arguments: list[str], said: str, tmp_path: Path, told: Told) -> None:
    path = str(write(tmp_path, houses()))
    status, out, error = told(*(path if argument == "FILE" else argument for argument in arguments))
    assert (status, out) == (Status.BAD_USAGE, "")
    assert said.replace("FILE", path) in error
    assert error.count("\n") == 1


def test_a_field_that_never_ends_is_refused_within_bounded_memory(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "LONGEST", 1 << 20)
    monkeypatch.setattr(scan, "BLOCK", 1 << 18)
    status, _, error = told("data", write(tmp_path, text(houses()) + f"{'x' * 3_000_000},2,west,3\n"), "--target", "price")
    assert status == Status.BAD_USAGE
    assert "the record in line 62 is longer than 1 MB" in error


# -- what is understood --------------------------------------------------------------------------------------------------


def test_what_is_understood_is_told(tmp_path: Path, told: Told) -> None:
    rooms = [None if number % 9 == 4 else rooms for number, rooms in enumerate(houses()["rooms"])]
    status, out, _ = told("data", write(tmp_path, houses(rooms=rooms, id=NUMBERS)), "--target", "price")
    assert status == Status.OK
    for words in (
        "60 records, 6 inputs, 48 rows to train, 12 to test (text in UTF-8, separator comma)", "west, north, south",
        "note: 'rooms': 7 of 60 values are missing (11.7%): filled with the mean of the training rows",
        "note: 'id' counts the rows (0, 1, 2, …)", "12 of 60 rows drawn for testing",
    ):  # fmt: skip
        assert words in out


def test_a_value_that_may_mean_missing_is_pointed_at(tmp_path: Path, told: Told) -> None:
    rooms = [-200 if number % 6 == 0 else rooms for number, rooms in enumerate(houses()["rooms"])]
    path = write(tmp_path, houses(rooms=rooms))
    assert (
        "note: 'rooms': -200 is frequent and far from all others (1 to 6): if it means missing, say --missing -200"
        in told("data", path, "--target", "price")[1]
    )
    assert "'rooms': 10 of 60 values are missing" in told("data", path, "--target", "price", "--missing", "-200")[1]


@pytest.mark.parametrize("mark", ["NA", "?", "not known", "-", "--", "-x", "-200"])
def test_what_is_declared_missing_is_missing(mark: str, tmp_path: Path, told: Told) -> None:
    path = write(tmp_path, houses(rooms=[mark, *houses()["rooms"][1:]], region=[*houses()["region"][:-1], mark]))
    status, _, error = told("data", path, "--target", "price")
    assert status == Status.BAD_USAGE
    advice = re.search(r"say (--missing .*?) \(missing = ", error) if mark != "-200" else None
    arguments = shlex.split(advice.group(1)) if advice else ["--missing", mark]
    status, out, _ = told("data", path, "--target", "price", *arguments)
    assert status == Status.OK
    assert out.count("1 of 60 values are missing") == 2


def test_na_is_a_region_unless_it_is_declared(tmp_path: Path, told: Told) -> None:
    region = [region.replace("west", "NA") for region in houses()["region"]]
    status, out, _ = told("data", write(tmp_path, houses(region=region)), "--target", "price")
    assert status == Status.OK
    assert "note: 'region': 'NA' is taken as a category; if it means missing, say --missing NA" in out


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str, tmp_path: Path, told: Told) -> None:
    assert told("data", write(tmp_path, text(houses(), separator)), "--target", "price")[0] == Status.OK


def test_decimal_commas_are_read_where_they_are_declared(tmp_path: Path, told: Told) -> None:
    path = write(tmp_path, text(houses(), ";").replace(".", ","))
    status, out, _ = told("data", path, "--target", "price", "--decimal", ",", "--json")
    assert status == Status.OK
    plain = told("data", write(tmp_path, houses(), "plain.csv"), "--target", "price", "--json")[1]
    assert json.loads(out)["understood"]["features"] == json.loads(plain)["understood"]["features"]


def test_three_decimals_are_read_where_the_point_is_declared(tmp_path: Path, told: Told) -> None:
    path = write(tmp_path, text(houses(area=[f"{1 + number % 9}.{100 + number}" for number in NUMBERS]), ";"))
    assert told("data", path, "--target", "price")[0] == Status.BAD_USAGE
    assert told("data", path, "--target", "price", "--decimal", ".")[0] == Status.OK


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"zip": [f"0{1000 + 7 * number}" for number in NUMBERS]}, "note: 'zip': '01000' in line 2 begins with 0, and is taken as a number"),
        ({"region": ["w\ufffdst", "north"] * 30}, "note: 'region': 'w\ufffdst' has a sign (U+FFFD) that stands for a lost letter"),
        ({"region": ["nan", "north"] * 30}, "note: 'region': 'nan' is taken as a category; if it means missing, say --missing nan"),
        ({"price": [0, 1] * 30}, "note: the target 'price' has two values only: for classes say --model softmax"),
    ],
)  # fmt: skip
def test_what_looks_odd_is_told(changed: dict[str, Any], said: str, tmp_path: Path, told: Told) -> None:
    status, out, _ = told("data", write(tmp_path, houses(**changed)), "--target", "price")
    assert status == Status.OK
    assert said in out


def test_a_header_of_numbers_is_pointed_at(tmp_path: Path, told: Told) -> None:
    content = "1,2,3\n" + "".join(f"{number},{number * number % 7},{number % 11}\n" for number in NUMBERS)
    assert "all names in the header are numbers" in told("data", write(tmp_path, content), "--target", "3")[1]


def test_signs_that_a_terminal_obeys_are_written_out(tmp_path: Path, told: Told) -> None:
    out = told("data", write(tmp_path, houses(region=["\x1b[31mred", "blue"] * 30)), "--target", "price")[1]
    assert "\x1b" not in out
    assert "\\x1b[31mred" in out


def test_numbers_may_be_names(tmp_path: Path, told: Told) -> None:
    path = write(tmp_path, houses(code=[f"{number % 3:03d}" for number in NUMBERS]))
    _, out, _ = told("data", path, "--target", "price", "--categories", "code", "--json")
    assert json.loads(out)["understood"]["features"][3]["levels"] == ["000", "001", "002"]


def test_classes_are_shown_with_their_numbers(tmp_path: Path, told: Told) -> None:
    _, out, _ = told("data", write(tmp_path, flowers()), "--target", "kind")
    assert [line.split() for line in out.splitlines() if line.strip()[:1] in ("0", "1")] == [
        ["0", "low", "26", "4"],
        ["1", "tall", "22", "8"],
    ]


def test_the_spec_that_is_shown_trains_on_the_same_rows(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, houses(rooms=["NA", *houses()["rooms"][1:]]), "my houses.csv")
    asked = ["--target", "price", "--missing", "NA", "--drop", "region", "--test-share", "30%", "--seed", "4"]
    _, out, _ = told("data", "my houses.csv", *asked, "--json")
    written = json.loads(out)["toml"]
    assert written in told("data", "my houses.csv", *asked)[1]
    (tmp_path / "houses.toml").write_text(written, encoding="utf-8")
    spec = specs.load(tmp_path / "houses.toml")
    assert tomllib.loads(written)["data"]["path"] == "my houses.csv"
    assert {**json.loads(json.dumps(specs.to_json(spec))), "name": ""} == {**json.loads(out)["spec"], "name": ""}
    assert datasets.load(spec).train_features.shape == (42, 2)


# -- run, prove and the Python API ---------------------------------------------------------------------------------------


def test_a_table_is_run_and_proven(tmp_path: Path, told: Told) -> None:
    path = write(tmp_path, houses(), "houses.csv")
    status, out, error = told("run", "--data", path, "--target", "price", *QUICK, "--out", tmp_path / "run")
    assert status == Status.OK, error
    assert "houses" in out
    assert "houses.csv: 60 records, 5 inputs, 48 rows to train, 12 to test" in error
    proof = fairfit.prove(data=path, target="price", frameworks="numpy", out=tmp_path / "proof")
    assert proof.cells["spec"].tolist() == ["houses"] * len(proof.cells)
    assert proof.cells["test_metric"].iloc[0] > 0.9


def test_the_report_tells_what_a_table_was_taken_for(tmp_path: Path, told: Told) -> None:
    status, _, error = told(
        "prove", "--data", write(tmp_path, flowers()), "--target", "kind", "--frameworks", "numpy", "--out", tmp_path / "run"
    )
    assert status == Status.OK, error
    recorded = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["specs"]["table"]["table"]
    assert recorded["classes"] == [{"label": "low", "train": 26, "test": 4}, {"label": "tall", "train": 22, "test": 8}]
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "| table | 1 | tall | 22 | 8 |" in report
    assert "| table | length | numbers | 0 | 1 | mean " in report
    assert told("report", tmp_path / "run", "--lang", "zh")[0] == Status.OK


def test_the_api_refuses_as_the_command_line_does(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no column 'cost'"):
        fairfit.run(data=write(tmp_path, houses()), target="cost")
    with pytest.raises(UserError, match="drop: 3 is no list"):
        fairfit.run(data=write(tmp_path, houses()), target="price", drop=3)  # type: ignore[arg-type]
