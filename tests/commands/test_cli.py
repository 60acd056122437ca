"""The command line: results on standard output, one clear line for what is wrong, the right exit status."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fairfit import statistics
from fairfit.cli import main
from fairfit.commands import COMMANDS
from fairfit.commands.answer import Status
from fairfit.frameworks import registry
from fairfit.models.spec import from_mapping, load
from fairfit.reporting.cells import COLUMNS
from fairfit.runfiles import RunFolder
from tests.commands.smallest import QUICK, SPEC
from tests.workbench import tiny


def test_help_answers_without_importing_anything_heavy() -> None:
    program = (
        "import sys\nfrom fairfit.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('loaded:', sorted({'numpy', 'pandas', 'matplotlib', 'sklearn', 'rich', 'jinja2', 'torch'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.rstrip().endswith("loaded: []")
    assert "examples:" in output


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == Status.OK
    assert capsys.readouterr().out.startswith("fairfit 0.")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == Status.OK
    assert f"fairfit {command}" in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nospec"], "no spec 'nospec': built in are article-linear"),
        (["run", "--frameworks", "mxnett"], f"unknown framework 'mxnett': there is {', '.join(registry.names())} (did you"),
        (["run", "--styles", "gluonn"], "did you mean 'gluon'?"),
        (["run", "--models", "tree"], "unknown model 'tree': there is linear, softmax"),
        (["run", "--input", "disk"], "unknown input 'disk': there is resident, loader"),
        (["run", "--devices", "tpu"], "unknown device 'tpu': there is cpu, gpu:0"),
        (["run", "--threads", "0"], "threads '0': must be shipped, all, or a number"),
        (["run", "--frameworks", "numpy", "--styles", "gluon"], "nothing is left to run"),
        (["run", "missing.toml"], "missing.toml: cannot be read: No such file or directory"),
        (["run", "--resume", "nowhere"], "nowhere holds no run"),
        (["run", "digits", "--resume", "somewhere"], "--resume continues a run as it was planned: leave out specs"),
        (["run", "--resume", "somewhere", "--blocks", "9"], "leave out --blocks"),
        (["run", "--resume", "somewhere", "--time-limit", "9"], "leave out --time-limit"),
        (["run", "--quick", "--budget", "9m", "--generations", "2"], "--quick sets how much is measured: leave out --budget, --generations"),
        (["report", "nowhere"], "nowhere holds no run"),
        (["diff", "nowhere", "neither"], "nowhere holds no run"),
        (["run", "--quick", "--out", "/dev/null/run"], "cannot write to /dev/null/run: Not a directory"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == Status.BAD_USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fairfit: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--budget", "soon"], "'soon' is no time: write 90s, 5m or 1h"),
        (["run", "--precision", "many"], "'many' is no share: write 2% or 0.02"),
        (["run", "--blocks", "0"], "'0' is no whole number of at least 1"),
        (["run", "--blocks", "\uff11"], "with the digits 0 to 9, not with full-width"),
        (["run", "--out", ""], "'' is no path of a file or folder"),
        (["run", "--budget", "\uff15m"], "with the digits 0 to 9, not with full-width"),
        (["run", "--devices", "gpu:\uff11"], "with the digits 0 to 9, not with full-width"),
        (["run", "--precision", "\uff12%"], "with the digits 0 to 9, not with full-width"),
        (["run", "--budget", "1_0s"], "'1_0s' is no time: write 90s, 5m or 1h"),
        (["run", "--quic"], "unrecognized arguments: --quic"),
        (["prove", "--frame", "numpy"], "unrecognized arguments: --frame"),
        (["check", "a", "--baseline", "b", "--tol", "1%"], "unrecognized arguments: --tol"),
        (["diff", "a", "b", "--js"], "unrecognized arguments: --js"),
        (["list", "--la", "en"], "unrecognized arguments: --la"),
        (["check", "a", "--baseline", "b", "--accuracy", "1"], "'1' is no share: write 1% or 0.01"),
        (["check", "a", "--baseline", "b", "--tolerance", "10"], "'10' is no share: write 10% or 0.1"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    captured = capsys.readouterr()
    assert exit_.value.code == Status.BAD_USAGE
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_a_run_prints_its_table_and_last_where_the_report_is(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["run", str(spec_file), *QUICK, "--out", str(out)]) == Status.OK
    lines = capsys.readouterr().out.rstrip().splitlines()
    assert lines[-1] == f"report: {out / 'report.html'}"
    assert any("numpy" in line and "fastest" in line for line in lines)
    made = {path.name for path in out.iterdir()}
    assert made == {"run.json", "samples.jsonl", "cells.csv", "report.md", "report.html", "figures", "tables"}
    assert {path.suffix for path in (out / "figures").iterdir()} == {".svg", ".png"}


def test_json_holds_the_columns_of_the_contract(spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(spec_file), *QUICK, "--out", str(tmp_path / "run"), "--json"]) == Status.OK
    (row,) = json.loads(capsys.readouterr().out)
    assert tuple(row) == COLUMNS
    assert row["status"] == "measured"
    assert row["samples_per_second"] == pytest.approx(20 / row["epoch_seconds"])


def test_a_device_that_is_not_there_is_labelled_and_leaves_the_run_incomplete(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(spec_file), *QUICK, "--devices", "gpu:0", "--out", str(tmp_path / "run")]) == Status.INCOMPLETE
    assert "unavailable: numpy has no device 'gpu:0' here; it has cpu" in capsys.readouterr().out


def test_a_spec_that_diverges_is_refused_and_leaves_no_folder(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec_file.write_text(SPEC.replace("0.1", "1e6"))
    assert main(["run", str(spec_file), *QUICK, "--out", str(tmp_path / "run")]) == Status.BAD_USAGE
    assert "lower learning_rate (now 1e+06)" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_a_run_is_not_overwritten(
    spec_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(spec_file), *QUICK, "--out", str(tmp_path / "run")]
    assert main(arguments) == Status.OK
    before = (tmp_path / "run" / "samples.jsonl").read_text()
    assert main(arguments) == Status.BAD_USAGE
    assert "holds a run already" in capsys.readouterr().err
    assert (tmp_path / "run" / "samples.jsonl").read_text() == before


def test_prove_says_yes_to_a_right_cell_and_no_to_a_wrong_one(
    spec_file: Path, tmp_path: Path, fakes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", str(spec_file), "--frameworks", "numpy", "--out", str(tmp_path / "right")]) == Status.OK
    told = capsys.readouterr().out
    assert "proven" in told and told.rstrip().endswith(f"report: {tmp_path / 'right' / 'report.html'}")
    heading = next(line for line in told.splitlines() if "status" in line)
    assert heading.split()[-5:] == ["loss", "test", "above", "the", "least"]
    wrong = ["prove", str(spec_file), "--frameworks", "fake", "--styles", "lies", "--out", str(tmp_path / "wrong")]
    assert main(wrong) == Status.NO
    assert "refused" in capsys.readouterr().out


def test_what_pyperf_reads_holds_every_sample_that_counts(spec_file: Path, tmp_path: Path) -> None:
    pyperf = pytest.importorskip("pyperf", reason="pyperf is not installed")
    out = tmp_path / "run"
    assert main(["run", str(spec_file), *QUICK, "--out", str(out)]) == Status.OK
    assert main(["report", str(out), "--pyperf", str(tmp_path / "pyperf.json")]) == Status.OK
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "pyperf.json"))
    benchmark = suite.get_benchmark("mine/numpy/numpy/cpu/1/resident")
    taken = statistics.counted(RunFolder(out).samples())
    assert list(benchmark.get_values()) == [s.seconds for s in taken if s.cell == benchmark.get_name()]


def test_list_and_doctor_speak_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == Status.OK
    listed = json.loads(capsys.readouterr().out)
    assert from_mapping(listed["specs"][0], "").name == "article-linear"
    assert set(listed["frameworks"]) == set(registry.names())


def test_a_spec_of_ones_own_is_named_after_its_file(spec_file: Path) -> None:
    assert load(spec_file).name == "mine"
    assert load(spec_file).digest != tiny().digest


def test_an_interrupt_before_measuring_began_says_that_nothing_was_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairfit.cli.importlib.import_module", interrupted)
    assert main(["run", "digits"]) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "fairfit: interrupted; nothing was measured\n"
