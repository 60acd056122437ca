"""The public names of a package and their docstrings, counted by the same rules for every framework."""

import ast
import importlib
import inspect
import re
import sys
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class PublicApi:
    """Names of the public modules and of those that cannot be looked into, and the functions and classes, each once."""

    modules: frozenset[str]
    unimportable: frozenset[str]
    objects: tuple[Any, ...]


def public_api(packages: Sequence[str]) -> PublicApi:
    """All that can be reached from `packages` by attributes, by these rules:

    1. A name with a leading underscore is private: `madeup._hidden` does not count.
    2. Where a module has an `__all__`, what that names counts, whoever made it: `join`, where it is listed.
    3. Where it has none, a function or class counts whose `__module__` lies in one of the packages: an alias of an
       implementation does, NumPy's or Python's own function does not.
    4. An object counts once, by identity, however many paths lead to it: `same = documented` adds nothing.
    5. A submodule counts where its package names it in its source (`from madeup import layers`), or where it speaks for
       itself by an `__all__` or a docstring. It does not where Python left it there because somebody imported it.
    6. Under another name than its own a module counts where a package shows it (`layers as shown_again`) and no `__all__`
       of that package leaves it out. What a plain module imports are its tools: `import madeup.tools as tools`.
    7. Modules called test, tests, testing, test_… or …_test are left out.
    8. Nothing is imported in order to find more: files say nothing of what is meant for users, and to import them all starts
       servers, asks for what is not installed, and loads a second copy where `__path__` is redirected.
    9. A lazy stand-in is looked into, as a user's access would; where that fails its module is unimportable. As this loads
       others, the walk is repeated until it finds no more.

    What follows from it: generated operators count, each as often as it is offered anew (for arrays and for graphs, raw and
    wrapped, in the file it was generated into, for an older version); every operator that a package lets through from C++
    counts, whether meant for users or not; documented subpackages that wait for an import of their own are missing.
    """
    api = walk(packages)
    while len((again := walk(packages)).modules) > len(api.modules):
        api = again
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


@dataclass(frozen=True)
class Documentation:
    """How many functions and classes there are, and how many have a docstring, and one with an example.

    A generated docstring counts as any other. An example is a prompt, a block of code in any notation, or a line that
    begins with 'Example'. Lengths are those of the docstrings that there are, without their indentation.
    """

    public_modules: int
    unimportable_modules: int
    public_functions: int
    public_classes: int
    documented_share: float
    example_share: float
    median_docstring_characters: int


def documentation(api: PublicApi) -> Documentation:
    """Counted over all that is public."""
    texts = [docstring(value) for value in api.objects]
    written = [text for text in texts if text]
    classes = sum(isinstance(value, type) for value in api.objects)
    return Documentation(
        public_modules=len(api.modules),
        unimportable_modules=len(api.unimportable),
        public_functions=len(api.objects) - classes,
        public_classes=classes,
        documented_share=len(written) / max(1, len(texts)),
        example_share=sum(has_example(text) for text in written) / max(1, len(texts)),
        median_docstring_characters=int(np.median([len(text) for text in written])) if written else 0,
    )


def docstring(value: Any) -> str:
    """Its own docstring without indentation; empty where there is none but what every object or class inherits."""
    text = value.__doc__
    return inspect.cleandoc(text).strip() if isinstance(text, str) and text not in (object.__doc__, type.__doc__) else ""


def has_example(text: str) -> bool:
    """Whether there is '>>>', a fenced block, '.. code', text that ends with '::', or a line that begins with 'Example'."""
    return re.search(r">>>|```|\.\. code|^\s*Example|^(?!\s*\.\.).*::\s*$", text, re.MULTILINE) is not None
