"""A run that is killed loses at most the sample under way, and goes on where it was."""

import errno
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairfit.measure import runner
from fairfit.measure.options import Options
from fairfit.measure.plan import Plan, Selection, make
from fairfit.models.errors import UserError
from fairfit.models.spec import find
from fairfit.progress import Silent
from fairfit.records import Run, Sample
from fairfit.runfiles import RunFolder
from tests.workbench import MACHINE, workers_alive

KILLS = 50
SHORT = ["article-linear", "--frameworks", "numpy", "--threads", "1", "--generations", "2", "--blocks", "3", "--budget", "1s"]


def fairfit(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fairfit.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_fifty_kills_at_random_moments_lose_nothing_that_was_measured(tmp_path: Path) -> None:
    moments = random.Random(0)
    kills = runs = 0
    while kills < KILLS:
        out = tmp_path / f"run{runs}"
        runs += 1
        kept: list[str] = []
        while True:
            arguments = ["run", "--resume", str(out)] if (out / "run.json").exists() else ["run", *SHORT, "--out", str(out)]
            process = fairfit(*arguments)
            if kills < KILLS:
                try:
                    process.wait(timeout=moments.uniform(0.5, 2.5))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
            _, errors = process.communicate(timeout=120)
            lines = (out / "samples.jsonl").read_text().splitlines(keepends=True) if (out / "samples.jsonl").exists() else []
            whole = [line for line in lines if line.endswith("\n")]
            assert whole[: len(kept)] == kept, "a sample that was on disk is gone"
            assert len(lines) - len(whole) <= 1, "more than the sample under way was cut"
            kept = whole
            if process.returncode == 0:
                break
            assert process.returncode == -signal.SIGKILL, errors.decode()
        run = RunFolder(out).read()
        assert {record.status for record in run.cells} == {"measured"}
        assert run.finished == ["article-linear/cpu/1"]
        assert {json.loads(line)["cell"] for line in kept} == {record.id for record in run.cells}


@pytest.fixture
def finished(tmp_path: Path) -> RunFolder:
    """A finished run of the baseline."""
    plan = make([find("article-linear")], Selection(frameworks=["numpy"], threads=["1"]))
    folder, options = RunFolder(tmp_path / "run"), Options(blocks=1, budget=0.1, again=0, solving=False)
    folder.create()
    run = Run("run", "", "", MACHINE, vars(options).copy())
    with Silent() as progress:
        runner.run(plan, folder, run, options, data_dir=None, progress=progress)
    return folder


def test_a_finished_run_is_resumed_without_measuring_anything(finished: RunFolder) -> None:
    before, run = finished.samples_path.read_text(), finished.read()
    plan, options = runner.resumed(run)
    began = time.perf_counter()
    with Silent() as progress:
        runner.run(plan, finished, run, options, data_dir=None, progress=progress)
    assert finished.samples_path.read_text() == before
    assert run.wall_seconds - finished.read().wall_seconds <= time.perf_counter() - began


def test_a_failed_cell_is_tried_again(finished: RunFolder) -> None:
    run = finished.read()
    run.cells[0].status, run.cells[0].reason = "failed", "killed by signal 9"
    plan, options = runner.resumed(run)
    with Silent() as progress:
        runner.run(plan, finished, run, options, data_dir=None, progress=progress)
    assert run.cells[0].status == "measured"
    assert run.cells[0].reason == ""


@pytest.mark.parametrize("name", ["spec article-linear", "adapter of numpy", "numpy", "python", "cpu"])
def test_resuming_refuses_and_names_what_changed(finished: RunFolder, name: str) -> None:
    run = finished.read()
    assert name in run.fingerprint
    run.fingerprint[name] = "something else"
    with pytest.raises(UserError, match=rf"changed: {name} \(something else, now "):
        runner.resumed(run)


def test_a_sample_cut_short_is_removed_before_the_next_is_added(finished: RunFolder) -> None:
    whole = finished.samples_path.read_text()
    with finished.samples_path.open("a") as file:
        file.write('{"cell": "article-li')
    finished.cut_partial_sample()
    assert finished.samples_path.read_text() == whole


def test_a_full_disk_ends_the_run_and_what_was_measured_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make([find("article-linear")], Selection(frameworks=["numpy"], threads=["1"]))
    folder, options = RunFolder(tmp_path / "run"), Options(blocks=3, budget=0.1, again=0, solving=False)
    folder.create()
    append = RunFolder.append

    def full(self: RunFolder, sample: Sample) -> None:
        if len(self.samples()) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, sample)

    with monkeypatch.context() as patch, Silent() as progress:
        patch.setattr(RunFolder, "append", full)
        with pytest.raises(OSError, match="No space left"):
            runner.run(plan, folder, Run("run", "", "", MACHINE, vars(options).copy()), options, data_dir=None, progress=progress)
    assert workers_alive() == []
    kept = folder.samples()
    assert len(kept) == 2
    run = folder.read()
    with Silent() as progress:
        runner.run(*_resumed(run, folder), data_dir=None, progress=progress)
    assert folder.samples()[:2] == kept
    assert {record.status for record in run.cells} == {"measured"}


def _resumed(run: Run, folder: RunFolder) -> tuple[Plan, RunFolder, Run, Options]:
    plan, options = runner.resumed(run)
    return plan, folder, run, options


def test_a_run_that_was_killed_after_its_last_sample_is_finished(finished: RunFolder) -> None:
    """run.json was last written when its last group ended: nothing is left to measure, and no time of it is known."""
    run = finished.read()
    run.machine, run.wall_seconds, run.harness_seconds = MACHINE, 0.0, 0.0
    finished.write(run)
    process = fairfit("run", "--resume", str(finished.path))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    assert (finished.path / "report.html").exists()
