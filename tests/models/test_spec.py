"""A specification is checked field by field, read from TOML and from JSON, and hashed by what counts."""

import dataclasses
import math
from typing import Any

import pytest

from fairfit.models import spec as specs
from fairfit.models.checked import Checked, file_fields
from fairfit.models.errors import SpecError
from fairfit.models.sources import SOURCES
from fairfit.models.sources.digits import Digits
from tests.models.contents import build, content, refusal

NAN, INFINITY = math.nan, math.inf


# -- every field is checked ----------------------------------------------------------------------------------------------


def no_integers(least: int) -> tuple[list[Any], str]:
    return [
        least - 1,
        least + 0.5,
        float(least),
        str(least),
        True,
        NAN,
        [least],
        {"value": least},
    ], f"an integer of at least {least}"


def no_numbers(allowed: str, *also: Any) -> tuple[list[Any], str]:
    return [NAN, INFINITY, -INFINITY, True, "1", [1.0], {"value": 1.0}, *also], allowed


def no_names(*allowed: str) -> tuple[list[Any], str]:
    return ["", "Zeros", 1, True, [allowed[0]], {"name": allowed[0]}], "one of " + ", ".join(allowed)


LISTS = "a list of one or more numbers"
NAMES = "a list of names out of age, sex, bmi"

REFUSED: dict[tuple[str, str], tuple[list[Any], str]] = {  # (source or 'training', field) → (values, what is allowed)
    **{(source, field): no_integers(0) for source in SOURCES if source != "table" for field in ("first_rows", "first_inputs")},
    ("synthetic-linear", "weight"): ([[], 2.0, "2", [True], [1.0, NAN], [INFINITY], [[1.0]], ["2"], {"w": 1.0}], LISTS),
    ("synthetic-linear", "bias"): no_numbers("a number"),
    ("synthetic-linear", "noise"): no_numbers("a number of at least 0", -0.01),
    ("synthetic-linear", "rows"): no_integers(1),
    ("synthetic-linear", "test_rows"): no_integers(2),
    ("synthetic-linear", "seed"): no_integers(0),
    ("synthetic-classes", "features"): no_integers(1),
    ("synthetic-classes", "classes"): no_integers(2),
    ("synthetic-classes", "separation"): no_numbers("a number of at least 0", -0.01),
    ("synthetic-classes", "rows"): no_integers(2),
    ("synthetic-classes", "test_rows"): no_integers(2),
    ("synthetic-classes", "seed"): no_integers(0),
    ("diabetes", "features"): ([[], "bmi", ["BMI"], ["bmi", "height"], [1], [True], [["bmi"]], {"bmi": 1}], NAMES),
    ("diabetes", "scaling"): no_names("none", "standard"),
    ("diabetes", "test_rows"): ([1, 401, 20.0, "20", True, NAN, [20]], "an integer from 2 to 400"),
    ("digits", "scaling"): no_names("unit", "standard"),
    ("digits", "test_rows"): ([9, 1501, 360.0, "360", True, NAN, [360]], "an integer from 10 to 1500"),
    ("digits", "seed"): no_integers(0),
    ("fashion-mnist", "scaling"): no_names("unit", "standard"),
    ("training", "learning_rate"): (
        [0, 0.0, -0.1, NAN, INFINITY, True, "0.1", [], [0.1, 0.1, 0], [0.1, NAN, 0.1], [0.1, True, 0.1], [[0.1]], {"rate": 0.1}],
        "a number above 0, or a list of one for each epoch",
    ),
    ("training", "batch_size"): no_integers(1),
    ("training", "epochs"): no_integers(1),
    ("training", "momentum"): no_numbers("a number from 0 to below 1", 1, 1.0, -0.1),
    ("training", "l2"): no_numbers("a number of at least 0", -1e-9),
    ("training", "start"): no_names("zeros", "normal"),
    ("training", "start_scale"): no_numbers("a number of at least 0", -0.01),
    ("training", "start_seed"): no_integers(0),
    ("training", "order_seed"): no_integers(0),
    ("training", "order"): no_names("rows", "blocks"),
    ("training", "block_rows"): no_integers(1),
    ("training", "dtype"): no_names("float32", "float64"),
}

