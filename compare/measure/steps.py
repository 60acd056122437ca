"""The article's steps as they stand in an adapter's source, cut out of the file that was measured."""

import ast
import importlib.util
from pathlib import Path

from fairfit.frameworks.entry import Entry
from fairfit.records import Step

STEPS = (  # key, level of the style, method of its trainer; the first four are the article's, the fifth is what follows them
    ("load", "layers", "transfer"),
    ("initialise", "layers", "reset"),
    ("configure", "layers", "build"),
    ("compile", "compiled", "build"),
    ("train", "layers", "train_epoch"),
)


def steps(entry: Entry) -> list[Step]:
    """All steps of one framework, those it lacks without lines; none at all where it has no style of the level `layers`."""
    if not any(style.level == "layers" for style in entry.styles.values()):
        return []
    module = importlib.util.find_spec(entry.adapter)
    if module is None or module.origin is None:
        return []
    source = Path(module.origin).read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    trainers = _trainers(classes)
    file = entry.adapter.removeprefix("fairfit.").replace(".", "/") + ".py"
    cut_out = []
    for key, level, method in STEPS:
        style = next((name for name, style in entry.styles.items() if style.level == level), "")
        lines, first = _cut(source, classes, trainers.get(style, ""), method)
        cut_out.append(Step(key, file, first, lines))
    return cut_out


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
