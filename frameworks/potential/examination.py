"""What a stranger finds of an installed framework: its names and docstrings, its size and needs, its first import.

The same rules for every framework, and none of them is named here. Nothing is looked up elsewhere and nothing is judged.
"""

import ast
import importlib
import importlib.metadata
import inspect
import json
import os
import re
import statistics
import subprocess
import sys
import time
import warnings
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fairfit.frameworks.registry import Entry

SHOWN_WARNINGS = 5
TIME_LIMIT_SECONDS = 120.0  # for one import


def examine(entry: Entry, *, packages: Sequence[str], statement: str, shims: Sequence[str] = ()) -> dict[str, Any]:
    """All answers about one framework, which this process has imported already.

    `packages` are the top-level packages whose public names are its API, `statement` is the import that a stranger types,
    `shims` are the statements that may have to come before it. The worker's own settings for the framework, which keep
    its log quiet, are not passed on to the processes that try the import: a stranger does not have them.
    """
    distribution = installed(entry.distributions)
    strangers = {name: value for name, value in os.environ.items() if name not in entry.environment}
    return {
        **description(distribution),
        **size(distribution),
        **documentation(public_api(packages)),
        **first_import(statement, shims, strangers),
    }


# -- the distribution: metadata, size, dependencies ----------------------------------------------------------------------


def installed(names: Iterable[str]) -> Distribution:
    """The first of these distributions that is installed. Raises PackageNotFoundError where none is."""
    names = list(names)
    for name in names:
        try:
            return importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise importlib.metadata.PackageNotFoundError(" or ".join(names))


def description(distribution: Distribution) -> dict[str, Any]:
    """What the distribution says of itself.

    `pythons` are the versions that its classifiers name, `platform_tags` those of the installed wheel. The licence is the
    expression, else the first line of the free text, else the classifier.
    """

    def values(field: str) -> list[str]:
        return [value for value in distribution.metadata.get_all(field) or [] if value]

    def classified(prefix: str) -> list[str]:
        return [value.removeprefix(prefix) for value in values("Classifier") if value.startswith(prefix)]

    licences = [*values("License-Expression"), *values("License"), *classified("License :: ")]
    pythons = [value for value in classified("Programming Language :: Python :: ") if re.fullmatch(r"\d+\.\d+", value)]
    tags = re.findall(r"^Tag: \S+-(\S+)$", distribution.read_text("WHEEL") or "", re.MULTILINE)
    return {
        "version": distribution.version,
        "requires_python": next(iter(values("Requires-Python")), None),
        "pythons": sorted(pythons, key=lambda version: [int(part) for part in version.split(".")]),
        "platform_tags": sorted(set(tags)),
        "licence": next((first_line(licence) for licence in licences), None),
        "development_status": next(iter(classified("Development Status :: ")), None),
    }


def size(distribution: Distribution) -> dict[str, Any]:
    """Bytes and files on disk, and the same bytes of all that it pulls in."""
    own = file_sizes(distribution)
    needed = dependencies(distribution)
    return {
        "install_bytes": sum(own),
        "install_files": len(own),
        "dependencies": sorted(needed),
        "dependency_bytes": sum(sum(file_sizes(other)) for other in needed.values()),
    }


def file_sizes(distribution: Distribution) -> list[int]:
    """Bytes of every file in the distribution's record that is there, compiled Python included where it was recorded."""
    paths = (Path(str(file.locate())) for file in distribution.files or ())
    return [path.stat().st_size for path in paths if path.is_file()]