ANOTHER: dict[tuple[str, str], Any] = {  # (source or 'training', field) → a value that is allowed and is not the default
    **{(source, field): 1 for source in SOURCES if source != "table" for field in ("first_rows", "first_inputs")},
    ("synthetic-linear", "weight"): [2.0, -3.5],
    ("synthetic-linear", "bias"): -1.5,
    ("synthetic-linear", "noise"): 0,
    ("synthetic-linear", "rows"): 1,
    ("synthetic-linear", "test_rows"): 2,
    ("synthetic-linear", "seed"): 7,
    ("synthetic-classes", "features"): 1,
    ("synthetic-classes", "classes"): 2,
    ("synthetic-classes", "separation"): 0,
    ("synthetic-classes", "rows"): 2,
    ("synthetic-classes", "test_rows"): 2,
    ("synthetic-classes", "seed"): 7,
    ("diabetes", "features"): ["bmi"],
    ("diabetes", "scaling"): "none",
    ("diabetes", "test_rows"): 400,
    ("digits", "scaling"): "standard",
    ("digits", "test_rows"): 1500,
    ("digits", "seed"): 7,
    ("fashion-mnist", "scaling"): "standard",
    ("training", "learning_rate"): [0.1, 0.1, 0.05],
    ("training", "batch_size"): 1,
    ("training", "epochs"): 1,
    ("training", "momentum"): 0.999,
    ("training", "l2"): 1,
    ("training", "start"): "normal",
    ("training", "start_scale"): 0,
    ("training", "start_seed"): 7,
    ("training", "order_seed"): 7,
    ("training", "order"): "blocks",
    ("training", "block_rows"): 1024,
    ("training", "dtype"): "float64",
}

DIGESTS = {
    "article-linear": "9f38f5f22474",
    "article-softmax": "f21dc9fa3980",
    "diabetes": "ebb334686b44",
    "digits": "88e519577354",
    "fashion-mnist": "4f7a9ca624a4",
}

# what holds for a field that names a file is tested in sources/test_source.py
FIELDS = {("training", field.name) for field in dataclasses.fields(specs.Training)} | {
    (source, field.name) for source, kind in SOURCES.items() if not file_fields(kind) for field in dataclasses.fields(kind)
}


def source_of(place: str) -> str:
    return "synthetic-linear" if place == "training" else place


def test_the_tables_of_this_file_hold_every_field() -> None:
    assert set(REFUSED) == FIELDS
    assert set(ANOTHER) == FIELDS


@pytest.mark.parametrize(
    ("place", "field", "value", "allowed"),
    [
        pytest.param(place, field, value, allowed, id=f"{place}-{field}-{value}")
        for (place, field), (values, allowed) in REFUSED.items()
        for value in values
    ],
)
def test_a_refused_value_is_named_with_its_field_and_what_is_allowed(place: str, field: str, value: Any, allowed: str) -> None:
    shown = tuple(value) if isinstance(value, list) else value
    assert refusal(content(source_of(place), **{field: value})).startswith(f"{field} = {shown!r}: must be {allowed}")


def test_what_is_allowed_is_never_said_in_infinite_numbers() -> None:
    kinds: list[type[Checked]] = [specs.Training, *SOURCES.values()]
    allowed = {field.name: str(field.metadata["allowed"]) for kind in kinds for field in dataclasses.fields(kind)}
    assert {name: words for name, words in allowed.items() if {"inf", "-inf"} & set(words.split())} == {}


def test_an_integer_beyond_every_float_is_refused() -> None:
    assert refusal(content("synthetic-linear", bias=10**400)).startswith("bias = 1000")


@pytest.mark.parametrize("seed", [2**63, 10**400, 16**5000], ids=["64 bits", "401 digits", "6,021 digits"])
def test_an_integer_beyond_64_bits_is_refused(seed: int) -> None:
    assert refusal(content("synthetic-linear", seed=seed)).endswith("must be an integer of at least 0, below 2^63")


def test_a_long_value_is_cut_in_the_message() -> None:
    assert refusal(content("digits") | {"model": "m" * 1000}) == f"model = '{'m' * 99}…: must be one of linear, softmax"


def test_a_value_too_deep_to_be_written_is_refused_without_it() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    message = refusal(content("digits") | {"model": nested})
    assert message == "model = a value nested thousands of levels deep: must be one of linear, softmax"


@pytest.mark.parametrize("rates", [[0.1], [0.1, 0.1], [0.1] * 4])
def test_a_list_of_learning_rates_has_one_for_each_epoch(rates: list[float]) -> None:
    message = refusal(content("synthetic-linear", learning_rate=rates, epochs=3))
    assert message == f"learning_rate lists {len(rates)} values: must be one number or 3, one for each epoch"


def test_one_learning_rate_serves_every_epoch() -> None:
    assert build("synthetic-linear", learning_rate=0.2, epochs=4).training.learning_rates == (0.2, 0.2, 0.2, 0.2)
    assert build("synthetic-linear", learning_rate=[0.2, 0.1], epochs=2).training.learning_rates == (0.2, 0.1)


def test_a_spec_cannot_be_changed() -> None:
    spec = build("synthetic-linear")
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.training.epochs = 5  # type: ignore[misc]


