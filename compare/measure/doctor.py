"""What works on this machine: each framework is imported in a process of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import environment
from fairfit.models.sources import fashion_mnist


def frameworks() -> list[dict[str, str]]:
    """For each framework: state ('works', 'not installed', 'broken'), version, devices, styles and what to do."""
    return [_examine(entry) for entry in registry.FRAMEWORKS]


def machine() -> dict[str, str]:
    """What else the comparison leans on."""
    found = environment.of_machine()
    compiler = shutil.which("g++") or shutil.which("c++") or shutil.which("clang++")
    data = fashion_mnist.DEBIAN_FOLDER
    return {
        "CPU": f"{found.cpu}, {found.cpus} usable",
        "memory": f"{found.memory_bytes / 2**30:.0f} GiB",
        "load": ", ".join(f"{load:.1f}" for load in found.load_average) + " (below 0.5 is quiet)",
        "Python": found.python,
        "C++ compiler": compiler or "none: what compiles to C++ will fail; install g++",
        "Fashion-MNIST": str(data) if data.is_dir() else str(fashion_mnist.HOW_TO_GET),
    }


def _examine(entry: Entry) -> dict[str, str]:
    finding = {"framework": entry.name, "styles": ", ".join(entry.styles), "devices": "", "version": "", "what to do": ""}
    if registry.installed_version(entry) is None:
        return finding | {"state": "not installed", "what to do": str(registry.how_to_install(entry))}
    with tempfile.TemporaryDirectory(prefix="fairfit-") as scratch:
        answer = Path(scratch) / "answer.json"
        process = subprocess.run(
            [sys.executable, "-P", "-m", "fairfit.measure.doctor", entry.name, str(answer)],
            env=environment.of_worker(entry, "shipped", Path(scratch) / "cache"),
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        if answer.exists():
            return finding | json.loads(answer.read_text())
    last = (process.stderr.strip().splitlines() or [f"it ended with exit status {process.returncode}"])[-1]
    return finding | {"state": "broken", "what to do": f"reinstall it; importing it ended with: {last}"}


def _answer(name: str) -> dict[str, Any]:
    try:
        framework = registry.load(registry.find(name))
    except registry.Broken as error:
        return {"state": "broken", "what to do": f"reinstall it: {error}"}
    return {"state": "works", "version": framework.version, "devices": ", ".join(framework.devices())}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(_answer(sys.argv[1])))
