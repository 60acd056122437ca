"""Who may import what: `models` nothing of ours, a worker no library but NumPy and its framework, the registry no framework."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fairfit.models

FRAMEWORKS = {"mxnet", "torch", "tensorflow", "keras"}
HEAVY = FRAMEWORKS | {"pandas", "matplotlib", "sklearn", "scipy", "rich", "jinja2"}
WORKER = (
    "fairfit.models.data", "fairfit.models.spec", "fairfit.models.parameters", "fairfit.models.order",
    "fairfit.frameworks.registry", "fairfit.frameworks.base", "fairfit.measure.worker", "fairfit.measure.clock",
)  # fmt: skip


def imported_by(statements: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after these statements."""
    program = f"{statements}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("path", sorted(Path(fairfit.models.__path__[0]).rglob("*.py")), ids=lambda path: path.stem)
def test_models_import_nothing_of_frameworks_and_compare(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):  # all of them: those inside functions too
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(
                (node.module or "").partition(".")[0]
                if not (node.module or "").startswith("fairfit")
                else ".".join((node.module or "").split(".")[:2])
            )
    assert not imported & (FRAMEWORKS | {"fairfit", "fairfit.frameworks", "fairfit.measure", "fairfit.reporting", "tests"})


def test_a_worker_needs_numpy_and_its_framework_only() -> None:
    imported = imported_by(f"import {', '.join(WORKER)}")
    assert {"numpy", "fairfit"} <= imported
    assert not imported & HEAVY


def test_the_registry_finds_versions_without_importing_a_framework() -> None:
    imported = imported_by(
        "from fairfit.frameworks import registry\n[registry.installed_version(entry) for entry in registry.FRAMEWORKS]"
    )
    assert "fairfit" in imported
    assert not imported & (FRAMEWORKS | {"numpy"})
