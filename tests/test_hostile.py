"""The real command in hostile surroundings: it ends well, or in one clear line before anything is measured; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fairfit.commands.answer import Status
from tests.workbench import comes_true

NUMPY = ("--frameworks", "numpy", "--styles", "numpy")
QUICK = ("run", "article-linear", *NUMPY, "--quick")
LONG = ("run", "article-linear", *NUMPY, "--threads", "1", "--generations", "1000")
SLOW = """
model = "linear"
[data]
source = "synthetic-linear"
[training]
learning_rate = 1e-3
epochs = 1000000
"""
REFUSED_AFFINITY = """
import os
def refused(process, cpus):
    raise PermissionError(1, "Operation not permitted")
os.sched_setaffinity = refused
"""
FROM_A_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL), signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, "-m", "fairfit", *sys.argv[1:]])
"""


def fairfit(*arguments: str | bytes, before: str = "", after: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`fairfit` in a shell; `before` and `after` stand on its line."""
    script = f'{before} exec "$0" -m fairfit "$@" {after}'
    command: list[str | bytes] = ["bash", "-c", script, sys.executable, *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONIO"))}
    return subprocess.run(command, capture_output=True, env=clean | environment, timeout=300)


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """The complaint, after the stages that were told before."""
    lines = done.stderr.decode().splitlines()
    assert [line.startswith("fairfit: ") for line in lines].count(True) == 1, lines
    assert b"Traceback" not in done.stderr
    return lines[-1]


def started(*arguments: str) -> subprocess.Popen[str]:
    """As from a terminal, also where these tests run in the background, which ignores Ctrl-C and, under nohup, a hang-up."""
    command = [sys.executable, "-c", FROM_A_TERMINAL, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def has_samples(out: Path) -> Callable[[], bool]:
    return lambda: (out / "samples.jsonl").exists() and (out / "samples.jsonl").stat().st_size > 0


# -- whoever interrupts


@pytest.mark.parametrize(
    "signals",
    [["INT"], ["TERM"], ["HUP"], ["INT", "INT"], ["TERM", "TERM"], ["HUP", "HUP", "TERM"]],
    ids="-".join,
)
def test_whoever_interrupts_has_the_report_of_what_was_measured(signals: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started(*LONG, "--out", str(out))
    assert comes_true(has_samples(out))
    numbers = [signal.Signals[f"SIG{name}"] for name in signals]
    for number in numbers:
        process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 128 + numbers[0]
    assert "Traceback" not in told and told.endswith("fairfit: interrupted; what was measured is kept\n")
    assert f"to go on: fairfit run --resume {out}" in told
    made = {path.name for path in out.iterdir()}
    assert made == {"run.json", "samples.jsonl", "cells.csv", "report.md", "report.html", "figures", "tables"}
    assert "NumPy" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_an_interrupt_before_anything_is_measured_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "slow.toml").write_text(SLOW)
    out, number = tmp_path / "run", signal.Signals[f"SIG{name}"]
    process = started("run", str(tmp_path / "slow.toml"), *NUMPY, "--quick", "--out", str(out))
    assert comes_true(out.exists)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert (process.returncode, told.splitlines()[-1]) == (128 + number, "fairfit: interrupted; nothing was measured")
    assert "Traceback" not in told and not out.exists()


def test_a_run_that_was_started_to_ignore_a_hang_up_does(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ["nohup", sys.executable, "-m", "fairfit", *LONG, "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert comes_true(has_samples(out))
    process.send_signal(signal.SIGHUP)
    lines = len((out / "samples.jsonl").read_text().splitlines())
    assert comes_true(lambda: len((out / "samples.jsonl").read_text().splitlines()) > lines + 3)
    process.terminate()
    assert process.wait(timeout=120) == 128 + signal.SIGTERM


# -- two at once


def test_a_run_that_is_measured_is_left_alone_and_may_be_looked_at(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started(*LONG, "--out", str(out))
    try:
        assert comes_true(has_samples(out))
        for second in ([*QUICK, "--out", str(out)], ["run", "--resume", str(out)]):
            done = fairfit(*second)
            assert done.returncode == Status.BAD_USAGE
            assert f"{out} is being measured by process {process.pid} on " in one_line(done)
        done = fairfit("report", str(out), "--out", str(tmp_path / "report"))
        assert done.returncode == Status.OK, done.stderr
        assert f"Still being measured (by process {process.pid} on " in done.stdout.decode()
        assert f"Still being measured (by process {process.pid} on " in (tmp_path / "report" / "report.md").read_text("utf-8")
    finally:
        process.terminate()
        process.communicate(timeout=120)
    samples = [json.loads(line) for line in (out / "samples.jsonl").read_text().splitlines()]
    places = [(one["cell"], one["generation"], one["block"], one.get("attempt", 0)) for one in samples]
    assert len(places) == len(set(places))


def test_a_run_that_was_killed_can_be_told_of_and_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started("run", "article-linear", *NUMPY, "--threads", "1", "--generations", "2", "--out", str(out))
    assert comes_true(has_samples(out))
    process.kill()
    process.communicate()
    done = fairfit("report", str(out))
    assert done.returncode == Status.OK and b"Still being measured" not in done.stdout
    assert b"NumPy trains an epoch in" in done.stdout  # in its first generation run.json still said 'pending'
    assert fairfit("run", "--resume", str(out)).returncode == Status.OK


def test_five_at_once_have_five_folders(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fairfit", "prove", "article-linear", *NUMPY]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(command, cwd=tmp_path, **quiet) for _ in range(5)]  # type: ignore[call-overload]
    assert [process.wait(timeout=300) for process in processes] == [Status.OK] * 5
    assert len(list(tmp_path.glob("results/*/report.html"))) == 5


# -- closed streams, readers that leave, terminals that lack a sign


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "> /dev/null 2> /dev/full"])
def test_streams_may_be_closed(streams: str, tmp_path: Path) -> None:
    done = fairfit(*QUICK, "--out", str(tmp_path / "run"), after=streams)
    assert done.returncode == Status.OK, done.stderr
    assert (tmp_path / "run" / "report.html").exists()
    assert fairfit("list", after=streams).returncode == Status.OK
    assert fairfit("run", "nospec", after=streams).returncode == Status.BAD_USAGE


def test_a_complaint_goes_nowhere_but_to_standard_error() -> None:
    assert fairfit("run", "nospec", after="2>&-").stdout == b""


POOR = {
    "ascii": {"PYTHONIOENCODING": "ascii"}, "gbk": {"PYTHONIOENCODING": "gbk"}, "cp932": {"PYTHONIOENCODING": "cp932"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"}, "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("terminal", POOR.values(), ids=POOR)
def test_no_terminal_is_too_poor(terminal: dict[str, str], language: str) -> None:
    assert fairfit("list", "--lang", language, **terminal).returncode == Status.OK
    done = fairfit("run", "价.toml", "--lang", language, **terminal)
    assert done.returncode == Status.BAD_USAGE and b"Traceback" not in done.stderr


@pytest.mark.parametrize("terminal", [POOR["gbk"], POOR["C"]], ids=["gbk", "C"])
def test_progress_and_report_suit_a_poor_terminal(terminal: dict[str, str], tmp_path: Path) -> None:
    done = fairfit(*QUICK, "--lang", "zh", "--out", str(tmp_path / "run"), **terminal)
    assert done.returncode == Status.OK and b"Traceback" not in done.stderr
    assert "中文" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


# -- paths and names


def test_a_folder_that_is_no_text_works_all_the_way(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    done = fairfit(*QUICK, "--data-dir", folder, "--out", folder)
    assert done.returncode == Status.OK, done.stderr
    commands: list[list[str | bytes]] = [["report", folder], ["run", "--resume", folder], ["diff", folder, folder]]
    for command in commands:
        assert fairfit(*command).returncode == Status.OK
    (made,) = tmp_path.iterdir()
    for path in made.rglob("*.*"):
        if path.suffix != ".png":
            path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["figures", "tables", "scratch"])
def test_a_file_in_the_way_is_found_before_anything_is_measured(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    done = fairfit(*QUICK, "--out", str(tmp_path))
    assert done.returncode == Status.BAD_USAGE
    assert f"cannot write to {tmp_path / name}: Not a directory" in one_line(done)
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == "mine"


NAMES = ["价" * 80, "--resume", ".dot", "it's", 'a"q', "a/b", "🎉", "x" * 250, " ", ".."]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:8])
def test_a_name_is_refused_before_anything_is_measured_or_works_all_the_way(name: str, tmp_path: Path) -> None:
    spec = SLOW.replace("1000000", "2")
    (tmp_path / "spec.toml").write_text(f"name = {json.dumps(name, ensure_ascii=False)}\n{spec}", encoding="utf-8")
    out = tmp_path / "run"
    done = fairfit("run", str(tmp_path / "spec.toml"), *NUMPY, "--quick", "--out", str(out))
    if done.returncode == Status.OK:
        assert len(list((out / "figures").glob("epoch-time-*.svg"))) == 1
    else:
        assert done.returncode == Status.BAD_USAGE and not out.exists()
        assert "must be 1 to 80 letters" in one_line(done)


# -- what the system refuses


@pytest.mark.parametrize(
    ("limit", "says"),
    [("ulimit -n 40;", "open files"), ("ulimit -f 10;", "no file may have more than")],
)
def test_a_limit_is_told_before_anything_is_measured(limit: str, says: str, tmp_path: Path) -> None:
    done = fairfit(*QUICK, "--out", str(tmp_path / "run"), before=limit)
    assert done.returncode == Status.BAD_USAGE
    assert says in one_line(done)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system knows no affinity")
def test_a_system_that_refuses_affinity_measures_as_shipped(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(REFUSED_AFFINITY)
    done = fairfit(*QUICK, "--out", str(tmp_path / "run"), PYTHONPATH=str(tmp_path))
    assert done.returncode == Status.BAD_USAGE and not (tmp_path / "run").exists()
    assert "measure with --threads shipped" in one_line(done)
    shipped = ["run", "article-linear", *NUMPY, "--threads", "shipped", "--blocks", "2", "--budget", "1s"]
    done = fairfit(*shipped, "--out", str(tmp_path / "run"), PYTHONPATH=str(tmp_path))
    assert done.returncode == Status.OK, done.stderr


def test_a_home_that_is_not_there_is_not_needed(tmp_path: Path) -> None:
    done = fairfit(*QUICK, "--out", str(tmp_path / "run"), before="unset HOME USER LOGNAME;")
    assert done.returncode == Status.OK, done.stderr
