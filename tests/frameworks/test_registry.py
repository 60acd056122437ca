"""The table of frameworks is sound, and mistyped, not installed and broken are three different messages."""

import dataclasses
import importlib.metadata
import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.base import INPUTS
from fairfit.frameworks.entry import Entry, Style
from fairfit.models.errors import Unavailable, UserError
from fairfit.models.spec import Training

ENTRY = Entry("fake", "Fake", "fake_adapter", "fake_package", ("fake-distribution",), "fake-extra", styles={})


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path in which `fake_package` is installed; its adapter is left to the test."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fake_package.py").write_text("")
    for name in ("fake_adapter", "fake_package"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


# -- three messages ------------------------------------------------------------------------------------------------------


def test_a_mistyped_name_is_told_all_names_and_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        registry.find("pytroch")
    assert str(caught.value) == f"unknown framework 'pytroch': there is {', '.join(registry.names())} (did you mean 'pytorch'?)"
    assert not isinstance(caught.value, Unavailable)


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(UserError, match=r"unknown framework 'xyz': there is [a-z, ]+$"):
        registry.find("xyz")


def test_what_is_not_installed_says_how_to_install_it() -> None:
    with pytest.raises(registry.NotInstalled) as caught:
        registry.load(ENTRY)
    assert str(caught.value) == registry.how_to_install(ENTRY).en
    assert "fake is not installed: pip install 'fairfit[fake-extra]'" in str(caught.value)
    assert caught.value.what == "framework"


@pytest.mark.parametrize(
    ("adapter", "cause", "said"),
    [
        ("import numpy\nimport no_such_module_here", ModuleNotFoundError, "No module named 'no_such_module_here'"),
        ("raise OSError('libfake.so.1: cannot open\\nmore about it')", OSError, "libfake.so.1: cannot open"),
        ("raise RuntimeError", RuntimeError, ""),
        ("def broken(:", SyntaxError, "invalid syntax"),
        ("", AttributeError, "module 'fake_adapter' has no attribute 'FRAMEWORK'"),
    ],
)
def test_what_is_broken_says_so_in_one_line_and_keeps_its_cause(
    modules: Path, adapter: str, cause: type[Exception], said: str
) -> None:
    (modules / "fake_adapter.py").write_text(adapter)
    with pytest.raises(registry.Broken) as caught:
        registry.load(ENTRY)
    message = str(caught.value)
    assert message.startswith(f"fake is installed but cannot be imported: {cause.__name__}" + (f": {said}" if said else ""))
    assert "\n" not in message
    assert isinstance(caught.value.__cause__, cause)
    assert caught.value.__cause__.__traceback__ is not None


def test_what_is_sound_is_loaded(modules: Path) -> None:
    (modules / "fake_adapter.py").write_text("class FRAMEWORK:\n    def __init__(self, entry): self.entry = entry")
    framework = registry.load(ENTRY)
    assert type(framework) is sys.modules["fake_adapter"].FRAMEWORK
    assert framework.entry is ENTRY


# -- versions ------------------------------------------------------------------------------------------------------------


def test_a_version_is_that_of_the_first_distribution_installed() -> None:
    entry = dataclasses.replace(ENTRY, package="numpy", distributions=("fake-distribution", "numpy", "pytest"))
    assert registry.installed_version(entry) == importlib.metadata.version("numpy")


def test_a_package_without_a_distribution_has_an_unknown_version(modules: Path) -> None:
    assert registry.installed_version(ENTRY) == "unknown"


def test_what_is_not_installed_has_no_version() -> None:
    assert registry.installed_version(ENTRY) is None


# -- the table -----------------------------------------------------------------------------------------------------------

STYLES = [pytest.param(style, id=f"{entry.name}-{name}") for entry in registry.FRAMEWORKS for name, style in entry.styles.items()]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_stands_at_a_known_level_and_says_what_is_compiled(style: Style) -> None:
    assert style.level in registry.LEVELS
    assert style.compiled.en and style.compiled.zh


@pytest.mark.parametrize("style", STYLES)
def test_an_impossible_input_has_a_reason_and_leaves_another_input(style: Style) -> None:
    assert all(item.what == "input" and item.value in INPUTS for item in style.impossible)
    assert any(style.why_not(input=input) is None for input in INPUTS)
    assert all(item.reason.en and item.reason.zh for item in style.impossible)


@pytest.mark.parametrize("style", STYLES)
def test_a_rounding_is_coarser_than_others_in_a_dtype_that_there_is_and_has_a_reason(style: Style) -> None:
    dtype = next(field for field in dataclasses.fields(Training) if field.name == "dtype")
    for rounding in style.roundings:
        assert rounding.times > 1 and dtype.metadata["check"](rounding.dtype)
        assert rounding.reason.en and rounding.reason.zh


@pytest.mark.parametrize("entry", registry.FRAMEWORKS, ids=lambda entry: entry.name)
def test_a_framework_has_its_adapter_and_an_extra_that_installs_one_of_its_distributions(entry: Entry) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    required = project["optional-dependencies"][entry.extra] if entry.extra else project["dependencies"]
    assert importlib.util.find_spec(entry.adapter) is not None
    assert any(line.startswith((f"{name}==", f"{name}>=")) for name in entry.distributions for line in required)
