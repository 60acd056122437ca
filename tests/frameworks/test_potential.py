"""What is measured of a framework's standing: the counts on a made-up package, and the shape of the answers for the real ones."""

import importlib
import json
import math
import os
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.potential import examination
from tests.frameworks.installed import load

NAMES = ("mxnet", "tensorflow", "pytorch")

# -- public names and docstrings, on a made-up package -------------------------------------------------------------------

PACKAGE = {
    "__init__.py": '''
        import types
        from os.path import join

        def documented():
            """Add two numbers.

            Example: documented()
            """

        def bare():
            pass

        class Layer:
            """A layer."""

        same = documented

        class Later(types.ModuleType):
            def __dir__(self):
                raise ImportError("what it stands for is not installed")

        later = Later("madeup.later")

        from madeup import _hidden, declared, layers, layers as shown_again, testing, undocumented
        from madeup._hidden import implemented
        import madeup.tools
        ''',
    "_hidden.py": '''
        def implemented():
            """Shown by the package."""

        def not_shown():
            pass
        ''',
    "layers.py": '''
        """Layers."""
        import madeup.tools as tools
        from madeup import documented as again, Layer

        class Dense(Layer):
            pass
        ''',
    "declared.py": """
        from os.path import join
        from madeup import tools
        __all__ = ["join", "gone"]

        def left_out():
            pass
        """,
    "tools.py": "",
    "loaded.py": "def inside(): pass",
    "undocumented.py": "import madeup.loaded",
    "testing.py": "def check(): pass",
    "never_imported.py": "def unseen(): pass",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which Python imports, as long as one test lasts."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def madeup(site: Path) -> None:
    write(site / "madeup", PACKAGE)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


@pytest.mark.usefixtures("madeup")
def test_public_is_what_the_package_offers() -> None:
    api = examination.public_api(["madeup"])
    # not: _hidden, testing (a test module), loaded (nobody names it, it does not speak for itself), never_imported
    assert api.modules == {"madeup", "madeup.declared", "madeup.layers", "madeup.tools", "madeup.undocumented"}
    assert {value.__qualname__ for value in api.objects} == {
        "documented", "bare", "Layer", "implemented", "Dense", "Later",
        "join",  # offered by name; not left_out, and gone is not there
    }  # fmt: skip
    assert api.unimportable == {"madeup.later"}


@pytest.mark.usefixtures("madeup")
def test_what_has_two_names_is_counted_once() -> None:
    found = examination.documentation(examination.public_api(["madeup"]))
    assert (found["public_modules"], found["unimportable_modules"]) == (5, 1)
    assert (found["public_functions"], found["public_classes"]) == (4, 3)


@pytest.mark.usefixtures("madeup")
def test_docstrings_are_counted_and_measured() -> None:
    found = examination.documentation(examination.public_api(["madeup"]))
    assert found["documented_share"] == 4 / 7  # documented, implemented, join, Layer
    assert found["example_share"] == 1 / 7
    join = len(examination.docstring(os.path.join))
    lengths = sorted([len("Add two numbers.\n\nExample: documented()"), len("Shown by the package."), join, len("A layer.")])
    assert found["median_docstring_characters"] == int((lengths[1] + lengths[2]) / 2)


def test_a_submodule_that_speaks_for_itself_is_public(site: Path) -> None:
    write(
        site / "sidelong",
        {
            "__init__.py": "from sidelong.user import name",
            "user.py": "import sidelong.with_docstring, sidelong.with_all, sidelong.silent\nname = 1",
            "with_docstring.py": '"""What it is for."""',
            "with_all.py": "__all__ = []",
            "silent.py": "",
        },
    )
    assert examination.public_api(["sidelong"]).modules == {"sidelong", "sidelong.with_docstring", "sidelong.with_all"}


def test_what_looking_loads_is_looked_at_too(site: Path) -> None:
    write(
        site / "lazy",
        {
            "__init__.py": """
                def __getattr__(name):
                    if name != "zebra":
                        raise AttributeError(name)
                    import importlib
                    return importlib.import_module("lazy.zebra")
                def __dir__():
                    return [*globals(), "zebra"]
                """,
            "zebra.py": "import lazy.aardvark",
            "aardvark.py": '"""Loaded by one that comes after it in the alphabet."""',
        },
    )
    assert examination.public_api(["lazy"]).modules == {"lazy", "lazy.zebra", "lazy.aardvark"}


@pytest.mark.parametrize(
    ("text", "is_example"),
    [
        ("Adds.\n\n>>> add(1, 2)", True),
        ("Adds.\n\n```python\nadd(1, 2)\n```", True),
        ("Adds.\n\n.. code-block:: python\n\n   add(1, 2)", True),
        ("Adds. For instance::\n\n   add(1, 2)", True),
        ("Adds.\n\n  Examples:\n", True),
        ("Adds.\n\n.. note::\n\n   Slow.", False),
        ("Adds, for example two numbers.", False),
    ],
)
def test_what_is_an_example(text: str, is_example: bool) -> None:
    assert examination.has_example(text) is is_example


def test_a_docstring_that_everything_inherits_is_none() -> None:
    silent = type("Silent", (), {"__doc__": object.__doc__})
    assert examination.docstring(silent) == ""


# -- distributions, on made-up ones --------------------------------------------------------------------------------------


def distribute(folder: Path, name: str, *metadata: str, files: dict[str, int] | None = None) -> None:
    """Lay out an installed distribution whose files have these sizes."""
    record = [f"{path},," for path in files or ()] + ["gone.py,,"]
    for path, size in (files or {}).items():
        (folder / path).write_bytes(b" " * size)
    write(
        folder / f"{name.replace('-', '_')}-1.0.dist-info",
        {
            "METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *metadata]),
            "RECORD": "\n".join(record),
            "WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64",
        },
    )


def test_dependencies_are_transitive_and_know_markers_and_extras(site: Path) -> None:
    distribute(
        site,
        "made-root",
        "Requires-Dist: made_middle[wanted] (>=1)",
        "Requires-Dist: made-elsewhere; sys_platform == 'nowhere'",
        "Requires-Dist: made-optional; extra == 'more'",
        "Requires-Dist: made-absent",
        files={"root.py": 5},
    )
    distribute(
        site,
        "made-middle",
        "Requires-Dist: made-root",
        "Requires-Dist: made-leaf",
        "Requires-Dist: made-bonus; extra == 'wanted'",
        files={"middle.py": 10, "middle_too.py": 20},
    )
    for name, size in (("made-leaf", 100), ("made-bonus", 200), ("made-elsewhere", 1000), ("made-optional", 2000)):
        distribute(site, name, files={f"{name}.py": size})
    assert examination.size(examination.installed(["made-not-there", "made-root"])) == {
        "install_bytes": 5,
        "install_files": 1,  # what is recorded and not there does not count
        "dependencies": ["made-bonus", "made-leaf", "made-middle"],
        "dependency_bytes": 330,
    }


def test_description_is_what_the_metadata_say(site: Path) -> None:
    classifiers = ("Development Status :: 4 - Beta", *(f"Programming Language :: Python :: {v}" for v in ("3", "3.10", "3.9")))
    distribute(
        site, "made-talkative", "Requires-Python: >=3.9", "License: First line\n        second line",
        *(f"Classifier: {classifier}" for classifier in classifiers),
    )  # fmt: skip
    distribute(site, "made-silent")
    assert examination.description(examination.installed(["made-talkative"])) == {
        "version": "1.0",
        "requires_python": ">=3.9",
        "pythons": ["3.9", "3.10"],
        "platform_tags": ["manylinux2014_x86_64", "manylinux_2_17_x86_64"],
        "licence": "First line",
        "development_status": "4 - Beta",
    }
    silent = examination.description(examination.installed(["made-silent"]))
    assert (silent["requires_python"], silent["pythons"], silent["licence"]) == (None, [], None)


# -- the first import, of made-up modules --------------------------------------------------------------------------------

FRAGILE = """
    import sys, warnings
    if not hasattr(sys, "crutch"):
        raise RuntimeError("no crutch\\nand more to say")
    for _ in range(2):
        warnings.warn("old\\nvery old", DeprecationWarning)
    print("I0000 00:00:1795419346.256696   22740 port.cc:153] hello", file=sys.stderr)
    """
CRUTCH = "import sys; sys.crutch = True"


def test_the_shims_that_an_import_needs_are_found_by_trying(tmp_path: Path) -> None:
    write(tmp_path, {"fragile.py": FRAGILE})
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    found = examination.first_import("import fragile", ["import string", CRUTCH], environment)
    assert found["plain_import"] == {"works": False, "error": "RuntimeError: no crutch"}
    assert found["shims"] == [{"shim": "import string", "needed": False}, {"shim": CRUTCH, "needed": True}]
    assert f"{CRUTCH}; import fragile" in found["import_how"]
    assert found["warning_count"] == 3
    assert found["warnings"] == ["DeprecationWarning: old", "port.cc:153] hello"]
    assert len(found["import_seconds"]) == 3


def test_a_plain_import_that_works_needs_no_shim() -> None:
    found = examination.first_import("import string", [CRUTCH], os.environ)
    assert found["plain_import"] == {"works": True, "error": ""}
    assert found["shims"] == [{"shim": CRUTCH, "needed": False}]
    assert found["warning_count"] == 0


def test_an_import_that_ends_the_process_is_told_apart() -> None:
    assert examination.attempt(["import os", "os._exit(3)"], os.environ).error == "the process ended with status 3"


# -- the frameworks ------------------------------------------------------------------------------------------------------

INSPECT = """
import importlib, json, sys
from fairfit.frameworks import registry
registry.load(registry.find(sys.argv[1]))
print(json.dumps(importlib.import_module(f"fairfit.frameworks.potential.{sys.argv[1]}").inspect({}), allow_nan=False))
"""
SCHEMA = {
    "version": str, "requires_python": str | None, "pythons": list, "platform_tags": list, "licence": str | None,
    "development_status": str | None, "install_bytes": int, "install_files": int, "dependencies": list,
    "dependency_bytes": int, "public_modules": int, "unimportable_modules": int, "public_functions": int,
    "public_classes": int, "documented_share": float, "example_share": float, "median_docstring_characters": int,
    "plain_import": dict, "import_seconds": list, "import_how": str, "warning_count": int, "warnings": list, "shims": list,
}  # fmt: skip


@pytest.fixture(scope="module", params=NAMES)
def found(request: pytest.FixtureRequest) -> Any:
    """What the inspection of one framework finds, in a process of its own."""
    load(request.param)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INSPECT, request.param],
        env=os.environ | dict(registry.find(request.param).environment),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_the_answers_keep_to_the_schema(found: dict[str, Any]) -> None:
    assert found.keys() == SCHEMA.keys()
    for key, kind in SCHEMA.items():
        assert isinstance(found[key], kind), key
    assert [type(value) for value in found["plain_import"].values()] == [bool, str]
    assert all(shim.keys() == {"shim", "needed"} for shim in found["shims"])


