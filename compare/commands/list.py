"""`fairfit list`: the built-in specs, the frameworks and their styles."""

import argparse
import json

from fairfit.commands.answer import Answer, Status
from fairfit.frameworks import registry
from fairfit.models import spec
from fairfit.models.text import Text
from fairfit.plain import to_plain
from fairfit.reporting import terminal

EXAMPLES = "  fairfit list\n  fairfit list --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def command(options: argparse.Namespace) -> Answer:
    return Answer(Status.OK, _show_json if options.json else lambda: _show(options.language))


def _show_json() -> None:
    specs = [spec.to_json(spec.find(name)) for name in spec.builtin_names()]
    frameworks = {
        entry.name: {name: {"level": style.level, "compiled": to_plain(style.compiled)} for name, style in entry.styles.items()}
        for entry in registry.FRAMEWORKS
    }
    print(json.dumps({"specs": specs, "frameworks": frameworks}, indent=1, ensure_ascii=False))


def _show(language: str) -> None:
    specs = [spec.find(name) for name in spec.builtin_names()]
    terminal.plain(
        Text("Specs: `fairfit run NAME`, or name a .toml file of your own", "规格：`fairfit run 名称`，或给出自己的 .toml 文件"),
        [Text("name", "名称"), Text("model", "模型"), Text("data", "数据"), Text("what it is", "说明")],
        [[item.name, item.model, item.source, item.description] for item in specs],
        language,
    )
    terminal.plain(
        Text("Styles: `--frameworks`, `--styles`", "写法：`--frameworks`、`--styles`"),
        [Text("level", "层次"), Text("framework", "框架"), Text("style", "写法"), Text("what is compiled", "编译的内容")],
        [
            [level, entry.name, name, style.compiled]
            for level in registry.LEVELS
            for entry in registry.FRAMEWORKS
            for name, style in entry.styles.items()
            if style.level == level
        ],
        language,
    )
    terminal.plain(
        Text("Levels", "层次"),
        [Text("level", "层次"), Text("what its styles have in common", "该层次各写法的共同点")],
        [[level, words] for level, words in registry.LEVELS.items()],
        language,
    )
