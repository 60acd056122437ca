"""The environment of a worker, built up from nothing, and what is recorded about the machine."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

import psutil

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import cpus
from fairfit.records import Machine

PASSED_ON = (  # what a process needs to find its files, its compiler and its GPU
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "CC", "CXX",
    "CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "VIRTUAL_ENV",
)  # fmt: skip
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def of_worker(entry: Entry, threads: str, cache: Path) -> dict[str, str]:
    """The whole environment of one worker: every thread pool is set to `threads`, unless that is 'shipped'."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if paths := os.environ.get("PYTHONPATH"):  # the worker finds the packages that this process found, wherever it runs
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(path).absolute()) for path in paths.split(os.pathsep))
    environment |= entry.environment
    if threads != "shipped":
        environment |= dict.fromkeys((*THREAD_VARIABLES, *entry.thread_variables), threads)
    if entry.cache_variable:
        environment[entry.cache_variable] = str(cache)
    return environment


def shown(environment: Mapping[str, str]) -> dict[str, str]:
    """What of a worker's environment is worth recording: what was set for it, not where the user's files lie."""
    private = {*PASSED_ON, "PYTHONPATH", *(entry.cache_variable for entry in registry.FRAMEWORKS)}
    return {name: value for name, value in environment.items() if name not in private}


def of_machine() -> Machine:
    """What bears on speed, as the machine reports it."""

    return Machine(
        cpu=_cpu_name(),
        cpus=len(cpus.available()),
        memory_bytes=_memory_bytes(),
        load_average=_load_average(),
        governor=_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        system=platform.platform(),
        python=platform.python_version(),
    )


def _memory_bytes() -> int:
    """Of the machine; 0 where there is no /proc to tell."""
    try:
        return int(psutil.virtual_memory().total)
    except OSError:
        return 0


def _load_average() -> list[float]:
    try:
        return list(os.getloadavg())
    except OSError:  # there is no /proc to tell
        return []


def _cpu_name() -> str:
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None
