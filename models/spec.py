"""The specification of one regression: model, data and training settings; frozen, checked and hashed by content."""

import codecs
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairfit.models import MODELS as MODELS
from fairfit.models import checked
from fairfit.models.checked import Checked, build, nearest, one_of_these, refusal, refuse_unknown
from fairfit.models.errors import SpecError
from fairfit.models.sources import SOURCES
from fairfit.models.sources.source import Source
from fairfit.models.text import LANGUAGES, Text, listed
from fairfit.models.thresholds import Thresholds

SPECS_FOLDER = Path(__file__).parent / "specs"
BYTE_ORDER_MARKS = {  # what an editor may write before the text; UTF-32 first, since its mark begins with that of UTF-16
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16", codecs.BOM_UTF8: "UTF-8",
}  # fmt: skip
YOUNGER = {"order": "rows", "block_rows": 4096, "first_rows": 0, "first_inputs": 0}
"""Settings that came after runs had been published: where they are as they were then, the digest does not know them."""
NAMES = Text(
    "1 to 80 letters, digits and @ + - _ . (files are named after it)",
    "1 到 80 个字符：字母、数字和 @ + - _ .（文件以它命名）",
)


def _is_learning_rate(value: Any) -> bool:
    rates = value if isinstance(value, tuple) else (value,)
    return bool(rates) and all(checked.is_number(rate) and rate > 0 for rate in rates)


@dataclass(frozen=True)
class Training(Checked):
    """How the model is trained: mini-batch gradient descent whose every step is pinned down.

    The loss of a batch is ½ · mean squared error (linear) or mean cross-entropy on raw scores (softmax), the mean taken
    over the true size of the batch, plus ½ · l2 · ‖weight‖² (the bias is not penalised).
    The update is v ← momentum · v + gradient; parameters ← parameters − learning_rate · v.
    Every epoch has an order of its own: of `rows`, each anywhere; or of `blocks` of `block_rows` rows that follow each other as
    they lie, so that memory or disk is read in one go.
    """

    learning_rate: float | tuple[float, ...] = checked.value(
        _is_learning_rate,
        Text("a number above 0, or a list of one for each epoch", "大于 0 的数，或每轮一个这样的数的列表"),
        convert=checked.floats,
    )
    batch_size: int = checked.integer(1, default=32)
    epochs: int = checked.integer(1, default=3)
    momentum: float = checked.value(
        lambda given: checked.is_number(given) and 0 <= given < 1,
        Text("a number from 0 to below 1", "不小于 0 且小于 1 的数"),
        0.0,
        convert=float,
    )
    l2: float = checked.number(0, default=0.0)
    start: str = checked.one_of(("zeros", "normal"), "zeros")
    start_scale: float = checked.number(0, default=0.01)
    start_seed: int = checked.integer(0, default=0)
    order_seed: int = checked.integer(0, default=1)
    order: str = checked.one_of(("rows", "blocks"), "rows")
    block_rows: int = checked.integer(1, default=4096)
    dtype: str = checked.one_of(("float32", "float64"), "float32")

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.learning_rate, tuple) and len(self.learning_rate) != self.epochs:
            given, asked = len(self.learning_rate), self.epochs
            raise SpecError(
                Text(
                    f"learning_rate lists {given} values: must be one number or {asked}, one for each epoch",
                    f"learning_rate 列出了 {given} 个值：必须是一个数，或每轮一个，共 {asked} 个",
                )
            )

    @property
    def learning_rates(self) -> tuple[float, ...]:
        """One learning rate for each epoch."""
        if isinstance(self.learning_rate, tuple):
            return self.learning_rate
        return (self.learning_rate,) * self.epochs


