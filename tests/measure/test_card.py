"""The card of a worker, by the driver's own interfaces: here a driver of our own making, compiled from C, stands for NVIDIA's."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fairfit.frameworks import registry
from fairfit.measure import card, doctor
from fairfit.records import CardState
from fairfit.reporting.disturbances import Disturbances
from tests.measure.whole_runs import QUICK, measure

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no compiler for a driver of our own")

DRIVER = r"""
#include <cstdlib>
#include <cstring>
extern "C" {
// CUDA: two cards, the second of which is called like the first
int cuInit(unsigned flags) { return flags; }
int cuDeviceGet(int* device, int ordinal) { *device = ordinal; return ordinal < 2 ? 0 : 101; }
int cuDeviceGetName(char* name, int length, int device) { strncpy(name, "Made up H1", length); return device >= 2; }
int cuDeviceGetUuid(unsigned char* uuid, int device) {
    for (int byte = 0; byte < 16; byte++) uuid[byte] = byte;
    const char* other = getenv("FAKE_CARD");
    uuid[15] = other ? atoi(other) : device;
    return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) { *value = attribute == 75 ? 9 : 0; return device >= 2; }
// NVML: it knows cards by UUID alone
struct Utilization { unsigned gpu, memory; };
static int known;
int nvmlInit_v2() { return getenv("FAKE_NO_NVML") ? 9 : 0; }
int nvmlDeviceGetHandleByUUID(const char* uuid, void** handle) {
    *handle = &known;
    return strncmp(uuid, "GPU-00010203-0405-0607-0809-0a0b0c0d0e", 38);
}
int nvmlDeviceGetUtilizationRates(void* handle, Utilization* used) { used->gpu = 73; return handle != &known; }
int nvmlDeviceGetClockInfo(void* handle, int clock, unsigned* mhz) { *mhz = clock == 1 ? 1980 : 2619; return handle != &known; }
int nvmlDeviceGetTemperature(void* handle, int sensor, unsigned* celsius) { *celsius = 41 + sensor; return handle != &known; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void* handle, unsigned long long* reasons) {
    const char* set = getenv("FAKE_THROTTLE");
    *reasons = 1 | (set ? atoi(set) : 0);  // an idle card is not held down
    return handle != &known;
}
}
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both libraries."""
    folder = tmp_path_factory.mktemp("driver")
    (folder / "driver.cpp").write_text(DRIVER)
    built = folder / card.CUDA
    subprocess.run(["g++", "-shared", "-fPIC", "-o", built, folder / "driver.cpp"], check=True)
    shutil.copy(built, folder / card.NVML)
    return folder


@pytest.fixture
def in_reach(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "CUDA", str(driver / card.CUDA))
    monkeypatch.setattr(card, "NVML", str(driver / card.NVML))


@pytest.mark.usefixtures("in_reach")
def test_a_card_says_who_it_is_and_how_it_stands() -> None:
    found = card.find("gpu:1")
    assert found is not None
    assert str(found) == "Made up H1 (GPU-00010203-0405-0607-0809-0a0b0c0d0e01)"
    assert found.state() == CardState(clock_mhz=1980, memory_clock_mhz=2619, celsius=41, busy=0.73)


@pytest.mark.usefixtures("in_reach")
def test_what_holds_the_clocks_down_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = card.find("gpu:0")
    monkeypatch.setenv("FAKE_THROTTLE", str(0x04 | 0x40))
    state = found.state() if found else None
    assert state is not None and state.throttled == ["power cap", "temperature, by hardware"]


@pytest.mark.usefixtures("in_reach")
def test_a_card_without_nvml_is_known_by_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_NO_NVML", "1")
    found = card.find("gpu:0")
    assert found is not None and found.uuid.endswith("0e00")
    assert found.state() is None


@pytest.mark.usefixtures("in_reach")
def test_there_is_no_card_where_none_is() -> None:
    assert card.find("cpu") is None
    assert card.find("gpu:2") is None


def test_there_is_no_card_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "CUDA", "libcuda-that-is-not-here.so.1")
    assert card.find("gpu:0") is None


@pytest.mark.usefixtures("in_reach")
def test_the_doctor_says_who_holds_no_code_for_a_card() -> None:
    told = [str(part.found) for part in doctor.machine() if part.key.startswith("card ")]
    assert told == [
        f"Made up H1 (GPU-00010203-0405-0607-0809-0a0b0c0d0e0{number}), compute capability 9.0; "
        "MXNet holds code for 5.0 to 8.6 only and cannot use it"
        for number in (0, 1)
    ]


# -- a whole run on a made-up card ---------------------------------------------------------------------------------------

OPTIONS = dataclasses.replace(QUICK, again=1)


@pytest.fixture
def reachable_by_workers(driver: Path, fakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(driver), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    monkeypatch.setenv("LD_LIBRARY_PATH", ":".join(paths))


def with_gadgets(monkeypatch: pytest.MonkeyPatch, **environments: dict[str, str]) -> tuple[str, ...]:
    """Frameworks that have a GPU, by name with the environment of their workers."""
    gadget = registry.find("gadget")
    gadgets = [
        dataclasses.replace(gadget, name=name, environment={**gadget.environment, **environment})
        for name, environment in environments.items()
    ]
    monkeypatch.setattr(registry, "FRAMEWORKS", (*registry.FRAMEWORKS, *gadgets))
    return tuple(environments)


@pytest.mark.usefixtures("reachable_by_workers")
def test_samples_on_a_card_say_how_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = with_gadgets(monkeypatch, one={}, another={})
    outcome = measure(tmp_path / "run", ["right"], OPTIONS, frameworks=names, devices=("gpu:0",))
    assert {cell.status for cell in outcome.run.cells} == {"measured"}
    assert {cell.settings["card"] for cell in outcome.run.cells} == {"Made up H1 (GPU-00010203-0405-0607-0809-0a0b0c0d0e00)"}
    assert outcome.samples
    for sample in outcome.samples:
        assert [state.celsius for state in sample.card] == [41, 41]
        assert not sample.throttled_seconds
    told = Disturbances.of(outcome.samples).cards
    assert told is not None
    assert told.en.startswith("1,980 MHz, 41 °C, busy 73 % of the time; clocks held down in 0 of ")


@pytest.mark.usefixtures("reachable_by_workers")
def test_throttled_samples_are_marked_and_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = with_gadgets(monkeypatch, cool={}, hot={"FAKE_THROTTLE": "64"})
    outcome = measure(tmp_path / "run", ["right"], OPTIONS, frameworks=names, devices=("gpu:0",))
    hot = outcome.samples_of("right", "hot")
    assert any(sample.attempt for sample in hot)
    assert all(sample.disturbance >= 1 for sample in hot)
    told = Disturbances.of(outcome.samples)
    assert told.left and told.cards is not None and told.cards.en.endswith(" samples (temperature, by hardware)")


@pytest.mark.usefixtures("reachable_by_workers")
def test_cells_on_another_card_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = with_gadgets(monkeypatch, here={}, elsewhere={"FAKE_CARD": "77"})
    outcome = measure(tmp_path / "run", ["right"], OPTIONS, frameworks=names, devices=("gpu:0",))
    assert outcome.statuses() == {"here right": "measured", "elsewhere right": "refused"}
    reason = str(outcome.cell("right", "elsewhere").reason)
    assert reason == (
        "it is on another card: Made up H1 (GPU-00010203-0405-0607-0809-0a0b0c0d0e4d), where others are on "
        "Made up H1 (GPU-00010203-0405-0607-0809-0a0b0c0d0e00)"
    )
