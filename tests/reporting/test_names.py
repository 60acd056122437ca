"""Names that are nearly the same stay apart: every table, figure and run has a key of its own."""

import re
from pathlib import Path

import pytest

from fairfit.reporting import labels, outline, write
from fairfit.runfiles import RunFolder
from tests.reporting import made_up

ALIKE = ("house prices", "house-prices", "house:prices", "House Prices", "claims", "x/y", "x y")


def test_specs_that_differ_by_punctuation_keep_their_own_tables_and_figures(tmp_path: Path) -> None:
    cells = [f"{name.replace('/', '⁄')}/numpy/numpy/cpu/1/resident" for name in ALIKE]
    records = [made_up.record(cell) for cell in cells]
    taken = [sample for number, cell in enumerate(cells, 1) for sample in made_up.samples(cell, 10.0 * number)]
    folder = made_up.write(tmp_path / "run", made_up.run(records), taken)
    known = write.write([folder])
    assert len({key.casefold() for key in known.keys.values()}) == len(ALIKE)
    for number, (group, key) in enumerate(known.keys.items(), 1):
        (line,) = (folder.path / "tables" / f"{key}.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert f"{10 * number}.0 [" in line, group
    drawings = list((folder.path / "figures").glob("epoch-time-*.svg"))
    assert len(drawings) == len(ALIKE) == len(list((folder.path / "figures").glob("training-loss-*.svg")))
    page = (folder.path / "report.html").read_text(encoding="utf-8")
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


def test_a_spec_may_bear_the_name_of_a_part_of_the_report() -> None:
    reserved = outline.reserved()
    keys = labels.anchors([*reserved[:3], "another"], reserved)
    assert not {key.casefold() for key in keys.values()} & {key.casefold() for key in reserved}
    assert keys["another"] == "another"


def test_keys_are_names_for_files_on_every_system() -> None:
    names = ["价" * 80, "a" * 80, "a" * 79 + "/b", "-dash", "--", ".dot", "caf\u00e9", "cafe\u0301", "a b", "A b", "\udce9", "🎉"]
    keys = labels.anchors(f"{name}/cpu/1" for name in names)
    assert len({key.casefold() for key in keys.values()}) == len(names)
    for key in keys.values():
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", key), key


@pytest.mark.parametrize("names", [("lab", "lab"), ("lab", "lab", "lab 1"), ("a b", "a-b"), ("lab 2", "lab", "lab")])
def test_runs_of_like_names_all_stand_in_one_report(tmp_path: Path, names: tuple[str, ...]) -> None:
    folders: list[RunFolder] = []
    for number, name in enumerate(names, 1):
        cell = "tiny/numpy/numpy/cpu/1/resident"
        run = made_up.run([made_up.record(cell)], name)
        folders.append(made_up.write(tmp_path / str(number), run, made_up.samples(cell, 10.0 * number)))
    known = write.write(folders, tmp_path / "all")
    assert len(set(known.labels)) == len(names) == len({row.group for row in known.rows})
    tables = [(tmp_path / "all" / "tables" / f"{key}.csv").read_text(encoding="utf-8") for key in known.keys.values()]
    assert ["0.0 [" in table for table in tables] == [True] * len(names)
    assert len(set(tables)) == len(names)


def test_frameworks_facts_and_levels_of_several_runs_are_merged(tmp_path: Path) -> None:
    def folder(name: str, cell: str, **more: object) -> RunFolder:
        return made_up.write(tmp_path / name, made_up.run([made_up.record(cell)], name, **more), made_up.samples(cell, 10.0))

    one = folder("one", "tiny/mxnet/gluon/cpu/1/resident", facts=[made_up.RETIRED])
    two = folder("two", "tiny/pytorch/nn/cpu/1/resident", facts=[made_up.RETIRED])
    known = write.write([one, two], tmp_path / "both")
    assert known.frameworks == ["mxnet", "pytorch"] and list(known.steps) == ["mxnet", "pytorch"]
    assert known.facts == [made_up.RETIRED]
    assert list(known.levels) == list(made_up.LEVELS)
    assert known.colour("pytorch") == made_up.COLOURS["pytorch"] and known.title("mxnet") == "MXNet"


def test_markup_in_a_name_or_a_description_is_text(tmp_path: Path) -> None:
    bad = "[c](javascript:alert(1)) <script>alert(1)</script> ![x](y) **b** # h"
    name = "a [b](c) <i>"
    cell = f"{name}/numpy/numpy/cpu/1/resident"
    spec = made_up.spec_record()
    spec.description = bad
    run = made_up.run([made_up.record(cell, "failed", reason=bad)], bad, specs={name: spec}, command=bad)
    folder = made_up.write(tmp_path / "run", run)
    write.write([folder])
    text = (folder.path / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"](?!\(figures/)[(:]", text)
    assert not re.search(r"(?<!\\)<script", text)
    assert "<script>alert" not in (folder.path / "report.html").read_text(encoding="utf-8")
