"""Training code of the user's own: proven like every framework, and where it is wrong or breaks the reason is told."""

import os
from pathlib import Path

import pytest

import fairfit
from fairfit.measure import own_code
from tests.measure import ports

Cells = dict[str, dict[str, str]]  # by the name of their rows, and of the columns of cells.csv


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """One proof of all ports."""
    folder = tmp_path_factory.mktemp("ports")
    (folder / "ours.toml").write_text(ports.SPEC, encoding="utf-8")
    (folder / "statistics.py").write_text("raise RuntimeError('not the one of Python')\n", encoding="utf-8")
    (folder / "models").mkdir()
    (folder / "models" / "__init__.py").write_text("", encoding="utf-8")
    sources = ports.FINE | {name: ports.changed(*changes) for name, (changes, _) in ports.WRONG.items()}
    sources |= {name: ports.changed((old, new)) for name, (old, new, *_) in ports.BREAKS.items()}
    result = fairfit.prove(
        folder / "ours.toml", frameworks="numpy", adapter=ports.written(folder, sources), time_limit=8, out=folder / "proof"
    )
    assert result.status == fairfit.Status.NO
    return {
        cell["framework"]: {str(name): str(value) for name, value in cell.items()} for cell in result.cells.to_dict("records")
    }


@pytest.mark.parametrize("name", ports.FINE)
def test_what_is_right_is_proven(cells: Cells, name: str) -> None:
    assert (cells[name]["status"], cells[name]["reason"]) == ("measured", "")
    assert (cells[name]["style"], cells[name]["level"]) == ("own", "own")


@pytest.mark.parametrize("name", ports.WRONG)
def test_a_port_that_is_wrong_as_ports_are_is_refused_with_its_cause(cells: Cells, name: str) -> None:
    cause = ports.WRONG[name][1]
    reason = cells[name]["reason"]
    assert cells[name]["status"] == "refused" and "times what rounding makes" in reason, reason
    assert f"likely cause: {cause}" in reason


@pytest.mark.parametrize("name", ports.BREAKS)
def test_what_breaks_is_told_in_one_line_and_stops_no_other(cells: Cells, name: str) -> None:
    *_, status, reason = ports.BREAKS[name]
    assert cells[name]["status"] == status, cells[name]["reason"]
    assert reason in cells[name]["reason"]


LINEAR = """
def train(features, targets, weight, bias, orders, batch_size, learning_rates):
    for order, rate in zip(orders, learning_rates):
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            residual = features[batch] @ weight.T + bias - targets[batch][:, None]
            weight -= rate * residual.T @ features[batch] / len(batch)
            bias -= rate * residual.mean(axis=0)
        yield weight, bias
"""


def test_two_files_of_a_linear_model_are_compared_with_each_other(tmp_path: Path) -> None:
    sources = {
        "ours": LINEAR,
        "without_half": LINEAR.replace("weight -= rate", "weight -= 2 * rate").replace("bias -= rate", "bias -= 2 * rate"),
    }
    result = fairfit.prove("article-linear", frameworks="numpy", adapter=ports.written(tmp_path, sources), out=tmp_path / "proof")
    records = {record.cell.framework: record for record in result.evidence.runs[0].cells}
    assert [(name, record.status) for name, record in records.items()] == [
        ("numpy", "measured"), ("ours", "measured"), ("without_half", "refused"),
    ]  # fmt: skip
    assert "likely cause: the squared loss is taken without ½" in str(records["without_half"].reason)


# -- what is refused before anything runs


def refused(tmp_path: Path, source: str | bytes, name: str = "port.py") -> str:
    """Why no plan is made with this file."""
    path = tmp_path / name
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(fairfit.UserError) as caught:
        own_code.rows([path])
    assert "\n" not in str(caught.value)
    return str(caught.value)


