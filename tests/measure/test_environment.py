"""The environment of a worker: what is set, what is passed on, and that nothing else is."""

import os
from pathlib import Path

import pytest

from fairfit.frameworks.entry import Entry
from fairfit.measure import environment

ENTRY = Entry(
    "alpha", "Alpha", "nowhere", "numpy", ("numpy",), "alpha", {},
    thread_variables=("ALPHA_THREADS",), environment={"ALPHA_LOG": "quiet"}, cache_variable="ALPHA_CACHE",
)  # fmt: skip
BARE = Entry("bare", "Bare", "nowhere", "numpy", ("numpy",), "bare", {})
POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ALPHA_THREADS")


def of_worker(threads: str = "2", entry: Entry = ENTRY) -> dict[str, str]:
    return environment.of_worker(entry, threads, Path("/somewhere/cache"))


@pytest.mark.parametrize("name", POOLS)
def test_every_thread_pool_is_set_to_the_threads_asked_for(name: str) -> None:
    assert of_worker("2")[name] == "2"


@pytest.mark.parametrize("name", POOLS)
def test_shipped_sets_no_thread_pool(name: str) -> None:
    assert name not in of_worker("shipped")


@pytest.mark.parametrize("name", POOLS)
def test_shipped_does_not_take_over_the_users_own_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "7")
    assert name not in of_worker("shipped")


@pytest.mark.parametrize("name", POOLS)
def test_the_users_own_setting_does_not_win_over_the_plan(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "7")
    assert of_worker("1")[name] == "1"


def test_threads_of_other_frameworks_are_not_set() -> None:
    assert "ALPHA_THREADS" not in of_worker(entry=BARE)


@pytest.mark.parametrize("threads", ["1", "shipped"])
def test_what_the_framework_needs_is_always_set(threads: str) -> None:
    assert of_worker(threads)["ALPHA_LOG"] == "quiet"


def test_compiled_programs_go_to_the_cache_of_the_run() -> None:
    assert of_worker()["ALPHA_CACHE"] == "/somewhere/cache"


def test_a_framework_without_a_cache_gets_none() -> None:
    assert "/somewhere/cache" not in of_worker(entry=BARE).values()


def test_nothing_else_leaks_through(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LD_PRELOAD", "PYTHONSTARTUP", "KMP_AFFINITY", "MXNET_ENGINE_TYPE", "TF_XLA_FLAGS", "TORCH_LOGS", "A_SECRET"):
        monkeypatch.setenv(name, "1")
    allowed = {*environment.PASSED_ON, "PYTHONPATH", *POOLS, "ALPHA_LOG", "ALPHA_CACHE"}
    assert set(of_worker()) <= allowed
    assert not allowed & {"LD_PRELOAD", "PYTHONSTARTUP", "KMP_AFFINITY", "MXNET_ENGINE_TYPE", "TF_XLA_FLAGS", "TORCH_LOGS"}


@pytest.mark.parametrize("name", ["PATH", "HOME", "CUDA_VISIBLE_DEVICES"])
def test_what_a_process_needs_to_find_its_way_is_passed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/as/the/user/has/it")
    assert of_worker()[name] == "/as/the/user/has/it"


def test_what_the_user_has_not_set_is_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "CUDA_VISIBLE_DEVICES" not in of_worker()


def test_a_worker_looks_for_packages_where_the_harness_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", "/elsewhere"]))
    assert of_worker()["PYTHONPATH"].split(os.pathsep) == [str(Path.cwd()), "/elsewhere"]
    monkeypatch.delenv("PYTHONPATH")
    assert "PYTHONPATH" not in of_worker()


def test_what_was_set_for_a_worker_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairfit.frameworks.registry.FRAMEWORKS", (ENTRY,))
    assert environment.shown(of_worker("2")) == dict.fromkeys(POOLS, "2") | {"ALPHA_LOG": "quiet"}


def test_where_the_users_files_lie_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairfit.frameworks.registry.FRAMEWORKS", (ENTRY,))
    monkeypatch.setenv("HOME", "/home/private")
    assert not any("/" in value for value in environment.shown(of_worker()).values())


def test_the_machine_is_described_by_what_bears_on_speed() -> None:
    machine = environment.of_machine()
    assert machine.cpus >= 1 and machine.memory_bytes > 1e8 and machine.cpu
    assert len(machine.load_average) == 3
