"""Code of the user's own as a row beside the frameworks: its file is read, never imported, where the plan is made."""

import ast
import dataclasses
import hashlib
import importlib.util
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fairfit.asked import OwnCodeRecord
from fairfit.frameworks import own_code, registry
from fairfit.frameworks.entry import Entry, Impossible, Style
from fairfit.measure.versions import lighter
from fairfit.models import plain_function
from fairfit.models.errors import UserError
from fairfit.models.text import Text

STYLE = LEVEL = "own"
TRAINER = "fairfit.frameworks.base.Trainer"
NO_LOADER = Impossible("input", "loader", Text("a plain function is given arrays", "普通函数得到的是数组"))


def rows(paths: Sequence[Path]) -> tuple[list[Entry], dict[str, OwnCodeRecord]]:
    """A row of the registry for each file, and what is recorded of it. Raises UserError where a file cannot be measured."""
    made: list[Entry] = []
    for path in paths:
        if any(Path(one.file).resolve() == path.resolve() for one in made):
            raise UserError(Text(f"{path}: is given twice", f"{path}：给了两次"))
        name = _name(path, [*registry.names(), *(one.name for one in made)])
        made.append(_row(name, path, made))
    return made, {one.name: OwnCodeRecord(_from_home(Path(one.file)), one.uses, dict(one.files)) for one in made}


def again(records: Mapping[str, OwnCodeRecord]) -> list[Entry]:
    """The rows of a run's records, as the files are now. Raises UserError where one is no longer there."""
    made: list[Entry] = []
    for name, record in records.items():
        made.append(_row(name, Path(record.path).expanduser(), made))
    return made


def _row(name: str, path: Path, before: Sequence[Entry]) -> Entry:
    source = _Source(path)
    base = source.framework()
    styles = base.styles.values()
    style = Style(
        LEVEL,
        Text("code of the user's own", "用户自己的代码"),
        tuple(dict.fromkeys(rounding for one in styles for rounding in one.roundings)),
        (NO_LOADER,) if source.form() == "train" else (),
        start_seconds=max(one.start_seconds for one in styles),
        step_seconds=max(one.step_seconds for one in styles),
        copies=1 + max(one.copies for one in styles),
    )
    return dataclasses.replace(
        base, name=name, title=f"{name} ({base.title})", adapter=own_code.__name__, styles={STYLE: style}, baseline=False,
        colour=lighter(base.colour, 1 + sum(one.uses == base.name for one in before)),
        file=str(path.absolute()), files=source.files(), uses=base.name.partition("@")[0],
    )  # fmt: skip


def _name(path: Path, taken: Sequence[str]) -> str:
    """That of the file; with that of its folder before it where it is taken. Raises UserError where that is taken too."""
    for text in (path.stem, f"{path.absolute().parent.name}-{path.stem}"):
        if (name := re.sub(r"[^\w.+-]+", "-", text)[:40]) not in taken:
            return name
    raise UserError(Text(f"{path}: its name {path.stem!r} is taken: rename it", f"{path}：名称 {path.stem!r} 已被使用：请改名"))


def _from_home(path: Path) -> str:
    home = Path("~").expanduser()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