BASE = "from fairfit.frameworks.base import Trainer\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def train(features:\n    pass\n", "port.py, line 1: "),
        ("x = 1\n", "port.py has neither a function train nor a class"),
        ("", "port.py has neither a function train nor a class"),
        (f"{BASE}class One(Trainer): ...\nclass Two(Trainer): ...\n", "port.py has One and Two: must have one of them alone"),
        (f"{BASE}class One(Trainer): ...\ndef train(weight): ...\n", "port.py has One and train: must have one of them alone"),
        ("from fairfit.frameworks import base\nclass One(base.Trainer): ...\ndef train(bias): ...\n", "has One and train"),
        ("def train(features, rate): ...\n", "port.py, line 1: train has a parameter 'rate': there is features, targets, weight"),
        ("def train(features, *rest): ...\n", "train has a parameter 'rest'"),
        ("def train(features, *, verbose=False): ...\n", "train has a parameter 'verbose'"),
        ("class train: ...\n", "port.py has neither a function train nor a class"),
        ("async def train(features): ...\n", "train is asynchronous"),
        ("import torch\nimport mxnet as mx\ndef train(weight): ...\n", 'imports mxnet and pytorch, and a worker holds one framework: say which, FRAMEWORK = "pytorch"'),
        ("FRAMEWORK = 'torch'\ndef train(weight): ...\n", "port.py: FRAMEWORK: unknown framework 'torch': there is"),
        ("FRAMEWORK = 1\ndef train(weight): ...\n", "port.py: FRAMEWORK: unknown framework"),
        (b"def train(weight): '\xff'\n", "port.py"),
        (b"x = 1\0\n", "port.py"),
        ("(" * 100_000, "port.py"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_measured_is_refused(tmp_path: Path, source: str | bytes, reason: str) -> None:
    assert reason in refused(tmp_path, source)


def test_a_path_that_is_no_python_file_is_refused(tmp_path: Path) -> None:
    assert "an adapter is a Python file" in refused(tmp_path, "{}", "port.ipynb")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    for name, reason in {"nowhere.py": "there is no such file", "folder.py": "is no file", "pipe.py": "is no file"}.items():
        with pytest.raises(fairfit.UserError, match=reason):
            own_code.rows([tmp_path / name])


def test_nothing_of_the_file_is_carried_out_where_the_plan_is_made(tmp_path: Path) -> None:
    path = tmp_path / "port.py"
    path.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n{ports.RIGHT}", encoding="utf-8")
    own_code.rows([path])
    assert not (tmp_path / "ran").exists()


# -- rows


@pytest.mark.parametrize(
    ("imports", "framework"),
    [
        ("import torch.nn", "pytorch"),
        ("from keras import layers", "tensorflow"),
        ("from mxnet.gluon import Trainer", "mxnet"),
        ("import jax.numpy as jnp", "jax"),
        ("from fairfit.frameworks.pytorch import NNTrainer", "pytorch"),
        ("import numpy", "numpy"),
        ("from model import Net", "pytorch"),
        ("FRAMEWORK = 'jax'\nfrom model import Net", "jax"),
    ],
)
def test_the_framework_is_the_one_that_is_imported_or_named(tmp_path: Path, imports: str, framework: str) -> None:
    (tmp_path / "model.py").write_text("import torch\n\nclass Net: ...\n", encoding="utf-8")
    (tmp_path / "port.py").write_text(f"{imports}\n\n\ndef train(weight): ...\n", encoding="utf-8")
    (row,), records = own_code.rows([tmp_path / "port.py"])
    assert (row.name, row.baseline, records["port"].framework) == ("port", False, framework)
    assert set(row.files) == ({"port.py", "model.py"} if "model" in imports else {"port.py"})


def test_two_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "train.py" for folder in ("old", "new")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(ports.RIGHT, encoding="utf-8")
    rows, _ = own_code.rows(paths)
    assert [row.name for row in rows] == ["train", "new-train"]
    assert rows[0].colour != rows[1].colour
    with pytest.raises(fairfit.UserError, match="is given twice"):
        own_code.rows([paths[0], paths[0]])


def test_a_file_may_be_called_like_a_framework(tmp_path: Path) -> None:
    folder = tmp_path / "ports"
    folder.mkdir()
    rows, _ = own_code.rows(ports.written(folder, {"numpy": ports.RIGHT}))
    assert rows[0].name == "ports-numpy"


# -- Trainers


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    def parameters(self):\n        return self.weight, self.bias\n", "refused: parameters gave tuple: must be Parameters"),
        ("    def predict(self, features):\n        return features\n", "refused: predictions of shape (10, 4): the contract"),
        ("    def predict(self, features):\n        return super().predict(features) + 1\n", "refused: predict does not give the raw scores"),
        ("    def reset(self, parameters):\n        raise OSError('no')\n", "failed: trainer.py, line 5: OSError: no"),
        ("    def reset(self, parameters):\n        raise SystemExit('no')\n", "failed: trainer.py, line 5: sys.exit('no')"),
    ],
)  # fmt: skip
def test_a_trainer_that_breaks_the_contract_is_told(tmp_path: Path, body: str, reason: str) -> None:
    (tmp_path / "ours.toml").write_text(ports.SPEC, encoding="utf-8")
    source = f"from fairfit.frameworks.numpy import ArrayTrainer\n\nclass Ours(ArrayTrainer):\n{body}"
    (adapter,) = ports.written(tmp_path, {"trainer": source})
    result = fairfit.prove(tmp_path / "ours.toml", frameworks="numpy", adapter=adapter, out=tmp_path / "proof")
    record = result.evidence.runs[0].cells[-1]
    assert f"{record.status}: {record.reason}".startswith(reason)
