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
from fairfit.measure import cpus, doctor
from fairfit.models.text import Text
from tests.fakes import rows
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
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
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
    assert told["machine"]["CPU"]["usable"] == {"value": len(cpus.available()), "unit": "1"}
    assert told["machine"]["memory"]["value"] > 2**20 and len(told["machine"]["load"]) == 3
    assert next(item["styles"] for item in told["frameworks"] if item["framework"] == "numpy") == ["numpy"]
