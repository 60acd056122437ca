"""What is published is what its run renders today, the same bytes on every Python and every machine."""

import re
from pathlib import Path

import pytest

from fairfit.reporting import write
from fairfit.runfiles import RunFolder

PUBLISHED = sorted(path.parent for path in (Path(__file__).parents[2] / "results" / "published").glob("*/run.json"))


CLIPS = re.compile(rb"\bp[0-9a-f]{10}\b")  # ids of matplotlib, made of how NumPy writes a number: NumPy 2 writes it otherwise


def content(path: Path) -> bytes:
    return CLIPS.sub(b"p", path.read_bytes())


def test_something_is_published() -> None:
    assert PUBLISHED


@pytest.mark.parametrize("folder", PUBLISHED, ids=lambda folder: folder.name)
def test_what_is_published_is_what_is_rendered(folder: Path, tmp_path: Path) -> None:
    write.write([RunFolder(folder)], tmp_path)
    rendered = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    published = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert rendered == published - {Path("run.json"), Path("samples.jsonl")}
    # a PNG is compressed by a library of the machine
    changed = [path for path in rendered if path.suffix != ".png" and content(tmp_path / path) != content(folder / path)]
    assert sorted(map(str, changed)) == []