@dataclass(frozen=True)
class Spec:
    """One regression: what is trained, on which data, how. `source` is the name of the data's class in SOURCES."""

    name: str
    model: str
    source: str
    data: Source
    training: Training
    description: Text | str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w@+-][\w@+. -]{0,79}", self.name):
            raise refusal("name", self.name, NAMES)
        if self.model not in MODELS:
            raise refusal("model", self.model, one_of_these(MODELS))
        if SOURCES.get(self.source) is not type(self.data):
            raise refusal("source", self.source, Text("the name of ", "这个类的名称：") + type(self.data).__name__)
        if self.model not in self.data.models:
            asked = f"model = {self.model!r}", f"source = {self.source!r}"
            fitting = [name for name, kind in SOURCES.items() if self.model in kind.models]
            unsuited = Text(f"{asked[0]} does not suit {asked[1]}: it needs ", f"{asked[0]} 不适合 {asked[1]}：需要")
            raise SpecError(unsuited + one_of_these(fitting))

    @property
    def digest(self) -> str:
        """A hash of the content: of a file that it names what it holds, not where it lies; name, description and thresholds do
        not count.

        Raises DataError where a file that the spec names cannot be read.
        """
        values = to_json(self)
        paths, content = checked.file_fields(self.data), self.data.content()
        data = {key: value for key, value in values["data"].items() if key not in paths and YOUNGER.get(key, ...) != value}
        if content:  # absent from the others, whose digests thus stay what they have always been
            data["content"] = content
        training = {key: value for key, value in values["training"].items() if YOUNGER.get(key, ...) != value}
        counted = {"model": self.model, "data": data, "training": training}
        return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()[:12]


def to_json(spec: Spec) -> dict[str, Any]:
    """The spec as plain values; `from_mapping` reads it back. Files are named by absolute paths."""
    data = {key: str(value) if isinstance(value, Path) else value for key, value in dataclasses.asdict(spec.data).items()}
    return {
        "name": spec.name,
        "description": dataclasses.asdict(spec.description) if isinstance(spec.description, Text) else spec.description,
        "model": spec.model,
        "data": {"source": spec.source} | data,
        "training": dataclasses.asdict(spec.training),
    } | ({"thresholds": asked} if (asked := _asked(spec.thresholds)) else {})


def from_mapping(values: Mapping[str, Any], name: str, folder: Path | None = None) -> Spec:
    """Build a spec from the content of a file; `name` is used where the content has none.

    Relative paths in [data] count from `folder`, the folder of the file; without it, from the working directory.
    Raises SpecError that names field, value and what is allowed.
    """
    refuse_unknown(values, ("name", "description", "model", "data", "training", "thresholds"), Text("the file", "文件顶层"))
    for key in ("model", "data", "training"):
        if key not in values:
            parts = Text("a spec has model, [data] and [training]", "规格由 model、[data] 和 [training] 组成")
            raise SpecError(Text(f"{key} is missing: ", f"缺少 {key}：") + parts)
    for key in ("data", "training", "thresholds"):
        if not isinstance(values.get(key, {}), Mapping):
            raise refusal(key, values[key], Text(f"a table, [{key}]", f"一个表，即 [{key}]"))
    if not isinstance(values.get("name", name), str):
        raise refusal("name", values["name"], Text("a text", "文本"))
    data = dict(values["data"])
    source = data.pop("source", None)
    if not isinstance(source, str) or source not in SOURCES:
        raise refusal("source", source, one_of_these(SOURCES) + nearest(source, SOURCES))
    return Spec(
        name=values.get("name", name),
        description=_description(values.get("description", "")),
        model=values["model"],
        source=source,
        data=build(SOURCES[source], data, Text(f"[data] of {source}", f"{source} 的 [data]"), folder or Path()),
        training=build(Training, values["training"], Text("[training]", "[training]"), folder or Path()),
        thresholds=build(Thresholds, values.get("thresholds", {}), Text("[thresholds]", "[thresholds]"), folder or Path()),
    )


