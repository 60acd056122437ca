"""A run that is damaged, or of an older form, is told of in one line or rendered; never a traceback."""

import copy
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fairfit.models.errors import UserError
from fairfit.reporting import evidence, write
from fairfit.runfiles import RunFolder
from tests.reporting import made_up
from tests.workbench import seal

FORMAT_1 = Path(__file__).parents[1] / "data" / "format-1"
DAMAGES = 1000
STRANGE: tuple[object, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2.5,
    -0.1,
    1e308,
    10**30,
    "",
    "x",
    "a/b",
    "\ud800",
    [],
    [1],
    ["x"],
    {},
    {"x": 1},
    {"en": "e"},
)


@pytest.fixture
def rich(tmp_path: Path) -> RunFolder:
    return made_up.rich(tmp_path / "rich", sizes=[8], threads=["1"])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything within a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def damage(values: dict[str, Any], dice: random.Random) -> str:
    """One value of run.json replaced, removed or renamed; returns what was done. Each level of depth is as likely."""
    every = list(places(values))
    depth = dice.choice(sorted({len(path) for path in every}))
    *above, key = dice.choice([path for path in every if len(path) == depth])
    holder: Any = values
    for step in above:
        holder = holder[step]
    how = dice.choice(["replace", "replace", "remove", "rename"])
    if how == "remove":
        del holder[key]
        return f"{[*above, key]} removed"
    if how == "rename" and isinstance(holder, dict):
        holder[key + "x"] = holder.pop(key)
        return f"{[*above, key]} renamed"
    holder[key] = dice.choice(STRANGE)
    return f"{[*above, key]} = {holder[key]!r}"


def outcome(folder: RunFolder, values: dict[str, Any], out: Path) -> str | None:
    """The one line that was told; None where a report was made."""
    folder.run_path.write_text(json.dumps(values), encoding="utf-8")
    try:
        write.write([folder], out)
    except UserError as error:
        assert str(error) and "\n" not in str(error)
        return str(error)
    return None


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize("drawn", [False, True], ids=["tables", "figures"])
def test_random_damage_is_told_or_harmless(rich: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: bool) -> None:
    """A thousand damages without figures, thirty with them."""
    if not drawn:
        monkeypatch.setattr(write, "_draw", lambda *_: {})
    whole = json.loads(rich.run_path.read_text(encoding="utf-8"))
    dice = random.Random(8)
    told: list[str] = []
    for number in range(30 if drawn else DAMAGES):
        values = copy.deepcopy(whole)
        what = damage(values, dice)
        try:
            told += [line for line in [outcome(rich, values, tmp_path / "out")] if line]
        except Exception as error:
            raise AssertionError(f"damage {number}: {what}") from error
    assert len(told) > (5 if drawn else DAMAGES / 4)
    assert len(set(told)) > len(told) / 2


def torn(content: bytes, dice: random.Random) -> bytes:
    """Bytes changed, cut out or put in; lines doubled, lost or exchanged: as disks, editors and copies do it."""
    lines, place = content.splitlines(keepends=True), dice.randrange(len(content))
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.randrange(7):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]
        case 2:
            return (
                content[:place] + dice.choice([b"\0", b"\n", b"9" * 400, b"[" * 5000, b"NaN", b"-", b"1e999"]) + content[place:]
            )
        case 3:
            return content[:place] + content[place + dice.randrange(1, 100) :]
        case 4:
            lines.insert(other, lines[one])
        case 5:
            del lines[one]
        case 6:
            lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