class _Source:
    """A file as it is written. Raises UserError where it is none of Python."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = _parsed(path, path.name)

    def refused(self, en: str, zh: str) -> UserError:
        return UserError(Text(f"{self.path.name}: {en}", f"{self.path.name}：{zh}"))

    def files(self) -> dict[str, str]:
        """The SHA-256 of the file and of what it imports from its folder, and so on."""
        return {name: hashlib.sha256((self.path.parent / name).read_bytes()).hexdigest() for name in self._trees()}

    def framework(self) -> Entry:
        """The framework that it names by FRAMEWORK, or else imports; NumPy where there is none."""
        for node in _outside(self.tree.body):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            if any(isinstance(target, ast.Name) and target.id == "FRAMEWORK" for target in targets):
                return self._named(getattr(node, "value", None))
        imported = {name for tree in self._trees().values() for name, _ in _imports(tree)}
        used = [
            entry
            for entry in registry.FRAMEWORKS
            if not entry.baseline
            and any(
                _below(name, package) for name in imported for package in (entry.package, *entry.public_packages, entry.adapter)
            )
        ]
        if len(used) > 1:
            names = [entry.name for entry in used]
            raise self.refused(
                f'imports {" and ".join(names)}, and a worker holds one framework: say which, FRAMEWORK = "{names[-1]}"',
                f'导入了 {"、".join(names)}，而一个工作进程只有一个框架：请写明 FRAMEWORK = "{names[-1]}"',
            )
        return used[0] if used else next(entry for entry in registry.FRAMEWORKS if entry.baseline)

    def _named(self, value: ast.expr | None) -> Entry:
        name = value.value if isinstance(value, ast.Constant) else None
        allowed = {entry.name: entry for entry in registry.rows() if not entry.file}
        if not isinstance(name, str) or name not in allowed:
            raise UserError(
                Text(f"{self.path.name}: FRAMEWORK: ", f"{self.path.name}：FRAMEWORK：")
                + registry.unknown(Text("framework", "框架"), name if isinstance(name, str) else "?", allowed)
            )
        return allowed[name]

    def form(self) -> str:
        """'train', the name of its Trainer, or '' where only its import will tell. Raises UserError where it can have neither, or
        has both."""
        trainers = {bound for name, bound in _imports(self.tree) if name == TRAINER} | {TRAINER}
        prefixes = {bound: name for name, bound in _imports(self.tree)}
        found: list[str] = []
        open_ = False
        for node in _outside(self.tree.body):
            match node:
                case ast.ClassDef():
                    bases = [ast.unparse(base) for base in node.bases]
                    if any(base in trainers or _resolved(base, prefixes) == TRAINER for base in bases):
                        found.append(node.name)
                    open_ |= bool(bases)
                case ast.FunctionDef(name="train"):
                    found.append("train")
                    arguments = node.args
                    positional = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                    names = [argument.arg for argument in (*positional, *filter(None, [arguments.vararg]))]
                    if refusal := plain_function.refused(names):
                        raise UserError(
                            Text(f"{self.path.name}, line {node.lineno}: ", f"{self.path.name}，第 {node.lineno} 行：") + refusal
                        )
                case ast.AsyncFunctionDef(name="train"):
                    raise self.refused("train is asynchronous: must be a plain function", "train 是异步函数：必须是普通函数")
                case ast.ImportFrom():
                    open_ |= any((alias.asname or alias.name) in ("train", "*") for alias in node.names)
                case ast.Assign() | ast.AnnAssign():
                    open_ |= "train" in {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        found = list(dict.fromkeys(found))
        if (found or not open_) and (refusal := own_code.refused(found)):
            raise UserError(Text(f"{self.path.name} ", f"{self.path.name} ") + refusal)
        return found[0] if found else ""

    def _trees(self) -> dict[str, ast.Module]:
        """The file and the neighbours that it imports, by their paths from its folder; one that is no Python fails when imported."""
        found, waiting = {self.path.name: self.tree}, [self.tree]
        while waiting:
            for name in _neighbours(waiting.pop(), self.path.parent):
                if name not in found:
                    found[name] = _parsed(self.path.parent / name, name)
                    waiting.append(found[name])
        return found


def _parsed(path: Path, name: str) -> ast.Module:
    """Raises UserError where it cannot be read or is no Python."""
    if path.suffix != ".py":
        raise UserError(
            Text(f"{path}: an adapter is a Python file, as my_port.py", f"{path}：适配器是 Python 文件，如 my_port.py")
        )
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise UserError(Text(f"{path}: is no file", f"{path}：不是文件"))
    try:
        source = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(Text(f"{path}: there is no such file", f"{path}：没有这个文件")) from error
    except OSError as error:
        raise UserError(Text(f"{path}: cannot be read: ", f"{path}：无法读取：") + str(error.strerror)) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the log of the worker that imports it
            return ast.parse(source)
    except SyntaxError as error:
        raise UserError(
            Text(f"{name}, line {error.lineno}: {error.msg}", f"{name}，第 {error.lineno} 行：{error.msg}")
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UserError(Text(f"{name}: is no Python: {error}", f"{name}：不是 Python：{error}")) from error


def _outside(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that are carried out at import, those below an `if`, `try` or `with` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for name in ("body", "orelse", "finalbody"):
                yield from _outside(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _outside(handler.body)


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is imported anywhere: the whole name, and what it is called here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names)


def _resolved(name: str, prefixes: Mapping[str, str]) -> str:
    """'base.Trainer' as its whole name, where `base` was imported."""
    first, _, rest = name.rpartition(".")
    return f"{prefixes.get(first, first)}.{rest}" if first else prefixes.get(name, name)


def _below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _neighbours(tree: ast.Module, folder: Path) -> Iterator[str]:
    """The files below the folder that are imported: for 'helpers.layers.Dense' helpers/__init__.py and helpers/layers.py."""
    for name, _ in _imports(tree):
        parts = name.split(".")
        if _elsewhere(parts[0], folder):
            continue
        for count in range(1, len(parts) + 1):
            for file in ("/".join(parts[:count]) + ".py", "/".join(parts[:count]) + "/__init__.py"):
                if (folder / file).is_file():
                    yield file


def _elsewhere(package: str, folder: Path) -> bool:
    """Whether a package is found before the folder is searched: it is Python's own, or installed."""
    if package in sys.stdlib_module_names:
        return True
    found = importlib.util.find_spec(package)
    return found is not None and not Path(found.origin or folder / package).is_relative_to(folder)