def load(path: Path) -> Spec:
    """Read a spec from a TOML file. Raises SpecError that begins with the file's name."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SpecError(Text(f"{path}: cannot be read: ", f"{path}：无法读取：") + str(error.strerror)) from error
    try:
        return from_mapping(_toml(content), path.stem, path.parent)
    except SpecError as error:
        raise SpecError(Text(f"{path}: ", f"{path}：") + error.text) from error


def find(name: str) -> Spec:
    """A built-in spec by its name, or one from a TOML file by its path."""
    built_in = builtin_names()
    if name in built_in:
        return load(SPECS_FOLDER / f"{name}.toml")
    if name.endswith(".toml"):
        return load(Path(name))
    known = Text(f"no spec {name!r}: built in are ", f"没有规格 {name!r}：内置的有 ") + listed(built_in)
    raise SpecError(known + Text("; or name a .toml file", "；也可给出 .toml 文件") + nearest(name, built_in))


def with_batch_size(spec: Spec, batch_size: int) -> Spec:
    """The same spec with another batch size, which its name tells: 'digits@256'."""
    training = dataclasses.replace(spec.training, batch_size=batch_size)
    return dataclasses.replace(spec, name=f"{spec.name}@{batch_size}", training=training)


def _asked(thresholds: Thresholds) -> dict[str, float]:
    return {name: value for name, value in vars(thresholds).items() if value is not None}


def builtin_names() -> list[str]:
    return sorted(path.stem for path in SPECS_FOLDER.glob("*.toml"))


def _description(value: Any) -> Text | str:
    """A text, or a table with one in each language."""
    if isinstance(value, str):
        return value
    if (
        not isinstance(value, Mapping)
        or set(value) != set(LANGUAGES)
        or not all(isinstance(item, str) for item in value.values())
    ):
        table = ", ".join(f'{language} = "…"' for language in LANGUAGES)
        in_words = Text("a text, or a table with one in each language: ", "文本，或每种语言各一段文本的表：")
        raise refusal("description", value, in_words + f"{{ {table} }}")
    return Text(**value)


def _toml(content: bytes) -> dict[str, Any]:
    """The tables of a TOML file. Raises SpecError that says what is no TOML in it, and where."""
    import tomllib  # here: a worker reads no TOML, and may run on a Python that has none

    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise SpecError(
                Text(
                    f"begins with the byte-order mark of {encoding}: save it as UTF-8 without such a mark",
                    f"以 {encoding} 的字节顺序标记（BOM）开头：请存为不带该标记的 UTF-8",
                )
            )
    if b"\0" in content:
        raise SpecError(
            Text(
                "holds zero bytes, as UTF-16 and binary files do: save it as UTF-8",
                "含有零字节，像 UTF-16 文本或二进制文件：请存为 UTF-8",
            )
        )
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        place = f"{error.reason}: {error.start}"
        told = Text(f"is no text in UTF-8 ({place}): save it as UTF-8", f"不是 UTF-8 文本（{place}）：请存为 UTF-8")
        raise SpecError(told) from error
    except RecursionError as error:
        told = Text("cannot be read as TOML: lists or tables nest too deeply", "无法作为 TOML 读取：列表或表嵌套过深")
        raise SpecError(told) from error
    except ValueError as error:  # TOMLDecodeError is one
        said: Text | str = str(error)
        if "integer string conversion" in str(error):  # Python's own words tell how to change Python
            said = Text("a whole number in it has thousands of digits", "其中有一个整数长达数千位")
        told = Text("cannot be read as TOML: ", "无法作为 TOML 读取：") + said
        raise SpecError(told + _foreign_sign(content.decode(), str(error))) from error


def _foreign_sign(text: str, complaint: str) -> Text:
    """What a digit, quote or space of full width is, where the complaint points at one; else nothing."""
    place = re.search(r"at line (\d+), column (\d+)", complaint)
    line, column = (int(number) for number in place.groups()) if place else (0, 0)
    sign = text.split("\n")[line - 1][column - 1 :][:1] if place else ""
    if not sign or sign.isascii():
        return Text("", "")
    return Text(
        f": {sign!r} stands there, which is allowed inside quotes only; write digits, quotes and spaces in half width",
        f"：该处是 {sign!r}，只允许出现在引号内；数字、引号与空格请用半角",
    )
