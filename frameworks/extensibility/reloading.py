"""Exports are run in a fresh process that has not the source of the extensions."""

import functools
import inspect
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from fairfit.frameworks.extensibility.checks import Failed, described
from fairfit.frameworks.extensibility.probe import Export, Probe, Reload
from fairfit.models.text import Text, join

SECONDS = 120.0  # for all exports of a framework, its import included
FRESH = """
import sys
from pathlib import Path
import numpy as np
from fairfit.frameworks.extensibility.reloading import run_exported
{source}
run_exported({name}, Path(sys.argv[1]))
"""


def export_and_reload(probes: Mapping[str, Probe], reload: Reload, folder: Path) -> dict[str, Callable[[], np.ndarray]]:
    """Export what can be, then run all of it in one fresh process; gives for each its output, or raises why there is none."""
    failures: dict[str, Exception] = {}
    for name, probe in probes.items():
        if isinstance(probe.export, Export):
            (folder / name).mkdir()
            try:
                probe.export.save(folder / name)
                np.savez(folder / name / "inputs.npz", *probe.case.inputs)
            except Exception as failure:
                failures[name] = failure
    program = FRESH.format(source=inspect.getsource(reload), name=reload.__name__)
    ending, last_line = _run(program, folder)

    def output(name: str) -> np.ndarray:
        if name in failures:
            raise failures[name]
        if (error := folder / name / "error.txt").exists():
            raise Failed(error.read_text(encoding="utf-8"))
        if not (values := folder / name / "output.npy").exists():
            raise Failed(join([ending, last_line], en=": ", zh="：") if last_line else ending)
        return np.load(values)

    return {name: functools.partial(output, name) for name in probes}


def _run(program: str, folder: Path) -> tuple[Text, str]:
    """How the fresh process ended, and the last line of what it said."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program, str(folder)],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Text(
            f"the process that reloads was not done within {SECONDS:g} s", f"重新载入的进程在 {SECONDS:g} 秒内没有完成"
        ), ""
    status = done.returncode
    ending = Text(f"the process that reloads ended with status {status}", f"重新载入的进程以状态 {status} 结束")
    return ending, (done.stderr.strip().splitlines() or [""])[-1]


def run_exported(reload: Reload, folder: Path) -> None:
    """What the fresh process does: run each export on its inputs, and keep the output or the error beside it."""
    for inputs in sorted(folder.glob("*/inputs.npz")):
        arrays = list(np.load(inputs).values())
        try:
            np.save(inputs.parent / "output.npy", reload(inputs.parent, arrays))
        except Exception as failure:
            (inputs.parent / "error.txt").write_text(str(described(failure)), encoding="utf-8")
