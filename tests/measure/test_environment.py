"""The environment of a worker: what is set, what is passed on, that nothing else is, and what of it is told."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.frameworks.entry import Entry
from fairfit.measure import environment

ENTRY = Entry(
    "alpha", "Alpha", "nowhere", "numpy", ("numpy",), "alpha", {},
    thread_variables=("ALPHA_THREADS",), environment={"ALPHA_LOG": "quiet"}, folder_variables=("ALPHA_CACHE",),
    passed_on=("ALPHA_KERNELS",),
)  # fmt: skip
BARE = Entry("bare", "Bare", "nowhere", "numpy", ("numpy",), "bare", {})
NOT_FOUND = """
import sys
for name in sys.argv[1:]:
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        print(error.name)
"""
POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ALPHA_THREADS")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder of a worker."""
    return tmp_path / "own"


@pytest.mark.parametrize("name", POOLS)
def test_every_thread_pool_is_set_to_the_threads_asked_for(name: str, own: Path) -> None:
    assert environment.of_worker(ENTRY, "2", own)[name] == "2"


@pytest.mark.parametrize("name", POOLS)
def test_shipped_sets_no_thread_pool(name: str, own: Path) -> None:
    assert name not in environment.of_worker(ENTRY, "shipped", own)


@pytest.mark.parametrize("name", POOLS)
def test_shipped_does_not_take_over_the_users_own_setting(name: str, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "7")
    assert name not in environment.of_worker(ENTRY, "shipped", own)


@pytest.mark.parametrize("name", POOLS)
def test_the_users_own_setting_does_not_win_over_the_plan(name: str, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "7")
    assert environment.of_worker(ENTRY, "1", own)[name] == "1"


def test_threads_of_other_frameworks_are_not_set(own: Path) -> None:
    assert "ALPHA_THREADS" not in environment.of_worker(BARE, "2", own)


@pytest.mark.parametrize("threads", ["1", "shipped"])
def test_what_the_framework_needs_is_always_set(threads: str, own: Path) -> None:
    assert environment.of_worker(ENTRY, threads, own)["ALPHA_LOG"] == "quiet"


# -- folders