def test_the_answers_are_possible(found: dict[str, Any]) -> None:
    assert 0 <= found["example_share"] <= found["documented_share"] <= 1
    for key in ("install_bytes", "install_files", "public_modules", "public_functions", "public_classes"):
        assert found[key] > 0
    assert len(found["import_seconds"]) == 3
    assert all(math.isfinite(seconds) and seconds > 0 for seconds in found["import_seconds"])
    assert len(found["warnings"]) <= min(5, found["warning_count"])


def test_an_import_fails_exactly_where_a_shim_is_needed(found: dict[str, Any]) -> None:
    assert found["plain_import"]["works"] == (not found["plain_import"]["error"])
    assert found["plain_import"]["works"] == (not any(shim["needed"] for shim in found["shims"]))


# -- facts that cannot be measured ---------------------------------------------------------------------------------------


def test_dated_facts_are_told_in_both_languages_and_lie_in_the_past() -> None:
    facts = tomllib.loads(Path(examination.__file__).with_name("dated_facts.toml").read_text(encoding="utf-8"))["fact"]
    assert {fact["framework"] for fact in facts} == set(NAMES)
    for fact in facts:
        assert fact.keys() - {"kind"} == {"framework", "date", "en", "zh", "source_en", "source_zh", "looked_up"}
        assert all(fact.values())
        assert first_day(fact["date"]) <= first_day(fact["looked_up"]) <= date.today()
        assert fact["zh"].endswith("。")
        assert not any("http" in text for text in fact.values())


def first_day(text: str) -> date:
    """Of a date in ISO form that may name a month only."""
    return date.fromisoformat(text if text.count("-") == 2 else f"{text}-01")


def test_every_framework_has_its_file() -> None:
    for name in NAMES:
        assert callable(importlib.import_module(f"fairfit.frameworks.potential.{name}").inspect)
