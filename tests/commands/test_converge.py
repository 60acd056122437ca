"""--converge through the commands: the spec that was made is recorded and reaches the least loss; what cannot is one line."""

from pathlib import Path

import pytest

import fairfit
from fairfit.cli import main
from fairfit.models.spec import find, from_mapping, load
from fairfit.reporting.optima import above

UNSCALED = """
model = "linear"
[data]
source = "diabetes"
scaling = "none"
[training]
learning_rate = 0.1
"""


def test_what_is_trained_reaches_the_least_loss_and_is_recorded(tmp_path: Path) -> None:
    run = fairfit.prove("diabetes", converge=True, frameworks="numpy", out=tmp_path / "run")
    assert run.status is fairfit.Status.OK
    (recorded,) = run.evidence.runs
    record = recorded.specs["diabetes@converge"]
    assert record.spec["training"]["batch_size"] == record.rows and record.digest != find("diabetes").digest
    assert from_mapping(record.spec, "").digest == record.digest
    for row in run.evidence.rows:
        far = above(row.spec, row.train_loss, row.record.penalty)
        assert far is not None and abs(far) <= 1e-6
    assert "converge=True" in recorded.command


def test_a_file_s_own_settings_are_replaced_and_its_data_is_not(spec_file: Path, tmp_path: Path) -> None:
    run = fairfit.prove(spec_file, converge=True, frameworks="numpy", out=tmp_path / "run")
    record = run.evidence.runs[0].specs["mine@converge"]
    own = load(spec_file)
    assert record.spec["data"]["rows"] == 20 and record.spec["training"]["dtype"] == own.training.dtype
    assert record.spec["training"]["batch_size"] == 20


def test_prove_says_how_near_it_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "diabetes", "--converge", "--frameworks", "numpy", "--out", str(tmp_path / "run")]) == 0
    told = capsys.readouterr().out
    assert "above the least" in told and "diabetes@converge: the least training loss is 1,450.8" in told


@pytest.mark.parametrize("command", ["run", "prove"])
def test_features_of_very_different_size_are_refused_with_their_condition_number(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unscaled.toml"
    path.write_text(UNSCALED)
    assert main([command, str(path), "--converge", "--frameworks", "numpy", "--out", str(tmp_path / "run")]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert "'unscaled' cannot be made to converge: the condition number of its features is" in told.err
    assert not (tmp_path / "run").exists()


def test_it_chooses_the_batch_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "diabetes", "--converge", "--batch-sizes", "8,16"]) == 2
    assert "--converge chooses the batch size: leave out --batch-sizes" in capsys.readouterr().err


def test_a_spec_that_is_left_out_is_not_worked_on(tmp_path: Path) -> None:
    path = tmp_path / "unscaled.toml"
    path.write_text(UNSCALED)
    run = fairfit.prove(path, "article-softmax", converge=True, models="softmax", frameworks="numpy", out=tmp_path / "run")
    assert list(run.evidence.runs[0].specs) == ["article-softmax@converge"]
