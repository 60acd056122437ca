"""Who may import what, where, and how long a file may be; each exception stands here with its reason."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.findings import FINDINGS
from tests.workbench import ROOT

TREES = {"models": "fairfit.models", "frameworks": "fairfit.frameworks", "compare": "fairfit"}  # folder → import name
FRAMEWORKS = {"mxnet", "torch", "tensorflow", "keras", "jax"}
HEAVY = FRAMEWORKS | {"psutil", "pyarrow", "pandas", "matplotlib", "sklearn", "scipy", "rich", "jinja2"}

# package → what it may import of ours: each name with all below it
ARROWS = {
    "fairfit.models": {"fairfit.models"},
    "fairfit.frameworks": {"fairfit.models", "fairfit.frameworks"},
    "fairfit.measure": {
        "fairfit.models", "fairfit.frameworks", "fairfit.measure", "fairfit.plain", "fairfit.progress", "fairfit.records",
        "fairfit.runfiles", "fairfit.statistics", "fairfit.asked",
    },
    "fairfit.reporting": {
        "fairfit.models", "fairfit.reporting", "fairfit.asked", "fairfit.certificates", "fairfit.claim", "fairfit.plain", "fairfit.records", "fairfit.runfiles", "fairfit.statistics",
        *(f"fairfit.frameworks.{topic}.findings" for topic in FINDINGS),
    },
    "fairfit.testing": {"fairfit.models", "fairfit.frameworks", "fairfit.measure.proof", "fairfit.measure.scratch", "fairfit.testing"},
    "fairfit.plain": set(),
    "fairfit.records": {"fairfit.models", "fairfit.asked"},
    "fairfit.asked": {"fairfit.models"},
    "fairfit.format_1": {"fairfit.models", "fairfit.plain", "fairfit.records"},
    "fairfit.claim": {"fairfit.models", "fairfit.plain"},
    "fairfit.certificates": {"fairfit.models", "fairfit.plain"},
    "fairfit.runfiles": {
        "fairfit.models", "fairfit.frameworks.findings", "fairfit.plain", "fairfit.records", "fairfit.format_1", "fairfit.claim",
    },
    "fairfit.statistics": {"fairfit.models", "fairfit.records"},
}  # fmt: skip


def sources(*trees: str) -> list[Path]:
    return sorted(path for tree in trees or TREES for path in (ROOT / tree).rglob("*.py"))


def module_name(path: Path) -> str:
    tree, *parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((TREES[tree], *parts)).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, those inside functions too; `from package import name` gives package.name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: an import by dots hides what it imports"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def imported_by(statements: str) -> set[str]:
    """The modules that a fresh interpreter holds after these statements."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statements}\nimport sys\nprint(*sys.modules)"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def libraries(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


# -- between our packages


@pytest.mark.parametrize("path", sources(), ids=lambda path: module_name(path))
def test_arrows_between_packages_run_down(path: Path) -> None:
    owners = [package for package in ARROWS if below(module_name(path), {package})]
    if not owners:
        return  # the commands and the face of the package bring all parts together
    allowed = ARROWS[max(owners, key=len)]
    ours = [module for module in imports(path) if below(module, {"fairfit"})]
    findings = [module for module in ours if module.startswith("fairfit.frameworks.") and ".findings" in module]
    wrong = [module for module in ours if not below(module, allowed)]
    assert [module for module in wrong if owners[0] != "fairfit.reporting" or module not in findings] == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: module_name(path))
def test_nothing_imports_the_tests(path: Path) -> None:
    assert not below("tests", {module.partition(".")[0] for module in imports(path)})


# -- libraries


WORKER = (
    "fairfit.models.parameters", "fairfit.models.order", "fairfit.models.exercise", "fairfit.frameworks.base",
    "fairfit.frameworks.registry", "fairfit.measure.worker", "fairfit.measure.clock",
)  # fmt: skip


def test_a_worker_needs_numpy_and_its_framework_only() -> None:
    imported = libraries(imported_by(f"import {', '.join(WORKER)}"))
    assert {"numpy", "fairfit"} <= imported
    assert not imported & HEAVY


def test_the_registry_finds_versions_without_importing_a_framework() -> None:
    program = "from fairfit.frameworks import registry\n[registry.installed_version(entry) for entry in registry.FRAMEWORKS]"
    imported = libraries(imported_by(program))
    assert "fairfit" in imported
    assert not imported & (FRAMEWORKS | {"numpy"})


def test_the_report_needs_no_framework_and_nothing_that_measures() -> None:
    imported = imported_by("import fairfit.reporting.write")
    assert "fairfit.reporting.write" in imported
    assert not libraries(imported) & FRAMEWORKS
    assert not {module for module in imported if below(module, {"fairfit.measure"})}