def dependencies(distribution: Distribution) -> dict[str, Distribution]:
    """What its installation pulls in, by name: transitively, for this platform and this Python.

    An extra counts only where a requirement asks for it. What is not installed here is left out.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()  # name and extra
    waiting = [(distribution, "")]
    while waiting:
        asking, extra = waiting.pop()
        for requirement in map(Requirement, asking.requires or ()):
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            for wanted in ("", *requirement.extras):
                if (key := (canonicalize_name(requirement.name), wanted)) in seen:
                    continue
                seen.add(key)
                try:
                    other = importlib.metadata.distribution(requirement.name)
                except importlib.metadata.PackageNotFoundError:
                    continue
                found[other.name] = other
                waiting.append((other, wanted))
    found.pop(distribution.name, None)
    return found


# -- the public API and its docstrings -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicApi:
    """Names of the public modules and of those that cannot be looked into, and the functions and classes, each once."""

    modules: frozenset[str]
    unimportable: frozenset[str]
    objects: tuple[Any, ...]


def public_api(packages: Sequence[str]) -> PublicApi:
    """All that can be reached from `packages` by attributes without a leading underscore.

    Of a module its `__all__` counts; where it has none, its names without an underscore whose object says by `__module__`
    that it comes from one of the packages. So an alias of an implementation counts, and NumPy's or Python's own function
    does not, unless it is offered by name. An object is counted once, by identity, however many paths lead to it.

    A submodule counts where its package names it in its source, or where it speaks for itself, by an `__all__` or a
    docstring; under another name than its own it counts where a package shows it and no `__all__` of that package leaves it
    out. So what is an attribute only because Python leaves every submodule there that something has imported does not
    count, nor do the modules that a plain module imports as its tools. Modules called test, tests, testing, test_… or
    …_test are left out.

    Nothing is imported in order to find more: the files of a package say nothing of what is meant for users, and to import
    them all starts servers, asks for what is not installed, and loads a second copy where `__path__` is redirected. Lazy
    stand-ins are looked into, as a user's access would; where that fails the module is unimportable. As this loads others,
    the walk is repeated until it finds no more.

    What follows from it: generated operators count, each as often as it is offered anew (for arrays and for graphs, raw and
    wrapped, in the file it was generated into, for an older version); every operator that a package lets through from C++
    counts, whether meant for users or not; documented subpackages that wait for an import of their own are missing.
    """
    found = walk(packages)
    while len((again := walk(packages)).modules) > len(found.modules):
        found = again
    return again


def walk(packages: Sequence[str]) -> PublicApi:
    """The public API as far as it is loaded now."""
    modules = {name: importlib.import_module(name) for name in packages}
    waiting = deque(modules.values())
    unimportable: set[str] = set()
    objects: dict[int, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated names warn when they are touched
        while waiting:
            module = waiting.popleft()
            offered, named = declared(module), names_in_source(module) if is_package(module) else set()
            for name in sorted({*dir(module), *(offered or ())}):
                if name.startswith("_"):
                    continue
                path = f"{module.__name__}.{name}"
                try:
                    value = getattr(module, name, None)  # None where it is offered, but not there
                    if isinstance(value, ModuleType):
                        path = value.__name__
                        dir(value)  # a lazy stand-in imports what it stands for
                except Exception:
                    unimportable.add(path)
                    continue
                if isinstance(value, ModuleType):
                    child = sys.modules.get(value.__name__, value)
                    if child.__name__ not in modules and top(child) in packages and is_offered(child, module, name, named):
                        modules[child.__name__] = child
                        waiting.append(child)
                elif (inspect.isroutine(value) or isinstance(value, type)) and (
                    name in offered if offered is not None else top(value) in packages
                ):
                    objects[id(value)] = value
    return PublicApi(frozenset(modules), frozenset(unimportable), tuple(objects.values()))


def top(value: Any) -> str:
    """The top-level package of a module, or of the module that a function or class says it comes from."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return str(name).partition(".")[0]


def declared(module: ModuleType) -> list[str] | None:
    """Its `__all__`, None where it has none."""
    names = getattr(module, "__all__", None)
    return list(names) if isinstance(names, list | tuple) else None


def is_package(module: ModuleType) -> bool:
    return module.__spec__ is not None and module.__spec__.submodule_search_locations is not None


