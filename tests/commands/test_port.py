"""`fairfit port` and `fairfit verify`: what is carried and told, that nothing is overwritten, and what refutes a certificate."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fairfit
from fairfit.cli import main
from fairfit.commands.answer import Status
from fairfit.frameworks.files import reading
from fairfit.frameworks.ports import forms

OUTPUTS, INPUTS = 10, 64  # those of digits


def model(folder: Path, name: str = "model.npz", dtype: str = "float32") -> Path:
    generator = np.random.default_rng(1)
    arrays = {"weight": generator.standard_normal((OUTPUTS, INPUTS)), "bias": generator.standard_normal(OUTPUTS)}
    np.savez(folder / name, **{key: values.astype(dtype) for key, values in arrays.items()})
    return folder / name


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Status, and the last line of standard error."""
    capsys.readouterr()
    status = main([str(argument) for argument in arguments])
    lines = capsys.readouterr().err.strip().splitlines()
    assert not any("Traceback" in line for line in lines)
    return status, lines[-1] if lines else ""


# -- port


def test_a_port_has_the_same_weights_and_predicts_the_same(tmp_path: Path) -> None:
    source = model(tmp_path)
    ported = fairfit.port(source, "numpy", format="safetensors", on="digits", out=tmp_path / "moved")
    assert ported.status == Status.OK and ported.files == [tmp_path / "moved.safetensors"]
    here, there = reading.read(source), reading.read(ported.files[0])
    assert here.weight.tobytes() == there.weight.tobytes() and here.bias.tobytes() == there.bias.tobytes()
    (predicted,) = ported.predictions
    assert {"your rows for training": 1437, "one row": 1, "1,000,000 rows": 1_000_000}.items() <= {
        (one.name, one.rows) for one in predicted.judged
    }
    assert all(one.holds for one in predicted.judged)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_framework_that_is_here_takes_the_model(dtype: str, tmp_path: Path) -> None:
    source = model(tmp_path, dtype=dtype)
    for framework in ("mxnet", "tensorflow", "pytorch", "jax"):
        if fairfit_has(framework):
            ported = fairfit.port(source, framework, out=tmp_path / framework)
            assert ported.status == Status.OK
            assert reading.read(ported.files[0]).weight.tobytes() == reading.read(source).weight.tobytes()


def fairfit_has(framework: str) -> bool:
    from fairfit.frameworks import registry

    return registry.installed_version(registry.find(framework)) is not None


