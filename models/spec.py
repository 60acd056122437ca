"""The specification of one regression: model, data and training settings; frozen, checked and hashed by content."""

import dataclasses
import difflib
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairfit.models.errors import SpecError

MODELS = ("linear", "softmax")
DIABETES_FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
SPECS_FOLDER = Path(__file__).parent / "specs"


def _field(
    check: Callable[[Any], bool], allowed: str, default: Any = dataclasses.MISSING, convert: Callable[[Any], Any] | None = None
) -> Any:
    """Declare a field with its check, the words that say what passes it, and how its value is made uniform (1 and 1.0)."""
    return dataclasses.field(default=default, metadata={"check": check, "allowed": allowed, "convert": convert})


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_learning_rate(value: Any) -> bool:
    rates = value if isinstance(value, tuple) else (value,)
    return bool(rates) and all(_is_number(rate) and rate > 0 for rate in rates)


def _floats(value: float | tuple[float, ...]) -> float | tuple[float, ...]:
    return tuple(float(item) for item in value) if isinstance(value, tuple) else float(value)


def integer(least: int, default: int) -> Any:
    return _field(lambda value: _is_integer(value) and value >= least, f"an integer of at least {least}", default)


def number(least: float, default: float) -> Any:
    return _field(lambda value: _is_number(value) and value >= least, f"a number of at least {least:g}", default, float)


def numbers(default: Any = dataclasses.MISSING) -> Any:
    return _field(
        lambda value: isinstance(value, tuple) and bool(value) and all(_is_number(item) for item in value),
        "a list of one or more numbers",
        default,
        _floats,
    )


def one_of(allowed: Iterable[str], default: Any = dataclasses.MISSING) -> Any:
    allowed = tuple(allowed)
    return _field(lambda value: value in allowed, "one of " + ", ".join(allowed), default)


class _Checked:
    """A base that checks every field of a dataclass against its declaration."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if "check" in field.metadata and not field.metadata["check"](value):
                raise SpecError(f"{field.name} = {value!r}: must be {field.metadata['allowed']}")
            if field.metadata.get("convert"):
                object.__setattr__(self, field.name, field.metadata["convert"](value))  # frozen, but not yet handed out


@dataclass(frozen=True)
class SyntheticLinear(_Checked):
    """y = weight · x + bias + noise · N(0, 1) with x ~ N(0, 1); the article's first data set."""

    weight: tuple[float, ...] = numbers((2.0, -3.4))
    bias: float = _field(_is_number, "a number", 4.2, float)
    noise: float = number(0, 0.01)
    rows: int = integer(1, 1000)
    test_rows: int = integer(2, 1000)
    seed: int = integer(0, 0)


@dataclass(frozen=True)
class SyntheticClasses(_Checked):
    """Gaussian clouds of unit variance, one a class, whose centres are drawn from N(0, separation²)."""

    features: int = integer(1, 20)
    classes: int = integer(2, 5)
    separation: float = number(0, 0.7)
    rows: int = integer(2, 1000)
    test_rows: int = integer(2, 1000)
    seed: int = integer(0, 0)


@dataclass(frozen=True)
class Diabetes(_Checked):
    """442 patients, 10 features, disease progression; the last `test_rows` are the test part (embedded in scikit-learn)."""

    features: tuple[str, ...] = _field(
        lambda value: (
            isinstance(value, tuple)
            and bool(value)
            and all(value.count(name) == 1 and name in DIABETES_FEATURES for name in value)
        ),
        "a list of names out of " + ", ".join(DIABETES_FEATURES),
        DIABETES_FEATURES,
    )
    scaling: str = one_of(("none", "standard"), "standard")
    test_rows: int = _field(lambda value: _is_integer(value) and 2 <= value <= 400, "an integer from 2 to 400", 20)


@dataclass(frozen=True)
class Digits(_Checked):
    """1,797 images of 8×8 pixels, ten classes; a seeded share of them is the test part (embedded in scikit-learn)."""

    scaling: str = one_of(("unit", "standard"), "unit")
    test_rows: int = _field(lambda value: _is_integer(value) and 10 <= value <= 1500, "an integer from 10 to 1500", 360)
    seed: int = integer(0, 0)


@dataclass(frozen=True)
class FashionMnist(_Checked):
    """60,000 training and 10,000 test images of 28×28 pixels, ten classes (IDX files, see `fairfit.models.fashion_mnist`)."""

    scaling: str = one_of(("unit", "standard"), "unit")


DataSpec = SyntheticLinear | SyntheticClasses | Diabetes | Digits | FashionMnist

SOURCES: dict[str, tuple[type, str]] = {  # name in the file → (its fields, the model it suits)
    "synthetic-linear": (SyntheticLinear, "linear"),
    "synthetic-classes": (SyntheticClasses, "softmax"),
    "diabetes": (Diabetes, "linear"),
    "digits": (Digits, "softmax"),
    "fashion-mnist": (FashionMnist, "softmax"),
}


