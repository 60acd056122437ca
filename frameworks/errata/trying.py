"""A defect is tried by carrying it out; what the framework raises is an answer like any other."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any

from fairfit.frameworks.errata.findings import Findings, Raised
from fairfit.models.errors import first_line


def findings(checks: Mapping[str, Callable[[], Any]]) -> Findings:
    """Carry out each check by its field of Findings; where one breaks, its error is the answer and the others go on."""
    found: dict[str, Any] = {}
    untried: dict[str, str] = {}
    for defect, check in checks.items():
        try:
            found[defect] = check()
        except Exception as error:
            traceback.print_exc()  # the log keeps the whole story
            untried[defect] = first_line(error)
    return Findings(**found, untried=untried)


def raised(recipe: Callable[[], object], instead: str, kind: type[Exception] = Exception) -> Raised:
    """Whether the recipe raises an error of this kind; what it raises, of whatever kind, is kept."""
    try:
        recipe()
    except Exception as error:
        return Raised(isinstance(error, kind), first_line(error), instead)
    return Raised(False, "", instead)
