"""Frameworks in environments of their own: what is asked, what is built, a row beside the others, never the same files twice."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import fairfit
from fairfit.frameworks import registry
from fairfit.measure import versions
from fairfit.models.errors import UserError
from fairfit.progress import Silent
from tests.measure.environments import copied as copied
from tests.measure.environments import described


def test_versions_are_asked_by_name() -> None:
    found = versions.parse("jax@0.4.30, 0.6.2,0.4.30")
    assert [one.name for one in found] == ["jax@0.4.30", "jax@0.6.2"]
    assert found[0].requirements == ("jax==0.4.30", f"numpy=={np.__version__}")
    assert versions.parse("mxnet@1.8.0")[0].requirements[-1] == "setuptools<81"


@pytest.mark.parametrize("text", ["jax", "jax@", "jax@1.0,", "jax@1 0", "jax@1/0", "@1.0"])
def test_what_is_no_environment_is_told(text: str) -> None:
    with pytest.raises(UserError, match=r"is no environment: write jax@0\.4\.30,0\.6\.2|unknown framework"):
        versions.parse(text)


def test_environments_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "envs.toml"
    path.write_text(
        '[environments.old]\nrequirements = ["tensorflow-cpu==2.16.*", "numpy<2"]\n'
        '[environments.mine]\nframework = "jax"\npython = "venv/bin/python"\n'
    )
    old, mine = versions.parse(str(path))
    assert (old.name, old.requirements) == ("tensorflow@old", ("tensorflow-cpu==2.16.*", "numpy<2"))
    assert (mine.name, mine.python) == ("jax@mine", str(tmp_path / "venv/bin/python"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "has no \\[environments.NAME\\]"),
        ("[environments]", "has no \\[environments.NAME\\]"),
        ("[environments.a]", "either requirements"),
        ('[environments.a]\nrequirements = ["jax"]\npython = "x"', "either requirements"),
        ('[environments.a]\nrequirements = ["requests"]', "say which framework"),
        ('[environments.a]\npython = "x"', "say which framework"),
        ('[environments.a]\nframework = "theano"\npython = "x"', "unknown framework"),
        ("[environments.a]\ncolour = 1", "a table of framework"),
        ("[environments.a", "has no"),
    ],
)
def test_a_file_that_says_none_is_refused(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "envs.toml"
    path.write_text(content)
    with pytest.raises(UserError, match=says):
        versions.parse(str(path))


def test_rows_stand_behind_their_framework_and_only_within() -> None:
    before = registry.names()
    entry = registry.find("jax")
    other = type(entry)(**(vars(entry) | {"name": "jax@1", "version": "1", "python": "/nowhere"}))
    with registry.also([other]):
        assert registry.names()[registry.names().index("jax") + 1] == "jax@1"
        assert registry.find("jax@1") is other and registry.installed_version(other) == "1"
    assert registry.names() == before


def test_an_interpreter_that_does_not_run_is_told(tmp_path: Path) -> None:
    with Silent() as progress, pytest.raises(UserError, match="is no Python that runs"):
        versions.rows([versions.Asked("numpy", "none", python=str(tmp_path / "python"))], progress)


def test_an_environment_that_cannot_be_built_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = versions.Asked("numpy", "none", requirements=(str(tmp_path / "no-such-wheel.whl"),))
    for _ in range(2):  # half an environment is not taken for a whole one
        with Silent() as progress, pytest.raises(UserError, match="numpy@none: its environment cannot be built"):
            versions.rows([asked], progress)
    assert not list(tmp_path.rglob(versions.DONE))


def test_a_framework_in_two_environments_is_two_rows_proven_in_both(copied: Path, tmp_path: Path) -> None:
    env = described(tmp_path, copied=copied)
    result = fairfit.run("article-linear", frameworks="numpy", env=env, quick=True, out=tmp_path / "run")
    assert result.cells[["framework", "status"]].values.tolist() == [["numpy", "measured"], ["numpy@copied", "measured"]]
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    record = run["environments"]["numpy@copied"]
    assert f"numpy=={np.__version__}" in record["packages"] and record["python"].startswith("3.")
    assert "NumPy copied" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    checked = fairfit.check(result, against="numpy@copied", tolerance=0.9)
    assert [bound.name for bound in checked.bounds] == ["against"] and checked.status in (0, 3)
    again = fairfit.run(resume=tmp_path / "run")
    assert len(again.cells) == 2


def test_two_names_for_the_same_files_are_refused(tmp_path: Path) -> None:
    env = described(tmp_path, same=sys.executable)
    result = fairfit.prove("article-linear", frameworks="numpy", env=env, out=tmp_path / "run")
    assert result.cells["status"].tolist() == ["measured", "refused"]
    assert "it was imported from the same files as numpy" in result.cells["reason"].iloc[1]


def test_a_version_that_did_not_take_turns_is_told(tmp_path: Path) -> None:
    result = fairfit.prove("article-linear", frameworks="numpy", out=tmp_path / "run")
    with pytest.raises(UserError, match="numpy and numpy@old did not take turns in this run"):
        fairfit.check(result, against="numpy@old")
