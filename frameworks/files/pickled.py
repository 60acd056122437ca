"""A pickle as data: its instructions are followed, and where Python would import or call something, that is only noted down.

Nothing here is a call, whatever the file asks for. Only names and numbers may be keys: hashing nested tuples recurses in C.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fairfit.models.errors import UserError
from fairfit.models.text import Text


@dataclass(frozen=True)
class Global:
    """A class or function that the pickle names: 'collections.OrderedDict'."""

    name: str


@dataclass
class Made:
    """What calling a global would have made: never called; with what the pickle then would have put into it."""

    maker: Any
    arguments: Any
    state: Any = None
    items: dict[Any, Any] = field(default_factory=dict)
    members: list[Any] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.maker.name if isinstance(self.maker, Global) else ""


@dataclass(frozen=True)
class Reference:
    """Something kept outside the pickle: PyTorch's storages."""

    key: Any


MOST_INSTRUCTIONS = 1_000_000  # each may take a hundred bytes; a state_dict has fifteen a tensor
MARK = object()  # where a run of arguments begins on the stack
PUSHED = {"MARK": MARK, "NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
FRESH: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list}
VALUES = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "STRING", "BINSTRING", "SHORT_BINSTRING",
}  # fmt: skip
SILENT = {"PROTO", "FRAME"}


def read(data: bytes) -> Any:
    """What the pickle holds: dict, list, tuple, numbers and text as they are; the rest as Made, Global and Reference."""
    return read_first(data)[0]


def read_first(data: bytes) -> tuple[Any, int]:
    """The same of a pickle that others follow, and the bytes that it took."""
    machine = _Machine()
    try:
        for count, (opcode, argument, position) in enumerate(pickletools.genops(data)):
            if count > MOST_INSTRUCTIONS:
                raise UserError(Text("its pickle is longer than that of any layer", "其 pickle 比任何一层的都长"))
            if opcode.name == "STOP" and position is not None:
                (found,) = machine.stack
                return found, position + 1
            machine.follow(opcode.name, argument)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise UserError(Text("its pickle is cut or damaged", "其 pickle 被截断或损坏")) from error
    raise UserError(Text("its pickle has no end", "其 pickle 没有结尾"))


class _Machine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def follow(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in VALUES:
            stack.append(argument)
        elif name in PUSHED:
            stack.append(PUSHED[name])
        elif name in FRESH:
            stack.append(FRESH[name]())
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[int(argument)])
        elif name in ("TUPLE", "LIST", "DICT"):
            members = self.since_mark()
            stack.append(tuple(members) if name == "TUPLE" else members if name == "LIST" else _paired(members))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            members = [stack.pop() for _ in range(count)]
            stack.append(tuple(reversed(members)))
        elif name in ("APPEND", "APPENDS"):
            members = self.since_mark() if name == "APPENDS" else [stack.pop()]
            (stack[-1].members if isinstance(stack[-1], Made) else stack[-1]).extend(members)
        elif name in ("SETITEM", "SETITEMS"):
            members = self.since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            (stack[-1].items if isinstance(stack[-1], Made) else stack[-1]).update(_paired(members))
        elif name == "GLOBAL":
            stack.append(Global(argument.replace(" ", ".", 1)))
        elif name == "STACK_GLOBAL":
            last, module = stack.pop(), stack.pop()
            stack.append(Global(f"{module}.{last}" if isinstance(module, str) and isinstance(last, str) else ""))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments, maker = stack.pop(), stack.pop()
            stack.append(Made(maker, arguments))
        elif name == "BUILD":
            state = stack.pop()
            if isinstance(stack[-1], Made):
                stack[-1].state = state
        elif name == "BINPERSID":
            stack.append(Reference(stack.pop()))
        elif name not in SILENT:
            raise UserError(
                Text(
                    f"its pickle has the instruction {name}, which no state_dict needs",
                    f"其 pickle 含有指令 {name}，state_dict 不需要它",
                )
            )

    def since_mark(self) -> list[Any]:
        members = []
        while (last := self.stack.pop()) is not MARK:
            members.append(last)
        return members[::-1]


def _paired(members: list[Any]) -> dict[Any, Any]:
    keys = members[::2]
    if len(members) % 2 or not all(key is None or isinstance(key, str | int | float | bytes) for key in keys):
        raise ValueError("a key is neither text nor a number")
    return dict(zip(keys, members[1::2], strict=True))