def test_the_result_is_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["port", str(model(tmp_path)), "--to", "numpy", "--out", str(tmp_path / "moved.npz"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert status == Status.OK and found["weights"]["equal"] is True
    assert found["files"] == [str(tmp_path / "moved.npz")] and found["layer"]["shape"] == [OUTPUTS, INPUTS]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "torch"], "unknown framework 'torch'"),
        (["--to", "numpy", "--format", "keras"], "unknown format of numpy 'keras': there is npz, safetensors"),
        (["--to", "numpy", "--out", "there.npz"], "there.npz is there: choose another --out, or remove it"),
        (["--to", "numpy", "--out", "moved.pt"], "moved.pt: a file of numpy's npz ends in .npz"),
        (["--to", "numpy", "--out", "nowhere/moved.npz"], "there is no folder nowhere"),
        (["--to", "numpy", "--certificate", "there.npz"], "there.npz is there: choose another --certificate"),
        (["--to", "numpy", "--rate", "0.1"], "--rate belongs to an optimizer's state: no optimizer state was read from the file"),
        (["--to", "numpy", "--on", "diabetes"], "diabetes has 10 inputs, and the layer takes 64"),
        (["--to", "numpy", "--on", "digit"], "did you mean"),
        (["--to", "numpy", "--layer", "other"], "other"),
        (["--to", "numpy", "--target", "price"], "--target belongs to a table: name it with --data FILE"),
    ],
)
def test_what_cannot_be_is_told_in_one_line_and_nothing_is_written(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.npz").write_bytes(b"mine")
    model(tmp_path)
    status, line = told(capsys, "port", "model.npz", *arguments)
    assert status == Status.BAD_USAGE and says in line
    assert (
        sorted(path.name for path in tmp_path.iterdir()) == ["model.npz", "there.npz"]
        and (tmp_path / "there.npz").read_bytes() == b"mine"
    )


@pytest.mark.parametrize("value", ["0", "-1", "nan", "fast"])
def test_a_rate_that_is_none_is_told(value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["port", str(model(tmp_path)), "--to", "numpy", f"--rate={value}"])
    assert stopped.value.code == Status.BAD_USAGE and "is no learning rate" in capsys.readouterr().err


# -- verify


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with model.npz, moved.safetensors and their certificate, model.json."""
    folder = tmp_path_factory.mktemp("certified")
    source = model(folder)
    fairfit.port(
        source, "numpy", format="safetensors", on="digits", out=folder / "moved.safetensors", certificate=folder / "model.json"
    )
    return folder


@pytest.fixture
def copied(certified: Path, tmp_path: Path) -> Path:
    for file in certified.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_certificate_that_was_made_holds(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(copied / "model.json")]) == Status.OK
    assert "holds: files, weights and predictions are as certified" in capsys.readouterr().out


def test_its_page_is_in_both_languages(copied: Path) -> None:
    page = (copied / "model.html").read_text(encoding="utf-8")
    assert "Certificate of a port" in page and "移植证书" in page and "fairfit verify model.json" in page


def test_one_weight_changed_by_a_thousand_units_refutes(copied: Path) -> None:
    with np.load(copied / "model.npz") as arrays:
        weight, bias = arrays["weight"], arrays["bias"]
    weight[3, 17] += 1000 * np.spacing(weight[3, 17])
    np.savez(copied / "model.npz", weight=weight, bias=bias)
    found = fairfit.verify(copied / "model.json")
    assert found.status == Status.NO
    assert any(str(text).startswith("weight[3, 17]: ") and "1 of 640 numbers differ" in str(text) for text in found.refuted)


def certificate(folder: Path, change: Callable[[Any], None]) -> Path:
    """The certificate, changed."""
    statement = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    change(statement)
    (folder / "model.json").write_text(json.dumps(statement), encoding="utf-8")
    return folder / "model.json"


def _version(statement: Any) -> None:
    statement["predicate"]["predictions"][0]["version"] = "1.0.0"


def _spec(statement: Any) -> None:
    statement["predicate"]["rows"]["spec"]["data"]["first_rows"] = 100


def _distance(statement: Any) -> None:
    statement["predicate"]["predictions"][0]["judged"][0]["worst"] *= 0.99


def _bound(statement: Any) -> None:
    statement["predicate"]["predictions"][0]["judged"][0]["allowed"] *= 2


def _digest(statement: Any) -> None:
    statement["subject"][0]["digest"]["sha256"] = "0" * 64


def _layer(statement: Any) -> None:
    statement["predicate"]["source"]["layer"] = "another"


def _row(statement: Any) -> None:
    statement["predicate"]["predictions"][0]["judged"][0]["row"] += 1


def _weights(statement: Any) -> None:
    statement["predicate"]["weights"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_version, "NumPy: 1.0.0 was certified, and here is"),
        (_spec, "digits: its rows are others than those certified"),
        (_distance, "NumPy, your rows for training: "),
        (_bound, "NumPy, your rows for training: "),
        (_digest, "model.npz: another file: its SHA-256 is "),
        (_layer, "model.npz: is read as NumPy .npz"),
        (_row, "NumPy, your rows for training: "),
        (_weights, "model.npz: its weights are others than those certified"),
    ],
    ids=["version", "spec", "distance", "bound", "file", "layer", "row", "weights"],
)
def test_a_changed_certificate_is_refuted(change: Callable[[Any], None], says: str, copied: Path) -> None:
    found = fairfit.verify(certificate(copied, change))
    assert found.status == Status.NO and any(says in str(text) for text in found.refuted), found.refuted


@pytest.mark.parametrize("change", [os.remove, lambda path: Path(path).write_bytes(b"something else")], ids=["gone", "another"])
@pytest.mark.parametrize("file", ["model.npz", "moved.safetensors"])
def test_another_file_refutes(file: str, change: Callable[[Path], None], copied: Path) -> None:
    change(copied / file)
    found = fairfit.verify(copied / "model.json")
    assert found.status == Status.NO and any(str(text).startswith(f"{file}: ") for text in found.refuted)


def _kind(statement: Any) -> None:
    statement["predicateType"] = "https://example.org/other"


def _no_port(statement: Any) -> None:
    statement["predicate"]["port"] = []


def _stranger(statement: Any) -> None:
    statement["predicate"]["port"] = ["elsewhere.npz"]


def _field(statement: Any) -> None:
    statement["predicate"]["weights"] = 7


@pytest.mark.parametrize("change", [_kind, _no_port, _stranger, _field])
def test_what_is_no_certificate_is_told_in_one_line(
    change: Callable[[Any], None], copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, line = told(capsys, "verify", certificate(copied, change))
    assert status == Status.BAD_USAGE and "is no certificate of fairfit: " in line


@pytest.mark.parametrize("held", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b"7"])
def test_what_is_no_json_is_told_in_one_line(held: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.json").write_bytes(held)
    status, line = told(capsys, "verify", tmp_path / "model.json")
    assert status == Status.BAD_USAGE and "is no certificate of fairfit" in line


def test_what_cannot_be_predicted_here_is_not_refuted(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms.Row, "missing", lambda row: "safetensors is not installed" if row.needs else None)
    found = fairfit.verify(copied / "model.json")
    assert (found.status, found.refuted) == (Status.INCOMPLETE, [])
    assert [str(text) for text in found.untold] == ["predictions: safetensors is not installed"]
