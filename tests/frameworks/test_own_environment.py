"""In a worker's environment no settings of the user decide, and nothing that was compiled elsewhere is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure.environment import of_worker
from tests.required import require

SETTINGS = {"floatx": "float64", "epsilon": 1e-3, "backend": "torch", "image_data_format": "channels_first"}


def told(framework: str, program: str, own: Path) -> list[str]:
    """What a program prints, line by line, in the environment of this framework's workers."""
    require(framework)
    variables = of_worker(registry.find(framework), "1", own)
    command = [sys.executable, "-P", "-W", "ignore", "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.framework("tensorflow")
@pytest.mark.parametrize("place", ["home", "named"])
def test_a_keras_json_of_the_user_decides_nothing(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (tmp_path / ".keras", tmp_path / "named"):
        folder.mkdir()
        (folder / "keras.json").write_text(json.dumps(SETTINGS))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    if place == "named":
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / "named"))
    program = """
import sys, keras
print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format())
print("torch" in sys.modules)
"""
    assert told("tensorflow", program, tmp_path / "own") == ["tensorflow float32 1e-07 channels_last", "False"]


@pytest.mark.framework("pytorch")
def test_all_that_torch_compiles_lies_in_the_worker_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "/somewhere/else")
    program = """
from torch._inductor import codecache
from torch._inductor.runtime import cache_dir_utils
print(codecache._HEADER_DIR)
print(cache_dir_utils.cache_dir())
print(cache_dir_utils.triton_cache_dir(0))
"""
    assert all(Path(line).is_relative_to(tmp_path / "own") for line in told("pytorch", program, tmp_path / "own"))


@pytest.mark.framework("mxnet")
def test_mxnet_keeps_its_files_in_the_worker_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXNET_HOME", "/somewhere/else")
    shims = "\n".join(registry.find("mxnet").shims)
    (line,) = told("mxnet", f"{shims}\nimport mxnet\nprint(mxnet.base.data_dir())", tmp_path / "own")
    assert Path(line).is_relative_to(tmp_path / "own")


def test_a_run_in_an_awkward_folder_compiles(tmp_path: Path) -> None:
    """Of the run and of temporary files, both with a sign that no compiler takes; `prove` needs one compilation."""
    require("pytorch")
    place = tmp_path / "Fisher's data"
    place.mkdir()
    spec = 'model = "linear"\n[data]\nsource = "synthetic-linear"\nrows = 16\n[training]\nlearning_rate = 0.1\nbatch_size = 16\nepochs = 1\n'
    (place / "house prices.toml").write_text(spec)
    command = [
        sys.executable,
        "-m",
        "fairfit.cli",
        "prove",
        "house prices.toml",
        "--frameworks",
        "pytorch",
        "--styles",
        "fullgraph",
    ]
    done = subprocess.run(
        [*command, "--threads", "1", "--out", "my run"], cwd=place, env=os.environ | {"TMPDIR": str(place)},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in place.iterdir() if path.name not in ("house prices.toml", "my run")] == []