# -- keys and tables -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            content("digits") | {"modle": 1},
            "unknown key 'modle' in the file: allowed are name, .* \\(did you mean 'model'\\?\\)$",
        ),
        (content("digits", test_row=1), "unknown key 'test_row' in \\[data\\] of digits: .* \\(did you mean 'test_rows'\\?\\)$"),
        (
            content("digits") | {"training": {"learnig_rate": 1}},
            "unknown key 'learnig_rate' in \\[training\\]: .*\\(did you mean 'learning_rate'\\?\\)$",
        ),
        (
            content("digits", weight=[1.0]),
            "unknown key 'weight' in \\[data\\] of digits: allowed are scaling, test_rows, seed, first_rows, first_inputs$",
        ),
    ],
)
def test_an_unknown_key_is_named_with_the_allowed_and_the_nearest(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        specs.from_mapping(values, "test")


@pytest.mark.parametrize("key", ["model", "data", "training"])
def test_a_missing_part_is_named(key: str) -> None:
    values = content("digits")
    del values[key]
    assert refusal(values) == f"{key} is missing: a spec has model, [data] and [training]"


def test_a_missing_learning_rate_is_named() -> None:
    message = refusal(content("digits") | {"training": {}})
    assert message.startswith("learning_rate is missing in [training]: must be a number above 0")


def test_a_missing_source_is_named_with_all_sources() -> None:
    assert refusal(content("digits") | {"data": {}}) == f"source = None: must be one of {', '.join(SOURCES)}"


@pytest.mark.parametrize("source", ["Digits", 1, True, ["digits"], {"name": "digits"}])
def test_an_unknown_source_is_named_with_all_sources(source: Any) -> None:
    message = refusal(content("digits") | {"data": {"source": source}})
    assert message.startswith(f"source = {source!r}: must be one of {', '.join(SOURCES)}")


def test_the_nearest_source_is_suggested() -> None:
    assert refusal(content("digits") | {"data": {"source": "fashion_mnist"}}).endswith("(did you mean 'fashion-mnist'?)")


@pytest.mark.parametrize("model", ["Linear", "", 1, None, ["linear"]])
def test_an_unknown_model_is_named_with_all_models(model: Any) -> None:
    assert refusal(content("diabetes") | {"model": model}) == f"model = {model!r}: must be one of linear, softmax"


@pytest.mark.parametrize("source", [name for name, kind in SOURCES.items() if set(kind.models) != set(specs.MODELS)])
def test_a_model_that_does_not_suit_its_source_is_told_what_does(source: str) -> None:
    other = next(model for model in specs.MODELS if model not in SOURCES[source].models)
    fitting = ", ".join(name for name, kind in SOURCES.items() if other in kind.models)
    message = refusal(content(source) | {"model": other})
    assert message == f"model = {other!r} does not suit source = {source!r}: it needs one of {fitting}"


@pytest.mark.parametrize("key", ["data", "training"])
@pytest.mark.parametrize("value", [1, "table", [{"source": "digits"}]])
def test_a_part_that_is_no_table_is_refused(key: str, value: Any) -> None:
    assert refusal(content("digits") | {key: value}) == f"{key} = {value!r}: must be a table, [{key}]"


@pytest.mark.parametrize("value", [3, True, ["digits"], {"name": "digits"}])
def test_a_name_must_be_a_text(value: Any) -> None:
    assert refusal(content("digits") | {"name": value}) == f"name = {value!r}: must be a text"


# -- digest --------------------------------------------------------------------------------------------------------------


def test_the_digest_ignores_name_and_description() -> None:
    spec = build("digits")
    assert dataclasses.replace(spec, name="other", description="said in other words").digest == spec.digest


@pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
def test_the_built_in_specs_keep_the_digest_that_published_runs_know(name: str, digest: str) -> None:
    assert specs.find(name).digest == digest


@pytest.mark.parametrize(("place", "field"), sorted(FIELDS))
def test_the_digest_changes_with_every_field(place: str, field: str) -> None:
    source = source_of(place)
    assert build(source, **{field: ANOTHER[place, field]}).digest != build(source).digest


def test_the_digest_changes_with_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    class Others(Digits):
        """The same fields under another name."""

    monkeypatch.setitem(SOURCES, "others", Others)
    assert build("others").data == Others(**dataclasses.asdict(build("digits").data))
    assert build("others").digest != build("digits").digest


def test_a_spec_under_the_name_of_another_source_is_refused() -> None:
    with pytest.raises(SpecError, match="source = 'fashion-mnist': must be the name of Digits"):
        dataclasses.replace(build("digits"), source="fashion-mnist")


def test_equal_specs_have_equal_digests() -> None:
    whole, fraction = build("synthetic-linear", learning_rate=1, bias=4), build("synthetic-linear", learning_rate=1.0, bias=4.0)
    assert whole == fraction
    assert whole.digest == fraction.digest


def test_another_batch_size_is_another_spec_whose_name_tells_it() -> None:
    spec = build("digits", batch_size=64)
    other = specs.with_batch_size(spec, 256)
    assert (other.name, other.training.batch_size) == ("test@256", 256)
    assert other.digest == build("digits", batch_size=256).digest
    with pytest.raises(SpecError, match="batch_size = 0: must be an integer of at least 1"):
        specs.with_batch_size(spec, 0)
