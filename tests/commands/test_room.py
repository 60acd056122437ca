"""What cannot fit is told in one line, with exit status 2, before anything is made or waited for."""

from pathlib import Path

import pytest

from fairfit.cli import main
from fairfit.commands.answer import Status
from fairfit.measure import hold, memory, room
from fairfit.models import data as datasets
from fairfit.models.spec import Spec


def spec(folder: Path, rows: int, training: str = "") -> str:
    path = folder / "large.toml"
    weight = ", ".join(["1.0"] * 100)
    path.write_text(
        f'model = "linear"\n[data]\nsource = "synthetic-linear"\nweight = [{weight}]\nrows = {rows}\n'
        f"[training]\nlearning_rate = 0.1\n{training}"
    )
    return str(path)


@pytest.fixture
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "lay_out", lambda *_: pytest.fail("data were made"))
    monkeypatch.setattr(hold, "take", lambda *_, **__: pytest.fail("CPUs were waited for"))


@pytest.mark.parametrize("command", ["run", "prove"])
@pytest.mark.parametrize("rows", [10**9, 10**14, 2**62])
@pytest.mark.parametrize(
    ("roomy", "said"),
    [
        ("disk", "does not fit: its worker and the data would take about "),
        ("memory", "fairfit: the data and the order of its rows in each epoch would take "),
    ],
)
def test_data_that_the_machine_does_not_hold(
    command: str, rows: int, roomy: str, said: str, tmp_path: Path, nothing_is_made: None, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(memory, "available_bytes", lambda: 2**80 if roomy == "memory" else 8 * 10**9)
    monkeypatch.setattr(room, "free_bytes", lambda _: 2**80 if roomy == "disk" else 8 * 10**9)
    assert main([command, spec(tmp_path, rows), "--frameworks", "numpy", "--out", str(tmp_path / "out")]) == Status.BAD_USAGE
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_element_more_than_mxnet_counts(tmp_path: Path, nothing_is_made: None, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "run",
        spec(tmp_path, 21_474_837),
        "--frameworks",
        "mxnet",
        "--input",
        "resident",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(arguments) == Status.BAD_USAGE
    told = capsys.readouterr().err.strip()
    assert "MXNet counts the elements of an array up to 2,147,483,647, and 21,474,837 × 100 are 2,147,483,700" in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_order_that_there_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", spec(tmp_path, 100, 'order = "block"\n'), "--out", str(tmp_path / "out")]) == Status.BAD_USAGE
    assert "order = 'block': must be one of rows, blocks" in capsys.readouterr().err


def test_specs_of_several_batch_sizes_share_one_set_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[str] = []
    lay_out = datasets.lay_out

    def counted(spec: Spec, folder: Path, data_dir: Path | None = None) -> int:
        made.append(spec.name)
        return lay_out(spec, folder, data_dir)

    monkeypatch.setattr(datasets, "lay_out", counted)
    arguments = ["run", spec(tmp_path, 100), "--frameworks", "numpy", "--quick", "--batch-sizes", "10,20,50"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == Status.OK
    assert made == ["large@10"]
    assert "memory: data" in capsys.readouterr().err
