"""Lines of code, and where they stand."""

from pathlib import Path

import pytest

from fairfit.frameworks.extensibility import source_code

SAMPLE = '''"""Module."""

import math  # counted, but not a definition

@decorated
def one(a,
        b):
    """Docstring
    of two lines."""
    # a comment

    text = """no docstring,

    three lines"""
    return text  # with a comment


class Two:
    """Docstring."""

    def method(self): ...
'''


@pytest.mark.parametrize(
    ("definitions", "expected"), [(("one",), (5, 15, 7)), (("Two",), (18, 21, 2)), (("one", "Two"), (5, 21, 9))]
)
def test_lines_are_those_of_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, definitions: tuple[str, ...], expected: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(source_code, "FRAMEWORKS", tmp_path)
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    assert source_code.source(tmp_path / "sample.py", definitions) == source_code.Source("frameworks/sample.py", *expected)


@pytest.mark.parametrize("definitions", [("nobody",), ("Two", "one"), ("one", "nobody")])
def test_definitions_that_are_not_neighbours_are_refused(tmp_path: Path, definitions: tuple[str, ...]) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(ValueError, match=r"sample\.py does not define"):
        source_code.source(tmp_path / "sample.py", definitions)
