"""Progress where standard error is no terminal: a line for each stage and each note, in the language asked for."""

import pytest

from fairfit.models.text import Text
from fairfit.progress import Progress, Silent

WARMING_UP = Text("warming up", "预热")


@pytest.mark.parametrize(("language", "told"), [("en", "warming up"), ("zh", "预热")])
def test_stages_and_notes_are_lines_in_one_language(language: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(language) as progress:
        progress.stage(WARMING_UP, 2)
        progress.step()
        progress.note(WARMING_UP + ": ValueError: what [bold]it[/bold] said")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [told, f"{told}: ValueError: what [bold]it[/bold] said"]


def test_the_language_is_english_unless_another_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.note(WARMING_UP)
    assert capsys.readouterr().err == "warming up\n"


def test_silent_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Silent() as progress:
        progress.stage(WARMING_UP, 1)
        progress.step()
        progress.note("nothing")
    assert capsys.readouterr() == ("", "")