@dataclass(frozen=True)
class Training(_Checked):
    """How the model is trained: mini-batch gradient descent whose every step is pinned down.

    The loss of a batch is ½ · mean squared error (linear) or mean cross-entropy on raw scores (softmax), the mean taken
    over the true size of the batch, plus ½ · l2 · ‖weight‖² (the bias is not penalised).
    The update is v ← momentum · v + gradient; parameters ← parameters − learning_rate · v.
    """

    learning_rate: float | tuple[float, ...] = _field(
        _is_learning_rate, "a number above 0, or a list of one for each epoch", convert=_floats
    )
    batch_size: int = integer(1, 32)
    epochs: int = integer(1, 3)
    momentum: float = _field(lambda value: _is_number(value) and 0 <= value < 1, "a number from 0 to below 1", 0.0, float)
    l2: float = number(0, 0.0)
    start: str = one_of(("zeros", "normal"), "zeros")
    start_scale: float = number(0, 0.01)
    start_seed: int = integer(0, 0)
    order_seed: int = integer(0, 1)
    dtype: str = one_of(("float32", "float64"), "float32")

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.learning_rate, tuple) and len(self.learning_rate) != self.epochs:
            raise SpecError(
                f"learning_rate lists {len(self.learning_rate)} values: must be one number or {self.epochs}, one for each epoch"
            )

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """One learning rate for each epoch."""
        if isinstance(self.learning_rate, tuple):
            return self.learning_rate
        return (self.learning_rate,) * self.epochs


@dataclass(frozen=True)
class Spec:
    """One regression: what is trained, on which data, how."""

    name: str
    model: str
    source: str
    data: DataSpec
    training: Training
    description: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w@+-][\w@+. -]{0,79}", self.name):
            raise SpecError(f"name = {self.name!r}: must be 1 to 80 letters, digits and @ + - _ . (files are named after it)")
        if self.model not in MODELS:
            raise SpecError(f"model = {self.model!r}: must be one of {', '.join(MODELS)}")
        suits = SOURCES[self.source][1]
        if self.model != suits:
            fitting = ", ".join(name for name, (_, model) in SOURCES.items() if model == self.model)
            raise SpecError(f"model = {self.model!r} does not suit source = {self.source!r}: it needs one of {fitting}")

    @property
    def digest(self) -> str:
        """A hash of the content; name and description do not count."""
        content = {key: value for key, value in to_json(self).items() if key not in ("name", "description")}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def to_json(spec: Spec) -> dict[str, Any]:
    """The spec as plain values; `from_mapping` reads it back."""
    return {
        "name": spec.name,
        "description": spec.description,
        "model": spec.model,
        "data": {"source": spec.source} | dataclasses.asdict(spec.data),
        "training": dataclasses.asdict(spec.training),
    }


def from_mapping(values: Mapping[str, Any], name: str) -> Spec:
    """Build a spec from the content of a file; `name` is used where the content has none.

    Raises SpecError that names field, value and what is allowed.
    """
    _refuse_unknown(values, ("name", "description", "model", "data", "training"), "the file")
    for key in ("model", "data", "training"):
        if key not in values:
            raise SpecError(f"{key} is missing: a spec has model, [data] and [training]")
    for key in ("data", "training"):
        if not isinstance(values[key], Mapping):
            raise SpecError(f"{key} = {values[key]!r}: must be a table, [{key}]")
    for key in ("name", "description"):
        if not isinstance(values.get(key, ""), str):
            raise SpecError(f"{key} = {values[key]!r}: must be a text")
    data = dict(values["data"])
    source = data.pop("source", None)
    if not isinstance(source, str) or source not in SOURCES:
        raise SpecError(f"source = {source!r}: must be one of {', '.join(SOURCES)}{_nearest(source, SOURCES)}")
    return Spec(
        name=values.get("name", name),
        description=values.get("description", ""),
        model=values["model"],
        source=source,
        data=_build(SOURCES[source][0], data, f"[data] of {source}"),
        training=_build(Training, values["training"], "[training]"),
    )


def load(path: Path) -> Spec:
    """Read a spec from a TOML file. Raises SpecError that begins with the file's name."""
    try:
        return from_mapping(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: is no text in UTF-8: {error.reason}") from error
    except (tomllib.TOMLDecodeError, SpecError) as error:
        raise SpecError(f"{path}: {error}") from error


def find(name: str) -> Spec:
    """A built-in spec by its name, or one from a TOML file by its path."""
    built_in = builtin_names()
    if name in built_in:
        return load(SPECS_FOLDER / f"{name}.toml")
    if name.endswith(".toml"):
        return load(Path(name))
    raise SpecError(f"no spec {name!r}: built in are {', '.join(built_in)}; or name a .toml file{_nearest(name, built_in)}")


def with_batch_size(spec: Spec, batch_size: int) -> Spec:
    """The same spec with another batch size, which its name tells: 'digits@256'."""
    training = dataclasses.replace(spec.training, batch_size=batch_size)
    return dataclasses.replace(spec, name=f"{spec.name}@{batch_size}", training=training)


def builtin_names() -> list[str]:
    return sorted(path.stem for path in SPECS_FOLDER.glob("*.toml"))


def _build(kind: type, values: Mapping[str, Any], where: str) -> Any:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    _refuse_unknown(values, fields, where)
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in values:
            raise SpecError(f"{name} is missing in {where}: must be {field.metadata['allowed']}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _refuse_unknown(values: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    allowed = list(allowed)
    for name in values:
        if name not in allowed:
            raise SpecError(f"unknown key {name!r} in {where}: allowed are {', '.join(allowed)}{_nearest(name, allowed)}")


def _nearest(name: Any, allowed: Iterable[str]) -> str:
    """' (did you mean …?)', or nothing where no allowed name is near."""
    near = difflib.get_close_matches(str(name), list(allowed), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
