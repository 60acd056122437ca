"""Public names and docstrings, counted on a made-up package."""

import os
from pathlib import Path

import pytest

from fairfit.frameworks.potential import public_api
from tests.frameworks.made_up_packages import write

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
def madeup(site: Path) -> None:
    write(site / "madeup", PACKAGE)


@pytest.mark.usefixtures("madeup")
def test_public_is_what_the_package_offers() -> None:
    api = public_api.public_api(["madeup"])
    # not: _hidden, testing (a test module), loaded (nobody names it, it does not speak for itself), never_imported
    assert api.modules == {"madeup", "madeup.declared", "madeup.layers", "madeup.tools", "madeup.undocumented"}
    assert {value.__qualname__ for value in api.objects} == {
        "documented", "bare", "Layer", "implemented", "Dense", "Later",
        "join",  # offered by name; not left_out, and gone is not there
    }  # fmt: skip
    assert api.unimportable == {"madeup.later"}


@pytest.mark.usefixtures("madeup")
def test_what_has_two_names_is_counted_once() -> None:
    found = public_api.documentation(public_api.public_api(["madeup"]))
    assert (found.public_modules, found.unimportable_modules) == (5, 1)
    assert (found.public_functions, found.public_classes) == (4, 3)


@pytest.mark.usefixtures("madeup")
def test_docstrings_are_counted_and_measured() -> None:
    found = public_api.documentation(public_api.public_api(["madeup"]))
    assert found.documented_share == 4 / 7  # documented, implemented, join, Layer
    assert found.example_share == 1 / 7
    join = len(public_api.docstring(os.path.join))
    lengths = sorted([len("Add two numbers.\n\nExample: documented()"), len("Shown by the package."), join, len("A layer.")])
    assert found.median_docstring_characters == int((lengths[1] + lengths[2]) / 2)


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
    assert public_api.public_api(["sidelong"]).modules == {"sidelong", "sidelong.with_docstring", "sidelong.with_all"}


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
    assert public_api.public_api(["lazy"]).modules == {"lazy", "lazy.zebra", "lazy.aardvark"}


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
    assert public_api.has_example(text) is is_example


def test_a_docstring_that_everything_inherits_is_none() -> None:
    silent = type("Silent", (), {"__doc__": object.__doc__})
    assert public_api.docstring(silent) == ""
