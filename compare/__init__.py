"""fairfit: one regression in several frameworks, proven to be the same computation, timed fairly, told in tables.

The functions have the words and defaults of the command line, and are what it calls:

    import fairfit

    run = fairfit.run("digits", frameworks=["mxnet", "pytorch"], threads=["1"])
    run.cells       # a DataFrame with one row a cell
    run.report      # the path of report.html
    run.status      # Status.OK, NO or INCOMPLETE, as the exit status of the command

`run`, `prove`, `sweep`, `bisect`, `port`, `verify`, `read`, `report`, `diff` and `check` raise `UserError`, whose message is one clear line, where what was
asked for cannot be done. Nothing heavy is imported before one of them is used.
"""

import importlib
from typing import Any

if __name__ != "fairfit":  # found as a folder of a checkout: it would be a second copy
    raise ImportError("import fairfit, not compare: the folder of a checkout is no package of its own")

_HOMES = {  # name → the module that has it; type checkers read __init__.pyi, which a test holds equal
    "run": "fairfit.commands.run",
    "prove": "fairfit.commands.prove",
    "sweep": "fairfit.commands.sweep",
    "bisect": "fairfit.commands.bisect",
    "port": "fairfit.commands.port",
    "verify": "fairfit.commands.verify",
    "read": "fairfit.commands.report",
    "report": "fairfit.commands.report",
    "diff": "fairfit.commands.diff",
    "check": "fairfit.commands.check",
    "assert_same_training": "fairfit.assertions",
    "Result": "fairfit.commands.result",
    "Status": "fairfit.commands.answer",
    "UserError": "fairfit.models.errors",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fairfit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