def names_in_source(module: ModuleType) -> set[str]:
    """The names that its source imports, assigns or has as a string."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError):  # it has no source
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names.update(part for alias in node.names for part in (*alias.name.split("."), alias.asname or ""))
            case ast.ImportFrom():
                names.update(alias.asname or alias.name for alias in node.names)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.Constant(value=str(text)):
                names.add(text)
    return names


def is_offered(child: ModuleType, module: ModuleType, name: str, named: set[str]) -> bool:
    """Whether `module` means `child`, its attribute `name`, to be found there; `named` are the names in its source."""
    if re.fullmatch(r"tests?|testing|test_.*|.*_test", name):
        return False
    if child.__name__ != f"{module.__name__}.{name}":
        offered = declared(module)
        return is_package(module) and (offered is None or name in offered)  # in a plain module it is a tool that it uses
    return not is_package(module) or name in named or declared(child) is not None or bool(child.__doc__)


def documentation(api: PublicApi) -> dict[str, Any]:
    """How many functions and classes there are, and how many have a docstring, and one with an example.

    A generated docstring counts as any other. An example is a prompt, a block of code in any notation, or a line that
    begins with 'Example'. Lengths are those of the docstrings that there are, without their indentation.
    """
    texts = [docstring(value) for value in api.objects]
    written = [text for text in texts if text]
    classes = sum(isinstance(value, type) for value in api.objects)
    return {
        "public_modules": len(api.modules),
        "unimportable_modules": len(api.unimportable),
        "public_functions": len(api.objects) - classes,
        "public_classes": classes,
        "documented_share": len(written) / max(1, len(texts)),
        "example_share": sum(has_example(text) for text in written) / max(1, len(texts)),
        "median_docstring_characters": int(statistics.median(map(len, written))) if written else 0,
    }


def docstring(value: Any) -> str:
    """Its own docstring without indentation; empty where there is none but what every object or class inherits."""
    text = value.__doc__
    return inspect.cleandoc(text).strip() if isinstance(text, str) and text not in (object.__doc__, type.__doc__) else ""


def has_example(text: str) -> bool:
    """Whether there is '>>>', a fenced block, '.. code', text that ends with '::', or a line that begins with 'Example'."""
    return re.search(r">>>|```|\.\. code|^\s*Example|^(?!\s*\.\.).*::\s*$", text, re.MULTILINE) is not None


# -- the first import ----------------------------------------------------------------------------------------------------

ATTEMPT = """
import json, sys, warnings
error = ""
with warnings.catch_warnings(record=True) as caught:
    try:
        exec(sys.argv[1])
    except Exception as reason:
        error = f"{type(reason).__name__}: {reason}"
print()
print(json.dumps([error, [f"{warning.category.__name__}: {warning.message}" for warning in caught]]))
"""
LOG_STAMP = re.compile(r"^[IWEF]\d{4} [\d:.]+ +\d+ |^\d{4}-\d\d-\d\d [\d:.]+: ")  # time and process of a line in a log


@dataclass(frozen=True)
class Attempt:
    """What came of an import: the first line of its error, empty where it works, and what it printed."""

    error: str
    printed: tuple[str, ...]


def first_import(statement: str, shims: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Whether the plain import works, what it needs where it does not, what it prints and how long it takes.

    Where it fails without help, what is printed and the time are those of the import after the shims that it needs.
    """
    plain = attempt([statement], environment)
    needed = needed_shims(statement, shims, environment) if plain.error else []
    helped = attempt([*needed, statement], environment) if needed else plain
    code = "; ".join([*needed, statement])
    return {
        "plain_import": {"works": not plain.error, "error": plain.error},
        "import_seconds": import_seconds(code, environment),
        "import_how": f"python -c '{code}' in a fresh process, wall time less that of python -c pass"
        + (", because the plain import fails" if needed else ""),
        "warning_count": len(helped.printed),
        "warnings": [re.sub(r"https?://\S+", "(address)", text) for text in dict.fromkeys(helped.printed)][:SHOWN_WARNINGS],
        "shims": [{"shim": shim, "needed": shim in needed} for shim in shims],
    }


def attempt(statements: Iterable[str], environment: Mapping[str, str]) -> Attempt:
    """Run the statements in a fresh process that shows every warning; what is printed counts by its first lines.

    Python's warnings come without the place in the code, lines on standard error without time and process.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-W", "always", "-c", ATTEMPT, "; ".join(statements)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_SECONDS,
    )
    if done.returncode != 0:
        return Attempt(f"the process ended with status {done.returncode}", ())
    error, warned = json.loads(done.stdout.splitlines()[-1])
    lines = [LOG_STAMP.sub("", line) for line in done.stderr.splitlines() if line.strip()]
    return Attempt(first_line(error), (*map(first_line, warned), *lines))


def needed_shims(statement: str, shims: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Those without which the import fails: each is left out in turn, and stays out where nothing misses it."""
    needed = list(shims)
    for shim in shims:
        fewer = [other for other in needed if other != shim]
        if not attempt([*fewer, statement], environment).error:
            needed = fewer
    return needed


def import_seconds(code: str, environment: Mapping[str, str]) -> list[float]:
    """Wall seconds of three fresh processes that run `code`, each less that of one that runs nothing."""

    def seconds(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-P", "-c", code],
            env=dict(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT_SECONDS,
            check=True,
        )
        return time.perf_counter() - begin

    return [seconds(code) - seconds("pass") for _ in range(3)]


def first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
