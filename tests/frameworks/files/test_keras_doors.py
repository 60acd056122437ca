"""Files of Keras and TensorFlow that lead elsewhere, were cut or lie: each refused in one line."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairfit.frameworks.files.reading import read
from tests.frameworks.files.keras_ways import dense, exported, keras_archive, some_noise
from tests.frameworks.files.made import arrays, refused, same

pytestmark = pytest.mark.framework("tensorflow")


@some_noise
def test_links_out_of_a_saved_model_are_not_followed(tmp_path: Path) -> None:
    folder = exported(dense(10), tmp_path)
    for name in ("variables/variables.index", "saved_model.pb", "variables/variables.data-00000-of-00001"):
        elsewhere = tmp_path / "elsewhere"
        (folder / name).rename(elsewhere)
        (folder / name).symlink_to(elsewhere)
        assert "link out of the folder" in refused(folder)
        (folder / name).unlink()
        elsewhere.rename(folder / name)
    same(read(folder), *arrays(10))


@some_noise
def test_a_saved_model_that_was_cut_or_changed(tmp_path: Path) -> None:
    folder = exported(dense(10), tmp_path)
    for name in ("variables/variables.index", "saved_model.pb", "variables/variables.data-00000-of-00001"):
        whole = (folder / name).read_bytes()
        for size in (0, 1, len(whole) // 2, len(whole) - 1):
            (folder / name).write_bytes(whole[:size])
            refused(folder)
        (folder / name).unlink()
        refused(folder)
        (folder / name).write_bytes(whole)
    data = folder / "variables/variables.data-00000-of-00001"
    whole = data.read_bytes()
    at = whole.index(np.ascontiguousarray(arrays(10)[0].T).tobytes())
    data.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert "checksum" in refused(folder)


@some_noise
def test_lies_in_a_keras_archive(tmp_path: Path) -> None:
    path = keras_archive(dense(10), tmp_path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    config = json.loads(members["config.json"])
    lies: tuple[Any, ...] = (
        [],
        3,
        None,
        {},
        {"class_name": "Sequential"},
        {**config, "config": {"layers": 3}},
        {**config, "config": {"layers": [{}]}},
    )
    for wrong in lies:
        with zipfile.ZipFile(path, "w") as file:
            for name, data in (members | {"config.json": json.dumps(wrong).encode()}).items():
                file.writestr(name, data)
        refused(path)
