"""A pytest plugin: no test process ever holds two frameworks, as two of them can kill one process by being in it together.

A test that imports a framework says so: `@pytest.mark.framework("pytorch")`. The session does not run it but has all that it
selected of this framework run by one pytest of their own, at the first of them, in the environment of a worker, and tells
their results as its own. To stay in the process, for a debugger say: `FAIRFIT_TEST_FRAMEWORK=pytorch pytest …`. After every
test a guard looks for two.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fairfit.frameworks import registry
from fairfit.measure import environment, scratch

ALLOWED = "FAIRFIT_TEST_FRAMEWORK"  # the framework whose tests this process runs itself
FOLDER = "FAIRFIT_TEST_FOLDER"  # of a child: where it finds the ids of its tests and leaves their results
SECONDS = float(os.environ.get("FAIRFIT_TEST_SECONDS", "1800"))  # for all tests of a framework

BASELINES = {entry.package for entry in registry.FRAMEWORKS if entry.baseline}  # NumPy, which every process holds
PACKAGES = {
    entry.name: {entry.package, *entry.public_packages} for entry in registry.FRAMEWORKS if entry.package not in BASELINES
}


@dataclass(frozen=True)
class Result:
    """What a child says of a test; an outcome of '' is one that never came."""

    outcome: str
    text: str


# -- the session: tests of a framework are run elsewhere -----------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "framework(name): imports this framework, so it runs in a process with no other")
    if FOLDER in os.environ:
        config.pluginmanager.register(Child(Path(os.environ[FOLDER])))
    elif ALLOWED in os.environ:  # asked for by hand: there is no worker's environment that hides the others
        folder = tempfile.TemporaryDirectory(prefix="fairfit-tests-")
        config.add_cleanup(folder.cleanup)
        sys.path.insert(0, str(environment.hiding_the_others(registry.find(os.environ[ALLOWED]), Path(folder.name))))


@pytest.hookimpl(trylast=True)  # once other plugins have chosen
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for position, item in enumerate(items):
        name = framework_of(item)
        if name in PACKAGES and name != os.environ.get(ALLOWED) and item.parent is not None:
            items[position] = Elsewhere.from_parent(item.parent, name=item.name, framework=name, original=item)


def framework_of(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("framework")
    return marker.args[0] if marker else None


class Elsewhere(pytest.Item):
    """Stands for a test that a child runs."""

    def __init__(self, *, framework: str, original: pytest.Item, **others: Any) -> None:
        super().__init__(**others)
        self.framework = framework
        self.original = original
        self.own_markers = original.own_markers
        self.keywords.update(original.keywords)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.original.reportinfo()

    def runtest(self) -> None:
        result = results_of(self.session, self.framework)[self.nodeid]
        if result.outcome == "skipped":
            pytest.skip(result.text)
        if result.outcome != "passed":
            raise FailedElsewhere(result.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, FailedElsewhere) else super().repr_failure(excinfo)


class FailedElsewhere(Exception):
    """A test failed in its child; the text is what pytest said there."""


RESULTS = pytest.StashKey[dict[str, dict[str, Result]]]()


def results_of(session: pytest.Session, framework: str) -> dict[str, Result]:
    """The results of all tests of a framework in this session; the first call runs them."""
    kept = session.stash.setdefault(RESULTS, {})
    if framework not in kept:
        items = [item for item in session.items if isinstance(item, Elsewhere) and item.framework == framework]
        with shared_folder(framework) as folder:
            ended = folder / "ended"
            if not ended.exists():
                ended.write_text(run_child(session.config, framework, items, folder))
            kept[framework] = read(folder, items, ended.read_text())
    return kept[framework]


@contextlib.contextmanager
def shared_folder(framework: str) -> Iterator[Path]:
    """A folder for the child of a framework, which only one process holds: all workers of pytest-xdist share it."""
    with tempfile.TemporaryDirectory(prefix="fairfit-tests-") as own:
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        folder = (Path(tempfile.gettempdir(), f"fairfit-tests-{run}") if run else Path(own)) / framework
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def run_child(config: pytest.Config, framework: str, items: list[Elsewhere], folder: Path) -> str:
    """Run these tests in a pytest of their own; how it ended, with its last words, or '' where all is well."""
    (folder / "ids").write_text(json.dumps([item.nodeid for item in items]))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(config.rootpath)]
    if config.inipath:
        command += ["-c", str(config.inipath)]
    if "PYTEST_XDIST_WORKER" not in os.environ:  # there each worker counts its own failures
        command += [f"--maxfail={config.getoption('maxfail') or 0}"]
    command += list(dict.fromkeys(str(item.path) for item in items))
    ours = {name: value for name, value in os.environ.items() if name.startswith("FAIRFIT_")}
    with scratch.temporary() as own, (folder / "output").open("w+") as output:
        variables = environment.of_worker(registry.find(framework), "shipped", own)
        child = subprocess.Popen(
            command,
            env=variables | ours | {ALLOWED: framework, FOLDER: str(folder)},
            cwd=config.invocation_params.dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = child.wait(SECONDS)
            how = f"ended with {signal.Signals(-code).name if code < 0 else code}"
        except subprocess.TimeoutExpired:
            how = f"was ended after {SECONDS:g} s"
        finally:  # an interrupted session too leaves nothing behind
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        output.seek(0)
        return f"The process for the tests of {framework} {how}. Its last words:\n{output.read()[-3000:]}"


def read(folder: Path, items: list[Elsewhere], ended: str) -> dict[str, Result]:
    """The results that a child left; tests without one failed by the way in which it ended."""
    path = folder / "results"
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")] if path.exists() else []
    began = [line["id"] for line in lines if "outcome" not in line]
    finished = {line["id"]: Result(line["outcome"], line["text"]) for line in lines if "outcome" in line}
    last = f"The last test that began there was {began[-1]}.\n" if began else ""
    return {item.nodeid: finished.get(item.nodeid) or Result("", last + ended) for item in items}


# -- the child -----------------------------------------------------------------------------------------------------------


class Child:
    """Runs the tests that its session asked for and writes a line when each begins and one when it has ended."""

    def __init__(self, folder: Path) -> None:
        self.results = folder / "results"
        self.ids = set(json.loads((folder / "ids").read_text()))
        self.reports: list[pytest.TestReport] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self.ids]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.reports = []
        self.write(id=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.reports.append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        worst = next((report for report in self.reports if report.failed), None)
        skipped = next((report for report in self.reports if report.skipped), None)
        if worst is not None:
            captured = "".join(f"\n-- {title} --\n{text}" for title, text in worst.sections)
            self.write(id=nodeid, outcome="failed", text=worst.longreprtext + captured)
        elif skipped is not None:
            reason = skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else skipped.longreprtext
            self.write(id=nodeid, outcome="skipped", text=reason.removeprefix("Skipped: "))
        else:
            self.write(id=nodeid, outcome="passed", text="")

    def write(self, **line: str) -> None:
        with self.results.open("a") as file:
            file.write(json.dumps(line) + "\n")


# -- the guard -----------------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Fail the test after which two frameworks are in the process."""
    held = [name for name, packages in PACKAGES.items() if packages & sys.modules.keys()]
    if len(held) > 1:
        too_many(held)


def too_many(held: list[str]) -> NoReturn:
    pytest.fail(f"this test process has imported {' and '.join(held)}: mark tests with framework(…), one each", pytrace=False)
