"""What others wrote (a description, a name, a reason, a source) stands in every file of a report as text, and does nothing."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fairfit.models.text import Text
from fairfit.records import Step
from fairfit.reporting import tabular, write
from fairfit.reporting.tabular import Table
from tests.reporting import made_up

LIVE = [
    "[c](javascript:alert(1))", "![i](http://e.example/x.png)", "[r][x]", "[x]: http://e.example", "<http://e.example>",
    "<b onclick=a()>x</b>", "`code`", "*s* _u_ ~~d~~", "a | b", "text\n# head", "text\r# head", "text\n\n- item", "# head", "- item",
    "+ item", "1. item", "7) item", "> quote", "---", "--", "===", "~~~", "```", "    code", "\tcode", "$x^2$", "&lt;b&gt;",
    "\\", "a\\", "\u202etxet", "\x1b[31m", "\u2028# head", "***", "___", "=1+1", "@SUM(A1)",
]  # fmt: skip
MARKUP = {
    "link_open", "image", "html_inline", "html_block", "code_inline", "em_open", "s_open", "heading_open", "bullet_list_open",
    "ordered_list_open", "blockquote_open", "hr", "fence", "code_block",
}  # fmt: skip


def tokens(markdown: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [token for outer in found for token in (outer, *(outer.children or ()))]


@pytest.mark.parametrize("text", LIVE)
def test_markdown_takes_it_for_text(text: str) -> None:
    found = tokens(f"before\n\n{tabular.escaped(text)}\n\nafter")
    assert not MARKUP & {token.type for token in found}
    (shown,) = [token.content for token in found if token.type == "inline"][1:2]
    unescaped = "".join(token.content for token in found if token.type == "text")
    assert shown and unescaped == f"before{tabular.one_line(text).strip()}after"


@pytest.mark.parametrize("text", LIVE)
def test_it_breaks_no_table(text: str) -> None:
    made = Table("key", "title", ["one", "two"], ["", ""], [False, True], [[text, "1"], ["2", text]], emphasis=[1])
    found = tokens(tabular.markdown(made))
    assert sum(token.type == "td_open" for token in found) == 4
    assert not (MARKUP - {"strong_open"}) & {token.type for token in found}
    *_, first, second, _, end = tabular.latex(made).splitlines()
    assert end == r"\end{tabular}" and first.endswith(r" & 1 \\") and second.startswith("2 & ")
    assert not first.startswith(("[", "*"))  # a line break takes these behind it for its own


@pytest.mark.parametrize("text", LIVE)
def test_no_table_holds_a_formula(text: str) -> None:
    made = Table("key", "title", ["one", "two"], ["", ""], [False, True], [[text, "-0.5"]])
    ((field, number),) = list(csv.reader(io.StringIO(tabular.comma_separated(made), newline="")))[1:]
    assert number == "-0.5"
    assert not field.lstrip().startswith(("=", "+", "-", "@")) and field.removeprefix("'") == tabular.one_line(text)


def test_numbers_are_csv_fields() -> None:
    for number in ("-0.5", "-1,234", "+3", "-1e-05", "-inf"):
        assert tabular.csv_field(number) == number
    assert tabular.csv_field("-2+3") == "'-2+3"


def test_a_whole_report_holds_nothing_of_it(tmp_path: Path) -> None:
    plain = made_up.rich(tmp_path / "plain", threads=("1",), sizes=(8,))
    told = made_up.rich(tmp_path / "told", threads=("1",), sizes=(8,))
    run = told.read()
    everything = " ".join(LIVE)
    for number, cell in enumerate(run.cells):
        cell.notes = [LIVE[number % len(LIVE)]]
        cell.reason = everything if cell.status != "measured" else ""
    for spec in run.specs.values():
        spec.description = Text(everything, everything)
    for framework in run.frameworks.values():
        framework.steps[:] = [Step(step.key, step.file + "`x`", step.first, ["````", *step.lines]) for step in framework.steps]
    run.command = "=fairfit run `x`"
    told.write(run)
    before: list[Token] = []
    after: list[Token] = []
    for folder, found in ((plain, before), (told, after)):
        write.write([folder])
        found += tokens((folder.path / "report.md").read_text(encoding="utf-8"))
    kinds = [[token.type for token in found if token.type in MARKUP] for found in (before, after)]
    assert kinds[0] == kinds[1]
    reasons = pd.read_csv(told.path / "cells.csv").reason.dropna()
    assert len(reasons) and not reasons.str.startswith(("=", "+", "-", "@")).any()
