"""The READMEs show what was published, digit for digit, and lead to things that are there."""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
PUBLISHED = ROOT / "results" / "published"


def tables(text: str) -> list[list[dict[str, str]]]:
    """Every Markdown table as rows by heading."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        heading, _, *lines = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines())
        found.append([dict(zip(heading, cells, strict=True)) for cells in lines])
    return found


def published(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / "article" / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", READMES)
def test_the_table_of_times_is_the_published_one(name: str) -> None:
    """Both READMEs have the columns in one order, so that the second is read by the headings of the first."""
    (shown,) = [rows for rows in tables((ROOT / name).read_text()) if len(rows[0]) == 9]
    wanted = ("framework", "style", "input", "epoch, ms", "times the fastest", "µs/step", "first epoch, s", "test", "distance")
    expected = [[row[heading] for heading in wanted] for row in published("fashion-mnist-cpu-1") if row["epoch, ms"]]
    assert [[cell.strip("*") for cell in row.values()] for row in shown] == [
        [cell.strip("*") for cell in row] for row in expected
    ]


@pytest.mark.parametrize("name", READMES)
def test_the_verdicts_are_the_published_ones(name: str) -> None:
    words = {"holds": "成立", "does not hold": "不成立", "partly": "部分成立", "not tested here": "此处未测"}
    (shown,) = [
        list(map(list, (row.values() for row in rows))) for rows in tables((ROOT / name).read_text()) if len(rows[0]) == 3
    ]
    expected = [[row["claim"], row["verdict"]] for row in published("claims")]
    said = [[claim, verdict] for claim, _, verdict in shown]
    assert said == (expected if name == "README.md" else [[claim, words[verdict]] for claim, verdict in expected])


@pytest.mark.parametrize("name", READMES)
def test_every_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_both_readmes_show_the_same_commands_and_numbers() -> None:
    english, chinese = ((ROOT / name).read_text() for name in READMES)
    commands = [re.findall(r"^\.venv/bin/fairfit [^#\n]*", text, re.MULTILINE) for text in (english, chinese)]
    assert [command.strip() for command in commands[0]] == [command.strip() for command in commands[1]] != []
