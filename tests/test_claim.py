"""A folder is measured into by one process at a time, and a lock that nobody holds claims nothing."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit import claim
from fairfit.models.errors import UserError
from fairfit.runfiles import RunFolder
from tests.workbench import comes_true

HOLD = """
import sys, time
from pathlib import Path
from fairfit import claim
with claim.claim(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds tmp_path / 'run'."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_claim_is_refused_in_one_line_that_names_the_first(other: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused, RunFolder(tmp_path / "run").claimed():
        pass
    assert f"is being measured by process {other.pid} on " in str(refused.value)
    assert "\n" not in str(refused.value)
    holder = RunFolder(tmp_path / "run").measured_by()
    assert holder is not None and holder.process == other.pid


def test_a_process_that_was_killed_holds_nothing(other: subprocess.Popen[str], tmp_path: Path) -> None:
    other.kill()
    other.wait()
    folder = RunFolder(tmp_path / "run")
    assert (folder.path / claim.NAME).exists() and folder.measured_by() is None
    with folder.claimed() as held:
        assert held
    assert list(folder.path.iterdir()) == []


def test_looking_for_the_holder_keeps_nobody_out(tmp_path: Path) -> None:
    with RunFolder(tmp_path).claimed():
        pass
    (tmp_path / claim.NAME).write_text("left behind by a process that was killed")
    with (tmp_path / claim.NAME).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        with pytest.raises(UserError, match="by another process"), RunFolder(tmp_path).claimed():
            pass
    assert RunFolder(tmp_path).measured_by() is None


def test_the_holder_itself_is_not_told_that_it_measures(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.claimed():
        assert folder.measured_by() is None


def test_one_of_many_that_want_the_same_folder_has_it(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(4)
    ]
    try:
        assert comes_true(lambda: [process.poll() is None for process in processes].count(True) == 1)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_an_error_within_is_not_taken_for_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="its own"), RunFolder(tmp_path).claimed():
        raise FileNotFoundError("its own")


def test_a_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with RunFolder(tmp_path).claimed() as held:
        assert not held
    assert RunFolder(tmp_path).measured_by() is None


def test_names_that_are_taken_are_numbered(tmp_path: Path) -> None:
    names = [RunFolder.new(tmp_path / "results" / "now").path.name for _ in range(3)]
    assert names == ["now", "now-2", "now-3"]


def test_a_file_where_the_results_should_lie_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError, match="cannot write to"):
        RunFolder.new(tmp_path / "results" / "now")
