"""The Python API: the same words as the command line, light to import, at home in threads, loops and notebooks."""

import ast
import asyncio
import doctest
import importlib
import inspect
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import fairfit
from fairfit.commands import COMMANDS
from fairfit.models import spec

HEAVY = ["numpy", "pandas", "matplotlib", "rich", "jinja2", "sklearn", "mxnet", "torch", "tensorflow", "keras"]


def test_importing_it_imports_nothing_heavy() -> None:
    program = f"import sys, fairfit\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_type_checkers_see_what_the_package_offers() -> None:
    source = Path(str(fairfit.__file__)).with_suffix(".pyi").read_text()
    named = {alias.asname for node in ast.parse(source).body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert named == set(fairfit.__all__)
    for name in fairfit.__all__:
        assert getattr(fairfit, name) is not None
    with pytest.raises(AttributeError, match="'fairfit' has no attribute 'fly'"):
        _ = fairfit.fly  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in fairfit.__all__ if name.islower()])
def test_the_example_in_the_docstring_is_true(name: str, tmp_path: Path) -> None:
    module = importlib.import_module(getattr(fairfit, name).__module__)
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(fairfit, name), name, module)
    assert example.examples
    example.globs["folder"] = tmp_path / "run"
    assert doctest.DocTestRunner().run(example).failed == 0


def test_options_are_those_of_the_command_line() -> None:
    from fairfit.arguments import parser

    for name in ("run", "prove", "sweep"):
        module = importlib.import_module(f"fairfit.commands.{name}")
        options = vars(parser(module).parse_args([name])).keys() - {"lang", "json", "command"}
        words = {
            word
            for word, given in inspect.signature(getattr(fairfit, name)).parameters.items()
            if given.kind == given.KEYWORD_ONLY
        }
        assert options - {"spec", "specs"} == words - {"voice"}
    assert set(COMMANDS) >= {"run", "prove", "report", "diff", "check"}


def test_a_run_is_read_again_as_it_was(tmp_path: Path) -> None:
    run = fairfit.run(spec.find("article-linear"), frameworks=["numpy"], quick=True, out=tmp_path / "run")
    assert run.status is fairfit.Status.OK and run.report.exists()
    pd.testing.assert_frame_equal(fairfit.read(tmp_path / "run").cells, run.cells)
    assert "fairfit.run(" in run.evidence.runs[0].command


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"threads": 1.5}, "threads: 1.5 is no list of names: write 'a,b' or ['a', 'b']"),
        ({"threads": True}, "threads: True is no list of names"),
        ({"frameworks": [None]}, "frameworks: [None] is no list of names"),
        ({"frameworks": []}, "frameworks: [] names nothing"),
        ({"budget": "soon"}, "budget: 'soon' is no time: write 90s, 5m or 1h"),
        ({"precision": 10}, "precision: 10 is no share: write 10% or 0.1"),
        ({"blocks": 0}, "blocks: 0 is no whole number of at least 1"),
        ({"blocks": 10**5000}, "is no whole number of at least 1"),
        ({"out": 3}, "out: 3 is no path of a file or folder"),
        ({"quick": True, "blocks": 5}, "--quick sets how much is measured: leave out --blocks"),
    ],
)
def test_a_wrong_value_is_one_clear_line(settings: dict[str, object], said: str) -> None:
    with pytest.raises(fairfit.UserError) as refused:
        fairfit.run("article-linear", **({"frameworks": "numpy"} | settings))  # type: ignore[arg-type]
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_what_is_no_spec_is_one_clear_line() -> None:
    with pytest.raises(fairfit.UserError, match="3 is no spec: name a built-in one"):
        fairfit.run(3)  # type: ignore[arg-type]


def test_specs_may_stand_in_a_list(tmp_path: Path) -> None:
    run = fairfit.prove(["article-linear", spec.find("digits")], frameworks="numpy", out=tmp_path / "run")
    assert set(run.cells.spec) == {"article-linear", "digits"}
    with pytest.raises(fairfit.UserError, match="the list of specs is empty"):
        fairfit.prove([], frameworks="numpy", out=tmp_path / "none")


def test_a_report_is_made_of_a_result_in_either_language(tmp_path: Path) -> None:
    run = fairfit.prove("article-linear", frameworks="numpy", out=tmp_path / "run")
    fairfit.report(run, lang="zh")
    assert "## 结论" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    fairfit.report(run)
    assert "## The answer" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    with pytest.raises(fairfit.UserError, match="lang 'fr': there is en, zh"):
        fairfit.report(run, lang="fr")


def test_threads_may_be_a_number(tmp_path: Path) -> None:
    run = fairfit.run("article-linear", frameworks="numpy", threads=1, blocks=1, budget=1, out=tmp_path / "run")
    assert set(run.cells.threads) == {"1"}


def test_it_works_in_a_thread_that_ends_and_leaves_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(fairfit.prove, "article-linear", frameworks="numpy", out=tmp_path / "first").result()
    assert run.status is fairfit.Status.OK
    found: list[fairfit.Result] = []
    thread = threading.Thread(
        target=lambda: found.append(fairfit.run("article-linear", frameworks="numpy", quick=True, out=tmp_path / "second"))
    )
    thread.start()
    thread.join()
    assert found[0].status is fairfit.Status.OK
    assert signal.getsignal(signal.SIGTERM) is before


def test_it_works_under_a_running_loop(tmp_path: Path) -> None:
    async def cell() -> fairfit.Result:  # as a notebook runs it
        return fairfit.prove("article-linear", frameworks="numpy", out=tmp_path / "run")

    assert asyncio.run(cell()).status is fairfit.Status.OK


def test_it_works_from_a_script_without_a_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import fairfit\nprint(fairfit.prove('article-linear', frameworks='numpy', out='run').status.name)\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert (done.stdout, done.stderr) == ("OK\n", "")
