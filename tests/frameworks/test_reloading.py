"""Exports are run in a process that has not our source."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fairfit.frameworks.extensibility import checks, reloading
from fairfit.frameworks.extensibility.findings import Check
from fairfit.frameworks.extensibility.probe import Export, Reload
from tests.frameworks.cube import cube, fail, made, nothing


def save_power(folder: Path) -> None:
    np.save(folder / "power.npy", 3)


def run_power(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    return inputs[0] ** np.load(folder / "power.npy")


def run_what_is_here(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    return cube(inputs)[0]


def run_and_die(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import os

    os._exit(7)


def export_check(save: Callable[[Path], object], reload: Reload, folder: Path) -> Check:
    probes = {"it": made(export=Export("to a file", save))}
    return checks.examine(probes["it"], reloading.export_and_reload(probes, reload, folder)["it"])["export"]


def test_what_is_exported_runs_in_another_process(tmp_path: Path) -> None:
    assert export_check(save_power, run_power, tmp_path) == Check(works=True, reason="", how="to a file", error=0.0)


def test_other_outputs_after_reloading_are_found(tmp_path: Path) -> None:
    assert export_check(lambda folder: np.save(folder / "power.npy", 2), run_power, tmp_path).works is False


def test_a_failing_export_is_told_with_its_error(tmp_path: Path) -> None:
    found = export_check(lambda folder: fail(NotImplementedError("cannot be written")), run_power, tmp_path)
    assert (found.works, str(found.reason)) == (False, "NotImplementedError: cannot be written")


def test_what_does_not_reload_is_told_with_its_error(tmp_path: Path) -> None:
    found = export_check(nothing, run_power, tmp_path)
    assert (found.works, str(found.reason).partition(":")[0]) == (False, "FileNotFoundError")


def test_what_needs_our_source_does_not_reload(tmp_path: Path) -> None:
    found = export_check(save_power, run_what_is_here, tmp_path)
    assert (found.works, str(found.reason)) == (False, "NameError: name 'cube' is not defined")


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    found = export_check(save_power, run_and_die, tmp_path)
    assert (found.works, str(found.reason)) == (False, "the process that reloads ended with status 7")


def run_for_ever(folder: Path, inputs: list[np.ndarray]) -> np.ndarray:
    import time

    time.sleep(600)
    raise AssertionError


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloading, "SECONDS", 2.0)
    found = export_check(save_power, run_for_ever, tmp_path)
    assert (found.works, str(found.reason)) == (False, "the process that reloads was not done within 2 s")
