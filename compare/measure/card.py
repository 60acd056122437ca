"""The card of a worker on a GPU: which one it is, by CUDA's driver, and how it stands, by NVML. Needs the standard library.

CUDA's driver numbers the cards as the frameworks do, whatever the environment hides from them or puts in another order; NVML
sees all of them, and is asked by UUID. (NVIDIA, "CUDA Driver API", section device management; "NVML API Reference", sections
device queries and clocks event reasons.)
"""

import contextlib
import ctypes
import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fairfit.records import CardState

CUDA, NVML = "libcuda.so.1", "libnvidia-ml.so.1"
MAJOR, MINOR = 75, 76  # attributes of CUDA: the compute capability
SM_CLOCK, MEMORY_CLOCK, TEMPERATURE_OF_CHIP = 1, 2, 0  # of NVML
THROTTLES = {  # what holds a clock down against our will; that a card is idle does not
    0x04: "power cap", 0x08: "hardware slowdown", 0x20: "temperature, by software", 0x40: "temperature, by hardware",
    0x80: "power brake",
}  # fmt: skip
Value = TypeVar("Value")


class _Utilization(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Missing(Exception):
    """A library, or what is asked of it, is not there."""


@dataclass
class Card:
    """A card as this process sees it, with its compute capability."""

    name: str
    uuid: str
    capability: tuple[int, int]
    _handle: Any = field(default=None, repr=False)
    _nvml: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.uuid})"

    def state(self) -> CardState | None:
        """How it stands now; None where NVML does not say."""
        nvml, handle = self._nvml, self._handle
        if nvml is None:
            return None
        used, reasons = _Utilization(), ctypes.c_ulonglong()
        try:
            _must(nvml.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(used)))
            _must(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle, ctypes.byref(reasons)))
            return CardState(
                clock_mhz=_number(nvml.nvmlDeviceGetClockInfo, handle, SM_CLOCK),
                memory_clock_mhz=_number(nvml.nvmlDeviceGetClockInfo, handle, MEMORY_CLOCK),
                celsius=_number(nvml.nvmlDeviceGetTemperature, handle, TEMPERATURE_OF_CHIP),
                busy=used.gpu / 100,
                throttled=[why for bit, why in THROTTLES.items() if reasons.value & bit],
            )
        except _Missing:
            return None


def find(device: str) -> Card | None:
    """The card behind 'gpu:0'; None where the device is no card of NVIDIA's, or its driver is not there."""
    kind, _, number = device.partition(":")
    if kind != "gpu":
        return None
    try:
        card = _by_cuda(int(number))
    except (_Missing, OSError, AttributeError):
        return None
    with contextlib.suppress(_Missing, OSError, AttributeError):
        card._nvml, card._handle = _by_nvml(card.uuid)
    return card


def every() -> Iterator[Card]:
    """All that this process sees."""
    for number in itertools.count():
        card = find(f"gpu:{number}")
        if card is None:
            return
        yield card


def _by_cuda(number: int) -> Card:
    cuda = ctypes.CDLL(CUDA)
    device, name, known_as = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.create_string_buffer(16)
    _must(cuda.cuInit(0))
    _must(cuda.cuDeviceGet(ctypes.byref(device), number))
    _must(cuda.cuDeviceGetName(name, len(name), device))
    _must(cuda.cuDeviceGetUuid(known_as, device))
    major, minor = ctypes.c_int(), ctypes.c_int()
    _must(cuda.cuDeviceGetAttribute(ctypes.byref(major), MAJOR, device))
    _must(cuda.cuDeviceGetAttribute(ctypes.byref(minor), MINOR, device))
    return Card(name.value.decode(errors="replace"), f"GPU-{uuid.UUID(bytes=known_as.raw)}", (major.value, minor.value))


def _by_nvml(known_as: str) -> tuple[Any, Any]:
    nvml, handle = ctypes.CDLL(NVML), ctypes.c_void_p()
    _must(nvml.nvmlInit_v2())
    _must(nvml.nvmlDeviceGetHandleByUUID(known_as.encode(), ctypes.byref(handle)))
    return nvml, handle


def _number(ask: Callable[..., int], handle: Any, which: int) -> int:
    value = ctypes.c_uint()
    _must(ask(handle, which, ctypes.byref(value)))
    return value.value


def _must(status: int) -> None:
    """Both libraries answer 0 where all is well."""
    if status:
        raise _Missing(f"status {status}")
