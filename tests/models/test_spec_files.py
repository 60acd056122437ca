"""Specs as files: found, named, described, and told what is wrong with them."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from fairfit.models import spec as specs
from fairfit.models.errors import SpecError
from fairfit.models.sources.diabetes import Diabetes
from fairfit.models.text import Text
from tests.models.contents import build, content, refusal

# -- description ---------------------------------------------------------------------------------------------------------


def test_a_description_is_a_text_or_one_in_each_language() -> None:
    in_one, in_both = (content("digits") | {"description": value} for value in ("ours", {"en": "ours", "zh": "我们的"}))
    assert specs.from_mapping(in_one, "test").description == "ours"
    assert specs.from_mapping(in_both, "test").description == Text("ours", "我们的")


@pytest.mark.parametrize("value", [3, ["ours"], {}, {"en": "ours"}, {"en": "ours", "zh": 3}, {"en": "a", "zh": "b", "fr": "c"}])
def test_a_description_that_lacks_a_language_is_refused(value: Any) -> None:
    message = refusal(content("digits") | {"description": value})
    assert message.startswith(f"description = {value!r}: must be a text, or a table with one in each language")


@pytest.mark.parametrize("description", ["ours", Text("ours", "我们的")])
def test_a_description_comes_back_from_json_equal(description: Text | str) -> None:
    spec = dataclasses.replace(build("digits"), description=description)
    assert specs.from_mapping(json.loads(json.dumps(specs.to_json(spec))), "").description == description


@pytest.mark.parametrize("name", specs.builtin_names())
def test_a_built_in_spec_is_described_in_both_languages(name: str) -> None:
    described = specs.find(name).description
    assert isinstance(described, Text)
    assert described.en != described.zh


# -- files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", specs.builtin_names())
def test_a_built_in_spec_comes_back_from_json_equal(name: str) -> None:
    spec = specs.find(name)
    assert spec.name == name
    assert specs.from_mapping(json.loads(json.dumps(specs.to_json(spec))), "another name") == spec


def test_the_article_s_two_regressions_and_the_embedded_data_are_built_in() -> None:
    assert {"article-linear", "article-softmax", "diabetes", "digits", "fashion-mnist"} <= set(specs.builtin_names())


def test_a_file_is_found_by_its_path_and_named_after_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "linear"\n[data]\nsource = "diabetes"\nfeatures = ["bmi"]\n[training]\nlearning_rate = 0.1\n')
    spec = specs.find(str(path))
    assert (spec.name, spec.data, spec.training.learning_rate) == ("mine", Diabetes(features=("bmi",)), 0.1)


def test_a_file_may_name_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "ours"\nmodel = "linear"\n[data]\nsource = "diabetes"\n[training]\nlearning_rate = 0.1\n')
    assert specs.load(path).name == "ours"


WRITTEN = 'model = "linear"\n[data]\nsource = "diabetes"\n[training]\nlearning_rate = 0.1\n'


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8-sig", "byte-order mark of UTF-8"), ("utf-16", "byte-order mark of UTF-16"), ("utf-32", "byte-order mark of UTF-32"),
     ("utf-16-le", "zero bytes, as UTF-16"), ("utf-16-be", "zero bytes, as UTF-16")],
)  # fmt: skip
def test_a_file_in_another_encoding_is_told_which_it_is(tmp_path: Path, encoding: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WRITTEN, encoding=encoding)
    with pytest.raises(SpecError, match=told) as caught:
        specs.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", ["learning_rate = \uff10.1", "learning_rate\u3000= 0.1", "start = \u201czeros\u201d", "epochs = 1\uff12"]
)
def test_a_sign_of_full_width_is_named(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{WRITTEN}{wrong}\n", encoding="utf-8")
    with pytest.raises(SpecError, match="in half width") as caught:
        specs.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b'model = "linear', "Illegal character|Unterminated|Expected"),
        (b'model = "\xff"', "UTF-8"),
        (b"model = " + b"[" * 100_000, "nest too deeply"),
        (b"model = " + b"1" * 5_000, "a whole number in it has thousands of digits"),
        (b"data = 0x" + b"f" * 5_000 + b"\nmodel = 1\ntraining = 1", "data = a number of thousands of digits"),
        (b'model = "cubic"\n[data]\nsource = "digits"\n[training]\nlearning_rate = 0.1\n', "model = 'cubic': must be one of"),
        (b"", "model is missing"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, written: bytes, message: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(written)
    with pytest.raises(SpecError, match=message) as caught:
        specs.load(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SpecError, match="cannot be read") as caught:
        specs.find(str(tmp_path / name))
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


def test_an_unknown_name_is_told_what_is_built_in_and_the_nearest() -> None:
    with pytest.raises(SpecError) as caught:
        specs.find("fashion-mnits")
    assert str(caught.value) == (
        f"no spec 'fashion-mnits': built in are {', '.join(specs.builtin_names())}; "
        "or name a .toml file (did you mean 'fashion-mnist'?)"
    )
