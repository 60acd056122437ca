"""The first import of a package, as a stranger types it: whether it works, what it needs, says and takes."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairfit.frameworks import clock
from fairfit.frameworks.potential.findings import PlainImport, Shim
from fairfit.models.text import Text

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


SHOWN_WARNINGS = 5
TIME_LIMIT_SECONDS = 120.0  # for one import


@dataclass(frozen=True)
class Attempt:
    """What came of an import: the first line of its error, empty where it works, and what it printed."""

    error: Text | str
    printed: tuple[str, ...]


@dataclass(frozen=True)
class FirstImport:
    """Whether the plain import works, what it needs where it does not, what it prints and how long it takes.

    Where it fails without help, what is printed and the time are those of the import after the shims that it needs:
    `import_code` is what is timed, as `python -c` in a fresh process, less the time of `python -c pass`.
    """

    plain_import: PlainImport
    import_seconds: list[float]
    import_code: str
    warning_count: int
    warnings: list[str]
    shims: list[Shim]


def first_import(statement: str, shims: Sequence[str], environment: Mapping[str, str]) -> FirstImport:
    """Try it in fresh processes."""
    plain = attempt([statement], environment)
    needed = needed_shims(statement, shims, environment) if plain.error else []
    helped = attempt([*needed, statement], environment) if needed else plain
    code = "; ".join([*needed, statement])
    return FirstImport(
        plain_import=PlainImport(not plain.error, plain.error),
        import_seconds=import_seconds(code, environment),
        import_code=code,
        warning_count=len(helped.printed),
        warnings=[re.sub(r"https?://\S+", "(address)", text) for text in dict.fromkeys(helped.printed)][:SHOWN_WARNINGS],
        shims=[Shim(shim, shim in needed) for shim in shims],
    )


def attempt(statements: Iterable[str], environment: Mapping[str, str], *, seconds: float = TIME_LIMIT_SECONDS) -> Attempt:
    """Run the statements in a fresh process that shows every warning; what is printed counts by its first lines.

    Python's warnings come without the place in the code, lines on standard error without time and process.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-W", "always", "-c", ATTEMPT, "; ".join(statements)],
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return Attempt(Text(f"not done within {seconds:g} s", f"{seconds:g} 秒内没有完成"), ())
    if done.returncode != 0:
        status = done.returncode
        return Attempt(Text(f"the process ended with status {status}", f"进程以状态 {status} 结束"), ())
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

    def run(code: str) -> None:
        subprocess.run(
            [sys.executable, "-P", "-c", code],
            env=dict(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT_SECONDS,
            check=True,
        )

    def seconds(code: str) -> float:
        return clock.timed(lambda: run(code), fence=lambda: None).seconds

    return [seconds(code) - seconds("pass") for _ in range(3)]


def first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