@pytest.mark.parametrize("name", ["run.json", "samples.jsonl"])
def test_a_torn_file_is_told_or_harmless(rich: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(write, "_draw", lambda *_: {})
    path = rich.path / name
    whole, dice, told = path.read_bytes(), random.Random(9), 0
    for number in range(DAMAGES // 4):
        path.write_bytes(torn(whole, dice))
        try:
            write.write([rich], tmp_path / "out")
        except UserError as error:
            assert str(error) and "\n" not in str(error) and str(rich.path) in str(error)
            told += 1
        except Exception as error:
            raise AssertionError(f"damage {number}") from error
    assert told > DAMAGES / 8


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"cell": "tiny/mxnet/gluon/cpu/9/resident"}, "of a cell that run.json lacks"),
        ({"seconds": 0.0}, "seconds must be between"),
        ({"seconds": None}, "seconds must be between"),
        ({"epochs": 0}, "epochs must be positive"),
        ({"seconds": -1.0}, "seconds must be between"),
        ({"seconds": "1"}, "seconds must be a number"),
        ({"seconds": 10**400}, "seconds must be a number"),
        ({"cpu_seconds": None}, "cpu_seconds must be between"),
        ({"block": -1}, "stands there twice"),
        ({"generation": -1}, "must not be negative"),
        ({"generation": 99}, "is of generation 99, and there is none before it"),
        ({"block": 99}, "lines are lost"),
        ({"cell": "tiny/pytorch/nn/gpu/1/resident"}, "has no proof in run.json"),
        ({}, "stands there twice"),
        ({"seconds": 0.5}, "stands there twice"),
    ],
)
def test_samples_that_cannot_be_of_the_run_are_told_by_their_line(rich: RunFolder, line: dict[str, Any], says: str) -> None:
    lines = rich.samples_path.read_text(encoding="utf-8").splitlines()
    lines.append(json.dumps(json.loads(lines[0]) | line))
    rich.samples_path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=rf"line {len(lines)}\b.*{says}"):
        evidence.read([rich])


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("cells", 0, "startups", 0, "import_seconds"), -1.0, "import_seconds must be a number, and not negative"),
        (("cells", 0, "startups", 0, "first_epoch_seconds"), None, "first_epoch_seconds must be a number"),
        (("cells", 0, "startups", 0, "generation"), -1, "generation must not be negative"),
        (("generations", "nowhere"), 1, "generations.nowhere must be of a group"),
        (("wall_seconds",), None, "wall_seconds must be a number"),
        (("cells", 0, "startups", 0, "peak_rss_bytes"), 10**30, "a whole number below 2"),
    ],
)
def test_what_cannot_be_of_a_run_is_told_by_its_place(
    rich: RunFolder, tmp_path: Path, place: tuple[Any, ...], value: object, says: str
) -> None:
    values = json.loads(rich.run_path.read_text(encoding="utf-8"))
    holder: Any = values
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    assert says in str(outcome(rich, values, tmp_path / "out"))


def test_a_measured_cell_without_samples_has_no_time_and_the_report_says_so(rich: RunFolder) -> None:
    cell = "tiny/mxnet/gluon/cpu/1/loader"
    kept = [line for line in rich.samples_path.read_text(encoding="utf-8").splitlines() if cell not in line]
    rich.samples_path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    seal(rich.path)
    known = evidence.read([rich])
    assert [row.epoch for row in known.rows if row.record.id == cell] == [None]
    assert f"Measured by the record, without a sample and so without a time: {cell}." in map(str, known.caveats)


@pytest.mark.parametrize("change", ["a block lost", "a time changed"])
def test_what_was_changed_since_it_was_measured_is_found(rich: RunFolder, change: str) -> None:
    seal(rich.path)
    lines = [json.loads(line) for line in rich.samples_path.read_text(encoding="utf-8").splitlines()]
    last = max((line["generation"], line["block"]) for line in lines if line["cell"] == lines[0]["cell"])
    if change == "a block lost":
        lines = [line for line in lines if (line["generation"], line["block"]) != last]
    else:
        lines[0]["seconds"] *= 1.01
    rich.samples_path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with pytest.raises(UserError, match="lines were lost or changed since they were measured"):
        evidence.read([rich])


def test_samples_that_came_after_run_json_was_written_are_read(rich: RunFolder) -> None:
    whole = rich.samples_path.read_bytes()
    rich.samples_path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    seal(rich.path)
    rich.samples_path.write_bytes(whole)
    assert evidence.read([rich]).rows


def test_the_same_run_given_twice_is_refused(rich: RunFolder, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(rich.path, tmp_path / "a copy"))
    for other in (rich, RunFolder(copy)):
        with pytest.raises(UserError, match="hold the same run: name it once"):
            evidence.read([rich, other])


def test_a_cell_that_was_pending_when_its_run_was_killed_counts_with_its_samples(rich: RunFolder) -> None:
    run = rich.read()
    record = next(record for record in run.cells if record.id == "tiny/mxnet/gluon/cpu/1/loader")
    record.status = "pending"
    rich.write(run)
    (row,) = (row for row in evidence.read([rich]).rows if row.record.id == record.id)
    assert row.record.status == "measured" and row.epoch is not None


def test_a_cell_that_stands_twice_is_told(rich: RunFolder, tmp_path: Path) -> None:
    values = json.loads(rich.run_path.read_text(encoding="utf-8"))
    values["cells"].append(values["cells"][0])
    assert "more than once" in str(outcome(rich, values, tmp_path / "out"))


def test_format_1_is_rendered_and_says_what_it_lacks(tmp_path: Path) -> None:
    known = write.write([RunFolder(FORMAT_1)], tmp_path)
    assert known.frameworks == ["mxnet", "tensorflow", "pytorch"]
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "whose topics are no longer read" in text and "MXNet 1.9.1" not in text
    table = (tmp_path / "tables" / "article-softmax-cpu-1.csv").read_text(encoding="utf-8")
    assert [line.split(",")[:2] for line in table.splitlines()[1:]] == [
        ["tensorflow", "xla"], ["numpy", "numpy"], ["pytorch", "nn"], ["mxnet", "gluon"], ["tensorflow", "keras"],
    ]  # fmt: skip