@pytest.mark.parametrize("name", ["HOME", "TMPDIR", "ALPHA_CACHE"])
def test_home_temporary_folder_and_what_a_framework_keeps_are_the_workers_own(
    name: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/as/the/user/has/it")
    assert own in Path(environment.of_worker(ENTRY, "2", own)[name]).parents


@pytest.mark.parametrize("name", ["HOME", "TMPDIR"])
def test_folders_that_must_be_there_are(name: str, own: Path) -> None:
    """Where TMPDIR is not there, Python takes /tmp without a word."""
    assert Path(environment.of_worker(BARE, "2", own)[name]).is_dir()


def test_folders_are_absolute_wherever_the_worker_runs(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parent)
    assert Path(environment.of_worker(ENTRY, "2", Path("own"))["TMPDIR"]) == own / "tmp"


def test_no_name_of_a_user_makes_a_path_that_compilers_do_not_take(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, "D'Arcy O'Hara")
    variables = environment.of_worker(BARE, "2", own)
    assert variables["USER"] == variables["LOGNAME"] == "fairfit"


@pytest.mark.parametrize("entry", registry.FRAMEWORKS, ids=lambda entry: entry.name)
def test_no_file_in_the_users_home_is_read_by_any_framework(entry: Entry, own: Path) -> None:
    home = str(Path.home())
    allowed = {*environment.WHEREABOUTS, "PYTHONPATH", "PYTHONUSERBASE", "MPLCONFIGDIR"}
    variables = environment.of_worker(entry, "1", own)
    assert [name for name, value in variables.items() if home in value.replace(str(own), "") and name not in allowed] == []


# -- what is passed on


def test_nothing_else_leaks_through(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strangers = {
        "LD_PRELOAD", "PYTHONSTARTUP", "KMP_AFFINITY", "MXNET_ENGINE_TYPE", "TF_XLA_FLAGS", "TORCH_LOGS", "A_SECRET", "LANG",
        "XDG_CACHE_HOME", "ALPHA_OTHER",
    }  # fmt: skip
    for name in strangers:
        monkeypatch.setenv(name, "1")
    assert not set(environment.of_worker(ENTRY, "2", own)) & strangers


@pytest.mark.parametrize(
    "name",
    ["PATH", "CC", "CXX", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_TF32_OVERRIDE", "CUDA_CACHE_PATH",
     "OPENBLAS_CORETYPE", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "ALPHA_KERNELS"],
)  # fmt: skip
def test_what_chooses_compiler_card_and_kernels_is_passed_on(name: str, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/as/the/user/has/it")
    assert environment.of_worker(ENTRY, "2", own)[name] == "/as/the/user/has/it"


def test_switches_of_another_framework_are_not_passed_on(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHA_KERNELS", "old")
    assert "ALPHA_KERNELS" not in environment.of_worker(BARE, "2", own)


def test_what_the_user_has_not_set_is_not_made_up(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "CUDA_VISIBLE_DEVICES" not in environment.of_worker(ENTRY, "2", own)


def test_a_worker_looks_for_packages_where_the_harness_does(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", "/elsewhere"]))
    hidden = str(own / "alone")
    assert environment.of_worker(ENTRY, "2", own)["PYTHONPATH"].split(os.pathsep) == [hidden, str(Path.cwd()), "/elsewhere"]
    monkeypatch.delenv("PYTHONPATH")
    assert environment.of_worker(ENTRY, "2", own)["PYTHONPATH"] == hidden


@pytest.mark.parametrize("entry", registry.FRAMEWORKS, ids=lambda entry: entry.name)
def test_a_worker_finds_its_own_framework_and_no_other(entry: Entry, own: Path) -> None:
    """Some of them import others that they find, and would be charged with it."""
    environment.of_worker(entry, "1", own)
    hidden = {path.name for path in (own / "alone").iterdir()}
    others = [other for other in registry.FRAMEWORKS if other.name != entry.name and not other.baseline]
    assert hidden == {package for other in others for package in (other.package, *other.public_packages)}
    found = subprocess.run(
        [sys.executable, "-c", NOT_FOUND, *sorted(hidden)], env={"PYTHONPATH": str(own / "alone")}, capture_output=True, text=True
    )
    assert found.stdout.split() == sorted(hidden), found.stderr


@pytest.mark.parametrize(("enabled", "name"), [(True, "PYTHONUSERBASE"), (False, "PYTHONNOUSERSITE")])
def test_packages_of_the_user_are_found_as_the_harness_finds_them(
    enabled: bool, name: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("site.ENABLE_USER_SITE", enabled)
    assert name in environment.of_worker(BARE, "2", own)


# -- what is told


def test_all_that_was_set_for_a_worker_is_shown(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*environment.MACHINE, "ALPHA_KERNELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert environment.shown(environment.of_worker(ENTRY, "2", own)) == dict.fromkeys(POOLS, "2") | {
        "HOME": "<own>/home", "TMPDIR": "<own>/tmp", "USER": "fairfit", "LOGNAME": "fairfit", "LC_ALL": "C.UTF-8",
        "ALPHA_LOG": "quiet", "ALPHA_CACHE": "<own>/alpha_cache", "OPENBLAS_CORETYPE": "Prescott",
    }  # fmt: skip


def test_where_the_users_files_lie_is_not_shown(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/private")
    monkeypatch.setenv("CUDA_CACHE_PATH", "/home/private/kernels")
    told = environment.shown(environment.of_worker(ENTRY, "2", own))
    assert not any("private" in value for value in told.values())
    assert told["CUDA_CACHE_PATH"] == "~/kernels"


def test_what_is_shown_is_text(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "CUDA_CACHE_PATH", os.fsdecode(b"/caf\xe9"))
    assert environment.shown(environment.of_worker(ENTRY, "2", own))["CUDA_CACHE_PATH"].encode()


def test_what_bears_on_the_speed_of_these_frameworks_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.MACHINE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALPHA_KERNELS", "old")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert environment.switches([BARE]) == {"OPENBLAS_CORETYPE": "Prescott"}
    assert environment.switches([ENTRY]) == {"OPENBLAS_CORETYPE": "Prescott", "ALPHA_KERNELS": "old"}


def test_the_machine_is_described_by_what_bears_on_speed() -> None:
    machine = environment.of_machine()
    assert machine.cpus >= 1 and machine.memory_bytes > 1e8 and machine.cpu
    assert len(machine.load_average) == 3


# -- what a compiler makes once a machine

SHARING = dataclasses.replace(ENTRY, shared_folders=("tmp/alpha/headers",))


def test_workers_share_what_a_compiler_makes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("one", "two"):
        environment.of_worker(SHARING, "1", tmp_path / name)
    (tmp_path / "one" / "tmp" / "alpha" / "headers" / "made").write_text("once")
    assert (tmp_path / "two" / "tmp" / "alpha" / "headers" / "made").read_text() == "once"


def test_another_version_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    other = dataclasses.replace(SHARING, version="7.0")
    assert environment.shared_folder(SHARING, "tmp/alpha/headers") != environment.shared_folder(other, "tmp/alpha/headers")


@pytest.mark.parametrize("cache", ["/proc/no-such-place", "/tmp/a folder with spaces"])
def test_where_nothing_can_be_shared_a_worker_keeps_to_its_own(cache: str, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    environment.of_worker(SHARING, "1", own)
    assert not (own / "tmp" / "alpha" / "headers").is_symlink()