def test_measuring_needs_no_framework_and_no_report() -> None:
    imported = imported_by("import fairfit.measure.runner")
    assert "fairfit.measure.runner" in imported
    assert not libraries(imported) & (FRAMEWORKS | {"matplotlib", "jinja2"})
    assert not {module for module in imported if below(module, {"fairfit.reporting"})}


# -- files

IMPORTS_INSIDE = {  # file → why it imports inside functions
    "compare/measure/worker.py": "what a worker imports is timed, and depends on its job",
    **{str(path.relative_to(ROOT)): "`reload` is run as a program of its own"
       for path in (ROOT / "frameworks" / "extensibility").glob("*_probes.py")},
    "models/sources/diabetes.py": "scikit-learn takes a second to import, and no other source needs it",
    "models/sources/digits.py": "scikit-learn takes a second to import, and no other source needs it",
    "models/tables/parquet_reader.py": "pyarrow takes half a second to import, and a worker shall not need it",
    "models/tables/text_reader.py": "pyarrow takes half a second to import, and a worker shall not need it",
    "models/sources/fashion_mnist.py": "the download alone needs pooch, and a worker shall not import it",
    "compare/measure/limits.py": "resource is there on Unix alone",
    "compare/measure/drawing.py": "Optuna takes a second to import, and need not be installed",
    "frameworks/ports/arrays.py": "safetensors need not be installed",
    "compare/pytest_plugin.py": "every pytest of an environment imports the plugin, and few of its tests use it",
    "frameworks/files/hdf5.py": "Keras's files alone need h5py, which need not be installed",
    "models/spec.py": "a worker reads no TOML, and may run on a Python that has none",
}  # fmt: skip


def imports_inside_functions(path: Path) -> list[str]:
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
    inside = (node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))
    return sorted({f"line {node.lineno}: {ast.unparse(node)}" for node in inside})


def test_imports_stand_at_the_top() -> None:
    found = {str(path.relative_to(ROOT)): imports_inside_functions(path) for path in sources()}
    assert {file: lines for file, lines in found.items() if lines and file not in IMPORTS_INSIDE} == {}
    assert [file for file in IMPORTS_INSIDE if not found.get(file)] == [], "needs no exception any more"


LONGEST = 350  # a tripwire, not a style: a longer file is split, or says here why not
LONG: dict[str, str] = {}  # file → why it is longer


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    files = [*sources(), *(ROOT / "tests").rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {file: length for file, length in lengths.items() if length > LONGEST and file not in LONG} == {}
    assert [file for file in LONG if lengths.get(file, 0) <= LONGEST] == [], "needs no exception any more"


# -- types

OPEN = {  # file → why tables of anything stand in what others may call
    "models/checked.py": "builds specs from what a TOML file holds, and refuses what does not fit",
    "models/spec.py": "a spec as TOML and as JSON have it",
    "models/tables/understanding.py": "what was understood of a table, as JSON has it",
    "frameworks/base.py": "settings are what a framework reports of itself, by its own names; likewise in the adapters",
    **{f"frameworks/{entry.name}.py": "settings" for entry in registry.FRAMEWORKS if not entry.baseline},
    "frameworks/own_code.py": "settings",
    "compare/measure/protocol.py": "settings",
    "compare/records.py": "settings, the options of a run, and a spec as JSON has it: recorded to be shown and compared",
    "compare/format_1.py": "turns one JSON into another",
    "compare/reporting/cells.py": "a row by the names of the columns of cells.csv",
    "compare/reporting/evidence.py": "findings by framework: each topic has its own dataclass",
    "compare/reporting/pyperf_export.py": "the JSON of pyperf",
    "compare/certificates.py": "a spec as JSON has it", "compare/commands/port.py": "JSON for programs",
    "compare/commands/check.py": "JSON for programs", "compare/commands/diff.py": "JSON for programs",
    "compare/measure/doctor.py": "JSON for programs", "compare/commands/bisect.py": "JSON for programs",
    "compare/reporting/sweeps.py": "a setting by the names of the columns of Result.settings",
}  # fmt: skip


def open_tables(path: Path) -> list[str]:
    """Public functions and fields whose annotations have a table from names to anything."""
    annotations: list[tuple[str, ast.expr | None]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            annotations += [(node.name, argument.annotation) for argument in [*node.args.args, *node.args.kwonlyargs]]
            annotations.append((node.name, node.returns))
        elif isinstance(node, ast.ClassDef):
            annotations += [
                (ast.unparse(field.target), field.annotation) for field in node.body if isinstance(field, ast.AnnAssign)
            ]
    return sorted({name for name, annotation in annotations if annotation and "[str, Any]" in ast.unparse(annotation)})


def test_what_crosses_a_border_has_a_type() -> None:
    found = {str(path.relative_to(ROOT)): open_tables(path) for path in sources()}
    assert {file: names for file, names in found.items() if names and file not in OPEN} == {}
    assert [file for file in OPEN if not found.get(file)] == [], "needs no exception any more"
