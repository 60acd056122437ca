"""What a terminal can take: its language, signs that it lacks, a reader that stops reading, a full disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fairfit
from fairfit import output
from fairfit.commands.answer import Status
from tests.workbench import seal


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    fairfit.run("article-linear", frameworks="numpy", quick=True, out=folder)
    return folder


def started(*arguments: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`fairfit` in a process of its own; `shell` is what follows it on a shell's line."""
    command = f'"{sys.executable}" -m fairfit {" ".join(arguments)} {shell}; exit ${{PIPESTATUS[0]}}'
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    return subprocess.run(["bash", "-c", command], capture_output=True, env=clean | environment, timeout=120)


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp932", "big5"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sign_that_the_terminal_lacks_is_replaced(run_folder: Path, encoding: str, language: str) -> None:
    done = started("report", str(run_folder), "--lang", language, PYTHONIOENCODING=encoding)
    assert done.returncode == Status.OK, done.stderr
    assert b"numpy" in done.stdout


@pytest.mark.parametrize("command", [["list"], ["run", "--help"], ["--help"]])
def test_help_and_lists_speak_ascii(command: list[str]) -> None:
    assert started(*command, PYTHONIOENCODING="ascii").returncode == Status.OK


def test_the_locale_chooses_the_language(run_folder: Path) -> None:
    chinese = started("report", str(run_folder), LC_ALL="zh_CN.UTF-8", PYTHONIOENCODING="utf-8")
    assert "报告：" in chinese.stdout.decode()
    assert "report: " in started("report", str(run_folder), LANG="en_GB.UTF-8").stdout.decode()
    asked = started("report", str(run_folder), "--lang", "en", LC_ALL="zh_CN.UTF-8", PYTHONIOENCODING="utf-8")
    assert "report: " in asked.stdout.decode()


def test_the_locale_does_not_change_the_files_of_a_report(run_folder: Path) -> None:
    before = (run_folder / "report.md").read_bytes()
    started("report", str(run_folder), LC_ALL="zh_CN.UTF-8", PYTHONIOENCODING="utf-8")
    assert (run_folder / "report.md").read_bytes() == before
    started("report", str(run_folder), "--lang", "zh")
    assert (run_folder / "report.md").read_bytes() != before
    started("report", str(run_folder))
    assert (run_folder / "report.md").read_bytes() == before


def test_a_chinese_locale_whose_terminal_cannot_write_chinese_has_english() -> None:
    assert output.language("zh", {}) == "zh"
    assert output.language(None, {"LC_ALL": "de_DE", "LANG": "zh_CN"}) == "en"


def test_a_reader_that_stops_reading_does_not_change_the_status(run_folder: Path) -> None:
    for _ in range(5):
        done = started("report", str(run_folder), shell="| head -1")
        assert (done.returncode, done.stderr) == (Status.OK, b"")
    assert started("list", shell="| true").returncode == Status.OK


def test_a_disk_that_is_full_is_told_in_one_line() -> None:
    done = started("list", shell="> /dev/full")
    assert done.returncode == Status.INCOMPLETE
    assert done.stderr.decode() == "fairfit: cannot write to standard output: No space left on device\n"


def test_a_gate_whose_reader_is_gone_still_says_no(run_folder: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "run.json").write_bytes((run_folder / "run.json").read_bytes())
    text = (run_folder / "samples.jsonl").read_text()
    (slow / "samples.jsonl").write_text(text.replace('"seconds": 0.', '"seconds": 9.'))
    seal(slow)
    assert started("check", str(slow), "--baseline", str(run_folder), shell="| true").returncode == Status.NO


@pytest.mark.parametrize("shell", ["2>&1 | true", "2>&-", "2> /dev/full", "<&-"])
def test_nobody_need_listen_to_progress(shell: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = started("run", "article-linear", "--frameworks", "numpy", "--quick", "--out", str(out), shell=shell)
    assert done.returncode == Status.OK, done.stderr
    assert (out / "report.html").exists()
