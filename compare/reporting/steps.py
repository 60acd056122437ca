"""The article's four steps as they stand in each adapter's source, cut out of the files whenever a report is made."""

import ast
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from fairfit.frameworks import registry
from fairfit.models.text import Text

STEPS = (  # level of the style, method, title, whether it is one of the article's four steps
    ("layers", "transfer", Text("load the data", "载入数据"), True),
    ("layers", "reset", Text("initialise the parameters", "初始化参数"), True),
    ("layers", "build", Text("configure the network", "配置网络"), True),
    ("compiled", "build", Text("compile it", "编译模型"), True),
    ("layers", "train_epoch", Text("and train: the loop", "以及训练：循环"), False),
)


@dataclass(frozen=True)
class Step:
    """One step in one framework: the lines of its method as they stand in `file` from line `first` on; none where missing."""

    title: Text
    required: bool
    file: str
    first: int
    lines: list[str]


def steps(entry: registry.Entry) -> list[Step] | None:
    """All steps of one framework; None where it has no style of the level `layers`."""
    if not any(style.level == "layers" for style in entry.styles.values()):
        return None
    spec = importlib.util.find_spec(entry.adapter)
    if spec is None or spec.origin is None:
        return None
    source = Path(spec.origin).read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    trainers = _trainers(classes)
    file = entry.adapter.removeprefix("fairfit.").replace(".", "/") + ".py"
    found = []
    for level, method, title, required in STEPS:
        style = next((name for name, style in entry.styles.items() if style.level == level), "")
        lines, first = _cut(source, classes, trainers.get(style, ""), method)
        found.append(Step(title, required, file, first, lines))
    return found


def _trainers(classes: dict[str, ast.ClassDef]) -> dict[str, str]:
    """Style → name of its class, from the table `trainers` of the framework's own class."""
    for node in classes.values():
        for statement in node.body:
            if (
                isinstance(statement, ast.Assign)
                and isinstance(statement.targets[0], ast.Name)
                and statement.targets[0].id == "trainers"
                and isinstance(statement.value, ast.Dict)
            ):
                pairs = zip(statement.value.keys, statement.value.values, strict=True)
                return {
                    str(key.value): value.id
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
                }
    return {}


def _cut(source: str, classes: dict[str, ast.ClassDef], name: str, method: str) -> tuple[list[str], int]:
    """The lines of a method, its own or inherited within the file, without indentation; and where it begins."""
    while name in classes:
        for statement in classes[name].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == method and statement.end_lineno:
                lines = source.splitlines()[statement.lineno - 1 : statement.end_lineno]
                return [line[statement.col_offset :] for line in lines], statement.lineno
        base = classes[name].bases[0] if classes[name].bases else None
        name = base.id if isinstance(base, ast.Name) else ""
    return [], 0
