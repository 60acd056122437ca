"""Code of the user's own: one file, with a Trainer or a plain function `train`, held to what every adapter is held to."""

import functools
import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from fairfit.frameworks import registry
from fairfit.frameworks.base import Framework, Trainer
from fairfit.frameworks.entry import Entry
from fairfit.models import plain_function
from fairfit.models.data import Data
from fairfit.models.errors import UserError, first_line
from fairfit.models.parameters import Parameters
from fairfit.models.spec import Spec
from fairfit.models.text import Text

MODULE = "fairfit_own_code"  # under which the file is imported: no name of its own can stand in the way of another module
NEITHER = Text(
    "has neither a function train nor a class of its own below fairfit.frameworks.base.Trainer",
    "既没有函数 train，也没有自己的 fairfit.frameworks.base.Trainer 子类",
)
AT_ONCE = Text(
    "train returns the weights of all epochs at once: it can be proven, not timed; for a time it must yield after each epoch",
    "train 一次返回所有轮的权重：可以证明，不能计时；要计时，每轮之后须 yield",
)
END = object()


class FunctionTrainer(Trainer):
    """A plain function: started anew by every announcement, asked for one epoch after the other.

    Where the first that it yields is None, it says that all is ready: what it did before is not part of an epoch.
    """

    def __init__(self, function: Callable[..., Any], spec: Spec, data: Data, *, device: str, input: str) -> None:
        super().__init__(spec, data, device=device, input=input)
        self.spec, self.function = spec, function
        self.says_ready = False
        self.given: Any = None  # by the function, not read yet
        plain_function.names(function)

    def transfer(self) -> None:
        pass  # the function is given arrays of NumPy

    def reset(self, parameters: Parameters) -> None:
        self.found, self.given = parameters, None

    def announce(self, epochs: Iterable[tuple[np.ndarray, float]]) -> None:
        orders, rates = zip(*epochs, strict=True)
        self.count, self.epochs = 0, len(orders)
        self.pending = plain_function.bound(self.function, self.spec, self.data, self.found, orders, rates, self.device)
        self.items: Iterator[Any] | None = None
        if self.says_ready:
            self._next()

    def train_epoch(self, order: np.ndarray, *, learning_rate: float) -> None:
        given = self._next()
        if given is None and self.count == 0:
            self.says_ready = True
            given = self._next()
        if given is END:
            raise plain_function.miscounted(self.count, self.epochs)
        plain_function.check_pair(given)
        self.count += 1
        self.given = given

    def _next(self) -> Any:
        if self.items is None:
            items = self.pending()
            if isinstance(items, list):
                self.untimed = AT_ONCE
                if len(items) != self.epochs:
                    raise plain_function.miscounted(len(items), self.epochs)
            self.items = iter(items)
        return next(self.items, END)

    def synchronize(self) -> None:
        if self.given is not None:  # to read them waits for what they are computed by
            self.found, self.given = plain_function.parameters(self.given), None

    def parameters(self) -> Parameters:
        self.synchronize()
        return Parameters(self.found.weight.copy(), self.found.bias.copy())

    def predict(self, features: np.ndarray) -> np.ndarray:
        return features @ self.found.weight.T + self.found.bias

    def save(self, folder: Path) -> None:
        np.savez(folder / "parameters.npz", weight=self.found.weight, bias=self.found.bias)

    def load(self, folder: Path) -> None:
        with np.load(folder / "parameters.npz", allow_pickle=False) as arrays:
            self.reset(Parameters(arrays["weight"], arrays["bias"]))


# -- the file ----------------------------------------------------------------------------------------------------------


def imported(entry: Entry) -> ModuleType:
    """The file as a module; its folder is searched last for what it imports, so that nothing there hides what others import.

    It is compiled from the bytes that were hashed. Raises UserError where they, or those of a neighbour, are not what they were.
    """
    path = Path(entry.file)
    sources = {name: (path.parent / name).read_bytes() for name in entry.files}
    for name, source in sources.items():
        if hashlib.sha256(source).hexdigest() != entry.files[name]:
            raise UserError(Text(f"{name} has changed since the run began", f"{name} 在运行开始后已被修改"))
    sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location(MODULE, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    exec(compile(sources[path.name], str(path), "exec"), vars(module))
    return module


def trainer_of(module: ModuleType) -> Callable[..., Trainer]:
    """What makes the trainer: the only one of its classes, or its function. Raises UserError where there is none, or a choice."""
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Trainer) and value.__module__ == MODULE
    ]
    function = vars(module).get("train")
    found = {one.__name__: one for one in classes}
    if callable(function) and not isinstance(function, type):
        found["train"] = functools.partial(FunctionTrainer, function)  # type: ignore[assignment]
    if refusal := refused(list(found)):
        raise UserError(Text(f"{Path(str(module.__file__)).name} ", f"{Path(str(module.__file__)).name} ") + refusal)
    return next(iter(found.values()))


def refused(forms: list[str]) -> Text | None:
    """Why a file with these trainers and functions cannot be measured; None where it can."""
    if not forms:
        return NEITHER
    if len(forms) == 1:
        return None
    both = " and ".join(forms), "、".join(forms)
    return Text(f"has {both[0]}: must have one of them alone", f"同时有 {both[1]}：只能有其中一个")


def told(error: BaseException, file: str) -> Text | str:
    """What went wrong, with the line of the file that led to it: 'my_port.py, line 12: ValueError: too many values'."""
    if isinstance(error, UserError):
        return error.text
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    what = f"sys.exit({error.code!r})" if isinstance(error, SystemExit) else first_line(error)
    return f"{Path(file).name}, line {lines[-1]}: {what}" if lines else what


# -- the framework -----------------------------------------------------------------------------------------------------


class OwnCode(Framework):
    """What the file uses says version, devices and settings."""

    trainers: Mapping[str, Callable[..., Trainer]] = {"own": Trainer}  # type: ignore[assignment,misc]  # until the file is imported

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry)
        self.used = registry.load(registry.used_by(entry))

    @property
    def version(self) -> str:
        return self.used.version

    def devices(self) -> list[str]:
        return self.used.devices()

    def settings(self) -> dict[str, Any]:
        return self.used.settings()

    def trainer(self, spec: Spec, data: Data, *, style: str, device: str, input: str) -> Trainer:
        self.check(style=style, device=device, input=input)
        return trainer_of(imported(self.entry))(spec, data, device=device, input=input)


FRAMEWORK = OwnCode
