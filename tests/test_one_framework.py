"""Tests of a framework run in a process with no other, and their results are those of the session."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench import ROOT

SUITE = """
import os, signal, sys, time
import pytest

def test_plain():
    assert "mxnet" not in sys.modules and "torch" not in sys.modules

@pytest.mark.parametrize("name", [pytest.param(one, marks=pytest.mark.framework(one)) for one in ("mxnet", "pytorch", "numpy")])
def test_each(name):
    __import__({"mxnet": "mxnet", "pytorch": "torch", "numpy": "numpy"}[name])
    with open("processes", "a") as file:
        print(name, os.getpid(), os.getppid(), file=file)

@pytest.mark.framework("mxnet")
def test_again():
    import mxnet
    with open("processes", "a") as file:
        print("mxnet", os.getpid(), os.getppid(), file=file)

@pytest.mark.framework("mxnet")
def test_skipped():
    pytest.skip("no such machine")

@pytest.mark.framework("mxnet")
def test_failed():
    print("words of its own")
    assert 1 + 1 == 3

@pytest.mark.framework("pytorch")
@pytest.mark.skipif("FAIRFIT_CRASH" not in os.environ, reason="not asked to")
def test_crash():
    print("before the end", file=sys.__stderr__, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV) if os.environ["FAIRFIT_CRASH"] == "crash" else time.sleep(60)

@pytest.mark.framework("pytorch")
def test_after_the_crash():
    pass

@pytest.mark.skipif("FAIRFIT_TWO" not in os.environ, reason="not asked to")
def test_two():
    import mxnet, torch
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder with tests of its own, and two packages that are called like frameworks."""
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['tests.one_framework']")
    (tmp_path / "test_made_up.py").write_text(SUITE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers")
    for name in ("mxnet", "torch"):
        (tmp_path / f"{name}.py").write_text("")
    return tmp_path


def run(suite: Path, *arguments: str, **environment: str) -> str:
    """What pytest says at its end, a line for every test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "FAIRFIT_TEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=short", *arguments],
        env=kept | {"PYTHONPATH": f"{suite}:{ROOT}"} | environment,
        cwd=suite,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


def test_results_are_told_as_if_they_were_the_session_s(suite: Path) -> None:
    said = run(suite)
    assert "1 failed, 6 passed, 3 skipped" in said
    assert "FAILED test_made_up.py::test_failed" in said
    assert "assert (1 + 1) == 3" in said and "words of its own" in said
    assert "no such machine" in said


def test_there_is_one_process_for_each_framework_and_none_for_the_baseline(suite: Path) -> None:
    run(suite)
    processes: dict[str, set[tuple[str, ...]]] = {}
    for line in (suite / "processes").read_text().splitlines():
        name, *ids = line.split()
        processes.setdefault(name, set()).add(tuple(ids))
    assert {name: len(found) for name, found in processes.items()} == {"mxnet": 1, "pytorch": 1, "numpy": 1}
    (session, _), *_ = processes["numpy"]
    assert {parent for name in ("mxnet", "pytorch") for _, parent in processes[name]} == {session}


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [(["-k", "again"], 1), (["test_made_up.py::test_each[pytorch]"], 1), (["-x", "-k", "again or failed or after"], 1)],
)
def test_a_choice_of_tests_is_what_runs(suite: Path, arguments: list[str], passed: int) -> None:
    said = run(suite, *arguments)
    assert f"{passed} passed" in said
    assert ("1 failed" in said) is ("-x" in arguments)


def test_a_crash_fails_what_has_no_result_with_its_last_words(suite: Path) -> None:
    said = run(suite, FAIRFIT_CRASH="crash")
    assert "3 failed, 6 passed, 2 skipped" in said or "3 failed, 5 passed, 2 skipped" in said
    assert "ended with SIGSEGV" in said and "The last test that began there was test_made_up.py::test_crash" in said
    assert "PASSED test_made_up.py::test_each[pytorch]" in said
    assert "FAILED test_made_up.py::test_after_the_crash" in said


def test_a_child_has_its_time(suite: Path) -> None:
    said = run(suite, "-k", "crash", FAIRFIT_CRASH="hang", FAIRFIT_TEST_SECONDS="3")
    assert "2 failed" in said and "was ended after 3 s" in said


def test_two_frameworks_in_a_process_fail_the_test_that_brought_them(suite: Path) -> None:
    said = run(suite, FAIRFIT_TWO="yes")
    assert "ERROR test_made_up.py::test_two" in said
    assert "this test process has imported mxnet and pytorch" in said


def test_the_guard_looks_in_a_child_too(suite: Path) -> None:
    (suite / "test_made_up.py").write_text(
        "import pytest\n@pytest.mark.framework('mxnet')\ndef test_both():\n    import mxnet, torch\n"
    )
    assert "this test process has imported mxnet and pytorch" in run(suite)


def test_a_framework_s_tests_stay_in_the_process_where_that_is_asked_for(suite: Path) -> None:
    run(suite, "-k", "again", FAIRFIT_TEST_FRAMEWORK="mxnet", OUTER="")
    assert len((suite / "processes").read_text().splitlines()) == 1
