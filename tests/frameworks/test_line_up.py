"""Adapters are read side by side: the same sections in the same words and order, in one row of `diff -y`."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import fairfit.frameworks
from fairfit.frameworks import registry

FOLDER = Path(fairfit.frameworks.__path__[0])
COMPARED = ["mxnet", "tensorflow", "pytorch"]  # the article's; others have the sections that they need, in this order
SECTIONS = ["shared: data, prediction, checkpoints", "arrays", "layers", "compiled", "graph", "fit", "the framework"]


def headings(name: str) -> list[str]:
    return re.findall(r"^# -- (.*?) -+$", (FOLDER / f"{name}.py").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", COMPARED)
def test_the_frameworks_of_the_article_have_all_sections(name: str) -> None:
    assert headings(name) == SECTIONS


@pytest.mark.parametrize("name", registry.names())
def test_no_adapter_has_sections_or_an_order_of_its_own(name: str) -> None:
    assert headings(name) == [section for section in SECTIONS if section in headings(name)]


@pytest.mark.skipif(shutil.which("diff") is None, reason="there is no diff")
@pytest.mark.parametrize("name", COMPARED[1:])
def test_all_sections_stand_in_one_row_of_diff(name: str) -> None:
    files = [str(FOLDER / f"{file}.py") for file in (COMPARED[0], name)]
    rows = subprocess.run(
        ["diff", "-y", "-W", "260", "--expand-tabs", *files], capture_output=True, text=True
    ).stdout.splitlines()
    level = [row for row in rows if row.startswith("# -- ") and row.count("# -- ") == 2 and row[128:131].strip() == ""]
    assert len(level) == len(SECTIONS), [row[:60] for row in level]


@pytest.mark.parametrize("name", registry.names())
def test_every_trainer_says_what_it_is(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for trainer, following in re.findall(r"^class (\w+Trainer)\(.*\):\n(.*)$", source, re.MULTILINE):
        assert following.startswith('    """'), trainer
