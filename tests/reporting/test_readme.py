"""The READMEs show what was published, digit for digit, and documents lead to things that are there."""

import re
from pathlib import Path

import pytest

from tests.reporting.readme import PUBLISHED, READMES, blocks, filled
from tests.workbench import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "results" / "README.md"])


@pytest.mark.parametrize(("name", "language"), READMES.items())
def test_what_is_shown_is_what_was_published(name: str, language: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == filled(text, blocks(PUBLISHED, language)), "python -m tests.reporting.readme"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("language", ["text", "python"])
def test_both_readmes_show_the_same_commands_and_code(language: str) -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES)
    code = {"text": r"^(?:\.venv/bin/fairfit|make)\b[^#\n]*", "python": r"(?<=```python\n)[^#`]*"}[language]
    commands = [[found.strip() for found in re.findall(code, text, re.MULTILINE)] for text in (english, chinese)]
    assert commands[0] == commands[1] != []
