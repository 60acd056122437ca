"""The doctor: every state is told with what to do, and nothing that hangs makes it hang."""

import dataclasses
import importlib.metadata
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Need, Style
from fairfit.measure import cpus, doctor
from fairfit.models.text import Text
from tests.fakes import rows
from tests.required import require
from tests.workbench import entries, workers_alive

TIME_LIMIT = 5.0  # seconds; the fakes answer in far less, the one that hangs never


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> dict[str, doctor.Checkup]:
    """The fakes, one of which hangs and one of which crashes at its import."""
    folder = tmp_path_factory.mktemp("notes")
    made = entries(folder)
    environment = made[1].environment
    more = [dataclasses.replace(row, environment=environment) for row in (rows.HANGING, rows.CRASHING)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(registry, "FRAMEWORKS", (*more, *made))
        began = time.monotonic()
        checkups = doctor.frameworks(TIME_LIMIT)
        assert time.monotonic() - began < 30  # one hangs for 60 s
    assert workers_alive() == []
    assert [checkup.framework for checkup in checkups] == [entry.name for entry in (*more, *made)]
    return {checkup.framework: checkup for checkup in checkups}


def test_what_works_is_told_with_version_and_devices(examined: dict[str, doctor.Checkup]) -> None:
    gadget = examined["gadget"]
    assert (gadget.state, gadget.version, gadget.devices, gadget.advice) == ("works", "1.2.3", ["cpu", "gpu:0"], "")


def test_what_is_not_installed_is_sound_and_told_how_to_get(examined: dict[str, doctor.Checkup]) -> None:
    absent = examined["absent"]
    assert absent.state == "not installed" and absent.sound
    assert "pip install" in str(absent.advice)


def test_what_is_broken_names_the_error_of_its_import(examined: dict[str, doctor.Checkup]) -> None:
    broken = examined["broken"]
    assert broken.state == "broken" and not broken.sound
    assert "libmissing.so.1" in str(broken.advice)


def test_what_crashes_is_broken_and_keeps_its_last_words(examined: dict[str, doctor.Checkup]) -> None:
    crashing = examined["crashing"]
    assert crashing.state == "broken" and not crashing.sound
    assert "signal 6" in str(crashing.advice) and "illegal instruction in the kernel" in str(crashing.advice)


def test_what_hangs_does_not_answer(examined: dict[str, doctor.Checkup]) -> None:
    hanging = examined["hanging"]
    assert hanging.state == "does not answer" and not hanging.sound
    assert "more than 5 s" in str(hanging.advice)


def test_every_style_is_tried_for_real(examined: dict[str, doctor.Checkup]) -> None:
    fake = examined["fake"]
    assert fake.state == "works in part" and not fake.sound
    assert fake.styles == ["right", "twin", "prints"]
    assert "no epoch today" in str(fake.failing["raises"]) and "raises: " in str(fake.advice)


def test_a_style_that_crashes_takes_only_those_with_it_that_come_later(examined: dict[str, doctor.Checkup]) -> None:
    fake = examined["fake"]
    assert "signal 6" in str(fake.failing["aborts"])
    assert "not tried" in str(fake.failing["exits"])


@pytest.mark.parametrize(
    "need",
    [
        Need("a-compiler-that-is-not-here", Text("install it", "请安装")),
        Need("no_such.h", Text("install it", "请安装"), header=True),
        Need("python3", Text("install it", "请安装"), variable="NO_SUCH_COMPILER"),
    ],
    ids=lambda need: need.name,
)
def test_what_a_style_needs_and_is_not_here_is_named(need: Need, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_SUCH_COMPILER", "/nowhere/g++")
    here = Need("sh", Text("install a shell", "请安装 shell"))
    style = Style("graph", Text("all", "全部"), needs=(here, need))
    entry = dataclasses.replace(rows.GADGET, styles={"first": style, "second": style, "third": rows.GADGET.styles["right"]})
    advice = doctor.advised(entry, dict.fromkeys(entry.styles, "C++ compile error"))
    assert str(advice) == f"first, second: {need.name} is missing: install it; third: C++ compile error"
    assert isinstance(advice, Text) and "缺少" in advice.zh


def test_what_compiles_to_cpp_is_found_out_where_there_is_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a PATH that has no compiler, those styles alone do not work, and the compiler is what is named."""
    require("pytorch")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(registry, "FRAMEWORKS", (registry.find("pytorch"),))
    (found,) = doctor.frameworks()
    assert (found.state, found.styles) == ("works in part", ["tensor", "nn"])
    assert "compile, fullgraph: g++ is missing" in str(found.advice)


def test_states_and_advice_are_told_in_both_languages(examined: dict[str, doctor.Checkup]) -> None:
    for checkup in examined.values():
        assert doctor.STATES[checkup.state].zh != checkup.state
        if checkup.state != doctor.WORKS:
            assert isinstance(checkup.advice, Text) and checkup.advice.zh != checkup.advice.en


def test_the_machine_is_told_in_both_languages() -> None:
    parts = {part.key: part for part in doctor.machine()}
    assert list(parts) == ["CPU", "memory", "load", "Python", "C++ compiler", "Fashion-MNIST"]
    assert "usable" in str(parts["CPU"].found)
    assert isinstance(parts["load"].found, Text) and "空闲" in parts["load"].found.zh


def test_the_command_tells_what_is_installed_here(tmp_path: Path) -> None:
    """The command itself, on the frameworks of this machine."""
    done = subprocess.run(
        [sys.executable, "-m", "fairfit.cli", "doctor", "--json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout)
    states = {item["framework"]: item["state"] for item in told["frameworks"]}
    assert list(states) == registry.names()
    assert states["numpy"] == "works"
    versions = {item["framework"]: item["version"] for item in told["frameworks"]}
    assert versions["numpy"] == importlib.metadata.version("numpy")
    for entry in registry.FRAMEWORKS:
        assert (states[entry.name] == "not installed") == (registry.installed_version(entry) is None)
    assert done.returncode == (0 if set(states.values()) <= {"works", "not installed"} else 3), done.stderr
    for item in told["frameworks"]:
        tried = [*item["styles"], *item["failing"]]
        assert item["state"] == "not installed" or sorted(tried) == sorted(registry.find(item["framework"]).styles)
    assert told["machine"]["CPU"]["usable"] == {"value": len(cpus.available()), "unit": "1"}
    assert told["machine"]["memory"]["value"] > 2**20 and len(told["machine"]["load"]) == 3
